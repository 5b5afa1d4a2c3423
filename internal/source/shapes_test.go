package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smew/internal/defender"
)

const schemaJSON = `[{"Name":"Timestamp","Type":"DateTime"},{"Name":"ReportId","Type":"Int64"}]`

const portalCSV = "Timestamp,DeviceName,ActionType,FileName,ProcessCommandLine\r\n" +
	"2026-09-20T10:11:12.6265786Z,pc1.example.test,ProcessCreated,sc.exe,\"sc.exe create \"\"a b\"\", start=\tauto\"\r\n" +
	"2026-09-20T10:11:13Z,pc1.example.test,ProcessCreated,,\r\n"

var portalRows = []row{
	good(1, `{"Timestamp":"2026-09-20T10:11:12.6265786Z","DeviceName":"pc1.example.test","ActionType":"ProcessCreated","FileName":"sc.exe","ProcessCommandLine":"sc.exe create \"a b\", start=\tauto"}`),
	good(2, `{"Timestamp":"2026-09-20T10:11:13Z","DeviceName":"pc1.example.test","ActionType":"ProcessCreated"}`),
}

// analytics is a row of Log Analytics.
func analytics(table, row string) string {
	return `{"TenantId":"t","SourceSystem":"","TimeGenerated":"2026-09-20T10:11:12.6265786Z","Type":"` + table + `",` + row[1:]
}

func pretty(object string) string {
	return strings.NewReplacer(`,"`, ",\r\n  \"", `{"`, "{\r\n  \"", `":`, `": `).Replace(object)
}

type shape struct {
	name, text         string
	format             Format
	kind, shape, table string
	rows               []row
}

func shapes() []shape {
	laProcess, laRegistry := analytics("DeviceProcessEvents", process), analytics("DeviceRegistryEvents", registry)
	return []shape{
		{
			"storage account", streamProcess + "\n" + streamProcess + "\n",
			Lines, kindStorage, Streamed, "",
			[]row{good(1, streamProcess), good(2, streamProcess)},
		},
		{
			"event hub, one message", `{"records":[` + streamProcess + "," + streamRegistry + `]}`,
			JSON, kindHub, Streamed, "",
			[]row{good(1, streamProcess), good(2, streamRegistry)},
		},
		{
			"event hub, a message per line", `{"records":[` + streamProcess + `]}` + "\n" + `{"records": [` + streamRegistry + `] }` + "\n",
			JSON, kindHub, Streamed, "",
			[]row{good(1, streamProcess), good(2, streamRegistry)},
		},
		{
			"event hub, array of messages", `[{"records":[` + streamProcess + `]},{"records":[]},{"records":[` + streamRegistry + `]}]`,
			JSON, kindHub, Streamed, "",
			[]row{good(1, streamProcess), good(2, streamRegistry)},
		},
		{
			"xdr api", `{"Stats":{"ExecutionTime":0.5,"x":[{"records":[1]}]},"Schema":` + schemaJSON + `,"Results":[` + process + `,` + process + `]}`,
			JSON, kindXDR, Flat, "DeviceProcessEvents",
			[]row{good(1, process), good(2, process)},
		},
		{
			"xdr api, results first", `{"Results":[` + process + `],"Schema":` + schemaJSON + `,"Stats":{}}`,
			JSON, kindXDR, Flat, "DeviceProcessEvents",
			[]row{good(1, process)},
		},
		{
			"graph", `{"@odata.context":"x","schema":` + schemaJSON + `,"results":[` + registry + `]}`,
			JSON, kindGraph, Flat, "DeviceRegistryEvents",
			[]row{good(1, registry)},
		},
		{
			"graph, pretty-printed", "{\n \"@odata.context\" : \"x\",\n \"results\" :\n [\n" + pretty(registry) + "\n,\n" + pretty(registry) + "]\n}\n",
			JSON, kindGraph, Flat, "DeviceRegistryEvents",
			[]row{good(1, pretty(registry)), good(2, pretty(registry))},
		},
		{
			"log analytics", laProcess + "\n" + laRegistry + "\n",
			Lines, kindAnalytics, Flat, "",
			[]row{good(1, laProcess), good(2, laRegistry)},
		},
		{
			"log analytics over a hub", `{"records":[` + laProcess + `]}`,
			JSON, kindLAHub, Flat, "",
			[]row{good(1, laProcess)},
		},
		{
			"flat lines", process + "\r\n\r\n" + process,
			Lines, kindLines, Flat, "DeviceProcessEvents",
			[]row{good(1, process), good(3, process)},
		},
		{
			"array", "[\n" + process + ",\n" + process + "\n]\n",
			JSON, kindArray, Flat, "DeviceProcessEvents",
			[]row{good(1, process), good(2, process)},
		},
		{
			"pretty-printed objects", pretty(process) + "\n" + pretty(process),
			JSON, kindJSON, Flat, "DeviceProcessEvents",
			[]row{good(1, pretty(process)), good(2, pretty(process))},
		},
		{
			"objects without line ends", process + process,
			JSON, kindJSON, Flat, "DeviceProcessEvents",
			[]row{good(1, process), good(2, process)},
		},
		{
			"streamed objects in an array", "[" + streamProcess + "]",
			JSON, kindStream, Streamed, "",
			[]row{good(1, streamProcess)},
		},
		{"portal csv", portalCSV, CSV, kindCSV, Flat, "DeviceProcessEvents", portalRows},
		{"semicolons", strings.ReplaceAll(strings.ReplaceAll(portalCSV, ",", ";"), "\"\";", "\"\","), CSV, kindCSV, Flat, "DeviceProcessEvents", portalRows},
		{"tabs", "Timestamp\tDeviceName\tRegistryKey\n1\t2\t3,4\n", CSV, kindCSV, Flat, "DeviceRegistryEvents", []row{good(1, `{"Timestamp":"1","DeviceName":"2","RegistryKey":"3,4"}`)}},
		{"excel's separator line", "sep=;\r\nTimestamp;DeviceName;RegistryKey\r\n1;2;3\r\n", CSV, kindCSV, Flat, "DeviceRegistryEvents", []row{good(1, `{"Timestamp":"1","DeviceName":"2","RegistryKey":"3"}`)}},
		{"header alone", "Timestamp,DeviceName,RegistryKey\n", CSV, kindCSV, Flat, "DeviceRegistryEvents", nil},
		{"header alone, no line end", "Timestamp,DeviceName,RegistryKey", CSV, kindCSV, Flat, "DeviceRegistryEvents", nil},
		{
			"csv of several tables", "TimeGenerated [UTC],DeviceName,FileName,Type\nx,pc,a,DeviceProcessEvents\nx,pc,b,DeviceFileEvents\n",
			CSV, kindAnalytics + ", CSV", Flat, "",
			[]row{good(1, `{"TimeGenerated":"x","DeviceName":"pc","FileName":"a","Type":"DeviceProcessEvents"}`), good(2, `{"TimeGenerated":"x","DeviceName":"pc","FileName":"b","Type":"DeviceFileEvents"}`)},
		},
	}
}

