package hunt_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/load"
	"smew/internal/source"
	"smew/internal/view"
	smewsql "smew/sql"
)

// key is what every hit must have, with a place for its word.
const key = "Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, 'X' as DetectionType"

func keyOf(alias string) string {
	columns := strings.Split(key, ", ")
	for i := range columns[:7] {
		columns[i] = alias + "." + columns[i]
	}
	return strings.Join(columns, ", ")
}

// odd are branches of every form that a hunter may write. What a hunt keeps for
// them must be enough.
var odd = map[string]string{
	"plain":              "select " + key + " from DeviceProcessEvents where FileName = 'sc.exe'",
	"no filter":          "select " + key + " from DeviceProcessEvents",
	"star":               "select * exclude (SourceFileId, EventTime), 'X' as DetectionType from DeviceRegistryEvents where RegistryValueDword = 2",
	"renamed":            "select " + keyOf("e") + ", e.FileName as Payload from DeviceProcessEvents as e where e.InitiatingProcessFileName is null or e.ReportId % 7 = 0",
	"other case":         "select " + key + " from deviceprocessevents where FILENAMELOWER = 'sc.exe' and reportid > 20",
	"alias in WHERE":     "select " + key + ", upper(FileName) as Payload from DeviceProcessEvents where Payload = 'SC.EXE'",
	"alias hides column": "select " + key + ", upper(FileName) as FileName from DeviceProcessEvents where FileName = 'sc.exe'",
	"negation":           "select " + key + " from DeviceProcessEvents where not (FileName = 'sc.exe' and ReportId > 10)",
	"lambda":             "select " + key + " from DeviceProcessEvents where len(list_filter([FileName, 'x'], lambda FolderPath: FolderPath = 'sc.exe')) > 0",
	"case and cast":      "select " + key + " from DeviceProcessEvents where case when ReportId % 2 = 0 then FileName else 'sc.exe' end = 'sc.exe' and cast(ReportId as varchar) like '_2%'",
	"between":            "select " + key + " from DeviceProcessEvents where Timestamp between timestamp '2026-09-20 10:00:05' and timestamp '2026-09-20 10:00:20' and SourceRecord <> 3",
	"EventTime":          "select " + key + " from DeviceProcessEvents where EventTime > timestamp '2026-09-20 10:00:20'",
	"join": "select " + keyOf("p") + ", r.RegistryValueData as Payload from DeviceProcessEvents as p inner join DeviceRegistryEvents as r " +
		"on r.DeviceId = p.DeviceId and r.ReportId = p.ReportId + 100 where p.FileName = 'sc.exe' and r.RegistryValueName = 'Start'",
	"left join": "select " + keyOf("p") + " from DeviceProcessEvents as p left join DeviceRegistryEvents as r " +
		"on r.ReportId = p.ReportId + 100 and r.RegistryValueName = 'Start' where p.FileName = 'sc.exe' and r.ReportId is null",
	"using":               "select Timestamp, DeviceId, DeviceName, p.ReportId, p.SourceTable, p.SourceFile, p.SourceRecord, 'X' as DetectionType from DeviceProcessEvents as p join DeviceRegistryEvents as r using (Timestamp, DeviceId, DeviceName)",
	"comma":               "select " + keyOf("p") + " from DeviceProcessEvents as p, DeviceRegistryEvents as r where p.ReportId = r.ReportId - 100 and r.RegistryValueDword = 2",
	"CTE":                 "with few as (select * from DeviceProcessEvents where FileName = 'sc.exe'), n as (select count(*) as c from DeviceProcessEvents) select " + key + ", cast(n.c as varchar) as Payload from few, n",
	"CTE's name":          "with DeviceProcessEvents as (select * from DeviceRegistryEvents where RegistryValueName = 'Start') select " + key + " from DeviceProcessEvents where ReportId % 2 = 0",
	"CTE of its own name": "with DeviceProcessEvents as (select * exclude (FileName), 'sc.exe' as FileName from DeviceProcessEvents where ReportId < 10) select " + key + " from DeviceProcessEvents where FileName = 'sc.exe'",
	"in subquery":         "select " + key + " from DeviceProcessEvents where ReportId + 100 in (select ReportId from DeviceRegistryEvents where RegistryValueName = 'Start')",
	"exists": "select " + keyOf("r") + " from DeviceRegistryEvents as r where exists (select 1 from DeviceProcessEvents as p " +
		"where p.InitiatingProcessFolderPath = r.InitiatingProcessCommandLine and p.ReportId > r.ReportId - 130)",
	"scalar": "select " + keyOf("r") + ", (select cast(count(*) as varchar) from DeviceProcessEvents as p where p.FolderPath = r.InitiatingProcessFolderPath) as Payload " +
		"from DeviceRegistryEvents as r where r.RegistryValueName = 'Start'",
	"lateral": "select " + keyOf("r") + ", n.c as Payload from DeviceRegistryEvents as r, lateral (select cast(count(*) as varchar) as c from DeviceProcessEvents as p " +
		"where p.InitiatingProcessFileName = r.InitiatingProcessFileName) as n",
	"aggregate": "select min(Timestamp) as Timestamp, DeviceId, any_value(DeviceName) as DeviceName, min(ReportId) as ReportId, min(SourceTable) as SourceTable, " +
		"min(SourceFile) as SourceFile, min(SourceRecord) as SourceRecord, 'X' as DetectionType, cast(count(*) as varchar) as Payload " +
		"from DeviceProcessEvents where FileName = 'sc.exe' group by DeviceId having count(*) > 1",
	"window":  "select " + key + ", cast(count(*) over (partition by FileName) as varchar) as Payload from DeviceProcessEvents where ReportId % 3 = 0 qualify row_number() over (partition by FileName order by ReportId) = 1",
	"union":   "select " + key + " from DeviceProcessEvents where FileName = 'sc.exe' union all select " + key + " from DeviceRegistryEvents where RegistryValueName = 'Start'",
	"twice":   "select " + key + " from DeviceProcessEvents where FileName = 'sc.exe' union all select " + key + " from DeviceProcessEvents where ReportId % 5 = 0",
	"order":   "select " + key + " from DeviceProcessEvents where FileName = 'sc.exe' order by ReportId desc limit 3",
	"nested":  "select " + key + " from (select * from DeviceProcessEvents where FileName = 'sc.exe') as s where ReportId % 2 = 0",
	"from":    "from DeviceProcessEvents select " + key + " where ReportId = 7",
	"pivot":   "select " + key + " from (unpivot DeviceProcessEvents on FileName, FolderPath into name Field value Payload) where Payload = 'sc.exe'",
	"another": "select " + key + " from DeviceNetworkEvents where RemotePort = 445",
}

