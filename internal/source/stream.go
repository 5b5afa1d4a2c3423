package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"smew/internal/engine"
)

// errStopped ends the reading of a file because nobody wants it any more.
var errStopped = errors.New("stopped")

// StreamOptions are the settings of [NewStream]. The zero value is ready for use.
type StreamOptions struct {
	// Readers is how many files are read side by side. 0 means one for each processor.
	Readers int
	// BlockSize is about how many bytes are handed over at once. 0 means 1 MiB.
	BlockSize int
	// MaxRecord is the size of the largest record, in bytes. 0 means 16 MiB.
	MaxRecord int
	// TempDir is where large worksheets are unpacked to. Empty means the system's.
	TempDir string
}

// Stream reads files as one stream of records. It is an [engine.Records].
//
// Whatever is wrong with a file becomes a rejected record of that file, in its
// place; the stream itself ends only at its end or with its context. Memory is
// bounded by the readers, not by the files.
type Stream struct {
	ctx    context.Context
	cancel context.CancelFunc
	opts   StreamOptions
	files  []*File

	next     atomic.Int64 // index of the next file to read
	left     atomic.Int64 // bytes that the present batch may still take
	read     atomic.Int64 // bytes on disk
	total    int64
	blocks   chan *engine.Block
	free     chan *engine.Block
	ended    atomic.Bool // blocks is closed
	readers  sync.WaitGroup
	archives *archives

	mu     sync.Mutex
	notes  []Note
	counts map[int32]int64 // records handed on, by file
}

// Note is a remark about a file that costs no record.
type Note struct {
	File int32 // its number
	Text string
}

// Notes are the remarks on the files read, in order; complete after the end.
func (s *Stream) Notes() []Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	notes := slices.Clone(s.notes)
	slices.SortStableFunc(notes, func(a, b Note) int { return cmp.Compare(a.File, b.File) })
	return notes
}

// Counts is how many records were handed on, good and rejected, by file.
func (s *Stream) Counts() map[int32]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

func (s *Stream) note(file int32, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, Note{file, text})
}

var _ engine.Records = (*Stream)(nil)

// NewStream begins to read files; those that are Parquet it leaves to the
// database. [Stream.Close] must be called.
func NewStream(ctx context.Context, files []*File, opts StreamOptions) *Stream {
	if opts.Readers <= 0 {
		opts.Readers = runtime.GOMAXPROCS(0)
	}
	if opts.BlockSize <= 0 {
		opts.BlockSize = defaultBlock
	}
	if opts.MaxRecord <= 0 {
		opts.MaxRecord = defaultRecord
	}
	s := &Stream{opts: opts, archives: newArchives(), counts: map[int32]int64{}}
	s.ctx, s.cancel = context.WithCancel(ctx)
	for _, f := range files {
		if f.Format != Parquet {
			s.files = append(s.files, f)
			s.total += f.Bytes
		}
	}
	s.left.Store(math.MaxInt64)
	s.blocks = make(chan *engine.Block, opts.Readers)
	s.free = make(chan *engine.Block, 3*opts.Readers)
	for range min(opts.Readers, max(1, len(s.files))) {
		s.readers.Go(s.readFiles)
	}
	go func() {
		s.readers.Wait()
		s.ended.Store(true)
		close(s.blocks)
	}()
	return s
}

// StartBatch lets the next scan take about so many bytes of records; 0 or less
// means all there are. Before the first call there is no limit.
func (s *Stream) StartBatch(budget int64) {
	if budget <= 0 {
		budget = math.MaxInt64
	}
	s.left.Store(budget)
}

// Next implements [engine.Records]: nil when the batch is complete, or all is read.
func (s *Stream) Next(ctx context.Context) (*engine.Block, error) {
	if s.left.Load() <= 0 {
		return nil, nil
	}
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case b, ok := <-s.blocks:
		if !ok {
			return nil, s.ctx.Err()
		}
		s.left.Add(-weight(b))
		s.mu.Lock()
		s.counts[b.File] += int64(len(b.Spans))
		s.mu.Unlock()
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

// weight is what a block costs its batch: its text, and its records however
// small they are.
func weight(b *engine.Block) int64 { return b.Bytes() + 64*int64(len(b.Spans)) }

// Release implements [engine.Records].
func (s *Stream) Release(b *engine.Block) {
	if cap(b.Data) > keptBlock {
		return
	}
	select {
	case s.free <- b:
	default:
	}
}

// Done says that all records have been handed out. It may become true only
// after one more, empty batch.
func (s *Stream) Done() bool {
	return s.ctx.Err() != nil || s.ended.Load() && len(s.blocks) == 0
}

// Progress is how many bytes on disk have been read, and how many there are.
func (s *Stream) Progress() (read, total int64) {
	return min(s.read.Load(), s.total), s.total
}

// Close stops reading and waits until all files are closed.
func (s *Stream) Close() error {
	s.cancel()
	s.readers.Wait()
	for range s.blocks { // until it is closed
	}
	s.archives.close()
	return nil
}

// readFiles reads one file after the other.
func (s *Stream) readFiles() {
	for {
		i := int(s.next.Add(1)) - 1
		if i >= len(s.files) || s.ctx.Err() != nil {
			return
		}
		f := s.files[i]
		var told int64
		report := func(n int64) {
			told += n
			s.read.Add(n)
		}
		if err := s.readFile(f, report); errors.Is(err, errStopped) {
			return
		}
		s.read.Add(f.Bytes - told)
	}
}

// readFile reads one file. Errors of the file itself become records.
func (s *Stream) readFile(f *File, report func(int64)) error {
	out := &sink{
		file: f.ID, size: s.opts.BlockSize, limit: s.opts.MaxRecord,
		blank: s.blank, give: s.give,
	}
	if f.Format == XLSX {
		return readWorkbook(f, out, s.opts.TempDir)
	}
	in, err := openFile(f, s.archives, report)
	if err != nil {
		return out.fail(err)
	}
	defer in.Close()
	if f.Format == EVTX {
		return readEVTX(stopper{s.ctx, in}, out, func(text string) { s.note(f.ID, text) })
	}
	text := withoutRecordLines(newText(stopper{s.ctx, in}, f.charset), f.numbered)
	switch f.Format {
	case XML:
		return readXMLEvents(text, out)
	case Audit:
		return readAudit(text, out)
	case Lines:
		return readLines(text, out)
	case JSON:
		return readJSON(text, out)
	case CSV:
		return readCSV(text, f, out)
	}
	return out.fail(fmt.Errorf("no reader for the format %q", f.Format))
}

// fail hands on one rejected record that stands for the whole file.
func (s *sink) fail(err error) error {
	b := s.blank(0)
	b.File = s.file
	b.Spans = append(b.Spans, engine.Span{Number: 1, Reason: explain(err)})
	return s.give(b)
}

// stopper ends a read once the stream is stopped, even where no block is ever
// full: inside a line that is being skipped.
type stopper struct {
	ctx context.Context
	r   io.Reader
}

func (r stopper) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, errStopped
	}
	return r.r.Read(p)
}

func (s *Stream) give(b *engine.Block) error {
	select {
	case s.blocks <- b:
		return nil
	case <-s.ctx.Done():
		return errStopped
	}
}

// blank takes a block back into use, or makes one.
func (s *Stream) blank(size int) *engine.Block {
	select {
	case b := <-s.free:
		if cap(b.Data) >= size {
			b.Data, b.Spans = b.Data[:0], b.Spans[:0]
			return b
		}
	default:
	}
	return &engine.Block{Data: make([]byte, 0, size)}
}
