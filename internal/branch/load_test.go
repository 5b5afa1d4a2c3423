package branch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"smew/sql"
)

func file(id, name string) *fstest.MapFile {
	text := strings.NewReplacer("U01", id, "MyBranch", name).Replace(card)
	return &fstest.MapFile{Data: []byte(text)}
}

func ids(branches []Branch) (list []string) {
	for _, b := range branches {
		list = append(list, b.ID)
	}
	return list
}

func TestShippedBranches(t *testing.T) {
	branches, err := LoadAll(sql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range branches {
		if len(b.References) == 0 || len(b.Tests) == 0 {
			t.Errorf("%s: no references or no tests", b.ID)
		}
		if want := "branches/" + b.Technique + "/"; !strings.HasPrefix(b.Path, want) {
			t.Errorf("%s lies in %s, want it below %s", b.ID, b.Path, want)
		}
		if slices.Contains(b.Pack, "seed") && len(b.Deviations) == 0 {
			t.Errorf("%s is of the seed and lists no deviations", b.ID)
		}
	}
	seed, err := Select(branches, nil, "seed")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range seed {
		got = append(got, b.ID+" "+b.Name+" "+b.DetectionType)
	}
	want := []string{
		"W01 NewServiceCreation NewServiceCreation",
		"W02 SuspiciousServiceBinary SuspiciousServiceBinaryPath",
		"W03 UnusualParentService ServiceCreatedByOfficeOrScript",
		"W04 AutostartServiceReg AutostartServiceRegistered",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(shipped(t)); n != len(branches) {
		t.Errorf("%d branch files and %d branches loaded", n, len(branches))
	}
}

func TestLoad(t *testing.T) {
	fsys := fstest.MapFS{
		"b/T1/two.sql":        file("U02", "Two"),
		"b/one.SQL":           file("U01", "One"),
		"b/readme.md":         {Data: []byte("no branch")},
		"b/.hidden/three.sql": file("U03", "Three"),
		"b/.four.sql":         file("U04", "Four"),
	}
	branches, err := Load(fsys, "b")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"U01", "U02"}, ids(branches)); diff != "" {
		t.Error(diff)
	}
}

// Every mistake of every file is told at once.
func TestLoadMistakes(t *testing.T) {
	fsys := fstest.MapFS{
		"b/a.sql": file("U01", "One"),
		"b/b.sql": file("U01", "Two"),
		"b/c.sql": file("U03", "ONE"),
		"b/d.sql": {Data: []byte("select 1")},
		"b/e.sql": {Data: []byte(with("score: 20", "score: 200"))},
		"b/f.sql": {Data: make([]byte, maxFile+100)},
	}
	_, err := Load(fsys, "b")
	if err == nil {
		t.Fatal("no error")
	}
	want := []string{
		"b/d.sql:1: " + noCard,
		"b/e.sql:10:8: score 200 is not between 0 and 100",
		"b/f.sql: is larger than 1024 KiB: not a branch",
		"b/b.sql: id U01 is taken by b/a.sql",
		"b/c.sql: name ONE is taken by b/a.sql",
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
	if _, err := Load(fsys, "nowhere"); err == nil {
		t.Error("a folder that is not there is no error")
	}
}

func TestLoadAll(t *testing.T) {
	builtIn := fstest.MapFS{"branches/one.sql": file("W01", "One")}
	dir := t.TempDir()
	write := func(name string, f *fstest.MapFile) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own := write("own/U01.sql", file("U01", "Mine"))
	single := write("single.sql", file("A01", "Single"))
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}

	branches, err := LoadAll(builtIn, "branches", []string{filepath.Dir(own), single})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A01", "U01", "W01"}, ids(branches)); diff != "" {
		t.Error(diff)
	}
	if branches[1].Path != own {
		t.Errorf("path %s, want %s", branches[1].Path, own)
	}

	clash := write("clash/x.sql", file("W01", "Other"))
	for _, test := range []struct {
		dirs []string
		want string
	}{
		{[]string{filepath.Dir(clash)}, clash + ": id W01 is taken by branches/one.sql"},
		{[]string{empty}, "branches: " + empty + " has no .sql file"},
		{[]string{filepath.Join(dir, "nowhere")}, "branches: "},
	} {
		if _, err := LoadAll(builtIn, "branches", test.dirs); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%v: %v, want %s", test.dirs, err, test.want)
		}
	}
}

func TestSelect(t *testing.T) {
	branches, err := LoadAll(sql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		names []string
		pack  string
		want  []string // ids, or the error
		err   string
	}{
		{want: ids(branches)},
		{pack: "seed", want: []string{"W01", "W02", "W03", "W04"}},
		{names: []string{"W04", "w01"}, want: []string{"W01", "W04"}},
		{names: []string{"unusualparentservice"}, want: []string{"W03"}},
		{names: []string{"SuspiciousServiceBinaryPath"}, want: []string{"W02"}},
		{names: []string{"W01", "W01"}, pack: "seed", want: []string{"W01"}},
		{names: []string{"NewServiceCreate"}, err: `no branch is called "NewServiceCreate": did you mean NewServiceCreation?`},
		{names: []string{"Autostart"}, err: `no branch is called "Autostart": did you mean AutostartServiceReg, AutostartServiceRegistered?`},
		{names: []string{"W01", "zzzzz", "qqqqq"}, err: `no branch is called "zzzzz", nor "qqqqq"`},
		{names: []string{""}, err: `no branch is called ""`},
		{pack: "sead", err: `no branch is in pack "sead": there is core, seed`},
	} {
		got, err := Select(branches, test.names, test.pack)
		if test.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), test.err) {
				t.Errorf("%v %q: %v, want %s", test.names, test.pack, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v %q: %v", test.names, test.pack, err)
			continue
		}
		if diff := cmp.Diff(test.want, ids(got)); diff != "" {
			t.Errorf("%v %q: %s", test.names, test.pack, diff)
		}
	}
}

func TestHash(t *testing.T) {
	branches, err := LoadAll(sql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Hash(branches)
	if len(want) != 12 {
		t.Errorf("hash %q is not 12 digits", want)
	}
	moved := slices.Clone(branches)
	slices.Reverse(moved)
	for i := range moved {
		moved[i].Path = "elsewhere"
	}
	if got := Hash(moved); got != want {
		t.Errorf("order or place changes the hash: %s, %s", got, want)
	}
	for what, change := range map[string]func(*Branch){
		"query": func(b *Branch) { b.SQL += " " },
		"score": func(b *Branch) { b.Score++ },
		"text":  func(b *Branch) { b.Misses = append(slices.Clone(b.Misses), "more") },
	} {
		changed := slices.Clone(branches)
		change(&changed[0])
		if Hash(changed) == want {
			t.Errorf("a changed %s leaves the hash", what)
		}
	}
}
