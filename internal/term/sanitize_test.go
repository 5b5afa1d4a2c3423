package term

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSanitize(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", `C:\Windows\System32\sc.exe create "x y"`, `C:\Windows\System32\sc.exe create "x y"`},
		{"letters of the world", "Größe Ω ж 日本語 ไทย שלום ﷺ", "Größe Ω ж 日本語 ไทย שלום ﷺ"},
		{"combining", "e\u0301", "e\u0301"},
		{"clear screen", "a\x1b[2Jb", `a\x1b[2Jb`},
		{"window title", "\x1b]0;owned\x07", `\x1b]0;owned\x07`},
		{"newlines and tab", "a\r\n\tb", `a\r\n\tb`},
		{"nul, backspace, delete", "\x00\b\x7f", `\x00\x08\x7f`},
		{"c1 control sequence introducer", "\u009b2J\u0085", `\u009b2J\u0085`},
		{"override", "gpj.\u202eexe", `gpj.\u202eexe`},
		{"every bidi control", "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069", `\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069`},
		{"zero width", "a\u200b\u200c\u200d\u2060\ufeffb", `a\u200b\u200c\u200d\u2060\ufeffb`},
		{"soft hyphen", "a\u00adb", `a\u00adb`},
		{"tags", "a\U000e0041\U000e007f", `a\U000e0041\U000e007f`},
		{"variation selectors", "a\ufe0f\U000e0100", `a\ufe0f\U000e0100`},
		{"blank letters", "\u115f\u1160\u3164\uffa0\u2800", `\u115f\u1160\u3164\uffa0\u2800`},
		{"odd spaces", "a\u00a0b\u3000c\u2003d", `a\u00a0b\u3000c\u2003d`},
		{"line and paragraph separator", "\u2028\u2029", `\u2028\u2029`},
		{"private use", "\ue000\U0010fffd", `\ue000\U0010fffd`},
		{"unassigned and noncharacter", "\u0378\uffff", `\u0378\uffff`},
		{"not utf-8", "a\xff\xc0\xafb", `a\xff\xc0\xafb`},
		{"half a character", "a\xe2\x80", `a\xe2\x80`},
		{"encoded surrogate", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"replacement character itself", "\ufffd", "\ufffd"},
		{"mark without a letter", "\u0301a", `\u0301a`},
		{"mark after an escape", "\n\u0301", `\n\u0301`},
		{"tower of marks", "a" + strings.Repeat("\u0301", 6), "a" + strings.Repeat("\u0301", 4) + `\u0301\u0301`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sanitize(tt.in); got != tt.want {
				t.Errorf("Sanitize(%+q)\n got %+q\nwant %+q", tt.in, got, tt.want)
			}
		})
	}
}

// hostile draws text with an attacker's favourite characters in it.
func hostile() *rapid.Generator[string] {
	pieces := []string{
		"\x1b[2J", "\x1b]0;t\x07", "\u202e", "\u2066", "\n", "\r", "\t", "\xff", "\xe2\x80", "\u0301", "\u200b",
		"日本", "👩‍💻", "e\u0301", "|", "`", "<b>", "=cmd", " ", "a", "\U000e0041", "🇩🇪", "\u1100\u1161\u11a8",
	}
	piece := rapid.OneOf(rapid.SampledFrom(pieces), rapid.String(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 6),
		func(b []byte) string { return string(b) }))
	return rapid.Map(rapid.SliceOfN(piece, 0, 20), func(p []string) string { return strings.Join(p, "") })
}

// unsafeRune returns the first thing in s that a terminal might obey. It asks
// Unicode's own properties and not [Safe].
func unsafeRune(s string) (rune, bool) {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return r, true
		}
		if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Variation_Selector) ||
			unicode.IsControl(r) || (unicode.IsSpace(r) && r != ' ') {
			return r, true
		}
	}
	return 0, false
}

func TestSanitizeLeavesNothingToObey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := hostile().Draw(t, "in")
		out := Sanitize(in)
		if r, bad := unsafeRune(out); bad {
			t.Fatalf("Sanitize(%+q) = %+q still has %U", in, out, r)
		}
		if len(out) < len(in) {
			t.Fatalf("Sanitize(%+q) = %+q lost something", in, out)
		}
	})
}

func FuzzSanitize(f *testing.F) {
	for _, s := range []string{"", "sc.exe", "\x1b[2J", "\u202e", "\xff\xfe", "a\u0301\u0301\u0301\u0301\u0301", "日本\n", "\U000e0041"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		out := Sanitize(s)
		if r, bad := unsafeRune(out); bad {
			t.Fatalf("Sanitize(%+q) = %+q still has %U", s, out, r)
		}
		width %= 300
		line := Line(s, width)
		if r, bad := unsafeRune(line); bad || Columns(line) > max(width, 0) {
			t.Fatalf("Line(%+q, %d) = %+q: unsafe %U, %d columns", s, width, line, r, Columns(line))
		}
	})
}