// byThemselves are those whose need could be taken for less than it is. In one hunt
// with others, which need whole tables, that would not show.
var byThemselves = []string{"alias in WHERE", "alias hides column", "EventTime", "lambda", "CTE's name", "CTE of its own name", "exists", "scalar", "lateral", "left join", "pivot", "another"}

func oddBranches(names []string) []branch.Branch {
	var list []branch.Branch
	for _, name := range names {
		list = append(list, branch.Branch{Card: branch.Card{ID: strings.ToUpper(strings.NewReplacer(" ", "-", "'", "").Replace(name)), Score: 1}, Path: name, SQL: odd[name]})
	}
	return list
}

// oddRows are as many processes and keys that agree in some columns.
func oddRows() []event {
	var rows []event
	for i := range 40 {
		name := []any{"sc.exe", "calc.exe", nil, "SC.EXE"}[i%4]
		who := []any{"a.exe", "b.exe", nil}[i%3]
		rows = append(rows, process(i, "FileName", name, "InitiatingProcessFileName", who, "FolderPath", fmt.Sprintf(`C:\%d`, i%6),
			"InitiatingProcessFolderPath", fmt.Sprintf(`C:\%d`, i%5), "DeviceId", fmt.Sprintf("id-%d", i%2)))
		rows = append(rows, registry(100+i, "Timestamp", at(i), "InitiatingProcessFileName", who, "RegistryValueName", []any{"Start", "Type", nil}[i%3],
			"RegistryValueData", []any{"2", "3"}[i%2], "InitiatingProcessFolderPath", fmt.Sprintf(`C:\%d`, i%7),
			"InitiatingProcessCommandLine", fmt.Sprintf(`C:\%d`, i%7), "DeviceId", fmt.Sprintf("id-%d", i%2)))
		rows = append(rows, event{
			"table": "DeviceNetworkEvents", "Timestamp": at(i), "ReportId": 200 + i, "DeviceId": "id-0", "DeviceName": "pc1.corp.example",
			"ActionType": "ConnectionSuccess", "RemoteIP": "192.0.2.1", "RemotePort": 443 + i%4,
		})
	}
	return rows
}

// TestABranchSeesWhatItWouldSeeInTheWholeTables runs branches of every form in
// one hunt, and some by themselves, and compares their hits with those over
// tables that hold every row.
func TestABranchSeesWhatItWouldSeeInTheWholeTables(t *testing.T) {
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"), oddRows()...)
	whole := wholeTables(t, dir)
	compare := func(names []string) {
		branches := oddBranches(names)
		_, hunted := runOn(t, hunt.Request{Branches: branches}, dir)
		for _, b := range branches {
			columns := "ReportId, SourceTable, SourceFile, SourceRecord, Timestamp, DeviceId, DeviceName, DetectionType"
			if strings.Contains(b.SQL, "as Payload") {
				columns += ", Payload"
			}
			got := lines(t, hunted, "select "+columns+" from hits where BranchId = "+engine.QuoteText(b.ID))
			want := lines(t, whole, "select "+columns+" from ("+b.SQL+")")
			if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
				t.Errorf("%s, of %d branches: %d rows (-whole tables +hunt):\n%s", b.Path, len(names), len(want), diff)
			}
		}
	}
	compare(slices.Sorted(maps.Keys(odd)))
	for _, name := range byThemselves {
		compare([]string{name})
	}
}

