package allow

import (
	"errors"
	"fmt"
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
	list := entriesOf(t, "a | account: host1 | "+tag, "off | account: host1 | "+tag+"; enabled: false")
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
	for _, change := range [][2]string{{"down-rank 20", "down-rank 21"}, {"enabled: false", "enabled: true"}, {"CcmExec.exe", "Ccm.exe"}, {"owner: SOC", "owner: IT"}, {"srv01", "srv02"}} {
		if parse("a.yaml", strings.Replace(good, change[0], change[1], 1)).Hash() == want {
			t.Errorf("%s: the hash stays", change[1])
		}
	}
}

// A list of devices is read from beside the entry's file, and from nowhere else.
func TestDeviceList(t *testing.T) {
	const devices = "\ufeffOwner,DeviceName\r\nann,WS01\n\"b\no\",srv-1.corp.example\nann,ws01\n"
	entry := func(name string) string {
		return strings.Replace(file("one"), "scope: fleet", "scope: {device_list: '"+name+"'}", 1)
	}
	dir := t.TempDir()
	one := write(t, filepath.Join(dir, "it's; a", "a.yaml"), entry("lists/a b.csv"))
	at := write(t, filepath.Join(dir, "it's; a", "lists", "a b.csv"), devices)
	list, err := Load(nil, "", []string{one})
	if err != nil {
		t.Fatal(err)
	}
	want := Scope{Devices: []string{"srv-1.corp.example", "ws01"}, List: "lists/a b.csv"}
	if diff := cmp.Diff(want, list.Entries[0].Scope); diff != "" {
		t.Errorf("scope (-want +got):\n%s", diff)
	}
	// Its content counts, its name and layout do not.
	inFolder, err := Load(fstest.MapFS{
		"x/y/a.yaml": {Data: []byte(entry("b.csv"))},
		"x/y/b.csv":  {Data: []byte("device\nsrv-1.corp.example\nws01\n")},
	}, "x", nil)
	if err != nil || inFolder.Hash() != list.Hash() {
		t.Errorf("another name and layout: %v, %v", err, inFolder)
	}
	write(t, at, devices+"eve,ws02\n")
	more, err := Load(nil, "", []string{filepath.Dir(one)})
	if err != nil || more.Hash() == list.Hash() {
		t.Errorf("one device more: %v, the hash stays", err)
	}
}

func TestDeviceListProblems(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"0:0: the file is empty; it begins with a header"}},
		{"no column", "name\nws01\n", []string{"1:1: no column DeviceName or device in the header"}},
		{"no device", "device\n\n", []string{"1:1: no device below the header"}},
		{"star", "a, Device \n1,ws01\n2,ws*\n", []string{"3:3: a list holds names"}},
		{"empty name", "a,device\n1,\n2\n", []string{"2:3: an empty name", "3:1: the record has no column DeviceName"}},
		{"escape", "device\n\x1b[2J\n", []string{"2:1: the text holds a control character"}},
		{"quote", "device\nws01\na\"b\n", []string{"3:2: bare \" in non-quoted-field"}},
		{"open quote", "device\n\"ws01\n", []string{"extraneous or missing \" in quoted-field"}},
		{"not UTF-8", "device\n\xff\n", []string{"0:0: the file is not UTF-8 text"}},
		{"too large", "device\n" + strings.Repeat("w", maxListFile), []string{"0:0: the file is larger than 8 MiB"}},
		{"too many", "device\n" + strings.Repeat("w1\n", maxDevices+1), []string{"200002:1: more than 200000 devices"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newProblems("x.csv", []byte(tt.text))
			parseDevices(p, []byte(tt.text))
			var got []string
			for _, problem := range p.list {
				got = append(got, fmt.Sprintf("%d:%d: %s", problem.Line, problem.Column, problem.Message))
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("got %s\nwant …%s…", got[i], want)
				}
			}
		})
	}
}

// What a list is not read from is said at the entry, what is wrong in it at the line
// of the list.
func TestDeviceListOutside(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "secret.csv"), "device\nws01\n")
	in := filepath.Join(dir, "in")
	write(t, filepath.Join(in, "bad.csv"), "device\n*\n")
	if err := os.Mkdir(filepath.Join(in, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret.csv", filepath.Join(in, "link.csv")); err != nil {
		t.Skip(err)
	}
	for list, want := range map[string]string{
		"missing.csv": "a.yaml:7:26: scope: device_list: missing.csv: no such file or directory",
		"folder.csv":  "a.yaml:7:26: scope: device_list: folder.csv: not a regular file",
		"link.csv":    "a.yaml:7:26: scope: device_list: link.csv: path escapes from parent",
		"bad.csv":     "bad.csv:2:1: a list holds names",
	} {
		name := write(t, filepath.Join(in, "a.yaml"), strings.Replace(file("one"), "scope: fleet", "scope: {device_list: "+list+"}", 1))
		_, err := Load(nil, "", []string{name})
		if err == nil || !strings.HasPrefix(err.Error(), filepath.Join(in, want)) {
			t.Errorf("%s: got %v", list, err)
		}
	}
}

// Whatever the list, reading it ends and gives names that can be compared, or says
// where it is wrong.
func FuzzDevices(f *testing.F) {
	for _, s := range []string{"device\nws01\n", "DeviceName;x\na", "\"", "a,device\n\"x\ny\",z", "\xef\xbb\xbfdevice\r\nA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := newProblems("x.csv", []byte(text))
		devices := parseDevices(p, []byte(text))
		if len(p.list) == 0 && len(devices) == 0 {
			t.Error("neither devices nor a problem")
		}
		for _, d := range devices {
			if len(p.list) == 0 && (d == "" || d != fold(d) || strings.Contains(d, "*")) {
				t.Errorf("device %q", d)
			}
		}
	})
}
