package prooftest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/engine"
	"smew/internal/lake"
	smewsql "smew/sql"
)

// TestHistories makes up histories: files come, grow, are copied, rewritten and restored,
// tell of events that others told of or of days long gone, are taken in a few at a time;
// the lake is made compact, forgets, and is read meanwhile. After each run its rows and
// its account are the model's, and every file of it is right.
func TestHistories(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some twenty seconds")
	}
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		defer h.end(t)
		h.comes(t)
		t.Repeat(map[string]func(*rapid.T){
			"new":       h.comes,
			"grow":      h.grows,
			"copy":      h.isCopied,
			"rewrite":   h.isRewritten,
			"restore":   h.isRestored,
			"ingest":    h.ingest,
			"ingest 2":  h.ingest, // twice as often
			"compact":   h.compact,
			"forget":    h.forget,
			"read":      h.read,
			"stop read": h.stopReading,
		})
		h.ingest(t)
		h.compact(t)
	})
}

// history is a lake with its sources and what it must be.
type history struct {
	dir    string
	l      *lake.Lake
	files  []*met
	past   map[string][][]line // by path: what it said before it was rewritten
	m      *model
	next   int // number of the next event
	events []event

	reader  *lake.Reader // somebody who reads, and what was there then
	readers *engine.Engine
	seen    []string
}

func newHistory(t rapid.TB) *history {
	dir, err := os.MkdirTemp("", "smew-history-")
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "in"), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	h := &history{dir: dir, m: newModel(), past: map[string][][]line{}}
	if h.l, err = lake.Create(filepath.Join(dir, "lake")); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *history) end(t *rapid.T) {
	h.stopReading(t)
	_ = os.RemoveAll(h.dir)
}

// some draws lines: new events, ones that were told of before, bad ones. The first is good,
// since a file is recognised by its opening.
func (h *history) some(t *rapid.T, table string) []line {
	var list []line
	for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
		kind := rapid.IntRange(0, 9).Draw(t, "line")
		known := slices.DeleteFunc(slices.Clone(h.events), func(e event) bool { return e.table != table })
		switch {
		case kind == 0 && i > 0:
			list = append(list, line{text: `{"Type":"` + table, bad: true})
		case kind < 5 && len(known) > 0:
			e := rapid.SampledFrom(known).Draw(t, "event")
			how := plain
			if e.number > 0 {
				how = telling(rapid.IntRange(0, int(tellings)-1).Draw(t, "telling"))
			}
			list = append(list, told(e, how))
		default:
			h.next++
			e := event{table, rapid.IntRange(0, 6).Draw(t, "day"), rapid.IntRange(0, 86399).Draw(t, "second"), rapid.IntRange(0, 2).Draw(t, "device"), h.next}
			how := telling(rapid.IntRange(0, int(tellings)-1).Draw(t, "telling"))
			if rapid.IntRange(0, 5).Draw(t, "numbered") == 0 {
				e.number, how = 0, plain
			}
			h.events = append(h.events, e)
			list = append(list, told(e, how))
		}
	}
	return list
}

func (h *history) add(f met) *met {
	f.path = filepath.Join(h.dir, "in", f.path)
	h.files = append(h.files, &f)
	return &f
}

func (h *history) comes(t *rapid.T) {
	table := rapid.SampledFrom([]string{"DeviceProcessEvents", "DeviceRegistryEvents"}).Draw(t, "table")
	f := h.add(met{path: fmt.Sprintf("f%02d.json", len(h.files)), lines: h.some(t, table)})
	h.save(t, f)
}

// one draws a file that there is; the step is skipped where there is none.
func (h *history) one(t *rapid.T) *met {
	if len(h.files) == 0 {
		t.Skip("no file")
	}
	return rapid.SampledFrom(h.files).Draw(t, "file")
}

// table is which table the lines of a file are of.
func (f *met) table() string { return f.lines[0].table }

// grows appends lines. The last may be cut off: its writer is not done.
func (h *history) grows(t *rapid.T) {
	f := h.one(t)
	lines := slices.Clone(f.lines)
	more := h.some(t, f.table())
	if f.cut { // the line is written to its end
		whole := told(lines[len(lines)-1].event, plain)
		lines[len(lines)-1], f.cut = whole, false
	}
	lines = append(lines, more...)
	if last := lines[len(lines)-1]; !last.bad && rapid.IntRange(0, 3).Draw(t, "cut") == 0 {
		whole := told(last.event, plain)
		lines[len(lines)-1] = line{text: whole.text[:len(whole.text)/2], event: whole.event, bad: true}
		f.cut = true
	}
	f.lines = lines
	h.save(t, f)
}

