package sources

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/engine"
	"smew/internal/functions"
	"smew/internal/mapping"
	smewsql "smew/sql"
)

// mapEngine has what map.sql needs, and read_records() over the table records.
func mapEngine(t *testing.T) *engine.Engine {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if err := functions.Install(ctx, e); err != nil {
		t.Fatal(err)
	}
	times, err := fs.ReadFile(smewsql.Files, "sources/time.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		string(times),
		"create temp table records (SourceFile integer, SourceRecord bigint, Record varchar, Reason varchar)",
		"create macro read_records() as table select * from records",
	} {
		if err := e.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// windowsColumns are what every source of the family gives its table files.
const windowsColumns = "SourceFile INTEGER, SourceRecord BIGINT, Reason VARCHAR, RecordHash UBIGINT, Provider VARCHAR, Channel VARCHAR, " +
	"EventId INTEGER, Computer VARCHAR, RecordId BIGINT, SystemTime VARCHAR, TimeNote VARCHAR, ExecutionProcessId BIGINT, UserSid VARCHAR, Data VARCHAR"

func TestWindowsSourcesGiveTheFamilysColumns(t *testing.T) {
	e := mapEngine(t)
	var met []string
	for _, s := range mapping.BuiltIn().Sources() {
		if s.Family != "windows" {
			continue
		}
		met = append(met, s.Name)
		var got string
		if err := e.Exec(context.Background(), "create or replace temp view mapped as "+s.SQL); err != nil {
			t.Errorf("%s: %v", s.Path, err)
			continue
		}
		if err := e.Scan(context.Background(),
			"select string_agg(column_name || ' ' || data_type, ', ' order by column_index) from duckdb_columns() where table_name = 'mapped'", &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(windowsColumns, ", "), strings.Split(got, ", ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.Path, diff)
		}
	}
	want := []string{"evtx", "evtx_dump", "log_analytics_events", "nxlog", "velociraptor", "windows_xml", "winlogbeat"}
	if !slices.Equal(met, want) {
		t.Errorf("sources of the family: %v, want %v", met, want)
	}
}

// TestEventLogMap gives map.sql of event logs the records that the reader makes.
func TestEventLogMap(t *testing.T) {
	e := mapEngine(t)
	s := mapping.BuiltIn().Lookup("evtx")
	for _, test := range []struct{ name, record, reason, want string }{
		{
			name: "Sysmon",
			record: `{"Provider":"Microsoft-Windows-Sysmon","ProviderGuid":"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}","EventID":1,"Version":5,` +
				`"TimeCreated":"2026-03-02T09:15:01.1234567Z","EventRecordID":101,"ProcessID":1200,"ThreadID":44,"Channel":"Microsoft-Windows-Sysmon/Operational",` +
				`"Computer":"ws01.example.test","UserID":"S-1-5-18","EventData":{"Image":"C:\\a.exe","ProcessId":5120}}`,
			want: `null|null|Microsoft-Windows-Sysmon|Microsoft-Windows-Sysmon/Operational|1|ws01.example.test|101|2026-03-02T09:15:01.1234567Z|null|1200|S-1-5-18|{"Image":"C:\\a.exe","ProcessId":5120}`,
		},
		{
			name:   "a log that was cleared",
			record: `{"Provider":"Microsoft-Windows-Eventlog","EventID":1102,"TimeCreated":"2026-03-02T09:15:01Z","EventRecordID":281,"Channel":"Security","Computer":"ws01","UserData":"LogFileCleared","EventData":{"SubjectUserName":"dana"}}`,
			want:   `null|null|Microsoft-Windows-Eventlog|Security|1102|ws01|281|2026-03-02T09:15:01Z|null|null|null|{"SubjectUserName":"dana"}`,
		},
		{
			name:   "nothing to tell it by but its text",
			record: `{"EventID":1,"Computer":"ws01"}`,
			want:   `null|hash|null|null|1|ws01|null|null|null|null|null|null`,
		},
		{name: "no event id", record: `{"Channel":"Security","EventRecordID":1}`, want: `has no event id|null|null|Security|null|null|1|null|null|null|null|null`},
		{name: "broken", record: `{"EventID":1`, want: `not valid JSON|hash|null|null|null|null|null|null|null|null|null|null`},
		{name: "lost by the reader", record: ``, reason: `a broken record`, want: `a broken record|hash|null|null|null|null|null|null|null|null|null|null`},
	} {
		ctx := context.Background()
		reason := "null"
		if test.reason != "" {
			reason = engine.QuoteText(test.reason)
		}
		if err := e.Exec(ctx, "create or replace temp table records as select 1::integer as SourceFile, 7::bigint as SourceRecord, "+
			engine.QuoteText(test.record)+" as Record, "+reason+"::varchar as Reason"); err != nil {
			t.Fatal(err)
		}
		columns := []string{"Reason", "case when RecordHash is not null then 'hash' end"}
		for _, c := range strings.Split(windowsColumns, ", ")[4:] {
			columns = append(columns, strings.Fields(c)[0])
		}
		var got string
		query := "select concat_ws('|', " + strings.Join(mapEach(columns, func(c string) string { return "coalesce((" + c + ")::varchar, 'null')" }), ", ") + ") from (" + s.SQL + ")"
		if err := e.Scan(ctx, query, &got); err != nil {
			t.Fatalf("%s: %s: %v", path.Base(s.Path), test.name, err)
		}
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func mapEach(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}
