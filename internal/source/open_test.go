package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// relative drops the test's folder from names.
func relative(set *Set, dir string) (files []string, skipped map[string]string) {
	skipped = map[string]string{}
	for _, f := range set.Files {
		files = append(files, strings.TrimPrefix(f.Name, dir+string(filepath.Separator)))
	}
	for _, s := range set.Skipped {
		skipped[strings.TrimPrefix(s.File, dir+string(filepath.Separator))] = s.Reason
	}
	return files, skipped
}

const awkward = "a'b\"c\n;*%?[x]{y} \u202e.json"

func TestPlaces(t *testing.T) {
	dir := write(t, map[string]string{
		"b.json": process, "a.json": process, "sub/c.json": process, "sub/deep/d.csv": portalCSV,
		".hidden.json": process, "._a.json": "x", ".git/config": "x", "sub/empty": "", awkward: process,
		"other/e.json": process,
	})
	sep := string(filepath.Separator)
	for name, tt := range map[string]struct {
		args    []string
		files   []string
		skipped map[string]string
		given   int
	}{
		"folder": {
			[]string{dir},
			[]string{awkward, "a.json", "b.json", "other/e.json", "sub/c.json", "sub/deep/d.csv"},
			map[string]string{".hidden.json": reasonHidden, "._a.json": reasonMacOS, ".git": reasonHidden, "sub/empty": reasonEmpty},
			6,
		},
		"files, one of them twice": {
			[]string{dir + "/b.json", dir + "/a.json", dir + "/sub/../b.json"},
			[]string{"a.json", "b.json"},
			map[string]string{},
			2,
		},
		"pattern": {[]string{dir + "/*.json"}, []string{awkward, "a.json", "b.json"}, map[string]string{".hidden.json": reasonHidden, "._a.json": reasonMacOS}, 3},
		"pattern of any depth": {
			[]string{dir + "/**/*.csv", dir + "/sub/**"},
			[]string{"sub/c.json", "sub/deep/d.csv"},
			map[string]string{"sub/empty": reasonEmpty},
			2,
		},
		"alternatives":          {[]string{dir + "/{a,b}.json"}, []string{"a.json", "b.json"}, map[string]string{}, 2},
		"pattern of folders":    {[]string{dir + "/o*"}, []string{"other/e.json"}, map[string]string{}, 1},
		"a name like a pattern": {[]string{filepath.Join(dir, awkward)}, []string{awkward}, map[string]string{}, 1},
		"hidden but named":      {[]string{dir + "/.hidden.json"}, []string{".hidden.json"}, map[string]string{}, 1},
		"folder and file in it": {[]string{dir + "/sub" + sep, dir + "/sub/c.json"}, []string{"sub/c.json", "sub/deep/d.csv"}, map[string]string{"sub/empty": reasonEmpty}, 2},
	} {
		set := open(t, Options{}, tt.args...)
		files, skipped := relative(set, dir)
		same(t, name, files, tt.files)
		same(t, name+", skipped", skipped, tt.skipped)
		same(t, name+", given", set.Given, tt.given)
		for i, f := range set.Files {
			if f.ID != int32(i+1) {
				t.Errorf("%s: %s has number %d", name, f.Name, f.ID)
			}
		}
	}
}

func TestNoMatch(t *testing.T) {
	dir := write(t, map[string]string{"a.json": process, "hollow/deeper/x": ""})
	if err := os.Remove(dir + "/hollow/deeper/x"); err != nil {
		t.Fatal(err)
	}
	for arg, reason := range map[string]string{
		dir + "/none.json": "no such file or folder",
		dir + "/*.csv":     "matches no file",
		dir + "/[":         "not a pattern: a bracket is not closed",
		dir + "/hollow":    "the folder is empty",
		dir + "/h*":        "matches no file",
	} {
		set, err := Open(context.Background(), []string{dir + "/a.json", arg}, Options{})
		var miss *NoMatchError
		if set != nil || !errors.As(err, &miss) || miss.Arg != arg || miss.Reason != reason {
			t.Errorf("%s: %v", arg, err)
		}
	}
	_, err := Open(context.Background(), []string{"none1", "none2"}, Options{})
	if err == nil || err.Error() != "none1: no such file or folder\nnone2: no such file or folder" {
		t.Errorf("two misses: %v", err)
	}
}

func TestLinks(t *testing.T) {
	dir := write(t, map[string]string{"data/a.json": process, "elsewhere/b.json": registry})
	for from, to := range map[string]string{
		"data/loop":    "..",
		"data/self":    ".",
		"data/far":     "../elsewhere",
		"data/same":    "a.json",
		"data/broken":  "nowhere",
		"root":         "data",
		"elsewhere/up": "../data",
	} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	set := open(t, Options{}, filepath.Join(dir, "root"), filepath.Join(dir, "data"))
	files, skipped := relative(set, dir)
	same(t, "files", files, []string{"root/a.json", "root/far/b.json"})
	same(t, "skipped", skipped, map[string]string{"root/broken": "the file is gone"})
}

