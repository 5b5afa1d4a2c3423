package hunt_test

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/defender"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/source"
	smewsql "smew/sql"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// asOf is the day of every hunt here.
var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// event is one row: its table under "table", its columns by name. A column
// that is nil is there and empty; one that is not a key is not there.
type event map[string]any

// with gives a copy with further columns: name, value, name, value.
func (e event) with(pairs ...any) event {
	out := maps.Clone(e)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

// without gives a copy that lacks columns.
func (e event) without(columns ...string) event {
	out := maps.Clone(e)
	for _, c := range columns {
		delete(out, c)
	}
	return out
}

// at is the time of the event with a ReportId, a second apart.
func at(report int) string {
	return time.Date(2026, 9, 20, 10, 0, 0, 1234567*100, time.UTC).Add(time.Duration(report) * time.Second).Format(time.RFC3339Nano)
}

// process is a process that nothing is remarkable about.
func process(report int, pairs ...any) event {
	return event{
		"table": "DeviceProcessEvents", "Timestamp": at(report), "ReportId": report, "DeviceId": "id-pc1", "DeviceName": "pc1.corp.example",
		"ActionType": "ProcessCreated", "FileName": "sc.exe", "FolderPath": `C:\Windows\System32\sc.exe`, "ProcessCommandLine": "sc.exe query",
		"AccountDomain": "corp", "AccountName": "ada", "InitiatingProcessAccountName": "ada",
		"InitiatingProcessFileName": "cmd.exe", "InitiatingProcessFolderPath": `C:\Windows\System32\cmd.exe`,
		"InitiatingProcessCommandLine": "cmd.exe", "InitiatingProcessParentFileName": "explorer.exe", "ProcessVersionInfoCompanyName": "Microsoft",
	}.with(pairs...)
}

// services is where services are kept.
const services = `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\`

// registry is a value set that nothing is remarkable about, of a service of its own.
func registry(report int, pairs ...any) event {
	return event{
		"table": "DeviceRegistryEvents", "Timestamp": at(report), "ReportId": report, "DeviceId": "id-pc1", "DeviceName": "pc1.corp.example",
		"ActionType": "RegistryValueSet", "RegistryKey": fmt.Sprintf("%svendor%02d", services, report), "RegistryValueName": "Description", "RegistryValueData": "Fax",
		"RegistryValueType": "String", "InitiatingProcessAccountName": "system",
		"InitiatingProcessFileName": "reg.exe", "InitiatingProcessFolderPath": `C:\Windows\System32\reg.exe`,
		"InitiatingProcessCommandLine": "reg add", "InitiatingProcessParentFileName": "cmd.exe",
	}.with(pairs...)
}

// stream writes events as the streaming API does, a record a line.
func stream(t testing.TB, path string, events ...event) {
	t.Helper()
	var text strings.Builder
	for _, e := range events {
		line, err := json.Marshal(map[string]any{
			"time": at(0), "tenantId": "t", "category": "AdvancedHunting-" + e["table"].(string), "properties": e.without("table"),
		})
		if err != nil {
			t.Fatal(err)
		}
		text.Write(line)
		text.WriteByte('\n')
	}
	write(t, path, text.String())
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// columns lists the columns that any of the events has.
func columns(events []event) []string {
	seen := map[string]bool{}
	for _, e := range events {
		for c := range e {
			seen[c] = true
		}
	}
	delete(seen, "table")
	return slices.Sorted(maps.Keys(seen))
}

// portal writes events of one table as a CSV.
func portal(t testing.TB, path string, events ...event) {
	t.Helper()
	var text strings.Builder
	w := csv.NewWriter(&text)
	header := columns(events)
	rows := [][]string{header}
	for _, e := range events {
		row := make([]string, len(header))
		for i, c := range header {
			if e[c] != nil {
				row[i] = fmt.Sprint(e[c])
			}
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	write(t, path, text.String())
}

// parquet writes events of one table, typed as the schema says, unknown
// columns as text.
func parquet(t testing.TB, path string, events ...event) {
	t.Helper()
	table, _ := defender.Lookup(events[0]["table"].(string))
	var rows []string
	for _, e := range events {
		var values []string
		for _, c := range columns(events) {
			sqlType := "VARCHAR"
			if def, ok := table.Column(c); ok {
				sqlType = defender.SQLType(def.Type)
			}
			value := "null"
			if e[c] != nil {
				value = engine.QuoteText(strings.TrimSuffix(fmt.Sprint(e[c]), "Z"))
			}
			values = append(values, "cast("+value+" as "+sqlType+") as "+engine.QuoteIdent(c))
		}
		rows = append(rows, "select "+strings.Join(values, ", "))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	e := open(t, 1)
	if err := e.Exec(t.Context(), "copy ("+strings.Join(rows, " union all ")+") to "+engine.QuoteText(path)+" (format parquet)"); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, threads int) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Threads: threads, Memory: "1GiB", TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// seed are the branches of the seed pack: few, and old enough that their answers
// can be written down here.
func seed(t testing.TB) []branch.Branch {
	t.Helper()
	branches, err := branch.Load(smewsql.Files, "branches")
	if err != nil {
		t.Fatal(err)
	}
	if branches, err = branch.Select(branches, nil, "seed"); err != nil {
		t.Fatal(err)
	}
	return branches
}

// run hunts a place with the seed's branches and no allowlist, unless the
// request says otherwise.
func run(t testing.TB, req hunt.Request, places ...string) *finding.Result {
	t.Helper()
	result, _ := runOn(t, req, places...)
	return result
}

func runOn(t testing.TB, req hunt.Request, places ...string) (*finding.Result, *engine.Engine) {
	t.Helper()
	result, e, err := try(t, req, places...)
	if err != nil {
		t.Fatal(err)
	}
	return result, e
}

// try is runOn with the hunt's error.
func try(t testing.TB, req hunt.Request, places ...string) (*finding.Result, *engine.Engine, error) {
	t.Helper()
	ctx := context.Background()
	req.Threads = cmp.Or(req.Threads, 2)
	e := open(t, req.Threads)
	set, err := source.Open(ctx, places, source.Options{TempDir: e.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = set.Close() })
	req.Files, req.AsOf = set, asOf
	if req.SQL == nil {
		req.SQL = smewsql.Files
	}
	if req.Branches == nil {
		req.Branches = seed(t)
	}
	if req.Allow == nil {
		req.Allow = &allow.List{}
	}
	result, err := hunt.Run(ctx, e, req)
	return result, e, err
}

// ids are the branches that hit an event: "W01 W03".
func ids(e finding.Event) string {
	var names []string
	for _, b := range e.Branches {
		names = append(names, b.Name)
	}
	return strings.Join(names, " ")
}

// events are the evidence of all cases given out. What must hold of every result is
// held here: each event is in one case.
func events(t testing.TB, result *finding.Result) []finding.Event {
	t.Helper()
	list := result.Events()
	seen := map[string]bool{}
	for _, e := range list {
		if seen[e.ID] {
			t.Errorf("the event %s is in the evidence twice: %s", e.ID, e.Title)
		}
		seen[e.ID] = true
	}
	return list
}

// only is the one event that was hit.
func only(t testing.TB, result *finding.Result) finding.Event {
	t.Helper()
	list := events(t, result)
	if len(list) != 1 {
		t.Fatalf("%d events were hit: %+v", len(list), list)
	}
	return list[0]
}

// caseOf is the case that has an event.
func caseOf(t testing.TB, result *finding.Result, eventID string) finding.Case {
	t.Helper()
	for _, c := range result.Cases {
		if slices.ContainsFunc(c.Evidence, func(e finding.Event) bool { return e.ID == eventID }) {
			return c
		}
	}
	t.Fatalf("no case has the event %s", eventID)
	return finding.Case{}
}

// byReport indexes the events by ReportId; two with the same are a failure.
func byReport(t testing.TB, result *finding.Result) map[int]finding.Event {
	t.Helper()
	index := map[int]finding.Event{}
	for _, e := range events(t, result) {
		if e.ReportID == nil {
			t.Fatalf("the event %s has no ReportId", e.ID)
		}
		if _, twice := index[int(*e.ReportID)]; twice {
			t.Errorf("two events of ReportId %d", *e.ReportID)
		}
		index[int(*e.ReportID)] = e
	}
	return index
}

// alone indexes the cases by the ReportId of their event, and fails where a case has
// more than one: its score would be the sum of several.
func alone(t testing.TB, result *finding.Result) map[int]finding.Case {
	t.Helper()
	index := map[int]finding.Case{}
	for report, e := range byReport(t, result) {
		c := caseOf(t, result, e.ID)
		if len(c.Evidence) != 1 {
			t.Errorf("%d is in a case of %d events: %q", report, len(c.Evidence), c.Title)
		}
		index[report] = c
	}
	return index
}

// points are the reasons of a case with what each adds.
func points(c finding.Case) map[string]int {
	got := map[string]int{}
	for _, r := range c.Reasons {
		got[r.ID] += r.Points
	}
	return got
}

// reports lists the ReportIds of the events that were hit, in order.
func reports(result *finding.Result) []int64 {
	list := []int64{}
	for _, e := range result.Events() {
		list = append(list, *e.ReportID)
	}
	slices.Sort(list)
	return list
}

// notRun lists what could not be evaluated: "W04 file: reason".
func notRun(result *finding.Result) []string {
	list := []string{}
	for _, b := range result.Summary.NotRun {
		var files []string
		for _, f := range b.Files {
			files = append(files, filepath.Base(f))
		}
		list = append(list, strings.Join(slices.Concat([]string{b.Name}, files), " ")+": "+b.Reason)
	}
	return list
}
