package lake

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"smew/internal/engine"
	"smew/internal/view"
	smewsql "smew/sql"
)

// stable is what compacting must not change of a row.
const stable = "SourceFile, SourceFileId, SourceRecord, RecordHash, RowHash, Lacks, Class, Timestamp, TimestampNanos, DeviceName, ReportId, FileName"

func (b *bench) compact(change func(*CompactRequest)) *Compacted {
	b.t.Helper()
	req := CompactRequest{SQL: smewsql.Files, Engine: openEngine, Version: "test"}
	if change != nil {
		change(&req)
	}
	c, err := b.l.Compact(b.t.Context(), req)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// nightly is a lake of many small runs over two months.
func nightly(t testing.TB, runs int) *bench {
	b := newBench(t)
	for i := range runs {
		text := row("DeviceProcessEvents", fmt.Sprintf("2026-03-%02dT10:00:00.1234567Z", 20+i), 100+i)
		text += row("DeviceProcessEvents", fmt.Sprintf("2026-04-%02dT11:00:00Z", 1+i), 200+i)
		if i%2 == 1 {
			text = strings.ReplaceAll(text, `"FileName"`, `"MachineGroup":"g","FileName"`)
		}
		b.write(fmt.Sprintf("night%02d.json", i), text)
		b.ingest()
	}
	return b
}

func TestCompactPutsSmallFilesTogether(t *testing.T) {
	b := nightly(t, 4)
	before := b.content(stable)
	if n := len(b.snapshot().Data); n != 8 {
		t.Fatalf("%d files before", n)
	}
	if st := b.status(); st.Small != 8 {
		t.Errorf("status would have %d files merged", st.Small)
	}
	c := b.compact(nil)
	if len(c.Tables) != 1 || c.Tables[0].FilesBefore != 8 || c.Tables[0].FilesAfter != 2 || c.Tables[0].Rows != 8 || c.Waiting != 0 {
		t.Errorf("%+v", c)
	}
	if after := b.content(stable); !slices.Equal(before, after) {
		t.Errorf("rows changed:\n%v\n%v", before, after)
	}
	b.whole()
	files := b.snapshot().Data
	if len(files) != 2 || !slices.Contains(files[0].Extra, "MachineGroup") {
		t.Errorf("%+v", files)
	}
	number := b.snapshot().Number
	if c := b.compact(nil); len(c.Tables) != 0 || b.snapshot().Number != number {
		t.Errorf("compact twice: %+v", c)
	}
	// What was in stays known, also as a copy in another export.
	b.write("again.json", row("DeviceProcessEvents", "2026-03-20T10:00:00.1234567Z", 100, "Extra", "x"))
	if r := b.ingest(); r.Known != 4 || r.Duplicates != 1 || r.Stored != 0 {
		t.Errorf("%+v", r)
	}
	b.whole()
}

func TestCompactWaitsForReaders(t *testing.T) {
	b := nightly(t, 2)
	done, err := b.l.reading()
	if err != nil {
		t.Fatal(err)
	}
	c := b.compact(nil)
	if c.Waiting == 0 {
		t.Errorf("%+v", c)
	}
	if n := len(b.onDisk(tablesDir)); n != 6 { // two of each month, and what they became
		t.Errorf("%d files on disk", n)
	}
	if v := b.verify(); len(v.Faults) > 0 || len(v.Left) == 0 {
		t.Errorf("%+v", v)
	}
	done()
	b.compact(nil)
	if n := len(b.onDisk(tablesDir)); n != 2 {
		t.Errorf("%d files on disk", n)
	}
	b.whole()
}

func TestCompactMergesTheManifest(t *testing.T) {
	b := nightly(t, 2)
	for range 3 { // a file that grows is told of anew by each run
		b.add("night00.json", row("DeviceProcessEvents", "2026-04-20T10:00:00Z", 300+len(b.snapshot().Meta)))
		b.ingest()
	}
	before := b.notes()
	status := b.status().Account
	defer func(n int) { mostNotes = n }(mostNotes)
	mostNotes = 1
	c := b.compact(nil)
	if len(c.Manifest) < 5 {
		t.Errorf("%+v", c.Manifest)
	}
	kinds := map[string]int{}
	for _, m := range b.snapshot().Meta {
		if kinds[m.Kind]++; kinds[m.Kind] > 1 {
			t.Errorf("%s has several files", m.Kind)
		}
	}
	if after := b.notes(); !slices.Equal(before, after) {
		t.Errorf("the manifest says something else:\n%s\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	if got := b.status().Account; got != status {
		t.Errorf("account %+v, was %+v", got, status)
	}
	b.whole()
	if r := b.ingest(); r.Known != 2 || r.Read != 0 {
		t.Errorf("%+v", r)
	}
}

// notes is what readers are given of the manifest.
func (b *bench) notes() []string {
	e, err := openEngine(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	defer e.Close()
	if err := (&Reader{l: b.l, Snapshot: b.snapshot()}).attachManifest(b.t.Context(), e); err != nil {
		b.t.Fatal(err)
	}
	var list []string
	for _, kind := range slices.Sorted(keysOf(empties)) {
		for _, text := range b.texts(e, "select cast(r as varchar) from (select distinct m as r from manifest_"+kind+" as m) order by all") {
			list = append(list, kind+" "+text)
		}
	}
	return list
}

// gated classes rows by a predicate over a derived column.
func gated(where, name string) func(context.Context, *engine.Engine, *view.Contract) (map[string]Gate, error) {
	return func(context.Context, *engine.Engine, *view.Contract) (map[string]Gate, error) {
		return map[string]Gate{"DeviceProcessEvents": {Where: where, Names: "true", Columns: []string{"FileNameLower", "ReportId"}, Covers: []string{name}}}, nil
	}
}

func TestRenewIsAnIngestWithTheNewBranches(t *testing.T) {
	const where = "FileNameLower = 'cmd.exe' and SourceFileId > 0 and ReportId >= 202"
	b := nightly(t, 4)
	b.compact(func(r *CompactRequest) { r.Renew, r.Gates = true, gated(where, "p") })
	b.whole()

	fresh := newBench(t)
	fresh.dir = b.dir
	for i := range 4 {
		req := fresh.request()
		req.Args, req.Gates = []string{filepath.Join(b.dir, fmt.Sprintf("night%02d.json", i))}, gated(where, "p")
		if _, err := fresh.l.Ingest(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	const columns = stable + ", FileNameLower, MachineGroup"
	if got, want := b.content(columns), fresh.content(columns); !slices.Equal(got, want) {
		t.Errorf("renewed:\n%s\nfresh:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, d := range b.snapshot().Data {
		if covers := b.snapshot().Gates[d.Gate]; !slices.Equal(covers, []string{"p"}) {
			t.Errorf("%s is of %v", d.Path, covers)
		}
	}
	if c := b.compact(func(r *CompactRequest) { r.Renew, r.Gates = true, gated(where, "p") }); len(c.Tables) != 0 {
		t.Errorf("renewed again: %+v", c)
	}
}

// TestRenewBringsOlderColumnsUp makes a file of a smew that knew fewer columns.
func TestRenewBringsOlderColumnsUp(t *testing.T) {
	b := nightly(t, 2)
	want := b.content(stable + ", AccountName, FileNameLower")
	s := b.snapshot()
	d := &s.Data[0]
	e, err := openEngine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	old := b.l.path(d.Path) + ".old"
	if err := e.Exec(t.Context(), "copy (select * exclude (FileNameLower, ProcessCommandLine, InitiatingProcessCommandLine) from "+b.l.readFiles([]Data{*d})+") to "+engine.QuoteText(old)+" (format parquet)"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(old, b.l.path(d.Path)); err != nil {
		t.Fatal(err)
	}
	d.Columns, d.Derived = "older", "older"
	if d.Sum, d.Bytes, err = sumOf(b.l.path(d.Path)); err != nil {
		t.Fatal(err)
	}
	b.put(s)
	b.compact(nil) // merges nothing of different kinds, and does not stumble over it
	b.compact(func(r *CompactRequest) { r.Renew = true })
	if got := b.content(stable + ", AccountName, FileNameLower"); !slices.Equal(got, want) {
		t.Errorf("renewed:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	b.whole()
}

// TestRenewInParts sorts no more than one row at once.
func TestRenewInParts(t *testing.T) {
	b := nightly(t, 3)
	b.compact(nil)
	before := b.content(stable)
	c := b.compact(func(r *CompactRequest) { r.Renew, r.MostRows, r.Gates = true, 1, gated("false", "p") })
	if len(c.Tables) != 1 || c.Tables[0].FilesAfter <= c.Tables[0].FilesBefore {
		t.Errorf("%+v", c)
	}
	if after := b.content(stable); !slices.Equal(before, after) {
		t.Errorf("rows changed:\n%v\n%v", before, after)
	}
	b.whole()
}

func TestPortionsAreBounded(t *testing.T) {
	var files []Data
	for i := range 10 {
		files = append(files, Data{Table: "T", Path: fmt.Sprintf("tables/T/Month=2026-03/%02d.parquet", i), Rows: 300, Days: []Day{{Date: fmt.Sprintf("2026-03-%02d", 10-i), Rows: 300}}})
	}
	for _, p := range portions(files, 1000) {
		if len(p) > 3 {
			t.Errorf("%d files at once", len(p))
		}
	}
	if m := merges(files, 1000); len(m) != 3 {
		t.Errorf("%d merges", len(m))
	}
	large := Data{Table: "T", Path: "tables/T/Month=2026-03/l.parquet", Rows: 5_000_000, Days: []Day{{Date: "2026-03-01", Rows: 5_000_000}}}
	if m := merges(append(files, large), mostRows); len(m) != 1 || len(m[0].files) != 10 {
		t.Errorf("%+v", m)
	}
}
