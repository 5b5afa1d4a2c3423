package reference

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	smewsql "smew/sql"
)

// TestBuiltIn: every file that comes with smew reads, and every row says where its
// fact is from.
func TestBuiltIn(t *testing.T) {
	names, err := Names(smewsql.Files)
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		table, err := Read(smewsql.Files, name)
		if err != nil {
			t.Error(err)
			continue
		}
		if last := table.Columns[len(table.Columns)-1]; last != "source" {
			t.Errorf("%s: the last column is %s, want source", name, last)
		}
		seen := map[string]bool{}
		for i, row := range table.Rows {
			if strings.TrimSpace(row[len(row)-1]) == "" {
				t.Errorf("%s: row %d (%s) has no source", name, i+1, row[0])
			}
			if key := strings.Join(row, "\x00"); seen[key] {
				t.Errorf("%s: row %d (%s) is there twice", name, i+1, row[0])
			} else {
				seen[key] = true
			}
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"a,source\nx,y\n":              "",
		"\ufeffa,source\n# note\nx,\n": "",
		"a,source\n":                   "",
		"":                             "f.csv: is empty: its first line names the columns",
		"a,A\n":                        `f.csv: the column "A" is not called by small letters`,
		"a,a\n":                        "f.csv: the column a is there twice",
		"a,source\n,y\n":               "f.csv: row 1 has no a",
		"a,source\nx\n":                "f.csv: record on line 2: wrong number of fields",
		"a,source\n\"x\ny\",z\n":       "f.csv: row 1: a has a control character",
		"a,source\n\xff,z\n":           "f.csv: is not UTF-8 text",
	} {
		_, err := Parse("f.csv", "f", []byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := Parse("My File.csv", "My File", []byte("a\n")); err == nil {
		t.Error("a name that is no word passes")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a,source\nx,y\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := Parse("f.csv", "f", text)
		if err != nil {
			return
		}
		again, err := Parse("f.csv", "f", table.text())
		if err != nil {
			t.Fatalf("%v\n%q", err, table.text())
		}
		if diff := cmp.Diff(table.Rows, again.Rows); diff != "" && len(table.Rows) > 0 {
			t.Error(diff)
		}
	})
}

func base() fs.FS {
	return fstest.MapFS{
		"reference/tools.csv":              {Data: []byte("tool,kind,source\nx,y,here\n")},
		"reference/weights.csv":            {Data: []byte("id\n")},
		"reference/vulnerable_drivers.csv": {Data: []byte("sha256,sha1,md5,name,source\n")},
	}
}

func folderOf(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOverlay(t *testing.T) {
	first := folderOf(t, map[string]string{"tools.csv": "source,tool\nthere,z\n", "new_list.csv": "word\nabc\n", "notes.txt": "x"})
	second := folderOf(t, map[string]string{"tools.csv": "tool,kind,source\nq,,\n", "new_list.csv": "word\ndef\n"})
	o, err := Overlay(base(), []string{first, second}, "")
	if err != nil {
		t.Fatal(err)
	}
	names, err := Names(o)
	if diff := cmp.Diff([]string{"new_list", "tools", "vulnerable_drivers"}, names); diff != "" || err != nil {
		t.Error(diff, err)
	}
	table, err := Read(o, "tools")
	if diff := cmp.Diff([][]string{{"x", "y", "here"}, {"z", "", "there"}, {"q", "", ""}}, table.Rows); diff != "" || err != nil {
		t.Error(diff, err)
	}
	table, err = Read(o, "new_list")
	if diff := cmp.Diff([]string{"abc", "def"}, table.Keys()); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if before, after := hashOf(t, base()), hashOf(t, o); before == after {
		t.Error("own data does not change the hash")
	}
}

func hashOf(t *testing.T, files fs.FS) string {
	h, err := Hash(files)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestOverlayErrors(t *testing.T) {
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"known_tools.csv": "pattern,source\n^a(b,z\n"}, "known_tools.csv: row 1: the pattern is no regular expression: error parsing regexp: missing closing )"},
		{map[string]string{"tools.csv": "tool\nMimiKatz\n"}, `tools.csv: "MimiKatz" would never be met: the keys of tools.csv are compared in small letters`},
		{map[string]string{"tools.csv": "tool,king\nz,y\n"}, "tools.csv: has a column king; those of tools.csv are tool, kind, source"},
		{map[string]string{"tools.csv": "kind\nz\n"}, "tools.csv: lacks the column tool"},
		{map[string]string{"weights.csv": "id\n"}, "weights.csv: weights are not data to add to"},
		{map[string]string{"a.txt": ""}, "has no .csv file"},
		{map[string]string{"Tools-2.csv": "tool\n"}, "a reference file is called by small letters"},
	} {
		_, err := Overlay(base(), []string{folderOf(t, c.files)}, "")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %s", c.files, err, c.want)
		}
	}
	if _, err := Overlay(base(), []string{"/no/such"}, ""); err == nil {
		t.Error("a folder that is not there passes")
	}
}

func TestDrivers(t *testing.T) {
	sha256, sha1, md5 := strings.Repeat("Ab", 32), strings.Repeat("cd", 20), strings.Repeat("ef", 16)
	for name, text := range map[string]string{
		"drivers.json": `[{"Tags":["bad.sys"],"KnownVulnerableSamples":[{"SHA256":"` + sha256 + `","SHA1":"` + sha1 + `","MD5":"` + md5 + `"},{"MD5":"-"}]}]`,
		"drivers.csv":  "Id,Tags,KnownVulnerableSamples_MD5,KnownVulnerableSamples_SHA1,KnownVulnerableSamples_SHA256\n1,bad.sys,\"" + md5 + ", x\"," + sha1 + "," + sha256 + "\n",
	} {
		dir := folderOf(t, map[string]string{name: text})
		o, err := Overlay(base(), nil, filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		table, err := Read(o, "vulnerable_drivers")
		if err != nil {
			t.Fatal(err)
		}
		var all string
		for _, row := range table.Rows {
			all += strings.Join(row, " ") + "\n"
		}
		for _, want := range []string{strings.ToLower(sha256), sha1, md5, "bad.sys", name} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: no %s in\n%s", name, want, all)
			}
		}
	}
	for text, want := range map[string]string{
		"":           "is empty; LOLDrivers publishes",
		"[{":         "is not LOLDrivers' JSON",
		"[]":         "has no driver with a hash",
		"a,b\n1,2\n": "has no driver with a hash",
	} {
		dir := folderOf(t, map[string]string{"d": text})
		if _, err := Overlay(base(), nil, filepath.Join(dir, "d")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
