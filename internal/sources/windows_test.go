package sources

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateWindows = flag.Bool("update-windows", false, "rewrite testdata/windows/*/*.rows")

// windowsSamples are the files under testdata/windows that are to be read.
func windowsSamples(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "windows", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var samples []string
	for _, name := range names {
		if !strings.HasSuffix(name, ".rows") {
			samples = append(samples, name)
		}
	}
	if len(samples) == 0 {
		t.Fatal("no samples")
	}
	return samples
}

// TestWindows reads every sample and compares what comes of it, row by row and in
// all columns, with what stands beside it. kinds has a sample for each table file,
// with events that must not become a row of it; shapes has one for each way of
// writing events down.
func TestWindows(t *testing.T) {
	samples := windowsSamples(t)
	got := loadWindows(t, samples...)
	for _, sample := range samples {
		t.Run(filepath.Base(sample), func(t *testing.T) {
			text, path := got.text(sample), sample+".rows"
			if *updateWindows {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v: look at the rows, then run the test with -update-windows\n%s", err, text)
			}
			if diff := cmp.Diff(string(want), text); diff != "" {
				t.Errorf("%s (-want +got):\n%s", sample, diff)
			}
		})
	}
}

// TestEveryWindowsKindHasASample holds each table file to a sample that gives a
// row of it.
func TestEveryWindowsKindHasASample(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "sql", "sources", "windows", "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no table files: %v", err)
	}
	for _, file := range files {
		table, kind, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".sql"), ".")
		rows, err := os.ReadFile(filepath.Join("testdata", "windows", "kinds", kind+".xml.rows"))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if !strings.Contains(string(rows), ": "+table+"\n") {
			t.Errorf("%s: its sample gives no row of %s", file, table)
		}
	}
}
