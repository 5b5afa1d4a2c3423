package load_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/source"
	"smew/internal/view"
	smewsql "smew/sql"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// read loads a folder and returns the account with, for every table named in
// columns, what `select <columns>` gave batch by batch, sorted.
func read(t testing.TB, dir string, req load.Request, selects map[string]string) (*load.Account, map[string][]string) {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Threads: 2, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	set, err := source.Open(ctx, []string{dir}, source.Options{TempDir: e.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	contract, err := view.LoadContract(ctx, e, smewsql.Files)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	req.Files, req.SQL, req.Contract, req.AsOf, req.Threads = set, smewsql.Files, contract, asOf, 2
	if req.Columns == nil {
		req.Columns, req.AllColumns = map[string][]string{}, true
		for table := range selects {
			req.Columns[table] = nil
		}
	}
	req.Each = func(ctx context.Context, b load.Batch) error {
		table := b.Table
		rows, err := e.Query(ctx, "select concat_ws('|', "+selects[table]+") from "+table)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			got[table] = append(got[table], line)
		}
		return rows.Err()
	}
	loader, err := load.Prepare(ctx, e, req)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.LockDown(ctx, loader.Paths()); err != nil {
		t.Fatal(err)
	}
	if err := loader.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for _, lines := range got {
		slices.Sort(lines)
	}
	return loader.Account(), got
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// process is one record of the streaming API.
func process(at, device string, report int, file string) string {
	return fmt.Sprintf(`{"time":"2026-09-20T10:30:00.1Z","tenantId":"t","category":"AdvancedHunting-DeviceProcessEvents",`+
		`"properties":{"ActionType":"ProcessCreated","DeviceId":"id-%s","DeviceName":"%s","FileName":"%s",`+
		`"InitiatingProcessFileName":null,"ProcessCommandLine":"%s -k","ReportId":%d,"Timestamp":"%s"}}`, device, device, file, file, report, at)
}

// rejections gives an account's rejections in short.
func rejections(a *load.Account) []string {
	var list []string
	for _, r := range a.Rejected {
		list = append(list, fmt.Sprintf("%s %v %d: %s", filepath.Base(r.File), r.Records, r.Rows, r.Reason))
	}
	return list
}

func TestEveryRowIsKeptOrNamed(t *testing.T) {
	dir := t.TempDir()
	good := process("2026-09-20T10:00:00.1234567Z", "a", 1, "CMD.exe")
	write(t, dir, "a.json", strings.Join([]string{
		good,
		`{"time":"x","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":"yesterday","DeviceName":"a"}}`,
		`{"time":"x","category":"AdvancedHunting-DeviceProcessEvents","properties":{"DeviceName":"a"}}`,
		`{"time":"x","category":"AdvancedHunting-NoSuchTable","properties":{"Timestamp":"2026-09-20T10:00:00Z"}}`,
		`{"time":"x","properties":{"Timestamp":"2026-09-20T10:00:00Z"}}`,
		`not json`,
		``,
		process("2026-09-20T10:00:01.5Z", "b", 2, "sc.exe"),
		good[:len(good)/2],
	}, "\n"))
	account, rows := read(t, dir, load.Request{}, map[string]string{
		"DeviceProcessEvents": "Timestamp, DeviceName, FileNameLower, ReportId, SourceRecord, SourceTable, InitiatingProcessFileName is null, InitiatingProcessFileNameLower = ''",
	})
	want := []string{
		"2026-09-20 10:00:00.1234567|a|cmd.exe|1|1|DeviceProcessEvents|true|true",
		"2026-09-20 10:00:01.5|b|sc.exe|2|8|DeviceProcessEvents|true|true",
	}
	if diff := cmp.Diff(want, rows["DeviceProcessEvents"]); diff != "" {
		t.Error(diff)
	}
	wantRejected := []string{
		`a.json [2] 1: Timestamp is no time: "yesterday"`,
		`a.json [3] 1: no Timestamp`,
		`a.json [4] 1: a table smew does not know: "NoSuchTable"`,
		`a.json [5] 1: names no table`,
		`a.json [6] 1: not a JSON object`,
		`a.json [9] 1: not valid JSON`,
	}
	if diff := cmp.Diff(wantRejected, rejections(account)); diff != "" {
		t.Error(diff)
	}
	if account.RowsRead() != 8 || account.RowsKept() != 2 || account.RowsRejected() != 6 {
		t.Errorf("read %d, kept %d, rejected %d", account.RowsRead(), account.RowsKept(), account.RowsRejected())
	}
}

func TestTheSameEventInTwoExportsCountsOnce(t *testing.T) {
	dir := t.TempDir()
	// The stream has both names of the device, one export the name only, one
	// the id only; the next 100 ns are another event, and so is another ReportId.
	write(t, dir, "stream.json", process("2026-09-20T10:00:00.1234567Z", "host", 7, "sc.exe")+"\n"+
		process("2026-09-20T10:00:00.1234568Z", "host", 7, "sc.exe")+"\n"+
		process("2026-09-20T10:00:00.1234567Z", "host", 8, "sc.exe"))
	const columns = "FileName,ProcessCommandLine,ProcessVersionInfoCompanyName,ReportId\n"
	write(t, dir, "byname.csv", "Timestamp,DeviceName,"+columns+"2026-09-20T10:00:00.1234567Z,HOST,sc.exe,sc.exe -k,x,7\n")
	write(t, dir, "byid.csv", "Timestamp,DeviceId,"+columns+"2026-09-20T10:00:00.1234567Z,id-host,sc.exe,sc.exe -k,x,7\n")
	account, _ := read(t, dir, load.Request{Keys: true}, map[string]string{"DeviceProcessEvents": "ReportId"})
	if len(account.Tables) != 1 || account.Tables[0].Rows != 5 || account.Tables[0].Duplicates != 2 {
		t.Errorf("got %+v", account.Tables)
	}
	if account.RowsKept() != 3 || account.RowsRead() != 5 {
		t.Errorf("read %d, kept %d", account.RowsRead(), account.RowsKept())
	}
}

func TestRowsWithoutReportIdAreTheSameOnlyIfEqual(t *testing.T) {
	dir := t.TempDir()
	const header = "Timestamp,DeviceName,FileName,ProcessCommandLine,ProcessVersionInfoCompanyName\n"
	write(t, dir, "a.csv", header+"2026-09-20T10:00:00Z,h,sc.exe,one,\n2026-09-20T10:00:00Z,h,sc.exe,two,\n")
	write(t, dir, "b.csv", header+"2026-09-20T10:00:00Z,h,sc.exe,one,\n")
	account, _ := read(t, dir, load.Request{Keys: true}, map[string]string{"DeviceProcessEvents": "ReportId"})
	if len(account.Tables) != 1 || account.Tables[0].Rows != 3 || account.Tables[0].Duplicates != 1 {
		t.Errorf("got %+v", account.Tables)
	}
}

// What a load was not asked for must not make two events one.
func TestDifferentRowsWithoutReportIdStayTwo(t *testing.T) {
	dir := t.TempDir()
	const row = `{"Timestamp":"2026-09-20T10:00:00Z","DeviceName":"h","ActionType":"ConnectionSuccess","RemoteIP":"10.0.0.%d","RemotePort":443,"Protocol":"Tcp"}` + "\n"
	write(t, dir, "net.json", fmt.Sprintf(row+row+row, 1, 2, 2))
	account, _ := read(t, dir, load.Request{Keys: true, Columns: map[string][]string{"DeviceProcessEvents": nil}}, nil)
	if len(account.Tables) != 1 || account.Tables[0].Rows != 3 || account.Tables[0].Duplicates != 1 {
		t.Errorf("got %+v", account.Tables)
	}
}

// The result of a union is one file with rows of several tables.
func TestARowOfAnotherTableGoesWhereItBelongs(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range 70 {
		fmt.Fprintf(&text, `{"Timestamp":"2026-09-20T10:00:00Z","DeviceName":"h","ActionType":"ProcessCreated","FileName":"a.exe","ProcessCommandLine":"a","ReportId":%d}`+"\n", i)
	}
	text.WriteString(`{"Timestamp":"2026-09-20T10:00:01Z","DeviceName":"h","ActionType":"RegistryValueSet","RegistryKey":"HKLM\\SYSTEM\\ControlSet001\\Services\\x","RegistryValueName":"ImagePath","RegistryValueData":"c:\\a.exe","ReportId":99}` + "\n")
	write(t, dir, "union.json", text.String())
	account, rows := read(t, dir, load.Request{Keys: true}, map[string]string{"DeviceProcessEvents": "ReportId", "DeviceRegistryEvents": "ServiceName, ReportId, SourceRecord"})
	if len(rows["DeviceProcessEvents"]) != 70 || account.RowsRead() != 71 {
		t.Errorf("%d process rows of %d", len(rows["DeviceProcessEvents"]), account.RowsRead())
	}
	if diff := cmp.Diff([]string{"x|99|71"}, rows["DeviceRegistryEvents"]); diff != "" {
		t.Error(diff)
	}
}

func TestParquetTextMayBeUnmarked(t *testing.T) {
	dir := t.TempDir()
	parquet(t, filepath.Join(dir, "a.parquet"), `select '2026-09-20T10:00:00Z'::blob as "Timestamp", 'h'::blob as DeviceName, 'ServiceX'::blob as RegistryValueName,
		encode('HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\é') as RegistryKey, 'RegistryValueSet'::blob as ActionType, 'x'::blob as RegistryValueData, 1 as ReportId
		union all select 'infinity'::blob, 'h'::blob, ''::blob, ''::blob, ''::blob, ''::blob, 2`)
	_, rows := read(t, dir, load.Request{Keys: true}, map[string]string{"DeviceRegistryEvents": "Timestamp, RegistryKey, ServiceName"})
	want := []string{`2026-09-20 10:00:00|HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\é|é`}
	if diff := cmp.Diff(want, rows["DeviceRegistryEvents"]); diff != "" {
		t.Error(diff)
	}
}

func TestParquetIsTypedBySchemaNotByFile(t *testing.T) {
	dir := t.TempDir()
	parquet(t, filepath.Join(dir, "typed.parquet"), `select timestamp_ns '2026-09-20 10:00:00.1234567' as "Timestamp", 'h' as DeviceName,
		'Sc.EXE' as FileName, 'sc create' as ProcessCommandLine, 'x' as ProcessVersionInfoCompanyName, 5::bigint as ReportId, {'a': 1} as AdditionalFields, 9 as Extra`)
	parquet(t, filepath.Join(dir, "text.parquet"), `select '2026-09-20T10:00:01.7654321Z' as "Timestamp", 'h' as DeviceName,
		'sc.exe' as FileName, 'sc create' as ProcessCommandLine, 'x' as ProcessVersionInfoCompanyName, '6' as ReportId, 12::integer as ProcessId
		union all select 'never', 'h', 'x', 'x', 'x', 'seven', 1`)
	parquet(t, filepath.Join(dir, "zoned.parquet"), `select timestamptz '2026-09-20 12:00:02+02:00' as "Timestamp", 'h' as DeviceName,
		'sc.exe' as FileName, 'sc create' as ProcessCommandLine, 'x' as ProcessVersionInfoCompanyName, 7::double as ReportId`)
	account, rows := read(t, dir, load.Request{Keys: true}, map[string]string{
		"DeviceProcessEvents": "Timestamp, FileNameLower, typeof(ReportId), ReportId, coalesce(AdditionalFields, 'null'), coalesce(ProcessId, -1), SourceRecord",
	})
	want := []string{
		`2026-09-20 10:00:00.1234567|sc.exe|BIGINT|5|{"a":1}|-1|1`,
		`2026-09-20 10:00:01.7654321|sc.exe|BIGINT|6|null|12|1`,
		`2026-09-20 10:00:02|sc.exe|BIGINT|7|null|-1|1`,
	}
	if diff := cmp.Diff(want, rows["DeviceProcessEvents"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"text.parquet [2] 1: Timestamp is no time"}, rejections(account)); diff != "" {
		t.Error(diff)
	}
}

func parquet(t testing.TB, path, query string) {
	t.Helper()
	e, err := engine.Open(context.Background(), engine.Options{Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.Exec(context.Background(), "copy ("+query+") to "+engine.QuoteText(path)+" (format parquet)"); err != nil {
		t.Fatal(err)
	}
}

func TestABrokenParquetFileTakesOnlyItselfAway(t *testing.T) {
	dir := t.TempDir()
	const rows = `select timestamp_ns '2026-09-20 10:00:00' + to_milliseconds(i) as "Timestamp", 'h' as DeviceName, 'sc.exe' as FileName,
		md5(i::varchar) as ProcessCommandLine, 'x' as ProcessVersionInfoCompanyName, i as ReportId from range(20000) r(i)`
	for _, name := range []string{"a", "b", "c"} {
		parquet(t, filepath.Join(dir, name+".parquet"), rows)
	}
	// Footer whole, pages spoiled.
	b, err := os.ReadFile(filepath.Join(dir, "b.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 4; i < len(b)/2; i++ {
		b[i] = 0xff
	}
	write(t, dir, "b.parquet", string(b))
	account, got := read(t, dir, load.Request{Keys: true}, map[string]string{"DeviceProcessEvents": "ReportId, ProcessCommandLine"})
	if n := len(got["DeviceProcessEvents"]); n != 40000 {
		t.Errorf("%d rows, want those of the two whole files", n)
	}
	if len(account.Rejected) != 1 || account.Rejected[0].Rows != 20000 || !strings.HasPrefix(account.Rejected[0].Reason, "unreadable") {
		t.Errorf("rejected: %+v", account.Rejected)
	}
	if account.RowsRead() != 60000 || account.RowsDuplicate() != 20000 {
		t.Errorf("read %d, duplicate %d", account.RowsRead(), account.RowsDuplicate())
	}
}

func TestWindowIsHalfOpenAndCounted(t *testing.T) {
	dir := t.TempDir()
	var lines []string
	for i, at := range []string{"09:59:59.9999999", "10:00:00", "10:59:59.9999999", "11:00:00"} {
		lines = append(lines, process("2026-09-20T"+at+"Z", "h", i, "x.exe"))
	}
	write(t, dir, "a.json", strings.Join(lines, "\n"))
	since, until := time.Date(2026, 9, 20, 10, 0, 0, 0, time.UTC), time.Date(2026, 9, 20, 11, 0, 0, 0, time.UTC)
	account, _ := read(t, dir, load.Request{Since: &since, Until: &until}, map[string]string{"DeviceProcessEvents": "ReportId"})
	if table := account.Tables[0]; table.Rows != 2 || table.Outside != 2 || !table.First.Equal(since) {
		t.Errorf("got %+v", table)
	}
}

func TestGapsAndTheFutureAreNoted(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.json", process("2026-09-18T10:00:00Z", "h", 1, "x.exe")+"\n"+process("2026-09-21T10:00:00Z", "h", 2, "x.exe")+"\n"+
		process("2027-01-01T00:00:00Z", "h", 3, "x.exe"))
	account, _ := read(t, dir, load.Request{}, map[string]string{"DeviceProcessEvents": "ReportId"})
	table := account.Tables[0]
	if table.Future != 1 || len(table.GapDays) != 103 || table.GapDays[0] != "2026-09-19" || table.GapDays[2] != "2026-09-22" {
		t.Errorf("future %d, gaps %d %v", table.Future, len(table.GapDays), table.GapDays[:min(4, len(table.GapDays))])
	}
}

func TestTimesThatExportsWrite(t *testing.T) {
	ctx := t.Context()
	e, err := engine.Open(ctx, engine.Options{Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := view.LoadContract(ctx, e, smewsql.Files); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2022-11-09T17:59:52.6265786Z":      "2022-11-09 17:59:52.6265786",
		"2022-11-09T17:59:41.698868Z":       "2022-11-09 17:59:41.698868",
		"2021-12-15T23:00:03.4494644+02:00": "2021-12-15 21:00:03.4494644",
		"2021-12-15 23:00:03":               "2021-12-15 23:00:03",
		"Dec 5, 2021 1:02:03 PM":            "2021-12-05 13:02:03",
		"12/5/2021 1:02:03 AM":              "2021-12-05 01:02:03",
		"25/12/2021 1:02:03 AM":             "none",
		"yesterday":                         "none",
		"":                                  "none",
		"1639609203":                        "none",
		"9999-12-31T00:00:00Z":              "none",
		"infinity":                          "none",
		"-infinity":                         "none",
		"epoch":                             "none",
	} {
		var got string
		if err := e.Scan(ctx, "select coalesce(cast(event_time("+engine.QuoteText(text)+") as varchar), 'none')", &got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestTheAccountDoesNotDependOnPacking holds the account's law: whatever the
// shape, the compression, the size of a batch and the spread over files, rows
// read = kept + duplicate + rejected, and the same rows come out.
func TestTheAccountDoesNotDependOnPacking(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "case")
		if err != nil {
			rt.Fatal(err)
		}
		n := rapid.IntRange(1, 60).Draw(rt, "records")
		distinct := map[string]bool{}
		files := map[string][]string{}
		bad := 0
		for range n {
			report := rapid.IntRange(0, 30).Draw(rt, "report")
			file := fmt.Sprintf("f%d", rapid.IntRange(0, 2).Draw(rt, "file"))
			line := process(fmt.Sprintf("2026-09-20T10:00:00.%07dZ", report), "h", report, "sc.exe")
			if rapid.IntRange(0, 9).Draw(rt, "broken") == 0 {
				line, bad = line[:len(line)-rapid.IntRange(1, len(line)-2).Draw(rt, "cut")], bad+1
			} else {
				distinct[fmt.Sprint(report)] = true
			}
			files[file] = append(files[file], line)
		}
		for name, lines := range files {
			text := strings.Join(lines, "\n") + rapid.SampledFrom([]string{"", "\n", "\n\n"}).Draw(rt, "end")
			if rapid.Bool().Draw(rt, "gzip") {
				var packed bytes.Buffer
				w := gzip.NewWriter(&packed)
				fmt.Fprint(w, text)
				w.Close()
				text = packed.String()
			}
			write(t, dir, name, text)
		}
		req := load.Request{Keys: true, BatchBytes: rapid.SampledFrom([]int64{1, 4096, 0}).Draw(rt, "batch")}
		account, rows := read(t, dir, req, map[string]string{"DeviceProcessEvents": "ReportId"})
		if len(account.Skipped) > 0 { // nothing but broken records: not telemetry
			return
		}
		if account.RowsRead() != int64(n) || account.RowsRejected() != int64(bad) || account.RowsKept() != int64(len(distinct)) {
			rt.Fatalf("%d records, %d bad, %d events: read %d, rejected %d, kept %d", n, bad, len(distinct),
				account.RowsRead(), account.RowsRejected(), account.RowsKept())
		}
		if len(rows["DeviceProcessEvents"]) != n-bad {
			rt.Fatalf("%d rows came out, want %d", len(rows["DeviceProcessEvents"]), n-bad)
		}
	})
}
