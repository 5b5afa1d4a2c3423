package load_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/mapping"
	"smew/internal/source"
	"smew/internal/view"
	smewsql "smew/sql"
)

// TestEverySourceBinds: the SQL of every built-in source and of its table files is
// held to the contract though no file is read.
func TestEverySourceBinds(t *testing.T) {
	ctx := context.Background()
	for _, s := range mapping.BuiltIn().Sources() {
		if err := bind(t, ctx, mapping.BuiltIn(), s); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

// bind prepares a load of one file of a source, and executes the statements over
// no records.
func bind(t testing.TB, ctx context.Context, set *mapping.Set, s *mapping.Source) error {
	e, err := engine.Open(ctx, engine.Options{Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	contract, err := view.LoadContract(ctx, e, smewsql.Files)
	if err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, name := range contract.Names() {
		columns[name] = nil
	}
	files := &source.Set{Sources: set, Files: []*source.File{{ID: 1, Name: "empty", Path: empty, Format: source.Lines, Mapping: s}}}
	loader, err := load.Prepare(ctx, e, load.Request{
		Files: files, SQL: smewsql.Files, Contract: contract, Columns: columns, AllColumns: len(columns) == 0, AsOf: asOf, Threads: 1,
	})
	if err != nil {
		return err
	}
	return loader.Run(ctx)
}

// own writes a source of one's own and gives the sources with it.
func own(t testing.TB, mapSQL, tableSQL string) (*mapping.Set, error) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "own/map.sql", "/*\nsource: own\ntitle: Own\nrecords: json\nrecognise:\n  - [own]\n*/\n"+mapSQL)
	write(t, dir, "own/DeviceProcessEvents.start.sql", tableSQL)
	return mapping.Load([]string{dir})
}

const (
	ownMap   = "select SourceFile, SourceRecord, Reason, hash(Record) as RecordHash, json_text(Record, '$.own') as Kind, Record as Data from read_records()"
	ownTable = "select SourceFile, SourceRecord, 'own start' as Telemetry, event_time(Data.at) as Timestamp, Data.note as TimestampNote, Data.host as DeviceName, Data.pid as ProcessId, Data.name as FileName from events where Kind = 'start'"
)

func TestMistakesInASourceAreNamed(t *testing.T) {
	for name, tt := range map[string]struct{ mapSQL, tableSQL, want string }{
		"map does not bind":   {"select SourceFil from read_records()", ownTable, `own/map.sql: Binder Error: Referenced column "SourceFil" not found`},
		"map lacks a column":  {"select SourceFile, SourceRecord from read_records()", ownTable, "own/map.sql: gives no column Reason"},
		"two statements":      {ownMap + "; select 1", ownTable, "own/map.sql: has several statements"},
		"table does not bind": {ownMap, "select SourceFile, SourceRecord, 'x' as Telemetry, event_time(Nothing) as Timestamp from events", `Referenced column "Nothing" not found`},
		"not SQL":             {ownMap, "selec 1", "own/DeviceProcessEvents.start.sql: not one select"},
		"no such column":      {ownMap, strings.Replace(ownTable, "as FileName", "as Filename", 1), "DeviceProcessEvents has no column Filename"},
		"needs Telemetry":     {ownMap, strings.Replace(ownTable, "'own start' as Telemetry, ", "", 1), "gives no column Telemetry"},
		"star":                {ownMap, strings.Replace(ownTable, "SourceFile, ", "*, ", 1), "a column has no name"},
	} {
		set, err := own(t, tt.mapSQL, tt.tableSQL)
		if err != nil {
			t.Fatal(err)
		}
		err = bind(t, context.Background(), set, set.Lookup("own"))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

// A source of the user's must give every record once, under its numbers: the account
// rests on it.
func TestASourceMayNotLoseOrMultiplyRecords(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.json", `{"own":"start","at":"2026-09-20T10:00:00Z"}`+"\n"+`{"own":"stop","at":"2026-09-20T10:00:01Z"}`+"\n")
	for name, tt := range map[string]struct{ mapSQL, tableSQL, want string }{
		"loses":        {ownMap + " where json_text(Record, '$.own') = 'start'", ownTable, "own/map.sql: gives 1 of the 2 records of"},
		"multiplies":   {ownMap + ", range(2)", ownTable, "own/map.sql: gives 2 records more than once"},
		"renumbers":    {strings.Replace(ownMap, "SourceFile,", "99 as SourceFile,", 1), ownTable, "own/map.sql: gives 2 records a SourceFile or SourceRecord that they did not have"},
		"several rows": {ownMap, strings.Replace(ownTable, "from events", "from events, range(3)", 1), "make 2 rows more of their records than one each"},
		"reads files":  {strings.Replace(ownMap, "Record as Data", "(select content from read_text('/etc/hostname')) as Data", 1), ownTable, "Permission Error"},
	} {
		set, err := own(t, tt.mapSQL, tt.tableSQL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := runOwn(t, set, dir, 0); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

// runOwn loads a folder with sources of one's own.
func runOwn(t testing.TB, set *mapping.Set, dir string, batch int64) (*load.Account, error) {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Threads: 2, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	files, err := source.Open(ctx, []string{dir}, source.Options{TempDir: e.TempDir(), Sources: set})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	contract, err := view.LoadContract(ctx, e, smewsql.Files)
	if err != nil {
		t.Fatal(err)
	}
	loader, err := load.Prepare(ctx, e, load.Request{Files: files, SQL: smewsql.Files, Contract: contract, AsOf: asOf, Threads: 2, BatchBytes: batch})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.LockDown(ctx, loader.Paths()); err != nil {
		t.Fatal(err)
	}
	err = loader.Run(ctx)
	return loader.Account(), err
}

// TestRecordsAreKeptRejectedOrOther: whatever the records are, however they are
// packed: read = kept + duplicate + rejected + of other kinds.
func TestRecordsAreKeptRejectedOrOther(t *testing.T) {
	set, err := own(t, ownMap, ownTable)
	if err != nil {
		t.Fatal(err)
	}
	kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"good", "other", "no time", "no time, and why", "bad time", "broken", "again", "doubt"}), 1, 40)
	for i := range 16 {
		text, want := ownRecords(kinds.Example(i))
		dir := t.TempDir()
		write(t, dir, "a.json", text)
		if got := countOwn(t, set, dir, []int64{1, 2000, 1 << 20}[i%3]); got != want {
			t.Errorf("got %+v, want %+v\n%s", got, want, text)
		}
	}
}

// ownRecords are records of these kinds, and what is to become of them.
func ownRecords(kinds []string) (string, account) {
	text := strings.Builder{}
	text.WriteString(`{"own":"stop"}` + "\n")
	want := account{other: 1}
	again := false
	for i, kind := range kinds {
		record := map[string]any{"own": "start", "at": fmt.Sprintf("2026-09-20T10:00:%02dZ", i), "host": "h", "pid": i, "name": "x.exe"}
		switch kind {
		case "other":
			record["own"] = "stop"
			want.other++
		case "no time":
			delete(record, "at")
			want.rejected++
		case "no time, and why":
			delete(record, "at")
			record["note"] = "the line has none"
			want.kept++
			want.doubt++
		case "bad time":
			record["at"] = "noon"
			want.rejected++
		case "broken": // it names no kind, and this source does not look further
			text.WriteString("{\"own\":\"start\"\n")
			want.other++
			continue
		case "again":
			record["at"], record["pid"] = "2026-09-20T11:00:00Z", 1
			if again {
				want.duplicate++
			} else {
				want.kept++
			}
			again = true
		case "doubt":
			record["note"] = "the clock is wrong"
			want.kept++
			want.doubt++
		default:
			want.kept++
		}
		line, _ := json.Marshal(record)
		text.Write(append(line, '\n'))
	}
	return text.String(), want
}

type account struct{ kept, duplicate, rejected, other, doubt int64 }

func countOwn(t testing.TB, set *mapping.Set, dir string, batch int64) account {
	t.Helper()
	a, err := runOwn(t, set, dir, batch)
	if err != nil {
		t.Fatal(err)
	}
	got := account{kept: a.RowsKept(), duplicate: a.RowsDuplicate(), rejected: a.RowsRejected(), other: a.RowsOther(), doubt: a.Doubtful}
	if sum := got.kept + got.duplicate + got.rejected + got.other; a.RowsRead() != sum {
		t.Errorf("%d read, %d accounted for", a.RowsRead(), sum)
	}
	return got
}

// An event in a channel is known by the channel's number, though one exporter's clock
// has another zone; the numbers begin anew when the log is cleared.
func TestEventsOfTwoExportersCountOnce(t *testing.T) {
	dir := t.TempDir()
	event := `{"EventID":4688,"Channel":"Security","Hostname":"pc1","RecordNumber":7,"TimeCreated":"%s","NewProcessName":"C:\\a.exe","NewProcessId":"%s"}` + "\n"
	write(t, dir, "a.json", fmt.Sprintf(event, "2026-09-20T10:00:00Z", "0x10"))
	write(t, dir, "b.json", fmt.Sprintf(event, "2026-09-20 12:00:00", "0x10"))
	write(t, dir, "c.json", fmt.Sprintf(event, "2026-09-24T10:00:00Z", "0x20")) // after the log was cleared
	a, got := read(t, dir, load.Request{}, map[string]string{"DeviceProcessEvents": "ProcessId, ReportId, EventChannel, coalesce(TimestampNote, '-')"})
	want := []string{"16|7|security|-", "16|7|security|no time zone recorded: taken as UTC", "32|7|security|-"}
	if diff := cmp.Diff(want, got["DeviceProcessEvents"]); diff != "" {
		t.Error(diff)
	}
	if a.RowsDuplicate() != 1 || a.RowsKept() != 2 {
		t.Errorf("%d duplicates, %d kept", a.RowsDuplicate(), a.RowsKept())
	}
}
