package benchdata

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smew/internal/defender"
	"smew/internal/engine"
)

// sampleRows is enough rows to see a share of 0.05 % in.
const sampleRows = 300_000

func TestSharesOfAFleet(t *testing.T) {
	dir := t.TempDir()
	write(t, Options{Dir: dir, Process: sampleRows, Registry: sampleRows})
	e := open(t)
	process, registry := filepath.Join(dir, "DeviceProcessEvents.parquet"), filepath.Join(dir, "DeviceRegistryEvents.parquet")
	for _, c := range []struct {
		what, file, value string
		want, tolerance   float64 // of the mean of value, the tolerance as a part of it
	}{
		{"rows of sc.exe", process, "(FileName = 'sc.exe')::int", 0.0005, 0.4},
		{"rows of PowerShell", process, "(FileName in ('powershell.exe', 'pwsh.exe'))::int", 0.01, 0.1},
		{"length of command lines", process, "length(ProcessCommandLine)", 110, 0.15},
		{"rows below Services", registry, `(RegistryKey like '%\Services\%')::int`, 0.005, 0.15},
		{"Start values", registry, `(RegistryKey like '%\Services\%' and RegistryValueName = 'Start')::int`, 0.00104, 0.3},
		{"ImagePath values", registry, `(RegistryKey like '%\Services\%' and RegistryValueName = 'ImagePath')::int`, 0.00076, 0.3},
	} {
		var got float64
		if err := e.Scan(t.Context(), "select avg("+c.value+") from "+parquet(c.file), &got); err != nil {
			t.Fatal(err)
		}
		if math.Abs(got-c.want) > c.want*c.tolerance {
			t.Errorf("%s: %v, want %v within %v %%", c.what, got, c.want, 100*c.tolerance)
		}
	}
	for _, c := range []struct{ what, query string }{
		{"Excel starting sc.exe create", "select count(*) from " + parquet(process) + " where FileName = 'sc.exe' and InitiatingProcessFileName = 'excel.exe' and ProcessCommandLine like '% create %'"},
		{"ImagePath with cmd.exe", "select count(*) from " + parquet(registry) + " where RegistryValueName = 'ImagePath' and RegistryValueData like '%cmd.exe%'"},
		{"reg.exe writing Start = 2", "select count(*) from " + parquet(registry) + " where RegistryValueName = 'Start' and RegistryValueData = '2' and InitiatingProcessFileName = 'reg.exe'"},
	} {
		var n int
		if err := e.Scan(t.Context(), c.query, &n); err != nil {
			t.Fatal(err)
		}
		if n < 5 || n > 60 {
			t.Errorf("%s: %d rows, want about 20", c.what, n)
		}
	}
}

// Ten times the rows, of which one in ten of those that matter is left, have as many of them.
func TestThin(t *testing.T) {
	dir := t.TempDir()
	e := open(t)
	counts := map[int64]float64{}
	for _, thin := range []int64{1, 10} {
		made := write(t, Options{Dir: filepath.Join(dir, fmt.Sprint(thin)), Process: 10_000 * thin, Registry: 20_000 * thin, Thin: thin, First: start.AddDate(0, -1, 0), Days: 7})
		for i, matters := range []string{"FileName = 'sc.exe' or InitiatingProcessFileName = 'services.exe' and FileName <> 'svchost.exe'", `RegistryKey like '%\Services\%' and RegistryValueName in ('Start', 'ImagePath', 'Type')`} {
			var n float64
			if err := e.Scan(t.Context(), "select count(*) from "+parquet(made[i].Path)+" where "+matters, &n); err != nil {
				t.Fatal(err)
			}
			counts[thin] += n
		}
		var last time.Time
		if err := e.Scan(t.Context(), "select max(Timestamp) from "+parquet(made[0].Path), &last); err != nil || last.Before(start.AddDate(0, -1, 6)) || last.After(start.AddDate(0, -1, 7)) {
			t.Errorf("the last row is of %s (%v)", last, err)
		}
	}
	if counts[1] < 150 || math.Abs(counts[10]/counts[1]-1) > 0.25 {
		t.Errorf("rows that matter: %v", counts)
	}
}

// A process cannot act before it was started.
func TestInitiatorsAreOlder(t *testing.T) {
	made := write(t, Options{Dir: t.TempDir(), Process: 20_000, Registry: 20_000})
	e := open(t)
	for _, f := range made {
		var n int
		if err := e.Scan(t.Context(), "select count(*) from "+parquet(f.Path)+" where (InitiatingProcessParentCreationTime <= InitiatingProcessCreationTime and InitiatingProcessCreationTime < Timestamp) is not true", &n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			t.Errorf("%s: %d rows whose initiator is younger than the event or than its parent", f.Table, n)
		}
	}
}

func TestColumnsAndTypesAreTheSchemas(t *testing.T) {
	dir := t.TempDir()
	write(t, Options{Dir: dir, Process: 1000, Registry: 1000, Compression: "zstd"})
	e := open(t)
	for _, name := range []string{"DeviceProcessEvents", "DeviceRegistryEvents"} {
		table, _ := defender.Lookup(name)
		var want []engine.Column
		for _, c := range table.Columns {
			want = append(want, engine.Column{Name: c.Name, Type: defender.SQLType(c.Type)})
		}
		got, err := e.Prepare(t.Context(), "select * from "+parquet(filepath.Join(dir, name+".parquet")))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Columns); diff != "" {
			t.Errorf("%s (-schema +file):\n%s", name, diff)
		}
	}
}

