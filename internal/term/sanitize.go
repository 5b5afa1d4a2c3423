package term

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks one letter may carry. Living scripts
// need three; a stack of hundreds climbs over the lines above it.
const maxMarks = 4

// invisible are the characters that count as letters, marks or symbols and
// still draw nothing: two file names that differ in one of them look equal.
// Format characters (zero width spaces, bidi controls, tags) need no table:
// they are not printable.
var invisible = []*unicode.RangeTable{
	unicode.Variation_Selector,
	unicode.Other_Default_Ignorable_Code_Point, // Hangul fillers, grapheme joiner …
}

// brailleBlank is a symbol without dots.
const brailleBlank = '\u2800'

// Safe tells whether a terminal draws r as one visible character and does
// nothing else. It is false for controls, line breaks, bidi and other format
// characters, every space but U+0020, private use, surrogates and what Unicode
// has not assigned.
func Safe(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	return unicode.IsPrint(r) && r != brailleBlank && !unicode.In(r, invisible...)
}

// Sanitize makes text from data safe to print on one line of a terminal.
//
// What is not [Safe] becomes a visible escape: \n \r \t, \x1b for the other
// ASCII controls, \u202e and \U000e0041 for the rest, and \xff for a byte that
// is not UTF-8. Backslashes stay as they are, because paths are full of them,
// so the result is for reading: it cannot be turned back.
func Sanitize(s string) string {
	first := firstUnsafe(s)
	if first == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	// A mark needs a letter below it; at the start it would sit on whatever
	// was printed before.
	marks := maxMarks
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			marks = maxMarks
		case !Safe(r) || (unicode.IsMark(r) && marks >= maxMarks):
			b.WriteString(escape(r))
			marks = maxMarks
		case unicode.IsMark(r):
			b.WriteRune(r)
			marks++
		default:
			b.WriteRune(r)
			marks = 0
		}
		i += size
	}
	return b.String()
}

// firstUnsafe returns where plain printable ASCII ends. Most text is nothing
// else and need not be copied.
func firstUnsafe(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return i
		}
	}
	return len(s)
}

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}
