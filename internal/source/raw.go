package source

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// bombFloor is what a file may always expand to, bombRatio how many times
	// its size it may expand to beyond that. Telemetry as repetitive as it gets
	// stays below a hundred.
	bombFloor = 64 << 20
	bombRatio = 400
	// maxZstdWindow admits all that zstd --long makes without being told a size.
	maxZstdWindow = 128 << 20
)

var errBomb = errors.New("expands to more than 400 times its size: stopped, as an archive made to fill a disk would")

// explain puts an error of reading in words.
func explain(err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the compressed data ends early: the file is cut off or still being written"
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return "the checksum does not match: the compressed data is damaged"
	case errors.Is(err, gzip.ErrHeader):
		return "what follows the compressed data is no gzip"
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Sprintf("needs a zstd window of more than %s", byteSize(maxZstdWindow))
	case errors.Is(err, zip.ErrFormat):
		return "the archive's directory is missing or damaged: the file is cut off"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, fs.ErrNotExist):
		return "the file is gone"
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// guard counts what comes out of a decompressor and stops a bomb.
type guard struct {
	r   io.Reader
	in  func() int64 // compressed bytes so far
	out int64
	err error
}

func (g *guard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	g.out += int64(n)
	if g.out > bombFloor && g.out/bombRatio > g.in() {
		g.err = errBomb
	}
	return n, err
}

// counter counts bytes read and reports them.
type counter struct {
	r      io.Reader
	n      int64
	report func(int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.report != nil {
		c.report(int64(n))
	}
	return n, err
}

func (c *counter) count() int64 { return c.n }

// reading is an open file with all it takes to read it.
type reading struct {
	io.Reader
	closers []func()
}

func (r *reading) Close() error {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i]()
	}
	r.closers = nil
	return nil
}

// decompress puts a decompressor over what is read so far.
func (r *reading) decompress(compression string, in func() int64) error {
	switch compression {
	case "gzip":
		z, err := gzip.NewReader(r.Reader)
		if err != nil {
			return eofIsCut(err)
		}
		r.Reader = &guard{r: z, in: in}
	case "zstd":
		// One at a time and no more memory than the window: files are what is
		// read side by side.
		z, err := zstd.NewReader(r.Reader, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return err
		}
		r.closers = append(r.closers, z.Close)
		r.Reader = &guard{r: z, in: in}
	}
	return nil
}

// eofIsCut turns the end of a file in the middle of a header into what it is.
func eofIsCut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// openFile opens a file or member and reads it decompressed. report is told of
// bytes on disk as they are read.
func openFile(f *File, archives *archives, report func(int64)) (*reading, error) {
	if f.Member != "" && !f.unpacked {
		return openMember(f, archives, report)
	}
	file, err := openRegular(f.Path)
	if err != nil {
		return nil, err
	}
	c := &counter{r: file, report: report}
	r := &reading{Reader: c, closers: []func(){func() { _ = file.Close() }}}
	if err := r.decompress(f.Compression, c.count); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// openRegular opens a file that is still one. Between listing and opening it
// may have become a pipe, on which opening would wait for ever.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New(irregular(info.Mode()))
	}
	return os.Open(path)
}

// irregular says what a file is that is no file.
func irregular(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder, not a file"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe, not a file: save what comes out of it first"
	case mode&fs.ModeSocket != 0:
		return "a socket, not a file"
	case mode&fs.ModeDevice != 0:
		return "a device, not a file"
	}
	return "not a regular file"
}

// openMember opens a member of a zip archive.
func openMember(f *File, archives *archives, report func(int64)) (*reading, error) {
	a, err := archives.acquire(f.Path)
	if err != nil {
		return nil, err
	}
	r := &reading{closers: []func(){func() { archives.release(a) }}}
	if f.entry >= len(a.zip.File) || a.zip.File[f.entry].Name != f.Member {
		_ = r.Close()
		return nil, errors.New("the archive has changed since it was opened")
	}
	entry := a.zip.File[f.entry]
	body, err := entry.Open()
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	r.closers = append(r.closers, func() { _ = body.Close() })
	packed := int64(min(entry.CompressedSize64, uint64(a.size)))
	scale := &scaled{packed: packed, size: entry.UncompressedSize64, report: report}
	c := &counter{r: body, report: scale.add}
	r.Reader = &guard{r: c, in: func() int64 { return packed }}
	if err := r.decompress(f.inner, c.count); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// scaled reports bytes that come out of a member as bytes on disk.
type scaled struct {
	packed int64
	size   uint64 // as the archive states it
	out    float64
	told   int64
	report func(int64)
}

func (s *scaled) add(n int64) {
	if s.report == nil || s.size == 0 {
		return
	}
	s.out += float64(n)
	now := min(s.packed, int64(float64(s.packed)*(s.out/float64(s.size))))
	s.report(now - s.told)
	s.told = now
}
