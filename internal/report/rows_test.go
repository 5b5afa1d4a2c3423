package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smew/internal/term"
)

func rowsText[T any](t *testing.T, format string, header []string, rows [][]T, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteRows(&b, format, header, rows, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	someHeader = []string{"FileName", "n", "x", "at", "note"}
	someRows   = [][]any{
		{"sc.exe", int64(12), 0.5, at("2026-09-20T10:11:12.1234567Z"), nil},
		{"日本.exe", uint8(3), nil, nil, ""},
		{"a\x1b[2J\nb", int64(-1234567), math.NaN(), time.Unix(0, 0), "=cmd|'/C calc'!A0"},
		{"NULL", nil, 1e300, at("2026-09-20T10:11:12Z"), []string{"a", "<b>"}},
	}
)

func TestRowsInEveryFormat(t *testing.T) {
	want := map[string]string{
		"table": `FileName            n       x  at                           note
sc.exe             12     0.5  2026-09-20 10:11:12.1234567  NULL
日本.exe            3    NULL  NULL
a\x1b[2J\nb  -1234567     NaN  1970-01-01 00:00:00          =cmd|'/C calc'!A0
NULL             NULL  1e+300  2026-09-20 10:11:12          ["a","<b>"]
`,
		"json": `[
  {"FileName":"sc.exe","n":12,"x":0.5,"at":"2026-09-20T10:11:12.1234567Z","note":null},
  {"FileName":"日本.exe","n":3,"x":null,"at":null,"note":""},
  {"FileName":"a\u001b[2J\nb","n":-1234567,"x":"NaN","at":"1970-01-01T00:00:00.0000000Z","note":"=cmd|'/C calc'!A0"},
  {"FileName":"NULL","n":null,"x":1e+300,"at":"2026-09-20T10:11:12.0000000Z","note":["a","<b>"]}
]
`,
		"ndjson": `{"FileName":"sc.exe","n":12,"x":0.5,"at":"2026-09-20T10:11:12.1234567Z","note":null}
{"FileName":"日本.exe","n":3,"x":null,"at":null,"note":""}
{"FileName":"a\u001b[2J\nb","n":-1234567,"x":"NaN","at":"1970-01-01T00:00:00.0000000Z","note":"=cmd|'/C calc'!A0"}
{"FileName":"NULL","n":null,"x":1e+300,"at":"2026-09-20T10:11:12.0000000Z","note":["a","<b>"]}
`,
		"csv": `FileName,n,x,at,note
sc.exe,12,0.5,2026-09-20 10:11:12.1234567,
日本.exe,3,,,
a\x1b[2J\nb,-1234567,NaN,1970-01-01 00:00:00,'=cmd|'/C calc'!A0
NULL,,1e+300,2026-09-20 10:11:12,"[""a"",""<b>""]"
`,
		"markdown": `| FileName | n | x | at | note |
| --- | --- | --- | --- | --- |
| sc.exe | 12 | 0.5 | 2026-09-20 10:11:12.1234567 | NULL |
| 日本.exe | 3 | NULL | NULL |  |
| a\\x1b\[2J\\nb | -1234567 | NaN | 1970-01-01 00:00:00 | =cmd&#124;'/C calc'\!A0 |
| NULL | NULL | 1e+300 | 2026-09-20 10:11:12 | \["a","\<b\>"\] |
`,
	}
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			if diff := cmp.Diff(want[format], rowsText(t, format, someHeader, someRows, Options{Width: 100})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoRows(t *testing.T) {
	want := map[string]string{
		"table":    "a  b\nno rows\n",
		"json":     "[]\n",
		"ndjson":   "",
		"csv":      "a,b\n",
		"markdown": "| a | b |\n| --- | --- |\n",
	}
	for _, format := range Formats() {
		if got := rowsText(t, format, []string{"a", "b"}, [][]any{}, Options{}); got != want[format] {
			t.Errorf("%s: %q, want %q", format, got, want[format])
		}
	}
}

func TestRowsSharesTheWidth(t *testing.T) {
	header := []string{"id", "command", "why"}
	rows := [][]string{
		{"1", strings.Repeat("x", 100), strings.Repeat("y", 40)},
		{"2", "short", "short"},
	}
	want := `id  command           why
1   xxxxxxxxxxxxxxxx  yyyyyyyyyyyyyyyy
    xxxxxxxxxxxxxxxx  yyyyyyyyyyyyyyyy
    xxxxxxxxxxxxxxxx  yyyyyyyy
    xxxxxxxxxxxxxxx…
2   short             short
`
	if diff := cmp.Diff(want, rowsText(t, "table", header, rows, Options{Width: 38})); diff != "" {
		t.Error(diff)
	}
}

func TestRowsDimsNullOnly(t *testing.T) {
	want := "\x1b[1ma     b\x1b[0m\n" +
		"\x1b[2mNULL\x1b[0m  NULL\n" +
		"1     \x1b[2mNULL\x1b[0m\n"
	rows := [][]any{{nil, "NULL"}, {"1", nil}}
	if diff := cmp.Diff(want, rowsText(t, "table", []string{"a", "b"}, rows, Options{Color: true})); diff != "" {
		t.Error(diff)
	}
}

func TestManyColumnsStandBelowEachOther(t *testing.T) {
	header := []string{"Timestamp", "DeviceName", "FileName", "ProcessCommandLine", "AccountName", "ReportId", "SourceFile", "Empty", "Null"}
	row := []any{
		"2026-09-20 10:11:12", "ws01.corp.example", "sc.exe", "sc.exe create x binPath= " + strings.Repeat("long ", 16), "alice", int64(7),
		"exports/a.csv", "", nil,
	}
	want := `row 1
Timestamp           2026-09-20 10:11:12
DeviceName          ws01.corp.example
FileName            sc.exe
ProcessCommandLine  sc.exe create x binPath= long long long long long long long
                    long long long long long long long long long
AccountName         alice
ReportId            7
SourceFile          exports/a.csv
Empty
Null                NULL
`
	got := rowsText(t, "table", header, [][]any{row, row}, Options{})
	if diff := cmp.Diff(want+"\n"+strings.Replace(want, "row 1", "row 2", 1), got); diff != "" {
		t.Error(diff)
	}
	if wide := rowsText(t, "table", header, [][]any{row}, Options{Width: 250}); strings.Count(wide, "\n") != 2 {
		t.Errorf("with room to spare it is not one line: %s", wide)
	}
}

func TestLaterRowsGoOutAsTheyCome(t *testing.T) {
	var b bytes.Buffer
	out, err := NewRows("table", &b, []string{"n"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20 * tableHeld
	for i := range n {
		if err := out.Write([]any{i}); err != nil {
			t.Fatal(err)
		}
	}
	if b.Len() == 0 {
		t.Error("all rows are held in memory")
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	// The first rows had three digits: a longer number is cut, visibly.
	if len(lines) != n+1 || lines[1] != "  0" || lines[1000] != "999" || lines[n] != "19…" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestRowOfAnotherLengthIsAnError(t *testing.T) {
	for _, format := range Formats() {
		err := WriteRows(&bytes.Buffer{}, format, []string{"a", "b"}, [][]any{{1}}, Options{})
		if err == nil || err.Error() != "a row of 1 values under 2 columns" {
			t.Errorf("%s: %v", format, err)
		}
	}
	if err := WriteRows(&bytes.Buffer{}, "parquet", nil, [][]any{}, Options{}); err == nil {
		t.Error("a format that is not ours is no error")
	}
}

func TestKeysAreEachOnce(t *testing.T) {
	tests := []struct{ in, want []string }{
		{[]string{"a", "b"}, []string{"a", "b"}},
		{[]string{"a", "a", "a"}, []string{"a", "a_2", "a_3"}},
		{[]string{"a", "a", "a_2"}, []string{"a", "a_3", "a_2"}},
		{[]string{"a_2", "a", "a"}, []string{"a_2", "a", "a_3"}},
		{[]string{"", ""}, []string{"", "_2"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, keys(tt.in)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestValues(t *testing.T) {
	var none *big.Int
	huge, _ := new(big.Int).SetString("170141183460469231731687303715884105727", 10)
	tests := []struct {
		in   any
		text string
		kind valueKind
		json string
	}{
		{nil, "NULL", isNull, "null"},
		{none, "NULL", isNull, "null"},
		{"a", "a", isText, `"a"`},
		{"a\u202eb", "a\u202eb", isText, `"a\u202eb"`},
		{"\U000e0041", "\U000e0041", isText, `"\udb40\udc41"`},
		{"\xff", "\xff", isText, `"\ufffd"`},
		{[]byte("blob\x00"), "blob\x00", isText, `"blob\u0000"`},
		{true, "true", isText, "true"},
		{int8(-1), "-1", isNumber, "-1"},
		{uint64(math.MaxUint64), "18446744073709551615", isNumber, "18446744073709551615"},
		{huge, huge.String(), isNumber, huge.String()},
		{1e6, "1000000", isNumber, "1000000"},
		{float32(0.1), "0.1", isNumber, "0.1"},
		{1e-9, "1e-09", isNumber, "1e-9"},
		{0.0, "0", isNumber, "0"},
		{math.Inf(-1), "-Inf", isNumber, `"-Inf"`},
		{json.RawMessage(`{"a": "` + "\x7f\xff" + `"}`), `{"a": "` + "\x7f\xff" + `"}`, isText, `{"a":"\u007f\ufffd"}`},
		{json.RawMessage("{"), "{", isText, `"{"`},
		{map[string]any{"k": []any{1, nil}}, `{"k":[1,null]}`, isText, `{"k":[1,null]}`},
		{netip.MustParseAddr("::1"), "::1", isText, `"::1"`},
		{func() {}, "", isText, ""}, // no such value comes from a database; it must not crash
	}
	for _, tt := range tests {
		text, kind := valueText(tt.in)
		got := jsonValue(tt.in)
		if fmt.Sprintf("%T", tt.in) == "func()" {
			continue
		}
		if text != tt.text || kind != tt.kind || got != tt.json {
			t.Errorf("%T %v: %q %v %s, want %q %v %s", tt.in, tt.in, text, kind, got, tt.text, tt.kind, tt.json)
		}
	}
}

// Whatever a query returns, a table keeps to its width, JSON stays JSON and
// CSV stays CSV.
func TestRowsOfAnything(t *testing.T) {
	var texts []string
	for _, text := range hostileTexts {
		texts = append(texts, text)
	}
	text := rapid.OneOf(rapid.SampledFrom(texts), rapid.String())
	value := rapid.OneOf(
		rapid.Map(text, func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Float64(), func(f float64) any { return f }),
		rapid.Just[any](nil),
	)
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.SliceOfN(text, 1, 12).Draw(t, "header")
		rows := rapid.SliceOfN(rapid.SliceOfN(value, len(header), len(header)), 0, 4).Draw(t, "rows")
		width := rapid.IntRange(20, 200).Draw(t, "width")
		for _, format := range Formats() {
			var b bytes.Buffer
			if err := WriteRows(&b, format, header, rows, Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			if bad, found := firstUnsafe(b.Bytes()); found {
				t.Fatalf("%s has %U in %q", format, bad, b.String())
			}
			if err := checkShape(format, b.String(), len(header), len(rows), width); err != nil {
				t.Fatalf("%s: %v in %q", format, err, b.String())
			}
		}
	})
}

func checkShape(format, text string, columns, rows, width int) error {
	switch format {
	case "table":
		for line := range strings.SplitSeq(text, "\n") {
			if n := term.Columns(line); n > width {
				return fmt.Errorf("%d columns of %d", n, width)
			}
		}
	case "json":
		var list []map[string]any
		if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != rows {
			return fmt.Errorf("%d objects of %d: %w", len(list), rows, err)
		}
	case "ndjson":
		if n := strings.Count(text, "\n"); n != rows {
			return fmt.Errorf("%d lines of %d", n, rows)
		}
	case "markdown":
		for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
			if n := strings.Count(line, "|"); n != columns+1 {
				return fmt.Errorf("%d edges of %d", n, columns+1)
			}
		}
	case "csv":
		list, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(list) != rows+1 {
			return errors.Join(fmt.Errorf("%d rows of %d", len(list), rows+1), err)
		}
	}
	return nil
}
