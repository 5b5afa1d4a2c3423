package evtx

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Four UTF-16 units are looked at as one number. A lane is one unit.
const (
	laneHigh  = 0xff80_ff80_ff80_ff80 // set where a unit is not ASCII
	laneTop   = 0x0080_0080_0080_0080
	laneSpace = 0x0060_0060_0060_0060 // plus this, a unit below 0x20 stays below 0x80
	laneQuote = 0x0022_0022_0022_0022
	laneSlash = 0x005c_005c_005c_005c
	laneOnes  = 0x007f_007f_007f_007f // plus this, every unit but 0 reaches 0x80
)

// appendUTF16 appends little-endian UTF-16 as the inside of a JSON string.
// Trailing NULs go, unpaired surrogates and half a unit become U+FFFD.
func appendUTF16(out, text []byte) []byte {
	odd := len(text)&1 == 1
	if odd {
		text = text[:len(text)-1]
	}
	for n := len(text); n > 0 && text[n-1] == 0 && text[n-2] == 0; n = len(text) {
		text = text[:n-2]
	}
	// A unit needs at most six bytes: \u001f.
	out = slices.Grow(out, 3*len(text)+8)
	n := len(out)
	dst := out[:cap(out)]
	for i := 0; i < len(text); {
		if len(text)-i >= 8 {
			v := binary.LittleEndian.Uint64(text[i:])
			if v&laneHigh == 0 {
				binary.LittleEndian.PutUint32(dst[n:], uint32(v&0xff|v>>8&0xff00|v>>16&0xff0000|v>>24&0xff000000))
				plain := (v + laneSpace) & ((v ^ laneQuote) + laneOnes) & ((v ^ laneSlash) + laneOnes) & laneTop
				if plain == laneTop {
					n += 4
					i += 8
					continue
				}
				k := bits.TrailingZeros64(^plain&laneTop) >> 4
				n += k
				n += putEscape(dst[n:], text[i+2*k])
				i += 2 * (k + 1)
				continue
			}
		}
		u := rune(text[i]) | rune(text[i+1])<<8
		i += 2
		switch {
		case u < utf8.RuneSelf:
			n += putASCII(dst[n:], byte(u))
			continue
		case utf16.IsSurrogate(u):
			low := rune(0)
			if i < len(text) {
				low = rune(text[i]) | rune(text[i+1])<<8
			}
			if u = utf16.DecodeRune(u, low); u != utf8.RuneError {
				i += 2
			}
		}
		n += utf8.EncodeRune(dst[n:], u)
	}
	out = dst[:n]
	if odd {
		out = utf8.AppendRune(out, utf8.RuneError)
	}
	return out
}

// putASCII writes one character of a JSON string and returns its length.
func putASCII(dst []byte, c byte) int {
	if c >= 0x20 && c != '"' && c != '\\' {
		dst[0] = c
		return 1
	}
	return putEscape(dst, c)
}

// putEscape writes a character that a JSON string must escape.
func putEscape(dst []byte, c byte) int {
	const hex = "0123456789abcdef"
	short := c
	switch c {
	case '"', '\\':
	case '\n':
		short = 'n'
	case '\r':
		short = 'r'
	case '\t':
		short = 't'
	default:
		_ = dst[5]
		dst[0], dst[1], dst[2], dst[3], dst[4], dst[5] = '\\', 'u', '0', '0', hex[c>>4], hex[c&15]
		return 6
	}
	_ = dst[1]
	dst[0], dst[1] = '\\', short
	return 2
}

// windows1252 are the characters of the bytes 0x80 to 0x9f in the code page of
// Western Windows; the five it does not define stay as they are.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// appendANSI appends text of one byte a character as the inside of a JSON
// string. A log does not say its code page: the most common one is taken.
func appendANSI(out, text []byte) []byte {
	for len(text) > 0 && text[len(text)-1] == 0 {
		text = text[:len(text)-1]
	}
	var escape [6]byte
	for _, c := range text {
		switch {
		case c < utf8.RuneSelf:
			out = append(out, escape[:putASCII(escape[:], c)]...)
		case c < 0xa0:
			out = utf8.AppendRune(out, windows1252[c-0x80])
		default:
			out = utf8.AppendRune(out, rune(c))
		}
	}
	return out
}
