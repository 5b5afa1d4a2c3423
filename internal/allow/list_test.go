package allow

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// file is an allowlist file with one entry.
func file(id string) string {
	return strings.Replace(strings.Join(base, "\n")+"\n", "id: one", "id: "+id, 1)
}

func write(tb testing.TB, name, text string) string {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return name
}

func ids(entries []Entry) []string {
	list := []string{}
	for _, e := range entries {
		list = append(list, e.ID)
	}
	return list
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	one := write(t, filepath.Join(dir, "it's; a\n*%.YAML"), file("one"))
	write(t, filepath.Join(dir, "deep", "two.yml"), file("two"))
	write(t, filepath.Join(dir, "README.md"), "not an allowlist")
	fsys := fstest.MapFS{
		"allowlist/b.yaml": {Data: []byte(file("b"))},
		"allowlist/a.yaml": {Data: []byte(file("a"))},
		"other/x.yaml":     {Data: []byte("not read")},
	}
	// A file named twice is read once.
	list, err := Load(fsys, "allowlist", []string{dir, one})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "one", "two"}, ids(list.Entries)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if list, err := Load(nil, "", nil); err != nil || len(list.Entries) != 0 {
		t.Errorf("nothing: %v, %v", list, err)
	}
}

// The mistakes of all files are listed, and a mistake in one loses the rest.
func TestLoadProblems(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	bad := write(t, filepath.Join(dir, "bad.yaml"), "entries: 1\n")
	again := write(t, filepath.Join(dir, "again.yaml"), file("b"))
	missing := filepath.Join(dir, "missing.yaml")
	fsys := fstest.MapFS{"allowlist/b.yaml": {Data: []byte(file("b"))}}
	list, err := Load(fsys, "allowlist", []string{missing, empty, bad, again})
	var all *Error
	if !errors.As(err, &all) || list != nil {
		t.Fatalf("%v, %v", list, err)
	}
	want := []string{
		missing + ": no such file or directory",
		empty + ": no .yaml file in this folder",
		bad + ":1:10: entries is not a list; write entries: [] for none",
		again + `:2:5: id "b" is used twice: first in allowlist/b.yaml:2`,
	}
	var got []string
	for _, p := range all.Problems {
		p.Excerpt = ""
		got = append(got, p.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestLoadUnreadable(t *testing.T) {
	name := write(t, filepath.Join(t.TempDir(), "x.yaml"), file("x"))
	if err := os.Chmod(name, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(name); err == nil {
		t.Skip("this user may read everything")
	}
	if _, err := Load(nil, "", []string{name}); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("got %v", err)
	}
}

// A pipe would be waited for without end.
func TestLoadDevice(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("no /dev/zero")
	}
	if _, err := Load(nil, "", []string{"/dev/zero"}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}

func TestActive(t *testing.T) {
	list := entriesOf(t, "a | device: host1 | "+tag, "off | device: host1 | "+tag+"; enabled: false")
	day := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	tests := []struct {
		asOf            string
		active, expired []string
	}{
		{"2020-01-01T00:00:00Z", []string{"a"}, []string{}}, // before it was created
		{"2027-05-20T23:59:59Z", []string{"a"}, []string{}}, // the last day, whole
		{"2027-05-21T00:00:00Z", []string{}, []string{"a"}},
		{"2027-05-21T01:00:00+02:00", []string{"a"}, []string{}}, // still the 20th in UTC
	}
	for _, tt := range tests {
		active, expired := list.Active(day(tt.asOf))
		if diff := cmp.Diff([][]string{tt.active, tt.expired}, [][]string{ids(active), ids(expired)}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.asOf, diff)
		}
	}
}

// The hash is of what entries say, not of how or where they are written.
func TestHash(t *testing.T) {
	parse := func(name, text string) *List {
		entries, err := Parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return &List{Entries: entries}
	}
	want := parse("a.yaml", good).Hash()
	if len(want) != 64 {
		t.Errorf("hash %q", want)
	}
	shuffled := parse("b.yaml", "# other\n\n"+good)
	slices.Reverse(shuffled.Entries)
	if got := shuffled.Hash(); got != want {
		t.Error("order and layout change the hash")
	}
	for _, change := range [][2]string{{"points: 20", "points: 21"}, {"enabled: false", "enabled: true"}, {"CcmExec.exe", "Ccm.exe"}, {"owner: SOC", "owner: IT"}} {
		if parse("a.yaml", strings.Replace(good, change[0], change[1], 1)).Hash() == want {
			t.Errorf("%s: the hash stays", change[1])
		}
	}
}