// Each shape is recognised and read, whatever its file is called, however it is
// compressed and encoded.
func TestShapes(t *testing.T) {
	for _, tt := range shapes() {
		wraps := map[string]struct{ compression, text string }{
			"plain":           {"", tt.text},
			"bom":             {"", bom + tt.text},
			"utf-16le":        {"", utf16Text(tt.text, false, true)},
			"utf-16be":        {"", utf16Text(tt.text, true, true)},
			"utf-16, no mark": {"", utf16Text(tt.text, false, false)},
			"gzip":            {"gzip", gz(tt.text)},
			"gzip, members":   {"gzip", gz(tt.text[:len(tt.text)/2]) + gz(tt.text[len(tt.text)/2:])},
			"zstd":            {"zstd", zst(tt.text)},
			"zstd, frames":    {"zstd", zst(tt.text[:len(tt.text)/2]) + zst(tt.text[len(tt.text)/2:])},
			"gzip of utf-16":  {"gzip", gz(utf16Text(tt.text, false, true))},
			"zip":             {"zip", zipped(t, "dir/x.bin", tt.text)},
			"gzip in zip":     {"zip", zipped(t, "x.gz", gz(tt.text))},
		}
		for wrap, w := range wraps {
			t.Run(tt.name+"/"+wrap, func(t *testing.T) {
				f := openOne(t, "misleading.parquet", w.text)
				if f.Format != tt.format || f.Kind != tt.kind || f.Shape != tt.shape || f.Table != tt.table || f.Compression != w.compression {
					t.Errorf("taken for %s %q %s table %q compression %q", f.Format, f.Kind, f.Shape, f.Table, f.Compression)
				}
				same(t, "records", readOne(t, f), tt.rows)
			})
		}
	}
}