func TestSameSeedSameRows(t *testing.T) {
	content := func(opts Options) (hash, first string) {
		opts.Dir, opts.Process, opts.Registry = t.TempDir(), 5000, 5000
		var files []string
		for _, f := range write(t, opts) {
			files = append(files, f.Path)
		}
		e := open(t)
		err := e.Scan(t.Context(), "select sum(hash(event))::varchar, min_by(event::varchar, Timestamp) from read_parquet("+engine.QuotePaths(files)+", union_by_name = true) as event", &hash, &first)
		if err != nil {
			t.Fatal(err)
		}
		return hash, first
	}
	one, first := content(Options{Threads: 1})
	two, _ := content(Options{Threads: 2, Files: 3})
	if one != two {
		t.Errorf("other threads and files gave other rows: %s, %s", one, two)
	}
	other, otherFirst := content(Options{Seed: 2})
	if one == other || first == otherFirst {
		t.Error("another seed gave the same rows")
	}
}

func TestFilesAreSplitByTime(t *testing.T) {
	dir := t.TempDir()
	made := write(t, Options{Dir: dir, Process: 3001, Files: 3})
	e := open(t)
	var names []string
	var total int64
	last := start
	for _, f := range made {
		var n int64
		var low, high time.Time
		if err := e.Scan(t.Context(), "select count(*), min(Timestamp), max(Timestamp) from "+parquet(f.Path), &n, &low, &high); err != nil {
			t.Fatal(err)
		}
		if n != f.Rows || low.Before(last) || high.After(start.AddDate(0, 0, days)) {
			t.Errorf("%s: %d rows from %v to %v; want %d after %v", f.Path, n, low, high, f.Rows, last)
		}
		names, total, last = append(names, filepath.Base(f.Path)), total+n, high
	}
	want := []string{"DeviceProcessEvents-0001.parquet", "DeviceProcessEvents-0002.parquet", "DeviceProcessEvents-0003.parquet"}
	if diff := cmp.Diff(want, names); diff != "" || total != 3001 {
		t.Errorf("%d rows in (-want +got):\n%s", total, diff)
	}
}

func TestNDJSONIsTheStreamingShape(t *testing.T) {
	made := write(t, Options{Dir: t.TempDir(), Registry: 400, Format: NDJSON, Files: 2})
	table, _ := defender.Lookup("DeviceRegistryEvents")
	for _, f := range made {
		file, err := os.Open(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		var n int64
		for lines.Scan() {
			n++
			var record struct {
				Time       time.Time `json:"time"`
				TenantID   string    `json:"tenantId"`
				Category   string    `json:"category"`
				Properties map[string]any
			}
			if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
				t.Fatal(err)
			}
			event, err := time.Parse(time.RFC3339Nano, fmt.Sprint(record.Properties["Timestamp"]))
			if err != nil || !event.Before(record.Time) || event.Nanosecond()%100 != 0 || record.Time.Nanosecond()%100 != 0 {
				t.Fatalf("event at %v, received at %v: %v", record.Properties["Timestamp"], record.Time, err)
			}
			if record.Category != "AdvancedHunting-DeviceRegistryEvents" || record.TenantID != tenant || len(record.Properties) != len(table.Columns)+1 {
				t.Fatalf("category %s, tenant %s, %d columns", record.Category, record.TenantID, len(record.Properties))
			}
		}
		if lines.Err() != nil || n != f.Rows {
			t.Errorf("%s: %d lines, want %d: %v", f.Path, n, f.Rows, lines.Err())
		}
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		opts Options
		want string
	}{
		{Options{}, "--dir"},
		{Options{Dir: "x", Process: -1}, "negative"},
		{Options{Dir: "x", Format: "xml"}, "parquet or ndjson"},
		{Options{Dir: "x", Compression: "lzma"}, "snappy or zstd"},
	} {
		_, err := Write(t.Context(), c.opts)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one that says %q", c.opts, err, c.want)
		}
	}
}

// The kinds' weights are parts of 100,000, and every parent and writer exists.
func TestKindsAddUp(t *testing.T) {
	e := open(t)
	if err := setUp(t.Context(), e, 1); err != nil {
		t.Fatal(err)
	}
	var got [4]int
	err := e.Scan(t.Context(), `select (select count(*) from kind_slots), (select count(*) from registry_slots),
		(select count(*) from process_kinds) - (select count(*) from kinds), (select count(*) from registry_kinds) - (select count(*) from registry_rows)`,
		&got[0], &got[1], &got[2], &got[3])
	if err != nil {
		t.Fatal(err)
	}
	if want := [4]int{100_000, 100_000, 0, 0}; !slices.Equal(got[:], want[:]) {
		t.Errorf("slots of processes and registry, kinds lost: %v, want %v", got, want)
	}
}

func write(t *testing.T, opts Options) []File {
	t.Helper()
	made, err := Write(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func open(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func parquet(path string) string {
	return "read_parquet(" + engine.QuotePaths([]string{path}) + ")"
}
