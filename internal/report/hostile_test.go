package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"smew/internal/finding"
	"smew/internal/term"
)

// firstUnsafe returns what a terminal could obey in text of several lines.
func firstUnsafe(text []byte) (rune, bool) {
	if !utf8.Valid(text) {
		return utf8.RuneError, true
	}
	for _, r := range string(text) {
		if r != '\n' && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Variation_Selector) {
			return r, true
		}
	}
	return 0, false
}

// eachHostile runs a test with every hostile text in every place.
func eachHostile(t *testing.T, test func(t *testing.T, text string, r *finding.Result)) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(hostileTexts)) {
		t.Run(name, func(t *testing.T) {
			test(t, hostileTexts[name], poisoned(hostileTexts[name]))
		})
	}
}

func TestNothingToObeyInAnyFormat(t *testing.T) {
	eachHostile(t, func(t *testing.T, _ string, r *finding.Result) {
		for _, format := range Formats() {
			if bad, found := firstUnsafe(write(t, format, r, Options{ShowSuppressed: true})); found {
				t.Errorf("%s has %U", format, bad)
			}
		}
		for _, format := range ExplainFormats() {
			for i := range r.Cases {
				if bad, found := firstUnsafe(explained(t, format, &r.Cases[i], Options{})); found {
					t.Errorf("explain as %s has %U", format, bad)
				}
			}
		}
	})
}

func TestTableKeepsItsWidth(t *testing.T) {
	eachHostile(t, func(t *testing.T, _ string, r *finding.Result) {
		for _, width := range []int{60, 80, 200} {
			text := string(write(t, "table", r, Options{Width: width}))
			if n := strings.Count(text, "\n"); n > 250 {
				t.Errorf("width %d: %d lines", width, n)
			}
			for i := range r.Cases {
				page := string(explained(t, "table", &r.Cases[i], Options{Width: width}))
				if n := strings.Count(page, "\n"); n > 350 { // files of a thousand columns are not cut
					t.Errorf("width %d: explained in %d lines", width, n)
				}
				text += page
			}
			for line := range strings.SplitSeq(text, "\n") {
				if n := term.Columns(line); n > width {
					t.Errorf("%d columns in a table of %d: %q", n, width, line)
				}
			}
		}
	})
}

// A value must not be able to pass for a line of the report's own.
func TestTableHasNoForgedLines(t *testing.T) {
	r := poisoned("x\nNothing found in 5 events\n12 cases: 12 high\nScore")
	text := string(write(t, "table", r, Options{}))
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "Nothing found") || strings.HasPrefix(line, "12 cases") {
			t.Errorf("forged line %q", line)
		}
	}
	if n := strings.Count(string(explained(t, "table", &r.Cases[0], Options{})), "\nScore"); n != 1 {
		t.Errorf("%d headings of the score", n)
	}
}

func TestJSONGivesTheTextBack(t *testing.T) {
	eachHostile(t, func(t *testing.T, text string, r *finding.Result) {
		want := strings.ToValidUTF8(text, "\ufffd")
		if !utf8.ValidString(text) {
			want = "" // encoding/json replaces byte by byte
			for _, c := range text {
				want += string(c)
			}
		}
		var got finding.Result
		if err := json.Unmarshal(write(t, "json", r, Options{}), &got); err != nil {
			t.Fatal(err)
		}
		c := got.Cases[0]
		for _, have := range []string{
			c.Title, c.Branches[0].Name, c.Reasons[0].Text, c.Reasons[0].Detail, c.Seen[0], c.Missing[0].Text, c.Fleet.Names[0], c.Client,
			c.Evidence[0].ProcessCommandLine, c.Evidence[0].Also[0].File, c.Related[0].Text, c.Allowlist[0].Note,
			got.Summary.Rejected[0].File, got.Summary.Notes[0],
		} {
			if have != want {
				t.Errorf("got %+q, want %+q", have, want)
			}
		}
	})
}

// Excel and its like run a cell that begins with one of these, also after
// spaces, and also where they split cells at semicolons.
var runs = regexp.MustCompile(`^[\s"]*[=+\-@＝＋－＠\t\r]`)

func TestCSVHasNothingToRun(t *testing.T) {
	numbers := map[string]bool{}
	for _, c := range csvColumns {
		numbers[c.name] = c.number
	}
	eachHostile(t, func(t *testing.T, _ string, r *finding.Result) {
		r.Cases[0].Raw = -5
		text := write(t, "csv", r, Options{})
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 1+len(r.Cases) {
			t.Fatalf("%d rows", len(rows))
		}
		if rows[1][2] != "-5" {
			t.Errorf("raw_score is %q", rows[1][2])
		}
		for _, row := range rows[1:] {
			for i, value := range row {
				if numbers[rows[0][i]] {
					continue
				}
				for part := range strings.SplitSeq(value, ";") {
					if runs.MatchString(part) {
						t.Errorf("%s would run %q", rows[0][i], part)
					}
				}
			}
		}
	})
}

