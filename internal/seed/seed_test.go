package seed

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/view"
	"smew/sql"
)

// rowsOfEach is how many events of each table are generated.
const rowsOfEach = 20000

// literal is the seed query read as it stands, over the recorded columns alone:
// no key in one spelling, no number from a text. by says what may make the
// branch return a row that this does not: an SQL condition for each deviation
// its card lists.
var literal = []struct {
	id, name, table, where string
	by                     map[string]string
}{
	{
		id: "W01", name: "NewServiceCreation", table: "DeviceProcessEvents",
		where: `eq_i(FileName, 'sc.exe') and has_any(ProcessCommandLine, ['create', 'config'])
			or (in_i(FileName, ['powershell.exe', 'pwsh.exe'])
				and has_any(ProcessCommandLine, ['New-Service', 'Set-Service', 'sc.exe create']))`,
	},
	{
		id: "W02", name: "SuspiciousServiceBinary", table: "DeviceRegistryEvents",
		where: `has(RegistryKey, 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services')
			and eq_i(RegistryValueName, 'ImagePath')
			and (has_any(RegistryValueData, ['\Temp\', '\AppData\', '\Downloads\', '\Public\', '\Users\Public\', '%TEMP%', '%APPDATA%', '%PUBLIC%'])
				or has_any(RegistryValueData, ['powershell.exe', 'cmd.exe', 'wscript.exe', 'cscript.exe', 'mshta.exe', 'regsvr32.exe',
					'rundll32.exe', 'certutil.exe', 'bitsadmin.exe', 'wmic.exe', 'msbuild.exe']))`,
		by: map[string]string{
			"the control set has a number":  `regexp_matches(RegistryKey, '(?i)\\ControlSet[0-9]{3}\\')`,
			"the root is spelled otherwise": `regexp_matches(RegistryKey, '(?i)^(HKLM:?|\\REGISTRY\\MACHINE|MACHINE)\\')`,
		},
	},
	{
		id: "W03", name: "UnusualParentService", table: "DeviceProcessEvents",
		where: `eq_i(FileName, 'sc.exe') and has(ProcessCommandLine, 'create')
			and in_i(InitiatingProcessFileName, ['winword.exe', 'excel.exe', 'powerpnt.exe', 'outlook.exe',
				'wscript.exe', 'cscript.exe', 'mshta.exe', 'rundll32.exe'])`,
	},
	{
		id: "W04", name: "AutostartServiceReg", table: "DeviceRegistryEvents",
		where: `has(RegistryKey, 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services')
			and eq_i(RegistryValueName, 'Start') and coalesce(RegistryValueData, '') in ('2', '0')
			and not_in_i(InitiatingProcessFileName, ['services.exe', 'svchost.exe', 'msiexec.exe', 'TrustedInstaller.exe', 'WmiPrvSE.exe', 'MsMpEng.exe'])`,
		by: map[string]string{
			"the control set has a number":  `regexp_matches(RegistryKey, '(?i)\\ControlSet[0-9]{3}\\')`,
			"the root is spelled otherwise": `regexp_matches(RegistryKey, '(?i)^(HKLM:?|\\REGISTRY\\MACHINE|MACHINE)\\')`,
			"the number is spelled otherwise": `RegistryValueData not in ('2', '0') and regexp_matches(RegistryValueData,
				'^(\s*0*[02]\s*|0x0*[02]|DWORD \(0x0*[02]\)|QWORD \(0x0+-0x0*[02]\))$')`,
		},
	},
}

