package branch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// card is a whole card; with and without change one line of it.
const card = `/*
id: U01
name: MyBranch
title: Something happened
detection_type: Something
technique: T1543.003
platform: windows
pack: [mine]
tables: [DeviceProcessEvents]
score: 20
description: what it finds
misses:
  - much
falsepositives: [many]
*/
select 1
`

func with(old, new string) string {
	if !strings.Contains(card, old) {
		panic("no " + old)
	}
	return strings.Replace(card, old, new, 1)
}

func TestParse(t *testing.T) {
	b, err := Parse("u01.sql", []byte(with("select 1", "\n-- why\nselect 1;\n\n")))
	if err != nil {
		t.Fatal(err)
	}
	want := Branch{
		Card: Card{
			ID: "U01", Name: "MyBranch", Title: "Something happened", DetectionType: "Something",
			Technique: "T1543.003", Platform: "windows", Pack: []string{"mine"}, Tables: []string{"DeviceProcessEvents"},
			Score: 20, Description: "what it finds", Misses: []string{"much"}, FalsePositives: []string{"many"},
		},
		Path: "u01.sql", SQL: "-- why\nselect 1", SQLLine: 17,
	}
	b.Text = ""
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
}

// However the file was saved, the same branch is read.
func TestParseForms(t *testing.T) {
	want, err := Parse("x.sql", []byte(card))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"byte order mark":    "\ufeff" + card,
		"CRLF":               strings.ReplaceAll(card, "\n", "\r\n"),
		"CR":                 strings.ReplaceAll(card, "\n", "\r"),
		"no last line end":   strings.TrimRight(card, "\n"),
		"semicolon":          strings.TrimRight(card, "\n") + " ; \n",
		"mark and CRLF both": "\ufeff" + strings.ReplaceAll(card, "\n", "\r\n"),
	} {
		got, err := Parse("x.sql", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got.Text, want.Text = "", ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestParseMistakes(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string // lines of the error, without the path
	}{
		{"unknown key", with("score: 20", "score: 20\nsevrity: high"), []string{`11:1: unknown key "sevrity"`}},
		{"misspelt key", with("technique:", "tecnique:"), []string{
			`6:1: unknown key "tecnique": did you mean technique?`, `2:1: the card has no technique`,
		}},
		{"twice the same key", with("score: 20", "score: 20\nscore: 30"), []string{`11:1: mapping key "score" already defined at [10:1]`}},
		{"missing keys", with("id: U01\n", ""), []string{"2:1: the card has no id"}},
		{"two missing keys", with("misses:\n  - much\nfalsepositives: [many]\n", ""), []string{
			"2:1: the card has no misses", "2:1: the card has no falsepositives",
		}},
		{"bad id", with("U01", "u 1"), []string{`2:5: id "u 1" is not capital letters, digits and dashes, as W01`}},
		{"bad name", with("MyBranch", "My-Branch"), []string{`3:7: name "My-Branch" is not one word, as NewServiceCreation`}},
		{"bad technique", with("T1543.003", "T1543.3"), []string{`6:12: technique "T1543.3" is not an ATT&CK technique, as T1543.003`}},
		{"bad platform", with("windows", "dos"), []string{`7:11: platform "dos" is not one of windows, linux, macos, containers`}},
		{"score too high", with("20", "101"), []string{"10:8: score 101 is not between 0 and 100"}},
		{"score no number", with("20", "high"), []string{"10:8: cannot unmarshal string into Go struct field Card.Score of type int"}},
		{"empty list", with("pack: [mine]", "pack: []"), []string{"8:7: pack is empty: name at least one"}},
		{"empty value", with("pack: [mine]", "pack:"), []string{"8:1: pack is empty: name at least one"}},
		{"empty text", with("what it finds", `" "`), []string{"11:14: description is empty"}},
		{"title of two lines", with("Something happened", `"two\nlines"`), []string{"4:8: title is more than one line"}},
		{"title for a terminal", with("Something happened", `"x\e[2Jy"`), []string{"4:8: title has a control character"}},
		{"two mistakes", with("U01", "u1"), []string{`2:5: id "u1" is not capital letters, digits and dashes, as W01`}},
		{"anchor", with("title: ", "title: &x "), []string{`4:8: "&" has a meaning in YAML that a card does not use: put the text in quotes`}},
		{"nesting", with("[many]", strings.Repeat("[", 2000)), []string{"14:25: the card is nested too deeply"}},
		{"syntax", with("[many]", "[many"), []string{"14:17: sequence end token ']' not found"}},
		{"two documents", with("score: 20", "---\nscore: 20"), []string{"1: the card is more than one YAML document: take out the line ---"}},
		{"a list", "/*\n- id\n*/ select 1", []string{"2:1: the card is not a list of keys (id: …)"}},
		{"empty card", "/* */ select 1", []string{"1: " + noCard}},
		{"no card", "select 1", []string{"1: " + noCard}},
		{"line comment", "-- id: W01\nselect 1", []string{"1: " + noCard}},
		{"empty file", "", []string{"1: " + noCard}},
		{"no end", "\n /* id: W01\nselect 1", []string{"2:2: the card that begins here has no end: write */ after it"}},
		{"no query", with("select 1\n", "\n ;\n"), []string{"17: has a card and no query after it"}},
		{"not text", "\xff\xfe/\x00*\x00", []string{"is not UTF-8 text: save it as UTF-8"}},
		{"NUL", with("select 1", "select\x001"), []string{"16:7: has a NUL character"}},
		{"huge", card + strings.Repeat(" ", maxFile), []string{"is larger than 1024 KiB: not a branch"}},
		{"huge card", with("- much", "- "+strings.Repeat("much ", maxCard/5)), []string{"has a card larger than 64 KiB"}},
	} {
		b, err := Parse("dir/x.sql", []byte(test.text))
		if err == nil {
			t.Errorf("%s: no error, got %+v", test.name, b.Card)
			continue
		}
		var want []string
		for _, w := range test.want {
			separator := ": "
			if w[0] >= '0' && w[0] <= '9' {
				separator = ":"
			}
			want = append(want, "dir/x.sql"+separator+w)
		}
		if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
		var located *Error
		if !errors.As(err, &located) {
			t.Errorf("%s: the error is a %T", test.name, err)
		}
	}
}

// A card may begin on the line of its opening, and after blank lines: the
// positions stay those of the file.
func TestParsePositions(t *testing.T) {
	text := "\n\n  /* id: U01\n     nam: X */ select 1"
	_, err := Parse("x.sql", []byte(text))
	if err == nil {
		t.Fatal("no error")
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	if want := `x.sql:4:6: unknown key "nam": did you mean name?`; first != want {
		t.Errorf("got  %s\nwant %s", first, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(card))
	f.Add([]byte("\ufeff/*\r\nid: W01\r\n*/\r\nselect 1"))
	f.Add([]byte("/* {a: [b, {c: d}]} */ select ';'"))
	f.Add([]byte("/*\nid: |\n  x\n*/;"))
	f.Add([]byte("/* - - - - - */"))
	f.Add([]byte("/*\nid: &a [*a]\n*/ x"))
	for _, name := range shipped(f) {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := Parse("x.sql", text)
		if err != nil {
			checkPlaces(t, text, err)
			return
		}
		if b.SQL == "" || b.ID == "" || b.Score < 0 || b.Score > 100 {
			t.Fatalf("accepted %+v", b)
		}
		lines := strings.Split(b.Text, "\n")
		if b.SQLLine < 1 || b.SQLLine > len(lines) || !strings.Contains(lines[b.SQLLine-1], strings.SplitN(b.SQL, "\n", 2)[0]) {
			t.Fatalf("line %d of %q does not begin %q", b.SQLLine, b.Text, b.SQL)
		}
		again, err := Parse("x.sql", []byte(b.Text))
		if err != nil {
			t.Fatalf("its own text is refused: %v", err)
		}
		if diff := cmp.Diff(b, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

// checkPlaces holds every place of an error against the file.
func checkPlaces(t *testing.T, text []byte, err error) {
	lines := 1 + strings.Count(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n")
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, err := range list {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%T: %v", err, err)
		}
		if e.Line < 0 || e.Line > lines+1 || e.Message == "" {
			t.Fatalf("line %d of %d: %q", e.Line, lines, e.Message)
		}
	}
}

func shipped(tb testing.TB) []string {
	tb.Helper()
	names, err := filepath.Glob("../../sql/branches/*/*.sql")
	if err != nil || len(names) == 0 {
		tb.Fatal(fmt.Errorf("no branches: %w", err))
	}
	return names
}