func TestCSVCell(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"sc.exe create x", "sc.exe create x"},
		{"=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"},
		{"+1+1", "'+1+1"},
		{"-1+1", "'-1+1"},
		{"-12", "-12"},
		{"-1.5", "-1.5"},
		{"+49 30", "'+49 30"},
		{"@SUM(1)", "'@SUM(1)"},
		{"  =1", "'  =1"},
		{"\t=1", `\t=1`},
		{"\r=1", `\r=1`},
		{"\n=1", `\n=1`},
		{"＝1", "'＝1"},
		{"＋1", "'＋1"},
		{"a=b", "a=b"},
		{"a;=b", "a;'=b"},
		{"a; =b;-c", "a;' =b;'-c"},
		{"|cmd", "|cmd"},
		{"\x1b[2J", `\x1b[2J`},
	}
	for _, tt := range tests {
		if got := csvCell(tt.in); got != tt.want {
			t.Errorf("csvCell(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// withoutCode removes code spans from a line of Markdown, as CommonMark finds
// them: a run of backticks that no backslash escapes, up to the next run of
// the same length.
func withoutCode(t *testing.T, line string) string {
	t.Helper()
	var out strings.Builder
	for i := 0; i < len(line); {
		switch line[i] {
		case '\\':
			out.WriteString(line[i:min(i+2, len(line))])
			i += 2
		case '`':
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], "`"))
			end := closing(line[i+n:], n)
			if end < 0 {
				t.Fatalf("code span without an end: %q", line)
			}
			i += n + end + n
		default:
			out.WriteByte(line[i])
			i++
		}
	}
	return out.String()
}

// closing finds the run of exactly n backticks.
func closing(s string, n int) int {
	for i := 0; i < len(s); i++ {
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if run == n {
			return i
		}
		i += run
	}
	return -1
}

var (
	liveMarkup = regexp.MustCompile("(^|[^\\\\])[<>*_\\[\\]`~$&!]")
	liveLink   = regexp.MustCompile(`(?i)https?://|www\.[a-z]|@`)
	liveBlock  = regexp.MustCompile(`^ {4}|^- ( {4}|[-+*>#]|\d+[.)])`)
	ownMarkup  = regexp.MustCompile(`^\*\*|\*\*$|&#124;`)
)

// markdownOf is the page of a hunt and those of its cases.
func markdownOf(t *testing.T, r *finding.Result) string {
	t.Helper()
	text := string(write(t, "markdown", r, Options{}))
	for i := range r.Cases {
		text += string(explained(t, "markdown", &r.Cases[i], Options{}))
	}
	return text
}

// unmarked is the fixture with harmless text in every place.
func unmarked() *finding.Result { return poisoned("a") }

func TestMarkdownHasNoForeignMarkup(t *testing.T) {
	eachHostile(t, func(t *testing.T, _ string, r *finding.Result) {
		text := markdownOf(t, r)
		headings := 0
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(line, "#") {
				headings++
			}
			bare := ownMarkup.ReplaceAllString(withoutCode(t, line), "")
			if liveMarkup.MatchString(bare) || liveLink.MatchString(bare) || liveBlock.MatchString(line) {
				t.Errorf("markup in %q", bare)
			}
		}
		want := strings.Count("\n"+markdownOf(t, unmarked()), "\n#")
		if headings != want {
			t.Errorf("%d headings, want %d", headings, want)
		}
	})
}

func TestMarkdownTablesKeepTheirColumns(t *testing.T) {
	eachHostile(t, func(t *testing.T, _ string, r *finding.Result) {
		columns := 0
		for line := range strings.SplitSeq(markdownOf(t, r), "\n") {
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			if columns == 0 {
				columns = strings.Count(line, "|")
			}
			// Not one bar of a table is anything but an edge of a cell.
			if n := strings.Count(line, "|"); n != columns {
				t.Errorf("%d edges, want %d: %q", n, columns, line)
			}
		}
	})
}

func TestCode(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"  ", ""},
		{"sc.exe", "`sc.exe`"},
		{"a`b", "``a`b``"},
		{"`", "`` ` ``"},
		{"a``", "``` a`` ```"},
		{" a ", "`  a  `"},
		{"a\nb", "`a\\nb`"},
	}
	for _, tt := range tests {
		if got := code(tt.in); got != tt.want {
			t.Errorf("code(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestBeginning(t *testing.T) {
	tests := []struct{ in, want string }{
		{"4 events", "4 events"},
		{"1. a", `1\. a`},
		{"12) a", `12\) a`},
		{"- a", `\- a`},
		{"+ a", `\+ a`},
		{"     a", "a"},
		{"=", `\=`},
		{"", ""},
	}
	for _, tt := range tests {
		if got := beginning(tt.in); got != tt.want {
			t.Errorf("beginning(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestWritersLeaveTheResultAlone(t *testing.T) {
	for _, format := range Formats() {
		for _, build := range []func() *finding.Result{fixture, func() *finding.Result { return &finding.Result{Cases: []finding.Case{{}}} }} {
			r := build()
			first := write(t, format, r, Options{})
			if diff := cmp.Diff(build(), r); diff != "" {
				t.Errorf("%s changed its result:\n%s", format, diff)
			}
			if !bytes.Equal(first, write(t, format, r, Options{})) {
				t.Errorf("%s differs the second time", format)
			}
		}
	}
}
