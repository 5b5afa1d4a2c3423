package source

import (
	"io"

	"smew/internal/engine"
)

const (
	defaultBlock  = 1 << 20
	defaultRecord = 16 << 20
	// keptBlock is the size up to which a block's memory is used again.
	keptBlock = 4 << 20
	// maxSpans bounds a block whose records are tiny.
	maxSpans = 1 << 16
)

// sink is one file's way into the stream.
type sink struct {
	file  int32
	size  int // of a block, about
	limit int // of a record
	// blank gives an empty block with room for so many bytes.
	blank func(size int) *engine.Block
	// give hands a block on and waits until it is taken.
	give func(*engine.Block) error
}

// window is the part of a text that is in memory: a block that is being filled
// and in which records are found. Records are handed on in place, uncopied.
type window struct {
	s     *sink
	r     io.Reader
	block *engine.Block
	buf   []byte // the block's memory
	n     int    // how much of buf is read
	err   error  // what the reader said last
}

func newWindow(r io.Reader, s *sink) *window {
	w := &window{s: s, r: r}
	w.take(s.size)
	return w
}

// take starts a new block.
func (w *window) take(size int) {
	w.block = w.s.blank(size)
	w.block.File = w.s.file
	w.buf = w.block.Data[:cap(w.block.Data)]
	w.n = 0
}

// more reads on. Bytes before keep are no longer needed. It returns how far
// the others moved towards the front.
func (w *window) more(keep int) (moved int, err error) {
	if w.n == len(w.buf) {
		if moved, err = w.room(keep); err != nil {
			return moved, err
		}
	}
	for empty := 0; w.err == nil; empty++ {
		var n int
		n, w.err = w.r.Read(w.buf[w.n:])
		if n > 0 {
			w.n += n
			return moved, nil
		}
		if empty == 100 && w.err == nil {
			w.err = io.ErrNoProgress
		}
	}
	return moved, w.err
}

// room makes space behind the bytes that are still needed.
func (w *window) room(keep int) (moved int, err error) {
	if len(w.block.Spans) > 0 {
		return w.flush(keep)
	}
	rest := w.buf[keep:w.n]
	if len(rest) > len(w.buf)/2 {
		grown := make([]byte, 2*len(w.buf))
		w.n = copy(grown, rest)
		w.buf = grown
		w.block.Data = grown[:0]
		return keep, nil
	}
	w.n = copy(w.buf, rest)
	return keep, nil
}

// flush hands the block's records on and starts a new one with the rest.
func (w *window) flush(keep int) (moved int, err error) {
	full, rest := w.block, w.buf[keep:w.n]
	full.Data = w.buf[:keep]
	w.take(max(w.s.size, 2*len(rest)))
	w.n = copy(w.buf, rest)
	return keep, w.s.give(full)
}

// finish hands on what is left.
func (w *window) finish() error {
	if len(w.block.Spans) == 0 {
		return nil
	}
	full := w.block
	full.Data = w.buf[:w.n]
	w.block, w.buf, w.n = nil, nil, 0
	return w.s.give(full)
}

// crowded says that the block has as many records as it may have.
func (w *window) crowded() bool { return len(w.block.Spans) >= maxSpans }

func (w *window) keep(start, end int, number int64) {
	w.block.Spans = append(w.block.Spans, engine.Span{Start: start, End: end, Number: number})
}

func (w *window) reject(number int64, reason string) {
	w.block.Spans = append(w.block.Spans, engine.Span{Number: number, Reason: reason})
}

// composer fills blocks with records that are written anew, as those of CSV
// and worksheets are.
type composer struct {
	s     *sink
	block *engine.Block
}

// text returns the block's text to append the next record to.
func (c *composer) text() []byte {
	if c.block == nil {
		c.block = c.s.blank(c.s.size)
		c.block.File = c.s.file
	}
	return c.block.Data
}

// keep takes the text back with a record added.
func (c *composer) keep(text []byte, number int64) error {
	c.block.Spans = append(c.block.Spans, engine.Span{Start: len(c.block.Data), End: len(text), Number: number})
	c.block.Data = text
	return c.flushFull()
}

func (c *composer) reject(number int64, reason string) error {
	c.text()
	c.block.Spans = append(c.block.Spans, engine.Span{Number: number, Reason: reason})
	return c.flushFull()
}

func (c *composer) flushFull() error {
	// The next record seldom needs more than the last quarter.
	if len(c.block.Data) < c.s.size*3/4 && len(c.block.Spans) < maxSpans {
		return nil
	}
	return c.finish()
}

func (c *composer) finish() error {
	if c.block == nil || len(c.block.Spans) == 0 {
		return nil
	}
	full := c.block
	c.block = nil
	return c.s.give(full)
}
