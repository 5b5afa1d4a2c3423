package load_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/view"
	smewsql "smew/sql"
)

// left spells a record so that internal/fields leaves it to the database: with a
// number that has an exponent.
func left(record string) string { return strings.Replace(record, "{", `{"left":1e0,`, 1) }

func TestRecordsLeftToTheDatabaseGetTheSameVerdicts(t *testing.T) {
	record := func(table, properties string) string {
		return `{"category":"AdvancedHunting-` + table + `","properties":` + properties + `}`
	}
	lines := []string{
		record("DeviceProcessEvents", `{"Timestamp":"2026-09-20T10:00:00Z","DeviceName":"a","ReportId":1,"FileName":"x"}`),
		record("deviceprocessevents", `{"Timestamp":"2026-09-20T10:00:01Z","DeviceName":"a","ReportId":2,"FileName":{"k": [1]}}`),
		`{"category":"DeviceProcessEvents","properties":{"TimeGenerated":"2026-09-20T10:00:02Z","DeviceName":"a","ReportId":3}}`,
		record("DeviceProcessEvents", `{"Timestamp":"yesterday"}`),
		record("DeviceProcessEvents", `{"DeviceName":"a"}`),
		record("DeviceProcessEvents", `null`),
		record("DeviceProcessEvents", `5`),
		record("NoSuchTable", `{"Timestamp":"2026-09-20T10:00:00Z"}`),
		record("no table", `{"Timestamp":"2026-09-20T10:00:00Z"}`),
		`{"properties":{"Timestamp":"2026-09-20T10:00:00Z"}}`,
		`{"category":"AdvancedHunting-DeviceProcessEvents"}`,
		`{"time":"x"}`,
		`{"time":1e0,}}`,
	}
	wantRows := []string{"2026-09-20 10:00:00|a|1|x|1", `2026-09-20 10:00:01|a|2|{"k":[1]}|2`, "2026-09-20 10:00:02|a|3||3"}
	wantRejected := []string{
		`a.json [4] 1: Timestamp is no time: "yesterday"`,
		"a.json [5 7] 2: no Timestamp",
		"a.json [6 11] 2: holds no columns",
		`a.json [8] 1: a table smew does not know: "NoSuchTable"`,
		"a.json [9 10 12] 3: names no table",
		"a.json [13] 1: not valid JSON",
	}
	for name, spell := range map[string]func(string) string{"taken apart": func(s string) string { return s }, "left": left} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var text strings.Builder
			for _, line := range lines {
				text.WriteString(spell(line) + "\n")
			}
			write(t, dir, "a.json", text.String())
			account, rows := read(t, dir, load.Request{}, map[string]string{"DeviceProcessEvents": "Timestamp, DeviceName, ReportId, coalesce(FileName, ''), SourceRecord"})
			if diff := cmp.Diff(wantRows, rows["DeviceProcessEvents"]); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(wantRejected, rejections(account)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestColumnsAtTheTopLeftToTheDatabase(t *testing.T) {
	row := `{"Timestamp":"2026-09-20T10:00:00Z","DeviceName":"a","FileName":"x","ProcessCommandLine":"x -k","ActionType":"ProcessCreated","InitiatingProcessFileName":"y"}`
	dir := t.TempDir()
	write(t, dir, "a.json", strings.Join([]string{row, left(row), left(row), strings.Replace(row, `"a"`, `"b"`, 1), left(row) + "x}"}, "\n"))
	account, rows := read(t, dir, load.Request{}, map[string]string{"DeviceProcessEvents": "DeviceName, FileName, ProcessCommandLine, SourceRecord"})
	want := []string{"a|x|x -k|1", "a|x|x -k|2", "a|x|x -k|3", "b|x|x -k|4"}
	if diff := cmp.Diff(want, rows["DeviceProcessEvents"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a.json [5] 1: not valid JSON"}, rejections(account)); diff != "" {
		t.Error(diff)
	}
	// Without a ReportId only records that are equal in their text are copies.
	if n := account.RowsDuplicate(); n != 1 {
		t.Errorf("%d duplicates, want 1", n)
	}
}

// A column that a query asks for beyond the schema may have any name but smew's own.
func TestFurtherColumnsMayHaveAnyName(t *testing.T) {
	dir := t.TempDir()
	extra := []string{"Record", "Reason", "row", "category", "Key", "IsJSON", "HasTime", "table", `quoted"name`}
	fields := ""
	for _, name := range extra {
		fields += `,"` + strings.ReplaceAll(name, `"`, `\u0022`) + `":"` + strings.ReplaceAll(name, `"`, "") + `!"`
	}
	properties := `"properties":{"Timestamp":"2026-09-20T10:00:00Z","DeviceName":"a","ReportId":1` + fields + `}}`
	write(t, dir, "a.json", `{"category":"AdvancedHunting-DeviceProcessEvents",`+properties+"\n")
	columns := make([]string, len(extra))
	want := make([]string, len(extra))
	for i, name := range extra {
		columns[i], want[i] = engine.QuoteIdent(name), strings.ReplaceAll(name, `"`, "")+"!"
	}
	_, rows := read(t, dir, load.Request{Extra: extra}, map[string]string{"DeviceProcessEvents": strings.Join(columns, ", ")})
	if diff := cmp.Diff([]string{strings.Join(want, "|")}, rows["DeviceProcessEvents"]); diff != "" {
		t.Error(diff)
	}
}

// event_time looks at a text's shape before it uses a regular expression; that must
// not change what it takes for a time.
func TestEventTimeIsWhatItsExpressionsSay(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Options{Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := view.LoadContract(t.Context(), e, smewsql.Files); err != nil {
		t.Fatal(err)
	}
	parts := [][]string{
		{"", "", "", " ", "\t", "x", "-", "é"},
		{"2026", "2026", "1999", "1", "12", "202", "20267", "Sep 20,", "9/20/", "infinity", "epoch"},
		{"-", "-", "-", "/", " ", ""},
		{"09", "9", "13", "0", "2026"},
		{"-", "-", "-", "/", ""},
		{"20", "20", "1", "31", "0"},
		{"T", "T", " ", "", "x"},
		{"10:00:01.1234567", "10:00:00", "1:02:03 PM", "24:00:00", "10:00", "", "10:00:01.123456789123"},
		{"Z", "", "+02", "-02:30", " (BC)", "x"},
	}
	const expressions = `coalesce(
		case when regexp_matches(text, '^\s*[0-9]{4}-[0-9]') then try_cast(text as timestamp_ns) end,
		case when regexp_matches(text, '^[A-Z][a-z]{2} [0-9]|^[0-9]{1,2}/[0-9]')
			then try(cast(try_strptime(text, ['%b %-d, %Y %-I:%M:%S %p', '%-m/%-d/%Y %-I:%M:%S %p']) as timestamp_ns)) end)`
	times := int64(0)
	rapid.Check(t, func(t *rapid.T) {
		texts := make([]string, 50)
		for i := range texts {
			for _, choices := range parts {
				texts[i] += rapid.SampledFrom(choices).Draw(t, "part")
			}
		}
		var got int64
		var differ *string
		if err := e.Scan(context.Background(), "select count(event_time(text)), string_agg(text, '|') filter (where event_time(text) is distinct from "+expressions+
			") from (select unnest("+engine.QuoteTexts(texts)+") as text)", &got, &differ); err != nil {
			t.Fatal(err)
		}
		if differ != nil {
			t.Fatalf("read otherwise: %q", *differ)
		}
		times += got
	})
	if times == 0 {
		t.Error("no text was a time: the test says nothing")
	}
}