func TestColumnsByTable(t *testing.T) {
	f := openOne(t, "x", `{"records":[`+streamProcess+","+streamRegistry+`]}`)
	same(t, "columns", f.Columns, map[string][]string{
		"DeviceProcessEvents":  {"ActionType", "DeviceName", "FileName", "FolderPath", "ProcessCommandLine", "ReportId", "Timestamp"},
		"DeviceRegistryEvents": {"ActionType", "DeviceName", "RegistryKey", "RegistryValueData", "RegistryValueName", "ReportId", "Timestamp"},
	})
	f = openOne(t, "x", streamed("DeviceBrandNewEvents", process))
	same(t, "a table not yet known", len(f.Columns["DeviceBrandNewEvents"]), 7)
}

// The first keys of a record tell what it is when its end is far away.
func TestCutHeads(t *testing.T) {
	long := strings.Repeat("x", 6<<20)
	for name, text := range map[string]string{
		"streamed": strings.Replace(streamProcess, "sc.exe create", long, 1),
		"flat":     strings.Replace(process, "sc.exe create", long, 1),
		"wrapped":  `{"records":[` + strings.Replace(streamProcess, "sc.exe create", long, 1) + `]}`,
	} {
		f := openOne(t, name, text)
		if rows := readOne(t, f); len(rows) != 1 || rows[0].Reason != "" || len(rows[0].Text) < len(long) {
			t.Errorf("%s: %d records", name, len(rows))
		}
	}
}

func TestHeaderNames(t *testing.T) {
	f := openOne(t, "x.csv", "TIMESTAMP,devicename,\" RegistryKey \",devicename,,Extra\n1,2,3,4,5,6\n")
	same(t, "records", readOne(t, f), []row{good(1, `{"Timestamp":"1","DeviceName":"2","RegistryKey":"3","Extra":"6"}`)})
	same(t, "notes", f.Notes, []string{"column DeviceName is there twice: the first one is read"})
	table, _ := defender.Lookup("DeviceRegistryEvents")
	names, notes := columnNames([]string{"Timestamp [UTC]", "Timestamp [Local]"}, table)
	same(t, "zones", names, []string{"Timestamp", "Timestamp [Local]"})
	same(t, "zone notes", len(notes), 0)
}

func TestRealExport(t *testing.T) {
	set := open(t, Options{}, shared(t, "corpus/msticpy/mde_proc_pub.csv"))
	f := set.Files[0]
	if f.Table != "DeviceProcessEvents" || f.Kind != kindCSV {
		t.Errorf("taken for %s of %s", f.Kind, f.Table)
	}
	rows := readOne(t, f)
	if len(rows) != 200 || rows[199].Number != 200 || !strings.HasPrefix(rows[0].Text, `{"Timestamp":"2021-12-15T23:00:03.4494644Z"`) {
		t.Errorf("%d records, first %.60s", len(rows), rows[0].Text)
	}
	for _, r := range rows {
		if r.Reason != "" {
			t.Errorf("row %d: %s", r.Number, r.Reason)
		}
	}
}

// Each recording is recognised by its content as the source it is of.
func TestRealLogs(t *testing.T) {
	for dir, want := range map[string][]string{
		"corpus/otrf":                    {"nxlog", "nxlog", "nxlog", "nxlog", "nxlog", "nxlog"},
		"corpus/otrf_log4shell_sentinel": {"log_analytics_audit", "log_analytics_events"},
		"corpus/linux_pberba":            {"windows_xml", "auditd"},
		"corpus/macos_santa_fixtures":    {"santa", "santa"},
		"corpus/evtx_omerbenamram":       {"evtx"},
	} {
		set := open(t, Options{}, shared(t, dir))
		var got []string
		for _, f := range set.Files {
			if f.Mapping != nil {
				got = append(got, f.Mapping.Name)
			}
		}
		same(t, dir, got, want)
	}
}

// Lines that are broken at the head of a file do not make a document of it: the
// good ones below keep their places.
func TestBrokenFirstLinesStayLines(t *testing.T) {
	const good = `{"category":"AdvancedHunting-DeviceProcessEvents","properties":{"DeviceName":"h","Timestamp":"2026-09-20T10:00:00Z"}}`
	broken := good[:strings.Index(good, ":")+1]
	for _, lines := range []int{1, 3} {
		name := filepath.Join(t.TempDir(), "a.json")
		if err := os.WriteFile(name, []byte(strings.Repeat(broken+"\n", lines)+good), 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := Open(t.Context(), []string{name}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { set.Close() })
		if len(set.Files) != 1 || set.Files[0].Format != Lines {
			t.Fatalf("got %+v, skipped %+v", set.Files, set.Skipped)
		}
	}
}
