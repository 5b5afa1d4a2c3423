package prooftest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smew/internal/engine"
	"smew/internal/lake"
	smewsql "smew/sql"
)

// pour takes files into a lake and holds the lake to be right.
func pour(t *testing.T, l *lake.Lake, args ...string) *lake.Report {
	t.Helper()
	r, err := l.Ingest(t.Context(), lake.IngestRequest{Args: args, SQL: smewsql.Files, Engine: openEngine, Threads: 2, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	v, err := l.Verify(t.Context(), lake.VerifyRequest{SQL: smewsql.Files, Engine: openEngine})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Faults)+len(v.Unchecked) > 0 {
		t.Errorf("%+v %v", v.Faults, v.Unchecked)
	}
	return r
}

func newLake(t *testing.T) *lake.Lake {
	t.Helper()
	l, err := lake.Create(filepath.Join(t.TempDir(), "lake"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// lines are some events, one a line, numbered from first.
func lines(first, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(told(event{"DeviceProcessEvents", 1, first + i, 0, first + i}, plain).text + "\n")
	}
	return b.String()
}

// TestRestoredFileGrows: a file is overwritten, put back as it was, and then grows. The
// longer content that it had in between has nothing to do with its new lines.
func TestRestoredFileGrows(t *testing.T) {
	l, path := newLake(t), filepath.Join(t.TempDir(), "a.json")
	for i, step := range []struct {
		text   string
		stored int64
	}{
		{lines(1, 3), 3},
		{lines(100, 8), 8},
		{lines(1, 3), 0},
		{lines(1, 5), 2},
	} {
		write(t, path, []byte(step.text))
		if r := pour(t, l, path); r.Stored != step.stored {
			t.Errorf("step %d: %+v", i, r)
		}
	}
}

// TestGrownFileByAnotherName: a file that is known grows, and is given by another name for
// the same place. A hunt must be able to say of every row where it came from.
func TestGrownFileByAnotherName(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	l := newLake(t)
	write(t, "a.json", []byte(lines(1, 3)))
	pour(t, l, "a.json")
	write(t, "a.json", []byte(lines(1, 5)))
	if r := pour(t, l, filepath.Join(dir, "a.json")); r.Stored != 2 {
		t.Errorf("%+v", r)
	}
	snap, err := l.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	e, err := openEngine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := l.Read(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	known := map[string]bool{}
	for _, f := range r.Files().Files {
		known[f.Name] = true
	}
	for _, d := range snap.Data {
		for _, name := range texts(t, e, "select distinct SourceFile from read_parquet("+engine.QuotePaths([]string{l.Path(d.Path)})+")") {
			if !known[name] {
				t.Errorf("%s has rows of %s, and the manifest knows %v", d.Path, name, known)
			}
		}
	}
}

// TestSmallRuns: a lake of very many small runs has every row, and no more than one row of
// an event that came in two runs.
func TestSmallRuns(t *testing.T) {
	l, dir := newLake(t), t.TempDir()
	for i := range 4 {
		write(t, filepath.Join(dir, fmt.Sprintf("%d.json", i)), []byte(lines(1+i, 3)))
		if r := pour(t, l, dir); i > 0 && r.Stored != 1 {
			t.Errorf("%+v", r)
		}
	}
	_ = os.RemoveAll(dir)
}
