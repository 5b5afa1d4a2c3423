package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Reasons for which a record is rejected here.
const (
	reasonNotObject = "not a JSON object"
	reasonOnlyNULs  = "the line is nothing but NUL bytes"
)

func reasonTooLong(limit int) string {
	return fmt.Sprintf("longer than the %s a record may have", byteSize(limit))
}

// byteSize prints a limit, which is a round number.
func byteSize(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// around are bytes that may stand around a record: white space, a byte order
// mark in the middle of joined files, the NUL bytes of space reserved and not
// yet written.
const around = " \t\r\n\v\f\x00" + bom

// readLines reads one JSON object per line. It looks at no more than a line's
// ends: the database parses it. A record's number is its line.
func readLines(r io.Reader, s *sink) error {
	l := lineReader{window: newWindow(r, s)}
	err := l.run()
	if errors.Is(err, errStopped) {
		return err
	}
	if !errors.Is(err, io.EOF) {
		l.reject(l.number+1, explain(err))
	} else if l.n > l.start && !l.long {
		l.number++
		l.line(l.start, l.n)
	}
	return l.finish()
}

type lineReader struct {
	*window
	start   int   // of the present line
	scanned int   // no line ends before this
	number  int64 // lines before the present one
	long    bool  // the present line is too long and is not kept
}

// run reads to the end and returns what ended it.
func (l *lineReader) run() error {
	for {
		i := bytes.IndexByte(l.buf[l.scanned:l.n], '\n')
		if i < 0 {
			if err := l.readOn(); err != nil {
				return err
			}
			continue
		}
		end := l.scanned + i
		l.number++
		if !l.long {
			l.line(l.start, end)
		}
		l.long = false
		l.start, l.scanned = end+1, end+1
		if l.crowded() {
			if err := l.move(l.flush(l.start)); err != nil {
				return err
			}
		}
	}
}

// readOn gets more of a line whose end is not in memory.
func (l *lineReader) readOn() error {
	l.scanned = l.n
	if !l.long && l.n-l.start > l.s.limit {
		l.long = true
		l.reject(l.number+1, reasonTooLong(l.s.limit))
	}
	if l.long {
		l.start = l.n
	}
	return l.move(l.more(l.start))
}

func (l *lineReader) move(by int, err error) error {
	l.start -= by
	l.scanned -= by
	return err
}

// line takes the line between start and end.
func (l *lineReader) line(start, end int) {
	text := l.buf[start:end]
	if len(text) > l.s.limit {
		l.reject(l.number, reasonTooLong(l.s.limit))
		return
	}
	if len(text) > 1 && text[0] == '{' && text[len(text)-1] == '}' {
		l.keep(start, end, l.number)
		return
	}
	left := bytes.TrimLeft(text, around)
	body := bytes.TrimRight(left, around)
	switch {
	case len(body) == 0 && bytes.IndexByte(text, 0) >= 0:
		l.reject(l.number, reasonOnlyNULs)
	case len(body) == 0: // a blank line is no record
	case body[0] != '{':
		l.reject(l.number, reasonNotObject)
	default:
		start += len(text) - len(left)
		l.keep(start, start+len(body), l.number)
	}
}
