package source

import (
	"bytes"
	"io"
	"regexp"
)

// recordLine is what evtx_dump writes above every record, JSON or XML.
var recordLine = regexp.MustCompile(`^Record [0-9]+\r?\n`)

// hasRecordLines tells whether a text begins with one.
func hasRecordLines(head []byte) bool { return recordLine.Match(head) }

// recordLines passes a text on without those lines.
type recordLines struct {
	r     io.Reader
	buf   []byte // read, and not yet passed on
	start bool   // buf begins a line
	err   error
}

// withoutRecordLines leaves the lines out if the text begins with one.
func withoutRecordLines(r io.Reader, has bool) io.Reader {
	if !has {
		return r
	}
	return &recordLines{r: r, start: true}
}

// longestRecordLine is more than the longest there can be.
const longestRecordLine = 32

func (l *recordLines) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if line := recordLine.Find(l.buf); l.start && line != nil {
			l.buf = l.buf[len(line):]
			continue
		}
		whole := bytes.IndexByte(l.buf, '\n') + 1
		// A line is passed on once it cannot be one of them any more.
		if whole > 0 || len(l.buf) > longestRecordLine || l.err != nil && len(l.buf) > 0 || !l.start && len(l.buf) > 0 {
			if whole == 0 {
				whole = len(l.buf)
			}
			n := copy(p, l.buf[:whole])
			l.start = l.buf[n-1] == '\n'
			l.buf = l.buf[n:]
			return n, nil
		}
		if l.err != nil {
			return 0, l.err
		}
		var more [32 << 10]byte
		var n int
		n, l.err = l.r.Read(more[:])
		l.buf = append(l.buf, more[:n]...)
	}
	return 0, nil
}
