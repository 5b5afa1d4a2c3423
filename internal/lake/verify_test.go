package lake

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smew/internal/engine"
)

// filled is a lake with rows of two tables, duplicates, a rejected line and a file that
// grew.
func filled(t testing.TB) *bench {
	t.Helper()
	b := newBench(t)
	b.write("a.json", days("DeviceProcessEvents", "2026-03-01", 5, 1)+"{not json\n"+days("DeviceFileEvents", "2026-03-02", 2, 50))
	b.write("b.json", days("DeviceProcessEvents", "2026-03-04", 4, 4))
	b.ingest()
	b.add("b.json", days("DeviceProcessEvents", "2026-03-08", 2, 8))
	b.ingest()
	return b
}

func TestVerifyOfAWholeLake(t *testing.T) {
	b := filled(t)
	b.whole()
	v := b.verify()
	if v.Rows != 11 || v.Sources != 2 || v.Files < 3 || v.Manifest == 0 {
		t.Errorf("%+v", v)
	}
	newBench(t).whole() // nothing in it
}

// holds tells whether a fault of a file is among those found.
func (v *Verified) holds(file, what string) bool {
	for _, f := range v.Faults {
		if strings.HasPrefix(f.File, file) && strings.Contains(f.What, what) {
			return true
		}
	}
	return false
}

func TestVerifyNamesDamage(t *testing.T) {
	data := func(b *bench) string { return b.snapshot().Data[len(b.snapshot().Data)-1].Path }
	meta := func(kind string) func(b *bench) string {
		return func(b *bench) string {
			for _, m := range b.snapshot().Meta {
				if m.Kind == kind {
					return m.Path
				}
			}
			t.Fatal("no " + kind)
			return ""
		}
	}
	change := func(f func(text []byte) []byte) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(t *testing.T, path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	half := change(func(text []byte) []byte { return text[:len(text)/2] })
	nothing := change(func([]byte) []byte { return nil })
	flip := func(at float64) func(t *testing.T, path string) {
		return change(func(text []byte) []byte { text[int(at*float64(len(text)))] ^= 0x55; return text })
	}
	for name, c := range map[string]struct {
		file   func(b *bench) string
		damage func(t *testing.T, path string)
		what   string
	}{
		"rows deleted":             {data, remove, "gone"},
		"rows truncated":           {data, half, "bytes"},
		"rows emptied":             {data, nothing, "bytes"},
		"a byte of rows":           {data, flip(0.3), "check sum"},
		"a byte of the footer":     {data, flip(0.99), "check sum"},
		"accounts deleted":         {meta(kindAccounts), remove, "gone"},
		"sources truncated":        {meta(kindSources), half, "cannot be read"},
		"a byte of the duplicates": {meta(kindDuplicates), flip(0.5), "check sum"},
	} {
		t.Run(name, func(t *testing.T) {
			b := filled(t)
			file := c.file(b)
			c.damage(t, b.l.path(file))
			v := b.verify()
			if !v.holds(file, c.what) {
				t.Errorf("no fault of %s about %q: %+v", file, c.what, v.Faults)
			}
		})
	}
}

// TestVerifyRecounts forges check sums, so that the rows themselves must tell.
func TestVerifyRecounts(t *testing.T) {
	b := filled(t)
	s := b.snapshot()
	var target *Data
	for i := range s.Data {
		if s.Data[i].Table == "DeviceProcessEvents" && s.Data[i].Rows > 1 {
			target = &s.Data[i]
		}
	}
	e, err := openEngine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	rewrite := func(query string) *Verified {
		from := b.l.path(target.Path)
		other := filepath.Join(t.TempDir(), "other.parquet")
		if err := e.Exec(t.Context(), "copy ("+strings.ReplaceAll(query, "FILE", b.l.readFiles([]Data{*target}))+") to "+engine.QuoteText(other)+" (format parquet)"); err != nil {
			t.Fatal(err)
		}
		old, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(other)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(from, text, 0o644); err != nil {
			t.Fatal(err)
		}
		told := *target
		target.Sum, target.Bytes, err = sumOf(from)
		if err != nil {
			t.Fatal(err)
		}
		b.put(s)
		v := b.verify()
		*target = told
		b.put(s)
		if err := os.WriteFile(from, old, 0o644); err != nil {
			t.Fatal(err)
		}
		return v
	}
	for what, query := range map[string]string{
		"rows of 2026-03":    "from FILE limit 1",
		"which rows":         "select * replace (SourceRecord + 100 as SourceRecord) from FILE",
		"columns":            "select * exclude (RowHash) from FILE",
		"more than once":     "from FILE union all from FILE",
		"stored and copies":  "from FILE limit 1",
		"columns ":           "select * exclude (FileNameLower) from FILE",
		"rows of 2026-03-0":  "select * replace (Timestamp + interval 1 day as Timestamp) from FILE",
		"rows without a tim": "select * replace (null::timestamp as Timestamp) from FILE",
	} {
		v := rewrite(query)
		if !v.holds("", strings.TrimSpace(what)) {
			t.Errorf("%s: found only %+v", query, v.Faults)
		}
	}
	b.whole()
}

// put writes a snapshot over the newest.
func (b *bench) put(s *Snapshot) {
	b.t.Helper()
	sum, err := s.sum()
	if err != nil {
		b.t.Fatal(err)
	}
	s.Sum = sum
	text, err := json.Marshal(s)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.l.path(snapshotName(s.Number)), text, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func TestVerifyOfADamagedSnapshot(t *testing.T) {
	b := filled(t)
	s := b.snapshot()
	name := b.l.path(snapshotName(s.Number))
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{nil, text[:len(text)/2], bytes.ReplaceAll(text, []byte("tables/"), []byte("../../")), []byte("[]"), []byte(`{"format":99}`)} {
		if err := os.WriteFile(name, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		if v := b.verify(); !v.holds(snapshotName(s.Number), "cannot be read") || len(v.Unchecked) == 0 {
			t.Errorf("%.40q: %+v", damaged, v)
		}
		if _, err := b.l.Ingest(t.Context(), b.request()); err == nil {
			t.Errorf("%.40q: ingest goes on", damaged)
		}
	}
	if testing.Short() {
		return
	}
	// Every single byte changed is an error or a fault, or changes nothing that matters;
	// it is never a panic.
	for at := 0; at < len(text); at += 1 + len(text)/60 {
		changed := bytes.Clone(text)
		changed[at] ^= 0x1
		if err := os.WriteFile(name, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		b.verify()
	}
}

func TestVerifyTellsWhatIsLeftOver(t *testing.T) {
	b := filled(t)
	stray := b.l.path("tables/DeviceProcessEvents/Month=2026-03/01-02.000099-0001.parquet")
	if err := os.WriteFile(stray, []byte("PAR1"), 0o644); err != nil {
		t.Fatal(err)
	}
	own := b.l.path("tables/README.txt")
	if err := os.WriteFile(own, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	v := b.verify()
	if len(v.Faults) > 0 || len(v.Left) != 1 || !strings.HasSuffix(v.Left[0].File, "000099-0001.parquet") {
		t.Errorf("%+v", v)
	}
	b.ingest()
	if _, err := os.Stat(stray); err == nil {
		t.Error("the next run left it")
	}
	if _, err := os.Stat(own); err != nil {
		t.Error("somebody's own file is gone")
	}
}