// Folders' dates keep files from being opened at all.
func TestPrune(t *testing.T) {
	files := map[string]string{"undated.json": streamProcess, "y=2026/m=09/d=99/wrong.json": streamProcess}
	for day := 1; day <= 30; day++ {
		files[fmt.Sprintf("y=2026/m=09/d=%02d/h=10/m=00/PT1H.json", day)] = streamProcess
	}
	dir := write(t, files)
	window := &Window{time.Date(2026, 9, 10, 0, 0, 0, 0, time.UTC), time.Date(2026, 9, 12, 0, 0, 0, 0, time.UTC)}
	set := open(t, Options{Window: window}, dir)
	// Days 10 to 14: the window, and three days for what arrives late.
	same(t, "counts", []int{set.Given, set.Pruned, set.Opened, len(set.Files)}, []int{32, 25, 7, 7})
	set = open(t, Options{Window: window, Late: time.Hour}, dir)
	same(t, "counts, one hour late", []int{set.Given, set.Pruned, set.Opened, len(set.Files)}, []int{32, 28, 4, 4})
	for _, f := range set.Files {
		if dated := strings.Contains(f.Name, "PT1H"); dated != (f.FolderDate != nil) {
			t.Errorf("%s has the date %v", f.Name, f.FolderDate)
		}
	}
	archive := zipped(t, "y=2026/m=09/d=01/h=10/x.json", process, "y=2026/m=09/d=11/h=10/x.json", process)
	set = open(t, Options{Window: window}, write(t, map[string]string{"a.zip": archive}))
	same(t, "members", len(set.Files), 1)
	same(t, "members pruned", set.Pruned, 1)
	same(t, "member's date", *set.Files[0].FolderDate, Window{clock("2026-09-11T10:00"), clock("2026-09-11T11:00")})
}

// Many readers, few bytes at a time: all records of all files, once each.
func TestManyFiles(t *testing.T) {
	files := map[string]string{}
	for i := range 300 {
		files[fmt.Sprintf("d%d/f%03d.json", i%7, i)] = strings.Repeat(streamProcess+"\n", i%20+1)
	}
	set := open(t, Options{}, write(t, files))
	got := read(t, StreamOptions{Readers: 5, BlockSize: 512}, set.Files...)
	total := 0
	for _, f := range set.Files {
		for i, r := range got[f.ID] {
			if r != good(int64(i+1), streamProcess) {
				t.Fatalf("%s, record %d: %v", f.Name, i, r)
			}
			total++
		}
	}
	want := 0
	for i := range 300 {
		want += i%20 + 1
	}
	same(t, "records", total, want)
}

// A batch takes about what it may, and the next goes on where it stopped.
func TestBatches(t *testing.T) {
	line := streamProcess + "\n"
	f := openOne(t, "a.json", strings.Repeat(line, 2000))
	s := NewStream(context.Background(), []*File{f}, StreamOptions{BlockSize: 8 << 10})
	defer s.Close()
	var numbers []int64
	batches := 0
	for !s.Done() {
		s.StartBatch(100 << 10)
		batches++
		var size int64
		for {
			b, err := s.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if b == nil {
				break
			}
			size += weight(b)
			for _, span := range b.Spans {
				numbers = append(numbers, span.Number)
			}
			s.Release(b)
		}
		if size > 125<<10 {
			t.Errorf("batch %d has %d bytes", batches, size)
		}
		if read, total := s.Progress(); read < 0 || read > total {
			t.Errorf("progress %d of %d", read, total)
		}
	}
	if batches < 8 {
		t.Errorf("%d batches", batches)
	}
	want := make([]int64, 2000)
	for i := range want {
		want[i] = int64(i + 1)
	}
	if diff := cmp.Diff(want, numbers); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestProgressOfArchives(t *testing.T) {
	text := strings.Repeat(streamProcess+"\n", 3000)
	set := open(t, Options{}, write(t, map[string]string{"a.zip": zipped(t, "a", text, "b", text), "c.gz": gz(text)}))
	s := NewStream(context.Background(), set.Files, StreamOptions{Readers: 1, BlockSize: 4 << 10})
	defer s.Close()
	var last int64
	for {
		b, err := s.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		now, total := s.Progress()
		if now < last || now > total {
			t.Fatalf("progress went from %d to %d of %d", last, now, total)
		}
		last = now
		if b == nil {
			same(t, "at the end", now, total)
			return
		}
		s.Release(b)
	}
}
