package fleet

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smew/internal/engine"
)

// small is enough devices to have every kind, for a few days.
var small = Options{Devices: 100, Days: 2, Seed: 1}

func TestSameSeedSameRows(t *testing.T) {
	content := func(opts Options) string {
		opts.Dir = t.TempDir()
		made, err := Write(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		var hashes []string
		for _, f := range made {
			hashes = append(hashes, scan(t, "select sum(hash(event))::varchar from "+parquet(f.Path)+" as event"))
		}
		return strings.Join(hashes, " ")
	}
	one := content(small)
	if two := content(small); one != two {
		t.Errorf("the same seed gave other rows: %s, %s", one, two)
	}
	other := small
	other.Seed = 2
	if content(other) == one {
		t.Error("another seed gave the same rows")
	}
}

// A fleet of a few devices is the beginning of a larger one.
func TestDevicesAreMadeByThemselves(t *testing.T) {
	few, many := small, small
	few.Devices = 7
	one, err := live(few)
	if err != nil {
		t.Fatal(err)
	}
	all, err := live(many)
	if err != nil {
		t.Fatal(err)
	}
	for table, rows := range one {
		for i, r := range rows {
			if o := all[table][i]; o.host.name != r.host.name || !o.at.Equal(r.at) || !slices.Equal(o.values, r.values) {
				t.Fatalf("%s row %d: %v, among others %v", table.name, i, r.values, o.values)
			}
		}
	}
}

// A process cannot act before it was started, and every row is of the days asked for.
func TestTimesAreInOrder(t *testing.T) {
	opts := small
	opts.Dir = t.TempDir()
	made, err := Write(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		bad := scan(t, "select count(*)::varchar from "+parquet(f.Path)+` where InitiatingProcessCreationTime > Timestamp
			or InitiatingProcessParentCreationTime > InitiatingProcessCreationTime or Timestamp < '2026-10-01' or Timestamp >= '2026-10-03'`)
		if bad != "0" {
			t.Errorf("%s: %s rows out of order", f.Table, bad)
		}
	}
}

// Every act of the lists works on the hosts it is for, and leaves no brace unfilled.
func TestListsAreWhole(t *testing.T) {
	l, err := readLists()
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]act{l.services, l.commands, l.registry} {
		for i := range list {
			if list[i].values["source"] == "" {
				t.Errorf("%v has no source", list[i].values)
			}
			list[i].share, list[i].monthly = 1, 20
		}
	}
	unfilled := regexp.MustCompile(`\{(user|host|stock|vendor|guid|gpo|gver|cver|d|toggle|[xn][0-9]*)\}`)
	rows := map[*table]int{}
	for n := range small.Devices {
		h := newHost(n, small)
		map[platform]func(*lists){windows: h.liveWindows, linux: h.liveLinux, macos: h.liveMac}[h.os](l)
		for table, list := range h.rows {
			rows[table] += len(list)
			for _, r := range list {
				if r.by != nil {
					r.values = append(r.values, r.by.command)
				}
				for _, v := range r.values {
					if unfilled.MatchString(v) || strings.ContainsAny(v, "\t\n") {
						t.Fatalf("%s of %s: %q", table.name, h.name, v)
					}
				}
			}
		}
	}
	for _, table := range tables {
		if rows[table] == 0 {
			t.Errorf("no row of %s", table.name)
		}
	}
}

// The streaming API's shape has the same events.
func TestStreamingShape(t *testing.T) {
	opts := small
	opts.Dir, opts.Devices, opts.Format = t.TempDir(), 10, "ndjson"
	made, err := Write(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		got := scan(t, "select count(*) filter (where category = 'AdvancedHunting-"+f.Table+"' and properties.Timestamp like '2026-10-0%Z' and properties.DeviceId <> '')::varchar from read_json("+
			engine.QuotePaths([]string{f.Path})+", format = 'newline_delimited', columns = {category: 'VARCHAR', properties: 'STRUCT(\"Timestamp\" VARCHAR, DeviceId VARCHAR)'})")
		if got == "0" || got != strconv.Itoa(f.Rows) {
			t.Errorf("%s: %s whole records of %d", f.Path, got, f.Rows)
		}
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		opts Options
		want string
	}{
		{Options{}, "--dir"},
		{Options{Dir: "x", Devices: -1}, "negative"},
		{Options{Dir: "x", Format: "xml"}, "parquet or ndjson"},
	} {
		if _, err := Write(t.Context(), c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one that says %q", c.opts, err, c.want)
		}
	}
}

func scan(t *testing.T, query string) (value string) {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.Scan(t.Context(), query, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func parquet(path string) string {
	return "read_parquet(" + engine.QuotePaths([]string{filepath.Clean(path)}) + ")"
}
