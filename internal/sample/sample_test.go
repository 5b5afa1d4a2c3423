package sample

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"smew/internal/engine"
)

// folder is sampledata/ as committed.
const folder = "../../sampledata"

func TestGeneratedTwiceIsTheSame(t *testing.T) {
	first, second := generate(t), generate(t)
	for i, f := range first {
		if !bytes.Equal(f.Data, second[i].Data) {
			t.Errorf("%s differs from one run to the next", f.Name)
		}
	}
}

// A newer Go or DuckDB may compress otherwise, so packed files are compared by
// what is in them.
func TestCommittedIsWhatIsGenerated(t *testing.T) {
	var names, want []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(folder, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range generate(t) {
		want = append(want, f.Name)
		committed, err := os.ReadFile(filepath.Join(folder, f.Name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // the list below names it
		} else if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(committed, f.Data) && !slices.Equal(content(t, f.Name, committed), content(t, f.Name, f.Data)) {
			t.Errorf("%s is not what the generator makes: run go run ./internal/sample/gen", f.Name)
		}
	}
	slices.Sort(names)
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files of sampledata (-generated +committed):\n%s", diff)
	}
}

func TestSmall(t *testing.T) {
	var size int
	for _, f := range generate(t) {
		size += len(f.Data)
	}
	if size >= 400<<10 {
		t.Errorf("sampledata has %d bytes, want less than 400 KiB", size)
	}
}

// The labels are compared with a reading of the seed's four branches that has
// nothing in common with the product's: plain Go over the values.
func TestLabelsAgreeWithTheSeed(t *testing.T) {
	for _, x := range exports() {
		for _, p := range x.parts {
			for i, e := range p.events {
				got := seedBranches(e)
				if want := e.Label.Branches; !slices.Equal(got, want) {
					t.Errorf("%s record %d: labelled %v, the seed reads %v\n%v\n%v", x.name, i+1, want, got, e.Values["ProcessCommandLine"], e.Values["RegistryKey"])
				}
			}
		}
	}
}

func TestExpectations(t *testing.T) {
	var text string
	for _, f := range generate(t) {
		if f.Name == "expect.tsv" {
			text = string(f.Data)
		}
	}
	hits, nears, classes, duplicates := map[string]int{}, map[string]int{}, map[string]int{}, 0
	for n, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n")[1:] {
		columns := strings.Split(line, "\t")
		if len(columns) != 6 {
			t.Fatalf("line %d has %d columns", n+2, len(columns))
		}
		branches, expect, why := columns[3], columns[4], columns[5]
		switch {
		case expect == "none":
			for _, id := range branchIDs {
				if strings.Contains(why, id) {
					nears[id]++
				}
			}
		case strings.HasPrefix(expect, "duplicate of "):
			duplicates++
		default:
			for _, id := range strings.Split(branches, ",") {
				hits[id]++
			}
			if _, class, ok := strings.Cut(expect, "-by "); ok {
				classes[class]++
			}
		}
	}
	for _, id := range branchIDs {
		if hits[id] == 0 || nears[id] == 0 {
			t.Errorf("%s has %d hits and %d near misses, want some of each", id, hits[id], nears[id])
		}
	}
	for _, class := range []string{classInstaller, classManaged, classSecurity, classDeveloper, classAdmin, classSystem} {
		if classes[class] == 0 {
			t.Errorf("no row is expected to be allowlisted as %s", class)
		}
	}
	if duplicates != 1 {
		t.Errorf("%d duplicates, want 1", duplicates)
	}
}

// An event is known by device, time, ReportId and table: no two may share them.
func TestIdentitiesAreDistinct(t *testing.T) {
	seen := map[string]*Event{}
	for _, x := range exports() {
		for _, p := range x.parts {
			for _, e := range p.events {
				key := fmt.Sprint(e.Table, e.Device.ID, e.At.UnixNano(), e.Values["ReportId"])
				if earlier, ok := seen[key]; ok && earlier != e {
					t.Errorf("two events of %s have the identity %s", x.name, key)
				}
				seen[key] = e
			}
		}
	}
}

// The columns an event fills must be in the schema, or the files lose them.
func TestColumnsAreInTheSchema(t *testing.T) {
	known := map[string]map[string]bool{}
	for _, x := range exports() {
		for _, p := range x.parts {
			for _, e := range p.events {
				if known[e.Table] == nil {
					known[e.Table] = map[string]bool{}
					for _, c := range schemaColumns(e) {
						known[e.Table][c.Name] = true
					}
				}
				for _, name := range []string{"FileName", "FolderPath", "ProcessCommandLine", "RegistryKey", "RegistryValueData", "InitiatingProcessFileName"} {
					if e.Values[name] != nil && !known[e.Table][name] {
						t.Errorf("%s has no column %s", e.Table, name)
					}
				}
			}
		}
	}
}

// The order of rows in the Parquet file is what expect.tsv counts by.
func TestParquetKeepsTheOrder(t *testing.T) {
	for _, x := range exports() {
		if !strings.HasSuffix(x.name, ".parquet") {
			continue
		}
		data, err := x.encode(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, e := range x.parts[0].events {
			want = append(want, fmt.Sprint(e.Values["ProcessCommandLine"]))
		}
		got := parquetRows(t, data, "ProcessCommandLine")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("command lines (-events +file):\n%s", diff)
		}
	}
}

func generate(t *testing.T) []File {
	t.Helper()
	files, err := Files(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// content is what a file holds, whatever it was packed with.
func content(t *testing.T, name string, data []byte) []string {
	t.Helper()
	switch filepath.Ext(name) {
	case ".gz":
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return []string{string(text)}
	case ".zst":
		r, err := zstd.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		text, err := r.DecodeAll(data, nil)
		if err != nil {
			t.Fatal(err)
		}
		return []string{string(text)}
	case ".zip", ".xlsx":
		members, err := unpack(data)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, m := range members {
			list = append(list, m.name, string(m.data))
		}
		return list
	case ".parquet":
		return parquetRows(t, data, "job")
	}
	return []string{string(data)}
}

// parquetRows gives an expression over every row of a Parquet file as text.
func parquetRows(t *testing.T, data []byte, expression string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "job.parquet")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	rows, err := e.Query(t.Context(), "select ("+expression+")::varchar from read_parquet("+engine.QuotePaths([]string{path})+", file_row_number = true) as job order by file_row_number")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
