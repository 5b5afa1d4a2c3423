package prooftest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"smew/internal/lake"
)

// small is a lake of one file with three events; a test may spoil it.
func small(t *testing.T) (dir string, l *lake.Lake, in string) {
	t.Helper()
	in = filepath.Join(t.TempDir(), "a.json")
	write(t, in, []byte(lines(1, 3)))
	l = newLake(t)
	pour(t, l, in)
	return l.Dir, l, in
}

// refused runs smew, which must end with exit status 3 and an error with these words, for
// people: no panic, one line and a hint.
func refused(t *testing.T, words string, args ...string) {
	t.Helper()
	cmd, said := smew(t, args...)
	err := cmd.Run()
	var failed *exec.ExitError
	if !errors.As(err, &failed) || failed.ExitCode() != 3 {
		t.Errorf("smew %s ended with %v, want exit status 3: %s", args[0], err, said)
	}
	if text := said.String(); !strings.Contains(text, words) || strings.Contains(text, "goroutine ") {
		t.Errorf("smew %s says %q, want %q in it", args[0], text, words)
	}
}

// hunted hunts a lake and gives how many rows it says it read.
func hunted(t *testing.T, dir string) int {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.json")
	must(t, "hunt", "--lake", dir, "--branches", "W01", "--json", "--output", out)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Summary struct {
			Counts struct {
				Rows int `json:"rows_read"`
			} `json:"counts"`
		} `json:"summary"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	return said.Summary.Counts.Rows
}

// TestManifestOfAStranger: a lake may come from somebody else, and what its manifest names
// must not lead out of it.
func TestManifestOfAStranger(t *testing.T) {
	dir, l, in := small(t)
	whole, err := os.ReadFile(newest(t, l))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"../../etc/passwd", "/etc/passwd", "tables/../../../etc/passwd", "manifest/../../x.parquet", "lake.json", "tables", "", `..\..\x`, "tables//x"} {
		for _, change := range []func(*lake.Snapshot){
			func(s *lake.Snapshot) { s.Data[0].Path = path },
			func(s *lake.Snapshot) { s.Meta[0].Path = path },
		} {
			forge(t, l, whole, change)
			commands := [][]string{{"hunt", "--lake", dir, "--branches", "W01"}, {"ingest", in, "--lake", dir}, {"lake", "compact", dir}}
			if path != "/etc/passwd" {
				commands = commands[:1] // all commands open a lake the same way
			}
			for _, args := range commands {
				refused(t, "names a file outside of it", args...)
			}
		}
	}
	// What is listed as gone is deleted by no name.
	victim := filepath.Join(filepath.Dir(dir), "victim.parquet")
	write(t, victim, []byte("mine"))
	forge(t, l, whole, func(s *lake.Snapshot) { s.Gone = []string{"../victim.parquet"} })
	must(t, "lake", "compact", dir)
	if _, err := os.Stat(victim); err != nil {
		t.Error(err)
	}
}

// forge puts a changed snapshot in the place of the newest, with the check sum that it
// should have.
func forge(t *testing.T, l *lake.Lake, whole []byte, change func(*lake.Snapshot)) {
	t.Helper()
	var s lake.Snapshot
	if err := json.Unmarshal(whole, &s); err != nil {
		t.Fatal(err)
	}
	change(&s)
	s.Sum = ""
	bare, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(bare)
	s.Sum = hex.EncodeToString(sum[:])
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	write(t, newest(t, l), text)
}

// newest is the path of a lake's newest snapshot.
func newest(t *testing.T, l *lake.Lake) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(l.Path("manifest"), "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return names[len(names)-1]
}

// TestLinksInALake: a writer that tidies up deletes nothing that lies elsewhere.
func TestLinksInALake(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a right that tests do not have")
	}
	dir, l, in := small(t)
	mine := t.TempDir()
	write(t, filepath.Join(mine, "mine.parquet"), []byte("mine"))
	write(t, filepath.Join(mine, "00000001.json"), []byte("mine"))
	for _, name := range []string{"tables/Mine", "manifest/mine", "work", "cache"} {
		_ = os.RemoveAll(l.Path(name))
		if err := os.Symlink(mine, l.Path(name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, in, []byte(lines(1, 4)))
	must(t, "ingest", in, "--lake", dir, "--branches", "W01")
	must(t, "lake", "forget", dir, "--before", "2026-02-20")
	if _, err := os.Stat(filepath.Join(mine, "mine.parquet")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(mine, "00000001.json")); err != nil {
		t.Error(err)
	}
	if n := hunted(t, dir); n != 4 {
		t.Errorf("%d rows", n)
	}
}

// TestLakeAtOddPlaces: a lake behind a link, and at a path of signs that mean something to
// shells, patterns and SQL.
func TestLakeAtOddPlaces(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("such names are not allowed there")
	}
	_, _, in := small(t)
	odd := filepath.Join(t.TempDir(), "it's a \"lake\" *[x]?{y,z}\n; drop $HOME %s ä")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.MkdirAll(odd, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(odd, link); err != nil {
		t.Fatal(err)
	}
	for i, dir := range []string{odd, link} {
		write(t, in, []byte(lines(1, 3+2*i)))
		must(t, "ingest", in, "--lake", dir, "--branches", "W01")
		write(t, in, []byte(lines(1, 4+2*i)))
		must(t, "ingest", in, "--lake", dir, "--branches", "W01")
		must(t, "lake", "compact", dir, "--renew", "--branches", "W01")
		must(t, "lake", "forget", dir, "--before", "2026-02-20")
		must(t, "lake", "status", dir)
		if said := must(t, "lake", "verify", dir); !strings.Contains(said, ": all is right") {
			t.Error(said)
		}
		for range 2 { // and out of the cache
			if n := hunted(t, dir); n != 4+2*i {
				t.Errorf("%d rows", n)
			}
		}
	}
}

// TestDamagedLake: what is not as it should be is named.
func TestDamagedLake(t *testing.T) {
	dir, l, in := small(t)
	snap, err := l.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	hunt := []string{"hunt", "--lake", dir, "--branches", "W01"}
	ingest := []string{"ingest", in, "--lake", dir, "--branches", "W01"}
	for _, c := range []struct {
		name, path string
		spoil      func(text []byte) []byte
		words      string
		args       [][]string
	}{
		{"another layout", l.Path("lake.json"), func([]byte) []byte { return []byte(`{"format": 2}`) }, "has layout 2, and this smew knows layout 1", [][]string{hunt, ingest}},
		{"no JSON", l.Path("lake.json"), func([]byte) []byte { return []byte(`{"form`) }, "lake.json: ", [][]string{hunt, ingest}},
		{"a snapshot that is cut off", newest(t, l), func(text []byte) []byte { return text[:len(text)/2] }, "is damaged", [][]string{hunt, ingest}},
		{"a snapshot that is empty", newest(t, l), func([]byte) []byte { return nil }, "is damaged", [][]string{hunt}},
		{"a snapshot that was changed", newest(t, l), func(text []byte) []byte { return bytes.Replace(text, []byte(`"rows":3`), []byte(`"rows":4`), 1) }, "its check sum is wrong", [][]string{hunt, ingest}},
		{"garbage for rows", l.Path(snap.Data[0].Path), func(text []byte) []byte { return []byte("no Parquet at all, but long enough to look at") }, filepath.Base(snap.Data[0].Path), [][]string{hunt}},
		{"rows cut off", l.Path(snap.Data[0].Path), func(text []byte) []byte { return text[:len(text)/2] }, filepath.Base(snap.Data[0].Path), [][]string{hunt}},
		{"garbage for notes", l.Path(snap.Meta[0].Path), func([]byte) []byte { return []byte("no Parquet at all, but long enough to look at") }, filepath.Base(snap.Meta[0].Path), [][]string{hunt}},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole, err := os.ReadFile(c.path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, c.path, c.spoil(whole))
			for _, args := range c.args {
				refused(t, c.words, args...)
			}
			write(t, c.path, whole)
		})
	}
	if n := hunted(t, dir); n != 3 {
		t.Errorf("put right again, the lake has %d rows", n)
	}
}
