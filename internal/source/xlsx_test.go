package source

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// workbook writes sheets of rows, in the order of their names.
func workbook(t *testing.T, date1904 bool, order []string, sheets map[string][][]any) string {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	if date1904 {
		if err := book.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &date1904}); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range order {
		if i == 0 {
			_ = book.SetSheetName("Sheet1", name)
		} else if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for r, cells := range sheets[name] {
			cell, _ := excelize.CoordinatesToCellName(1, r+1)
			if err := book.SetSheetRow(name, cell, &cells); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "book.bin")
	if err := book.SaveAs(path, excelize.Options{}); err != nil {
		// The library insists on its own extensions.
		path = filepath.Join(t.TempDir(), "book.xlsx")
		if err := book.SaveAs(path); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

var sheetHeader = []any{"Timestamp", "DeviceName", "ActionType", "ReportId", "ProcessCommandLine", "IsProcessRemoteSession"}

func TestWorkbook(t *testing.T) {
	when := time.Date(2026, 9, 20, 10, 11, 12, 626_000_000, time.UTC)
	path := workbook(t, false, []string{"About", "Export"}, map[string][][]any{
		"About": {{"Exported by", "someone"}, {"Query", "x"}},
		"Export": {
			sheetHeader,
			{when, "pc1", "ProcessCreated", 1234567890123456, "sc.exe \"a\\b\"\ttab", true},
			{"2026-09-20T10:11:12.6265786Z", "pc1", "ProcessCreated", "7"},
			{},
			{"x", "pc1", "ProcessCreated", 8, "", "", "too", "many"},
			{45000, "pc1", "ProcessCreated", nil, "<b>=cmd|' /C calc'!A0</b>"},
		},
	})
	set := open(t, Options{}, path)
	if len(set.Files) != 1 {
		t.Fatalf("files %v, skipped %v", names(set), set.Skipped)
	}
	f := set.Files[0]
	if f.Name != path || f.Sheet != "Export" || f.Kind != kindWorkbook || f.Table != "DeviceProcessEvents" || f.Format != XLSX {
		t.Errorf("taken for %+v", f)
	}
	same(t, "records", readOne(t, f), []row{
		good(1, `{"Timestamp":"2026-09-20T10:11:12.6260000Z","DeviceName":"pc1","ActionType":"ProcessCreated","ReportId":"1234567890123456","ProcessCommandLine":"sc.exe \"a\\b\"\ttab","IsProcessRemoteSession":"1"}`),
		good(2, `{"Timestamp":"2026-09-20T10:11:12.6265786Z","DeviceName":"pc1","ActionType":"ProcessCreated","ReportId":"7"}`),
		bad(4, "8 cells, but the header has 6"),
		good(5, `{"Timestamp":"2023-03-15T00:00:00.0000000Z","DeviceName":"pc1","ActionType":"ProcessCreated","ProcessCommandLine":"<b>=cmd|' /C calc'!A0</b>"}`),
	})
}

func TestWorkbookOfSeveralSheets(t *testing.T) {
	path := workbook(t, false, []string{"p", "r"}, map[string][][]any{
		"p": {{"Timestamp", "DeviceName", "ProcessCommandLine"}, {"1", "2", "3"}},
		"r": {{}, {"Timestamp", "DeviceName", "RegistryKey"}, {"4", "5", "6"}},
	})
	set := open(t, Options{}, path)
	same(t, "names", names(set), []string{path + "!p", path + "!r"})
	got := read(t, StreamOptions{}, set.Files...)
	same(t, "first", got[1], []row{good(1, `{"Timestamp":"1","DeviceName":"2","ProcessCommandLine":"3"}`)})
	same(t, "second", got[2][0].Number, int64(1))
}

func TestWorkbookInZip(t *testing.T) {
	path := workbook(t, false, []string{"p"}, map[string][][]any{"p": {{"Timestamp", "DeviceName", "RegistryKey"}, {"x", "y", "z"}}})
	text := readFile(t, path)
	set := open(t, Options{TempDir: t.TempDir()}, write(t, map[string]string{"a.zip": zipped(t, "book.xlsx", text)}))
	if len(set.Files) != 1 || set.Files[0].Table != "DeviceRegistryEvents" {
		t.Fatalf("files %v, skipped %v", names(set), set.Skipped)
	}
	same(t, "records", readOne(t, set.Files[0]), []row{good(1, `{"Timestamp":"x","DeviceName":"y","RegistryKey":"z"}`)})
}

func TestWorkbookWithoutTelemetry(t *testing.T) {
	path := workbook(t, false, []string{"p"}, map[string][][]any{"p": {{"Item", "Price"}, {"milk", 1}}})
	set := open(t, Options{}, path)
	same(t, "reason", skipReason(set, path), "not the columns of one Advanced Hunting table: begins with Item, Price")
	same(t, "no rows", skipReason(open(t, Options{}, workbook(t, false, []string{"p"}, nil)), "book.xlsx"), "a workbook without rows")
}

func TestCutWorkbook(t *testing.T) {
	path := workbook(t, false, []string{"p"}, map[string][][]any{"p": {{"Timestamp", "DeviceName", "RegistryKey"}, {"x", "y", "z"}}})
	text := readFile(t, path)
	set := open(t, Options{}, write(t, map[string]string{"a": text[:len(text)-200]}))
	same(t, "reason", skipReason(set, "a"), "the archive's directory is missing or damaged: the file is cut off")
}

func TestSerialTime(t *testing.T) {
	for _, tt := range []struct {
		days float64
		late bool
		want string
	}{
		{44874.7499146644, false, "2022-11-09T17:59:52.6270000Z"}, // fifteen digits, meant to be a millisecond
		{44874.74991465947, false, "2022-11-09T17:59:52.6265780Z"},
		{44874, false, "2022-11-09T00:00:00.0000000Z"},
		{43412, true, "2022-11-09T00:00:00.0000000Z"},
		{44874.999999999999, false, "2022-11-10T00:00:00.0000000Z"},
	} {
		got, ok := serialTime(tt.days, tt.late)
		if text := got.Format("2006-01-02T15:04:05.0000000Z"); !ok || text != tt.want {
			t.Errorf("%v: %s, want %s", tt.days, text, tt.want)
		}
	}
	for _, days := range []float64{-1, 0, 0.5, 1, 20000, 150000, 3e6, 1e300, math.NaN()} {
		if got, ok := serialTime(days, false); ok {
			t.Errorf("%v is taken for %s", days, got)
		}
	}
}
