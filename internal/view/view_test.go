package view

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/defender"
	"smew/internal/engine"
	"smew/sql"
)

func open(t testing.TB) (*engine.Engine, *Contract) {
	t.Helper()
	ctx := t.Context()
	e, err := engine.Open(ctx, engine.Options{Threads: 1, Memory: "1GiB", TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := LoadContract(ctx, e, sql.Files)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, e, "set variable source_names = ['one', 'two']")
	return e, c
}

func exec(t testing.TB, e *engine.Engine, query string) {
	t.Helper()
	if err := e.Exec(context.Background(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// text gives one value as text, NULL as "null".
func text(t testing.TB, e *engine.Engine, query string) string {
	t.Helper()
	var s string
	if err := e.Scan(context.Background(), "select coalesce(cast(("+query+") as varchar), 'null')", &s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

// columnsOf lists a relation's columns: "Name TYPE".
func columnsOf(t testing.TB, e *engine.Engine, relation string) []string {
	t.Helper()
	s, err := e.Prepare(context.Background(), "select * from "+relation)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		list[i] = c.Name + " " + c.Type
	}
	return list
}

// schema is what recorded_<Table> must be.
func schema(t *Table, further ...string) []string {
	list := []string{"SourceTable VARCHAR", "SourceFile VARCHAR", "SourceFileId INTEGER", "SourceRecord BIGINT", "EventTime TIMESTAMP_NS", "RecordHash UBIGINT"}
	for _, c := range t.Columns {
		list = append(list, c.Name+" "+defender.SQLType(c.Type))
	}
	return append(list, further...)
}

// TestEveryTableIsOfTheSchemaWhateverItIsMadeFrom binds all tables of the
// contract over text and over nothing.
func TestEveryTableIsOfTheSchemaWhateverItIsMadeFrom(t *testing.T) {
	e, c := open(t)
	for _, name := range c.Names() {
		table, _ := c.Lookup(name)
		var staged []string
		for _, column := range table.Columns {
			staged = append(staged, column.Name)
		}
		exec(t, e, "create or replace temp table staged (SourceTable varchar, SourceFileId integer, SourceRecord bigint, EventTime timestamp_ns, RecordHash ubigint, Rejection varchar, "+
			quoted(staged, " varchar")+", Odd varchar)")
		for form, relation := range map[string]string{
			"all columns staged": table.FromStaged(staged, nil),
			"none":               table.FromStaged(nil, nil),
		} {
			if err := table.Attach(t.Context(), e, relation); err != nil {
				t.Errorf("%s: %v", form, err)
			} else if diff := cmp.Diff(schema(table), columnsOf(t, e, "recorded_"+name)); diff != "" {
				t.Errorf("%s, %s:\n%s", name, form, diff)
			}
		}
		if err := table.AttachEmpty(t.Context(), e); err != nil {
			t.Error(err)
		} else if diff := cmp.Diff(schema(table), columnsOf(t, e, "recorded_"+name)); diff != "" {
			t.Errorf("%s, empty:\n%s", name, diff)
		}
	}
	// A further column is passed on, unless it has a name of ours.
	table, _ := c.Lookup("DeviceProcessEvents")
	if err := table.Attach(t.Context(), e, table.FromStaged(nil, []string{"Odd", "FileName", "filenamelower", "sourcefile"})); err != nil {
		t.Error(err)
	} else if diff := cmp.Diff(schema(table, "Odd VARCHAR"), columnsOf(t, e, "recorded_DeviceProcessEvents")); diff != "" {
		t.Error(diff)
	}
}

func quoted(names []string, sqlType string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = engine.QuoteIdent(n) + sqlType
	}
	return strings.Join(list, ", ")
}

// TestStagedTextIsTyped: text becomes the schema's type, and what does not fit
// is NULL beside the rest of its row.
func TestStagedTextIsTyped(t *testing.T) {
	e, _ := open(t)
	for _, c := range []struct{ kind, text, want string }{
		{"string", "'  as it is '", "  as it is "},
		{"string", "''", ""},
		{"string", "null", "null"},
		{"dynamic", `'{"a": 1}'`, `{"a": 1}`},
		{"long", "'9223372036854775807'", "9223372036854775807"},
		{"long", "'9223372036854775808'", "null"},
		{"long", "'x'", "null"},
		{"long", "''", "null"},
		{"long", "' 7 '", "7"},
		{"int", "'-5'", "-5"},
		{"int", "'2147483648'", "null"},
		{"real", "'1.5'", "1.5"},
		{"real", "'one'", "null"},
		{"bool", "'true'", "true"},
		{"bool", "'False'", "false"},
		{"bool", "'1'", "true"},
		{"bool", "'yes?'", "null"},
		{"datetime", "'2026-09-20T10:00:00.1234567Z'", "2026-09-20 10:00:00.1234567"},
		{"datetime", "'12/5/2021 1:02:03 AM'", "2021-12-05 01:02:03"},
		{"datetime", "'25/12/2021'", "null"},
	} {
		table := &Table{Name: "Odd", Columns: []defender.Column{{Name: "Value", Type: c.kind}, {Name: "Other", Type: "string"}}}
		exec(t, e, "create or replace temp table staged as select 'Odd' as SourceTable, 2 as SourceFileId, 7::bigint as SourceRecord, "+
			"null::timestamp_ns as EventTime, null::ubigint as RecordHash, null::varchar as Rejection, "+c.text+"::varchar as Value, 'kept' as Other")
		got := text(t, e, "select concat_ws('|', typeof(Value), coalesce(Value::varchar, 'null'), Other, SourceFile, SourceRecord) from ("+
			table.FromStaged([]string{"Value", "Other"}, nil)+")")
		if want := fmt.Sprintf("%s|%s|kept|two|7", defender.SQLType(c.kind), c.want); got != want {
			t.Errorf("%s of %s: got %s, want %s", c.kind, c.text, got, want)
		}
	}
	// Rejected rows and those of other tables stay out.
	exec(t, e, "update staged set Rejection = 'no'")
	table := &Table{Name: "Odd", Columns: []defender.Column{{Name: "Value", Type: "string"}}}
	if n := text(t, e, "select count(*) from ("+table.FromStaged(nil, nil)+")"); n != "0" {
		t.Errorf("%s rejected rows are in the table", n)
	}
	exec(t, e, "update staged set Rejection = null, SourceTable = 'Even'")
	if n := text(t, e, "select count(*) from ("+table.FromStaged(nil, nil)+")"); n != "0" {
		t.Errorf("%s rows of another table are in the table", n)
	}
}

// TestParquetIsTypedByTheSchema: whatever a file stores a column as.
func TestParquetIsTypedByTheSchema(t *testing.T) {
	e, _ := open(t)
	dir := t.TempDir()
	for i, c := range []struct{ kind, stored, want string }{
		{"string", "'x'", "x"},
		{"string", "7::bigint", "7"},
		{"string", "true", "true"},
		{"string", "{'a': [1, 2]}", `{"a":[1,2]}`},
		{"string", "['x', 'y']", `["x","y"]`},
		{"dynamic", "map {'k': 'v'}", `{"k":"v"}`},
		{"dynamic", `'{"a":1}'`, `{"a":1}`},
		{"dynamic", `'{"a":1}'::json`, `{"a":1}`},
		{"string", "null::integer", "null"},
		{"long", "7::bigint", "7"},
		{"long", "7::integer", "7"},
		{"long", "7::utinyint", "7"},
		{"long", "'7'", "7"},
		{"long", "'x'", "null"},
		{"long", "18446744073709551615::ubigint", "null"},
		{"long", "7.0::double", "7"},
		{"int", "7::bigint", "7"},
		{"int", "3000000000::bigint", "null"},
		{"real", "1.5::float", "1.5"},
		{"real", "2::integer", "2.0"},
		{"bool", "true", "true"},
		{"bool", "'False'", "false"},
		{"bool", "1::integer", "true"},
		{"bool", "'maybe'", "null"},
		{"datetime", "timestamp_ns '2026-09-20 10:00:00.1234567'", "2026-09-20 10:00:00.1234567"},
		{"datetime", "timestamp '2026-09-20 10:00:00.123456'", "2026-09-20 10:00:00.123456"},
		{"datetime", "timestamp_s '2026-09-20 10:00:00'", "2026-09-20 10:00:00"},
		{"datetime", "timestamptz '2026-09-20 12:00:00+02:00'", "2026-09-20 10:00:00"},
		{"datetime", "date '2026-09-20'", "2026-09-20 00:00:00"},
		{"datetime", "'2026-09-20T10:00:00.1234567Z'", "2026-09-20 10:00:00.1234567"},
		{"datetime", "'never'", "null"},
		{"datetime", "5::bigint", "null"},
	} {
		path := filepath.Join(dir, fmt.Sprintf("%d.parquet", i))
		exec(t, e, "copy (select "+c.stored+` as "value", 'kept' as Other union all select null, 'second') to `+engine.QuoteText(path)+" (format parquet)")
		table := &Table{Name: "Odd", Columns: []defender.Column{{Name: "Value", Type: c.kind}, {Name: "Other", Type: "string"}, {Name: "Absent", Type: "long"}}}
		have := described(t, e, path)
		got := text(t, e, "select concat_ws('|', typeof(Value), coalesce(Value::varchar, 'null'), Other, typeof(Absent), Absent is null, SourceFile, SourceRecord) from ("+
			table.FromParquet([]ParquetFile{{ID: 2, Path: path}}, have)+") where Other = 'kept'")
		if want := fmt.Sprintf("%s|%s|kept|BIGINT|true|two|1", defender.SQLType(c.kind), c.want); got != want {
			t.Errorf("%s stored as %s: got %s, want %s", c.kind, c.stored, got, want)
		}
	}
}

// described gives the columns of a Parquet file with their types in full.
func described(t testing.TB, e *engine.Engine, path string) []engine.Column {
	t.Helper()
	rows, err := e.Query(context.Background(), "select column_name, column_type from (describe select * from read_parquet("+engine.QuotePaths([]string{path})+"))")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []engine.Column
	for rows.Next() {
		var c engine.Column
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestParquetFilesAreNumbered: rows of several files read at once are told
// apart, their time comes from either column, and columns of our names are not
// the file's to bring.
func TestParquetFilesAreNumbered(t *testing.T) {
	e, c := open(t)
	table, _ := c.Lookup("DeviceProcessEvents")
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "it's [1]*.parquet"), filepath.Join(dir, "b.parquet")}
	for i, path := range paths {
		exec(t, e, fmt.Sprintf(`copy (
			select case when i <> 2 then timestamp_ns '2026-09-20 10:00:00' end as "Timestamp", case when i <> 3 then timestamp '2026-09-20 11:00:00' end as TimeGenerated,
				'f%d-' || i as FileName, 'spoof' as filenamelower, 'spoof' as sourcefile, 9 as WholeRow, i as Further
			from range(1, 4) r(i) union all select null, null, 'lost', '', '', 1, 4) to %s (format parquet)`, i, engine.QuoteText(path)))
	}
	have := described(t, e, paths[0])
	files := []ParquetFile{{ID: 2, Path: paths[0]}, {ID: 1, Path: paths[1]}}
	if err := table.Attach(t.Context(), e, table.FromParquet(files, have)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(schema(table, "TimeGenerated TIMESTAMP", "Further BIGINT"), columnsOf(t, e, "recorded_DeviceProcessEvents")); diff != "" {
		t.Error(diff)
	}
	got := text(t, e, "select string_agg(concat_ws(' ', SourceFile, SourceRecord, FileNameLower, strftime(Timestamp, '%H'), Further), ', ' order by SourceFile, SourceRecord) from DeviceProcessEvents")
	if want := "one 1 f1-1 10 1, one 2 f1-2 11 2, one 3 f1-3 10 3, two 1 f0-1 10 1, two 2 f0-2 11 2, two 3 f0-3 10 3"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := text(t, e, "select string_agg(SourceFileId || ':' || SourceRecord, ' ' order by SourceFileId) from ("+table.RejectedParquet(files, have)+")"); got != "1:4 2:4" {
		t.Errorf("rejected: %s", got)
	}
}

// TestDerivedTextIsNeverNull: a row that has nothing has ” in every derived
// text, for KQL knows no other nothing.
func TestDerivedTextIsNeverNull(t *testing.T) {
	e, c := open(t)
	for _, name := range []string{"DeviceProcessEvents", "DeviceRegistryEvents", "DeviceFileEvents", "DeviceEvents"} {
		table, _ := c.Lookup(name)
		if len(table.Derived) == 0 {
			t.Errorf("%s has no derived column", name)
		}
		nothing := []string{"'t' as SourceTable", "'f' as SourceFile", "1 as SourceFileId", "1::bigint as SourceRecord", "null::timestamp_ns as EventTime", "null::ubigint as RecordHash"}
		for _, column := range table.Columns {
			nothing = append(nothing, nullColumn(column))
		}
		if err := table.Attach(t.Context(), e, "select "+strings.Join(nothing, ", ")); err != nil {
			t.Fatal(err)
		}
		for column, sources := range table.Derived {
			want := "''"
			if column == "RegistryValueDword" {
				want = "null"
			}
			if got := text(t, e, "select case when "+column+" is null then 'null' else '''' || "+column+" || '''' end from "+name); got != want {
				t.Errorf("%s.%s of nothing is %s, want %s", name, column, got, want)
			}
			if len(sources) == 0 {
				t.Errorf("%s.%s is made of nothing", name, column)
			}
			for _, source := range sources {
				if table.column(source) == nil {
					t.Errorf("%s.%s is made of %s, which is not recorded", name, column, source)
				}
			}
			if table.column(column) != nil {
				t.Errorf("%s.%s hides a recorded column", name, column)
			}
		}
		for _, recorded := range table.Columns {
			if got := text(t, e, "select "+engine.QuoteIdent(recorded.Name)+" from "+name); got != "null" {
				t.Errorf("%s.%s shows %q where the file has nothing", name, recorded.Name, got)
			}
		}
	}
}

// TestDerivedIsReadFromTheSQL: which recorded columns a derived one is made of.
func TestDerivedIsReadFromTheSQL(t *testing.T) {
	_, c := open(t)
	process, _ := c.Lookup("deviceprocessevents")
	want := map[string][]string{
		"FileNameLower": {"FileName"},
		"ProcessVersionInfoOriginalFileNameLower": {"ProcessVersionInfoOriginalFileName"},
		"InitiatingProcessFileNameLower":          {"InitiatingProcessFileName"},
		"InitiatingProcessParentFileNameLower":    {"InitiatingProcessParentFileName"},
		"InitiatingProcessPath":                   {"InitiatingProcessFileName", "InitiatingProcessFolderPath"},
	}
	if diff := cmp.Diff(want, process.Derived); diff != "" {
		t.Error(diff)
	}
	for _, x := range []struct{ columns, recorded, extra string }{
		{"FileName", "FileName", ""},
		{"filename FILENAMELOWER", "FileName", ""},
		{"InitiatingProcessPath ReportId", "InitiatingProcessFileName InitiatingProcessFolderPath ReportId", ""},
		{"SourceFile sourcerecord SourceTable", "", ""},
		{"RegistryKey * EventTime FileName", "FileName", "* EventTime RegistryKey"},
		{"", "", ""},
	} {
		recorded, extra := process.Recorded(strings.Fields(x.columns))
		if strings.Join(recorded, " ") != x.recorded || strings.Join(extra, " ") != x.extra {
			t.Errorf("%s: recorded %v, extra %v", x.columns, recorded, extra)
		}
	}
	all := process.AllColumns()
	for _, name := range slices.Concat(Provenance, slices.Collect(maps.Keys(want)), []string{"FileName"}) {
		if !slices.Contains(all, name) || !process.Has(strings.ToUpper(name)) || process.Spelling(strings.ToLower(name)) != name {
			t.Errorf("%s is not known in every case", name)
		}
	}
	if process.Has("NoSuchColumn") || process.Spelling("NoSuchColumn") != "NoSuchColumn" {
		t.Error("a column that no table has is known")
	}
	for column, plain := range map[string]bool{
		"FileName": true, "filenamelower": true, "ReportId": true, "InitiatingProcessPath": false, "NoSuchColumn": false,
	} {
		if c.IsPlain("DeviceProcessEvents", column) != plain {
			t.Errorf("%s is plain: %t", column, !plain)
		}
	}
	if c.IsPlain("NoSuchTable", "FileName") || c.IsTable("NoSuchTable") || !c.IsTable("deviceINFO") {
		t.Error("tables are not told apart")
	}
	mail, _ := c.Lookup("EmailEvents")
	if got := strings.Join(mail.Nameless(), " "); got != "DeviceId DeviceName" || len(process.Nameless()) != 0 {
		t.Errorf("EmailEvents lacks %q", got)
	}
}
