package source

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const bom = "\ufeff"

// Charsets beside UTF-8.
const (
	utf16LE = "utf-16le"
	utf16BE = "utf-16be"
)

// charsetOf recognises UTF-16 by its byte order mark, or without one by the
// zero bytes that every second byte of mostly Latin text is.
func charsetOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return utf16LE
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return utf16BE
	}
	var zeros [2]int
	head = head[:min(len(head), 512)&^1]
	for i, b := range head {
		if b == 0 {
			zeros[i&1]++
		}
	}
	half := len(head) / 2
	switch {
	case half < 8:
		return ""
	case zeros[1] > half*2/3 && zeros[0] < half/10:
		return utf16LE
	case zeros[0] > half*2/3 && zeros[1] < half/10:
		return utf16BE
	}
	return ""
}

// newText reads text in a charset as valid UTF-8 without a byte order mark.
// Bytes that are no text become U+FFFD, one for one.
func newText(r io.Reader, charset string) io.Reader {
	switch charset {
	case utf16LE:
		r = transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case utf16BE:
		r = transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	}
	return &textReader{r: r, first: true}
}

// textReader passes valid text through without copying it.
type textReader struct {
	r     io.Reader
	first bool
	cut   []byte // start of a character that the last read ended in
	held  []byte // mended text that did not fit
	err   error  // what comes after held
}

func (t *textReader) Read(p []byte) (int, error) {
	for {
		if len(t.held) > 0 {
			n := copy(p, t.held)
			t.held = t.held[n:]
			return n, nil
		}
		if t.err != nil {
			return 0, t.err
		}
		if len(p) < utf8.UTFMax*2 {
			t.fill(make([]byte, 512), true)
			continue
		}
		if n := t.fill(p, false); n > 0 {
			return n, nil
		}
	}
}

// fill reads once into p and mends it. With hold the result goes to held.
func (t *textReader) fill(p []byte, hold bool) int {
	n := copy(p, t.cut)
	m, err := t.r.Read(p[n:])
	n += m
	t.err = err
	whole := n
	if err == nil {
		whole = wholeRunes(p[:n])
	}
	t.cut = append(t.cut[:0], p[whole:n]...)
	text := p[:whole]
	if t.first && whole > 0 {
		t.first = false
		text = bytes.TrimPrefix(text, []byte(bom))
	}
	if invalidAt(text) >= 0 {
		text = mend(text)
	}
	switch {
	case hold:
		t.held = text
		return 0
	case whole > 0 && len(text) == whole && &text[0] == &p[0]:
		return whole // already where it is wanted
	}
	n = copy(p, text)
	t.held = text[n:]
	return n
}

// wholeRunes is the length of p without a character that p ends in the middle of.
func wholeRunes(p []byte) int {
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		if tail := p[len(p)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return len(p) - i
			}
			break
		}
	}
	return len(p)
}

// invalidAt is where the first byte is that is not UTF-8, or -1. Unlike
// utf8.Valid it goes back to whole words after a character that is not ASCII.
func invalidAt(p []byte) int {
	const high = 0x8080808080808080
	for i := 0; i < len(p); {
		for i+8 <= len(p) && binary.LittleEndian.Uint64(p[i:])&high == 0 {
			i += 8
		}
		for i < len(p) && p[i] < utf8.RuneSelf {
			i++
		}
		for i < len(p) && p[i] >= utf8.RuneSelf {
			_, size := utf8.DecodeRune(p[i:])
			if size == 1 {
				return i
			}
			i += size
		}
	}
	return -1
}

// mend replaces each byte that is not UTF-8 by U+FFFD.
func mend(p []byte) []byte {
	out := make([]byte, 0, len(p)+len(p)/8+16)
	for {
		i := invalidAt(p)
		if i < 0 {
			return append(out, p...)
		}
		out = append(out, p[:i]...)
		out = utf8.AppendRune(out, utf8.RuneError)
		p = p[i+1:]
	}
}