// TestABranchThatFailsIsAnError, whatever it is read from: no other branch may
// go blind for it, and the file is not to blame.
// A branch that cannot be evaluated on the data is unknown, and costs neither
// the file nor the other branches.
func TestABranchThatFailsIsReportedAndTheOthersRun(t *testing.T) {
	row := registry(1, "RegistryValueName", "Start", "RegistryValueData", "two")
	hit := registry(2, "RegistryValueName", "Start", "RegistryValueData", "2", "InitiatingProcessFileName", "reg.exe")
	text, columnar := t.TempDir(), t.TempDir()
	stream(t, filepath.Join(text, "a.json"), row, hit)
	parquet(t, filepath.Join(columnar, "a.parquet"), row, hit)
	for _, query := range []string{
		"select " + key + " from DeviceRegistryEvents where cast(RegistryValueData as int) = 7",
		"select " + key + ", cast(cast(RegistryValueData as int) as varchar) as Payload from DeviceRegistryEvents",
	} {
		for _, dir := range []string{text, columnar} {
			b := branch.Branch{Card: branch.Card{ID: "U01"}, Path: "u.sql", SQL: query}
			result := run(t, hunt.Request{Branches: append(seed(t), b)}, dir)
			if found := events(t, result); len(found) != 1 || len(result.Summary.Rejected) != 0 {
				t.Errorf("%s over %s: %d events, rejected %v", query, dir, len(found), result.Summary.Rejected)
			}
			if !slices.ContainsFunc(result.Summary.NotRun, func(b finding.BranchSkipped) bool {
				return b.Name == "U01" && strings.HasPrefix(b.Reason, "it fails on this data: Conversion Error")
			}) {
				t.Errorf("%s: not reported: %+v", query, result.Summary.NotRun)
			}
		}
	}
}

func TestABranchThatCannotBeIsAnError(t *testing.T) {
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"), registry(1, "RegistryValueName", "Start", "RegistryValueData", "2"))
	for query, want := range map[string]string{
		"select 1 as Timestamp":                                  "branch U01 (u.sql): reads no table",
		"select " + key + " from DeviceRegistryEvents; select 1": "branch U01 (u.sql): has 2 statements",
		"select Subject from EmailEvents":                        "branch U01 (u.sql): EmailEvents has no DeviceId, DeviceName to name an event by",
	} {
		b := branch.Branch{Card: branch.Card{ID: "U01"}, Path: "u.sql", SQL: query}
		_, _, err := try(t, hunt.Request{Branches: append(seed(t), b)}, dir)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", query, err, want)
		}
	}
}

// The copy of an event that lacks a column a branch tests must not hide the one
// that has it, whichever file comes first.
func TestAPoorerCopyDoesNotHideTheEvent(t *testing.T) {
	full := process(1, "FileName", "sc.exe", "ProcessCommandLine", "sc create x", "InitiatingProcessFileName", "excel.exe")
	for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
		dir := t.TempDir()
		stream(t, filepath.Join(dir, names[0]+".json"), full)
		poor := maps.Clone(full)
		delete(poor, "ProcessCommandLine")
		stream(t, filepath.Join(dir, names[1]+".json"), poor)
		result := run(t, hunt.Request{Branches: seed(t)}, dir)
		if e := only(t, result); len(e.Branches) != 2 || e.Source.Copies != 1 {
			t.Errorf("full copy in %s.json: %+v", names[0], e)
		}
	}
}

// wholeTables is an engine with every row of a place in its tables.
func wholeTables(t *testing.T, dir string) *engine.Engine {
	t.Helper()
	ctx := context.Background()
	e := open(t, 2)
	set, err := source.Open(ctx, []string{dir}, source.Options{TempDir: e.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	contract, err := view.LoadContract(ctx, e, smewsql.Files)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][]string{"DeviceProcessEvents": nil, "DeviceRegistryEvents": nil, "DeviceNetworkEvents": nil}
	loader, err := load.Prepare(ctx, e, load.Request{
		Files: set, SQL: smewsql.Files, Contract: contract, Columns: tables, AllColumns: true, AsOf: asOf, Threads: 2,
		Each: func(ctx context.Context, b load.Batch) error {
			table := b.Table
			return e.Exec(ctx, "create temp table whole_"+table+" as select * from "+table)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := loader.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for table := range tables {
		if err := e.Exec(ctx, "create or replace temp view "+table+" as select * from whole_"+table); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// lines gives the rows of a query as text, sorted.
func lines(t *testing.T, e *engine.Engine, query string) []string {
	t.Helper()
	rows, err := e.Query(t.Context(), "select cast(row(*columns(*)) as varchar) from ("+query+") order by all")
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		list = append(list, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
