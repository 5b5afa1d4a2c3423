package source

import (
	"archive/zip"
	"io"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// maxMembers bounds the memory that an archive's directory takes.
const maxMembers = 200_000

const zipZstd = 93 // method number, APPNOTE 4.4.5

// archive is an open zip archive.
type archive struct {
	path  string
	file  *os.File
	size  int64
	zip   *zip.Reader
	users int
}

// openArchive opens a zip archive. Its directory is all that is read.
func openArchive(name string) (*archive, error) {
	file, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	z, err := zip.NewReader(file, info.Size())
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	z.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	z.RegisterDecompressor(zipZstd, func(r io.Reader) io.ReadCloser {
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return io.NopCloser(failing{err})
		}
		return d.IOReadCloser()
	})
	return &archive{path: name, file: file, size: info.Size(), zip: z}, nil
}

// failing is a reader of nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// archives keeps an archive open from one of its members to the next.
type archives struct {
	mu   sync.Mutex
	open map[string]*archive
}

func newArchives() *archives { return &archives{open: map[string]*archive{}} }

func (s *archives) acquire(name string) (*archive, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.open[name]
	if a == nil {
		var err error
		if a, err = openArchive(name); err != nil {
			return nil, err
		}
		s.closeUnused()
		s.open[name] = a
	}
	a.users++
	return a, nil
}

func (s *archives) release(a *archive) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.users--
}

// close closes all archives that nobody reads.
func (s *archives) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeUnused()
}

func (s *archives) closeUnused() {
	for name, a := range s.open {
		if a.users == 0 {
			_ = a.file.Close()
			delete(s.open, name)
		}
	}
}

// refuse says why a member of an archive is not even looked at, or "".
func refuse(entry *zip.File) string {
	name := strings.ReplaceAll(entry.Name, `\`, "/")
	for _, part := range strings.Split(name, "/") {
		if part == ".." {
			return "its name leads out of the archive"
		}
	}
	switch {
	case strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':':
		return "its name leads out of the archive"
	case strings.HasPrefix(name, "__MACOSX/"):
		return reasonMacOS
	case !entry.Mode().IsRegular():
		return "a link or device inside an archive"
	case entry.Flags&1 != 0:
		return "encrypted: unpack it with its password first"
	case entry.UncompressedSize64 == 0:
		return reasonEmpty
	}
	if reason := hidden(path.Base(name)); reason != "" {
		return reason
	}
	switch entry.Method {
	case zip.Store, zip.Deflate, zipZstd:
		return ""
	}
	return "packed in a way that is not read: unpack it first"
}
