package allow

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCompile(t *testing.T) {
	tests := []struct {
		glob               string
		regexp, prefix, ls string
	}{
		{`C:\Windows\*\a.exe`, `(?s)^c:\\windows\\[^\\/]*\\a\.exe$`, `c:\windows\`, `c:\windows\%\a.exe`},
		{`C:\A_b\**`, `(?s)^c:\\a_b\\.*$`, `c:\a_b\`, `c:\a^_b\%`},
		{`***x^%`, `(?s)^.*x\^%$`, ``, `%x^^^%`},
		{`plain`, `(?s)^plain$`, `plain`, `plain`},
	}
	for _, tt := range tests {
		if got, want := Compile(tt.glob), (Pattern{tt.regexp, tt.prefix, tt.ls}); got != want {
			t.Errorf("Compile(%q) = %+v, want %+v", tt.glob, got, want)
		}
	}
	if got, want := CompileAccount("Adm-*").Regexp, `(?s)^[^\\/]*\\adm-[^\\/]*$`; got != want {
		t.Errorf("CompileAccount = %q, want %q", got, want)
	}
	if got, want := CompileAccount(`Corp\Adm`).Prefix, `corp\adm`; got != want {
		t.Errorf("CompileAccount = %q, want %q", got, want)
	}
}

// globMatch is the rule for globs, read literally and without regard to speed.
func globMatch(glob, s []rune) bool {
	if len(glob) == 0 {
		return len(s) == 0
	}
	if glob[0] != '*' {
		return len(s) > 0 && s[0] == glob[0] && globMatch(glob[1:], s[1:])
	}
	stars := 0
	for stars < len(glob) && glob[stars] == '*' {
		stars++
	}
	for n := 0; ; n++ {
		if globMatch(glob[stars:], s[n:]) {
			return true
		}
		if n == len(s) || stars == 1 && (s[n] == '\\' || s[n] == '/') {
			return false
		}
	}
}

// likeMatch is LIKE with ^ as the escape.
func likeMatch(like, s []rune) bool {
	switch {
	case len(like) == 0:
		return len(s) == 0
	case like[0] == '%':
		return likeMatch(like[1:], s) || len(s) > 0 && likeMatch(like, s[1:])
	case like[0] == '^':
		like = like[1:]
	}
	return len(s) > 0 && s[0] == like[0] && likeMatch(like[1:], s[1:])
}

var (
	globs = rapid.StringOfN(rapid.RuneFrom([]rune(`**\/ab.^%_$(ü`+"\n")), 0, 10, -1)
	texts = rapid.StringOfN(rapid.RuneFrom([]rune(`\/aab.^%_$(ü`+"\n")), 0, 12, -1)
)

// fill replaces the stars of a glob, so that texts match often.
func fill(t *rapid.T, glob string) string {
	var b strings.Builder
	for _, r := range glob {
		if r == '*' {
			b.WriteString(rapid.StringOfN(rapid.RuneFrom([]rune(`\ab`)), 0, 3, -1).Draw(t, "star"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func TestCompileProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		glob := globs.Draw(t, "glob")
		text := texts.Draw(t, "text")
		if rapid.Bool().Draw(t, "near") {
			text = fill(t, glob)
		}
		want := globMatch([]rune(glob), []rune(text))
		p := Compile(glob)
		if got := regexp.MustCompile(p.Regexp).MatchString(text); got != want {
			t.Errorf("glob %q, text %q: %v, want %v (%s)", glob, text, got, want, p.Regexp)
		}
		if want && !strings.HasPrefix(text, p.Prefix) {
			t.Errorf("glob %q matches %q, which lacks the prefix %q", glob, text, p.Prefix)
		}
		if want && !likeMatch([]rune(p.Like), []rune(text)) {
			t.Errorf("glob %q matches %q, LIKE %q does not", glob, text, p.Like)
		}
	})
}

// A text that both globs match proves an overlap, and a glob without stars
// overlaps exactly what matches it.
func TestOverlapProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := globs.Draw(t, "a"), globs.Draw(t, "b")
		text := fill(t, a)
		got := overlap(parts(a), parts(b))
		if got != overlap(parts(b), parts(a)) {
			t.Errorf("overlap of %q and %q depends on their order", a, b)
		}
		if globMatch([]rune(a), []rune(text)) && globMatch([]rune(b), []rune(text)) && !got {
			t.Errorf("%q and %q both match %q", a, b, text)
		}
		plain := strings.ReplaceAll(text, "*", "")
		if got, want := overlap(parts(plain), parts(b)), globMatch([]rune(b), []rune(plain)); got != want {
			t.Errorf("overlap(%q, %q) = %v, match %v", plain, b, got, want)
		}
	})
}

func TestOverlap(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`c:\windows\*\x.exe`, `c:\windows\temp\**`, true},
		{`c:\windows\winsxs\*\x.exe`, `c:\windows\temp\**`, false},
		{`c:\windows\t*\x.exe`, `c:\windows\temp\**`, true},
		{`c:\**\x.exe`, `c:\**.dll`, false},
		{`c:\a*`, `c:\*b`, true},
		{`c:\a*`, `c:\*\b`, false},
	}
	for _, tt := range tests {
		if got := overlap(parts(tt.a), parts(tt.b)); got != tt.want {
			t.Errorf("overlap(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}

// The database's own RE2 and LIKE read a pattern as Go does.
func TestCompileInEngine(t *testing.T) {
	e := open(t)
	for _, tt := range []struct {
		glob, text string
		want       bool
	}{
		{`c:\windows\*\a.exe`, `c:\windows\x\a.exe`, true},
		{`c:\windows\*\a.exe`, `c:\windows\x\y\a.exe`, false},
		{`c:\windows\*\a.exe`, `c:\windows\x\abexe`, false},
		{`**^x_%**`, "a\nb^x_%c", true},
		{`**^x_%**`, "a\nb^xy%c", false},
		{`abc`, "abc\n", false},
		{`ü*ß`, "ü--ß", true},
	} {
		p := Compile(tt.glob)
		rows, err := e.Query(t.Context(), "select regexp_full_match(?1, ?2), ?1 like ?3 escape '^', starts_with(?1, ?4)",
			tt.text, p.Regexp, p.Like, p.Prefix)
		if err != nil {
			t.Fatal(err)
		}
		var match, like, prefix bool
		for rows.Next() {
			if err := rows.Scan(&match, &like, &prefix); err != nil {
				t.Fatal(err)
			}
		}
		if match != tt.want || match && !(like && prefix) {
			t.Errorf("glob %q, text %q: match %v, like %v, prefix %v; want %v", tt.glob, tt.text, match, like, prefix, tt.want)
		}
		rows.Close()
	}
}
