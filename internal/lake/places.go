package lake

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"sync"
	"time"
)

// place is a file that was given to an ingest: what its content was then.
type place struct {
	Path  string // without links
	Size  int64
	MTime int64 // nanoseconds since 1970
	Hash  string
	Run   int64
}

// places knows the files that are in the lake, by content.
type places struct {
	mu      sync.Mutex
	byPath  map[string]place
	byHash  map[string]bool
	fresh   map[string]place // to be read in this run, by path
	met     map[string]bool  // hashes of those
	renewed []place          // known by content, under a name or date not seen before
	grown   map[string]bool  // paths of fresh ones that begin as the file did before
	known   int              // files that are in already
	lake    string           // the lake's own folder, which is no source
	now     time.Time
}

// racy is how close to its being read a file may have changed for its date to prove
// nothing: clocks of file systems are coarse.
const racy = 2 * time.Second

// wanted tells whether a file is to be read: its content is not in the lake. A file whose
// size and date are as they were when it was read is not opened.
func (p *places) wanted(path string, _ int64) (bool, error) {
	if within(path, p.lake) {
		return false, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return true, nil //nolint:nilerr // whoever opens it will say what is wrong
	}
	before, known := p.before(path)
	now := place{Path: path, Size: info.Size(), MTime: info.ModTime().UnixNano()}
	if known && before.Hash != "" && before.Size == now.Size && before.MTime == now.MTime && p.now.Sub(info.ModTime()) > racy {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.known++
		return false, nil
	}
	sum, prefix, err := hashOf(path, before.Size)
	if err != nil {
		return true, nil //nolint:nilerr // as above
	}
	if now.Hash = sum; time.Since(info.ModTime()) <= racy {
		now.MTime = 0 // it may change once more at the same time
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.byHash[sum]:
		p.known++
		p.renewed = append(p.renewed, now)
		return false, nil
	case p.met[sum]:
		p.known++ // the same file given twice
		return false, nil
	}
	p.met[sum] = true
	p.fresh[path] = now
	p.grown[path] = known && before.Hash != "" && before.Size > 0 && prefix == before.Hash
	return true, nil
}

func (p *places) before(path string) (place, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.byPath[path]
	return b, ok
}

// hashOf is the hash of a file and that of its first bytes, "" if it has no more than
// those or they are none.
func hashOf(path string, first int64) (whole, prefix string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	h := sha256.New()
	if first > 0 {
		n, err := io.CopyN(h, f, first)
		if err == nil && n == first {
			prefix = text(h)
		}
		if err != nil && err != io.EOF {
			return "", "", err
		}
	}
	n, err := io.CopyBuffer(h, f, make([]byte, 1<<20))
	if err != nil {
		return "", "", err
	}
	if n == 0 {
		prefix = ""
	}
	return text(h), prefix, nil
}

func text(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// unchanged tells whether a file is still there as it was when its content was taken:
// one that vanished or was cut off while it was read has not been read whole.
func (p place) unchanged() bool {
	f, err := os.Open(p.Path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	return err == nil && info.Size() >= p.Size
}
