package fields

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// space is the first byte from i on that is not white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

const (
	each = 0x0101010101010101 // times a byte: that byte eight times
	high = 0x80 * each
)

// plain is the first byte from i on that means something in a string: its end, a
// backslash, a control character. It looks at eight bytes at once.
func plain(b []byte, i int) int {
	for ; len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^('"'*each), x^('\\'*each)
		// The lowest byte that is marked is one that is looked for; a borrow
		// can mark a wrong one only above it.
		if m := ((quote-each)&^quote | (slash-each)&^slash | (x-' '*each)&^x) & high; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' {
			break
		}
	}
	return i
}

// skipText goes over a string from behind its opening quote.
func skipText(b []byte, i int) int {
	for {
		if i = plain(b, i); i == len(b) {
			return -1
		}
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			if _, i = escape(b, i); i < 0 {
				return -1
			}
		default:
			return -1
		}
	}
}

// text is the value of a string from behind its opening quote. One without an
// escape is not copied.
func (r *Reader) text(b []byte, i int) (value []byte, end int) {
	end = plain(b, i)
	if end < len(b) && b[end] == '"' {
		return b[i:end:end], end + 1
	}
	start := len(r.scratch)
	for {
		if end == len(b) {
			return nil, -1
		}
		r.scratch = append(r.scratch, b[i:end]...)
		switch b[end] {
		case '"':
			return r.scratch[start:len(r.scratch):len(r.scratch)], end + 1
		case '\\':
			var c rune
			if c, i = escape(b, end); i < 0 {
				return nil, -1
			}
			r.scratch = utf8.AppendRune(r.scratch, c)
		default:
			return nil, -1
		}
		end = plain(b, i)
	}
}

// escape reads an escape from its backslash on and returns where it ends.
func escape(b []byte, i int) (rune, int) {
	if i+1 == len(b) {
		return 0, -1
	}
	switch c := b[i+1]; c {
	case '\\', '"', '/':
		return rune(c), i + 2
	case 'n':
		return '\n', i + 2
	case 't':
		return '\t', i + 2
	case 'r':
		return '\r', i + 2
	case 'b':
		return '\b', i + 2
	case 'f':
		return '\f', i + 2
	case 'u':
		return codepoint(b, i)
	}
	return 0, -1
}

// codepoint reads \uXXXX, two of them where they are a pair of surrogates.
func codepoint(b []byte, i int) (rune, int) {
	c := hex4(b, i+2)
	switch {
	case c < 0:
		return 0, -1
	case !utf16.IsSurrogate(c):
		return c, i + 6
	case len(b)-i < 12 || b[i+6] != '\\' || b[i+7] != 'u':
		return 0, -1
	}
	if c = utf16.DecodeRune(c, hex4(b, i+8)); c == utf8.RuneError {
		return 0, -1
	}
	return c, i + 12
}

// hex4 reads four hexadecimal digits, -1 if there are none.
func hex4(b []byte, i int) rune {
	if len(b)-i < 4 {
		return -1
	}
	var n rune
	for _, c := range b[i : i+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		n = n<<4 | rune(c)
	}
	return n
}

// appendEscaped adds a character to a JSON string, escaped if it must be.
func appendEscaped(p []byte, c rune) []byte {
	const digits = "0123456789ABCDEF"
	switch c {
	case '"', '\\':
		return append(p, '\\', byte(c))
	case '\b':
		return append(p, '\\', 'b')
	case '\f':
		return append(p, '\\', 'f')
	case '\n':
		return append(p, '\\', 'n')
	case '\r':
		return append(p, '\\', 'r')
	case '\t':
		return append(p, '\\', 't')
	}
	if c < ' ' {
		return append(p, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
	}
	return utf8.AppendRune(p, c)
}