// isCopied puts a file that is in the lake under another name as well.
func (h *history) isCopied(t *rapid.T) {
	f := h.one(t)
	if !h.m.contents[f.content()] {
		t.Skip("of two new files of one content either may be read")
	}
	h.save(t, h.add(met{path: fmt.Sprintf("c%02d.json", len(h.files)), lines: slices.Clone(f.lines), cut: f.cut}))
}

// isRewritten has a file say something else, under its name.
func (h *history) isRewritten(t *rapid.T) {
	f := h.one(t)
	h.past[f.path] = append(h.past[f.path], f.lines)
	f.lines, f.cut = h.some(t, f.table()), false
	h.save(t, f)
}

// isRestored has a file say again what it said before, as far as its lines were whole.
func (h *history) isRestored(t *rapid.T) {
	f := h.one(t)
	past := h.past[f.path]
	if len(past) == 0 {
		t.Skip("it was never rewritten")
	}
	h.past[f.path] = append(past, f.lines)
	f.lines, f.cut = slices.Clone(rapid.SampledFrom(past).Draw(t, "past")), false
	h.save(t, f)
}

func (h *history) save(t *rapid.T, f *met) {
	// Files of one content that are both new: see isCopied.
	for _, other := range h.files {
		if other != f && other.content() == f.content() && !h.m.contents[f.content()] {
			h.next++
			f.lines = append(f.lines, told(event{f.table(), 1, 1, 0, h.next}, plain))
		}
	}
	if err := os.WriteFile(f.path, []byte(f.content()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (h *history) ingest(t *rapid.T) {
	if len(h.files) == 0 {
		t.Skip("no file")
	}
	storedBefore, copiesBefore := h.m.total()
	report, err := h.l.Ingest(context.Background(), lake.IngestRequest{
		Args: []string{filepath.Join(h.dir, "in")}, SQL: smewsql.Files, Engine: openEngine, Threads: 2, Version: "test",
		FlushRows: rapid.SampledFrom([]int64{0, 2, 5}).Draw(t, "flush"), StepBytes: rapid.SampledFrom([]int64{0, 1500}).Draw(t, "step"),
	})
	if err != nil {
		t.Fatal(err)
	}
	files := make([]met, len(h.files))
	for i, f := range h.files {
		files[i] = *f
		files[i].lines = slices.Clone(f.lines)
	}
	slices.SortFunc(files, func(a, b met) int { return strings.Compare(a.path, b.path) })
	o := h.m.ingest(files)
	h.check(t)
	stored, copies := h.m.total()
	want := lake.Report{
		Given: len(files), Known: o.known, Files: len(files) - o.known, Grown: o.grown, Read: int64(o.read), Stored: int64(stored - storedBefore),
		Duplicates: int64(copies - copiesBefore), Rejected: int64(o.rejected), Before: int64(o.before), Forgotten: int64(o.forgotten),
	}
	got := lake.Report{
		Given: report.Given, Known: report.Known, Files: report.Files, Grown: report.Grown, Read: report.Read, Stored: report.Stored,
		Duplicates: report.Duplicates, Rejected: report.Rejected, Before: report.Before, Forgotten: report.Forgotten,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the ingest reports\n%+v, want\n%+v", got, want)
	}
}

func (h *history) compact(t *rapid.T) {
	req := lake.CompactRequest{SQL: smewsql.Files, Engine: openEngine, Version: "test", Renew: rapid.Bool().Draw(t, "renew")}
	if _, err := h.l.Compact(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	h.tidy(t, h.check(t))
}

func (h *history) forget(t *rapid.T) {
	day := firstDay.AddDate(0, 0, rapid.IntRange(0, 4).Draw(t, "day")).Format("2006-01-02")
	if _, err := h.l.Forget(context.Background(), lake.ForgetRequest{Before: day, SQL: smewsql.Files, Engine: openEngine, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	h.m.forget(day)
	h.tidy(t, h.check(t))
}

// read has somebody read the lake as it is now for a while.
func (h *history) read(t *rapid.T) {
	if h.reader != nil {
		t.Skip("somebody reads")
	}
	var err error
	if h.readers, err = openEngine(context.Background()); err != nil {
		t.Fatal(err)
	}
	if h.reader, err = h.l.Read(context.Background(), h.readers); err != nil {
		t.Fatal(err)
	}
	h.seen = h.rows(t, h.readers, h.reader.Snapshot)
}

// stopReading looks once more at what was there when the reading began.
func (h *history) stopReading(t *rapid.T) {
	if h.reader == nil {
		return
	}
	if now := h.rows(t, h.readers, h.reader.Snapshot); !slices.Equal(now, h.seen) {
		t.Errorf("what is read has changed:\n%s\n%s", strings.Join(h.seen, "\n"), strings.Join(now, "\n"))
	}
	h.reader.Close()
	_ = h.readers.Close()
	h.reader, h.readers = nil, nil
}
