package sources

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/*/*/*.rows")

// samples are the files under testdata/<system> that are to be read.
func samples(t testing.TB, system string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", system, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, name := range names {
		if !strings.HasSuffix(name, ".rows") {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		t.Fatal("no samples")
	}
	return list
}

// TestSamples reads every sample and compares what comes of it, row by row and in
// all columns, with what stands beside it. Each has events that must not become a
// row among those that must. Below windows, kinds has a sample for each table file
// and shapes one for each way of writing events down; below unix there is a folder
// for each source, and a sample must be read as that.
func TestSamples(t *testing.T) {
	for _, system := range []string{"windows", "unix"} {
		list := samples(t, system)
		got := loadFiles(t, list...)
		for _, sample := range list {
			t.Run(filepath.ToSlash(strings.TrimPrefix(sample, "testdata/")), func(t *testing.T) {
				text := got.text(sample)
				compareRows(t, sample+".rows", text)
				if source := filepath.Base(filepath.Dir(sample)); system == "unix" && !strings.HasPrefix(text, "source: "+source+"\n") {
					t.Errorf("read as another source than %s", source)
				}
			})
		}
	}
}

func compareRows(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: look at the rows, then run the test with -update\n%s", err, text)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