// attach gives an engine with the four tables, two of them full.
func attach(t *testing.T) *engine.Engine {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Threads: 2, Memory: "2GiB"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	contract, err := view.LoadContract(ctx, e, sql.Files)
	if err != nil {
		t.Fatal(err)
	}
	g := generator{rand.New(rand.NewPCG(20260920, 4))}
	for _, table := range []struct {
		name    string
		columns []string
		row     func() []string
	}{
		{"DeviceProcessEvents", processColumns, g.process},
		{"DeviceRegistryEvents", registryColumns, g.registry},
	} {
		def, ok := contract.Lookup(table.name)
		if !ok {
			t.Fatalf("no table %s", table.name)
		}
		if err := def.AttachEmpty(ctx, e); err != nil {
			t.Fatal(err)
		}
		made := "made_" + table.name
		statements := append([]string{"create table " + made + " as from recorded_" + table.name},
			g.inserts(made, table.columns, rowsOfEach, table.row)...)
		for _, s := range statements {
			if err := e.Exec(ctx, s); err != nil {
				t.Fatal(err)
			}
		}
		if err := def.Attach(ctx, e, "select * from "+made); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// count runs a query that gives one number.
func count(t *testing.T, e *engine.Engine, query string) int64 {
	t.Helper()
	var n int64
	if err := e.Scan(context.Background(), query, &n); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return n
}

// keep runs a query that gives ReportIds once and keeps them under a name.
func keep(t *testing.T, e *engine.Engine, name, query string) {
	t.Helper()
	if err := e.Exec(context.Background(), "create table "+name+" as "+query); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
}

func seedBranches(t *testing.T) map[string]branch.Branch {
	t.Helper()
	all, err := branch.LoadAll(sql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := branch.Select(all, nil, "seed")
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]branch.Branch{}
	for _, b := range seed {
		byID[b.ID] = b
	}
	if len(byID) != len(literal) {
		t.Fatalf("%d seed branches, want %d", len(byID), len(literal))
	}
	return byID
}

func TestSeedPackReturnsWhatTheSeedReturns(t *testing.T) {
	e := attach(t)
	branches := seedBranches(t)
	for _, l := range literal {
		b, ok := branches[l.id]
		if !ok || b.Name != l.name {
			t.Fatalf("no seed branch %s %s", l.id, l.name)
		}
		keep(t, e, "literal_"+l.id, "select ReportId from made_"+l.table+" where "+l.where)
		keep(t, e, "shipped_"+l.id, "select ReportId from ("+b.SQL+")")

		found, shipped := count(t, e, "select count(*) from literal_"+l.id), count(t, e, "select count(*) from shipped_"+l.id)
		if found < 50 {
			t.Errorf("%s: the seed finds %d rows: the generator is too poor", l.id, found)
		}
		if n := count(t, e, "select count(*) from (from literal_"+l.id+" except from shipped_"+l.id+")"); n > 0 {
			t.Errorf("%s: %d rows of the seed are not returned, such as\n%s", l.id, n, example(t, e, l.table, "literal_"+l.id, "shipped_"+l.id, "true"))
		}
		if n := count(t, e, "select count(*) - count(distinct ReportId) from shipped_"+l.id); n != 0 {
			t.Errorf("%s returns %d rows twice", l.id, n)
		}
		explained := "false"
		report := fmt.Sprintf("%s %s: seed %d, shipped %d", l.id, l.name, found, shipped)
		for reason, condition := range l.by {
			n := count(t, e, "select count(*) from made_"+l.table+" where ReportId in (from shipped_"+l.id+" except from literal_"+l.id+") and "+condition)
			if n == 0 {
				t.Errorf("%s: no row is there because %s: the generator is too poor, or the deviation is no more", l.id, reason)
			}
			report += fmt.Sprintf("; %d because %s", n, reason)
			explained += " or (" + condition + ")"
		}
		t.Log(report)
		if n := count(t, e, "select count(*) from made_"+l.table+" where ReportId in (from shipped_"+l.id+" except from literal_"+l.id+") and not coalesce("+explained+", false)"); n > 0 {
			t.Errorf("%s: %d rows beyond the seed without a reason, such as\n%s", l.id, n,
				example(t, e, l.table, "shipped_"+l.id, "literal_"+l.id, "not coalesce("+explained+", false)"))
		}
		if len(l.by) > 0 && len(b.Deviations) == 0 {
			t.Errorf("%s: its card lists no deviations", l.id)
		}
	}
}

// example shows a row that is in one result and not in the other.
func example(t *testing.T, e *engine.Engine, table, in, notIn, condition string) string {
	t.Helper()
	columns := registryColumns
	if table == "DeviceProcessEvents" {
		columns = processColumns
	}
	var row string
	err := e.Scan(context.Background(), "select ["+strings.Join(columns, ", ")+"]::varchar from made_"+table+
		" where ReportId in (from "+in+" except from "+notIn+") and "+condition+" order by ReportId limit 1", &row)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// TestSeedIsOneBranchInAnother: every event of branch 3 is one of branch 1.
func TestSeedIsOneBranchInAnother(t *testing.T) {
	e := attach(t)
	branches := seedBranches(t)
	if n := count(t, e, "select count(*) from (select ReportId from ("+branches["W03"].SQL+") except select ReportId from ("+branches["W01"].SQL+"))"); n != 0 {
		t.Errorf("%d events of W03 are none of W01", n)
	}
}

// kqlToSQL asks an independent reader of KQL for the query in SQL. It needs
// Python with duckdb-kql: SMEW_KQL_PYTHON names the interpreter.
func kqlToSQL(t *testing.T, kql string) string {
	t.Helper()
	python := os.Getenv("SMEW_KQL_PYTHON")
	if python == "" {
		t.Skip("SMEW_KQL_PYTHON names no Python that has duckdb-kql 1.1.2 (pip install duckdb-kql==1.1.2)")
	}
	cmd := exec.Command(python, "testdata/kql_to_sql.py", now.Format("2006-01-02T15:04:05"))
	cmd.Stdin = strings.NewReader(kql)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", python, err, stderr.String())
	}
	return string(out)
}

// ordinary leaves out the rows on which the other reader is known to differ: it
// folds names as Unicode does, where Kusto documents ASCII alone.
const ordinary = `not regexp_matches(coalesce(InitiatingProcessFileName, ''), '[\x{130}\x{212A}]')`

// TestOracle runs the seed as it was written, read by somebody else, and
// compares it with our literal reading row by row.
func TestOracle(t *testing.T) {
	text, err := os.ReadFile("testdata/seed.kql")
	if err != nil {
		t.Fatal(err)
	}
	whole := string(text)
	lets, last, ok := strings.Cut(whole, "\nunion ")
	if !ok || !strings.HasPrefix(last, "NewServiceCreation, UnusualParentService\n") {
		t.Fatal("testdata/seed.kql does not end in the seed's union")
	}
	queries := map[string]string{}
	for _, l := range literal {
		queries[l.id] = kqlToSQL(t, lets+"\n"+l.name)
	}
	union := kqlToSQL(t, whole)

	e := attach(t)
	for _, l := range literal {
		made := "made_" + l.table
		keep(t, e, "oracle_"+l.id, "select ReportId from "+made+" where DeviceName in (select DeviceName from ("+queries[l.id]+")) and "+ordinary)
		keep(t, e, "literal_"+l.id, "select ReportId from "+made+" where ("+l.where+") and "+ordinary)
		oracle, ours := count(t, e, "select count(*) from oracle_"+l.id), count(t, e, "select count(*) from literal_"+l.id)
		t.Logf("%s %s: duckdb-kql %d, ours %d of %d", l.id, l.name, oracle, ours, rowsOfEach)
		for _, way := range [][2]string{{"oracle_", "literal_"}, {"literal_", "oracle_"}} {
			if n := count(t, e, "select count(*) from (from "+way[0]+l.id+" except from "+way[1]+l.id+")"); n > 0 {
				t.Errorf("%s: %d rows are in %s and not in %s, such as\n%s", l.id, n, way[0], way[1], example(t, e, l.table, way[0]+l.id, way[1]+l.id, "true"))
			}
		}
	}
	// As written, the seed returns branches 1 and 3 and nothing of 2 and 4.
	written := count(t, e, "select count(*) from ("+union+")")
	if want := count(t, e, "select (select count(*) from literal_W01) + (select count(*) from literal_W03)"); written != want {
		t.Errorf("the seed as written returns %d rows, want %d", written, want)
	}
}
