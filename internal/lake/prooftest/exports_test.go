package prooftest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"smew/internal/scenario"
	smewsql "smew/sql"
)

// exports fills a folder with sources of many kinds: lines, compressed ones, an archive of
// two members, a CSV file, a workbook, Parquet, event logs of three systems; with lines
// that cannot be read, events that are there twice, and files that are no telemetry.
// The long form has more of each.
func exports(t testing.TB, dir string) {
	t.Helper()
	folders, kinds, each := []string{"api", "archive", "portal", "export-job"}, []string{"defender", "sysmon"}, 16
	if *kills > 0 {
		folders, kinds, each = []string{"."}, []string{"defender", "sysmon", "security", "auditd"}, 8
	}
	for _, folder := range folders {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join("..", "..", "..", "sampledata", folder))); err != nil {
			t.Fatal(err)
		}
	}
	every, err := scenario.LoadAll(smewsql.Files, "fixtures", nil)
	if err != nil {
		t.Fatal(err)
	}
	var some []*scenario.Scenario
	for i := 0; i < len(every); i += each {
		some = append(some, every[i])
	}
	for _, kind := range kinds {
		for _, f := range scenario.Render(kind, some).Files {
			halves(t, filepath.Join(dir, "scenarios", filepath.FromSlash(f.Name)), f.Data)
		}
	}
	// The first half once more, by another name and in another order.
	double(t, filepath.Join(dir, "scenarios", "defender"))
}

// halves writes lines as two files; of other files one.
func halves(t testing.TB, path string, data []byte) {
	t.Helper()
	lines := bytes.SplitAfter(data, []byte("\n"))
	if ext := filepath.Ext(path); len(lines) < 4 || ext == ".xml" || ext == ".csv" {
		write(t, path, data)
		return
	}
	write(t, path, bytes.Join(lines[:len(lines)/2], nil))
	write(t, path+".2"+filepath.Ext(path), bytes.Join(lines[len(lines)/2:], nil))
}

// double writes the lines of the first file of a folder in reverse, with one that cannot
// be read.
func double(t testing.TB, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	text := []byte{}
	for _, line := range bytes.SplitAfter(data, []byte("\n")) {
		text = append(append([]byte{}, line...), text...)
	}
	write(t, filepath.Join(dir, "zz-again.json"), append(text, "{not json\n"...))
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
