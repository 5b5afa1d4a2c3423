package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"smew/internal/engine"
	"smew/internal/view"
)

// ForgetRequest says what is forgotten.
type ForgetRequest struct {
	Before  string // the first day that is kept: 2026-06-01
	DryRun  bool   // say what would go, and change nothing
	SQL     fs.FS  // the sql tree
	Engine  func(ctx context.Context) (*engine.Engine, error)
	Version string
	// Progress is told of files written anew; it may be nil.
	Progress func(done, total int64, what string)
}

// Forgotten is what went: its JSON form is the contract of `smew lake forget --json`.
type Forgotten struct {
	Before string           `json:"before"`
	DryRun bool             `json:"dry_run"`
	Rows   int64            `json:"rows"`
	Tables []ForgottenTable `json:"tables"`
	// Deleted are files that hold nothing else, Rewritten those that hold later days too.
	Deleted   int   `json:"files_deleted"`
	Rewritten int   `json:"files_rewritten"`
	Bytes     int64 `json:"bytes"` // of the files that were deleted
	Rejected  int   `json:"rejected_files_deleted"`
	// Waiting are files that stay until nobody reads.
	Waiting  int   `json:"files_waiting"`
	Snapshot int64 `json:"snapshot"`
}

// ForgottenTable is what went of one table.
type ForgottenTable struct {
	Table string         `json:"table"`
	Rows  int64          `json:"rows"`
	Days  []ForgottenDay `json:"days"`
}

// ForgottenDay is what went of one day.
type ForgottenDay struct {
	Day  string `json:"day"`
	Rows int64  `json:"rows"`
}

// ErrForgetsFuture says that days were to be forgotten that have not come yet.
var ErrForgetsFuture = errors.New("the day lies in the future")

// Forget deletes the days before a day, of all tables and of what the manifest says of
// them, in one commit. From then on their events are not taken in any more. Rows without
// a time stay.
func (l *Lake) Forget(ctx context.Context, req ForgetRequest) (*Forgotten, error) {
	if _, err := time.Parse(time.DateOnly, req.Before); err != nil {
		return nil, fmt.Errorf("not a day: %q", req.Before)
	}
	if req.DryRun {
		done, err := l.reading()
		if err != nil {
			return nil, err
		}
		defer done()
		f, err := l.newForgetting(req)
		if err != nil {
			return nil, err
		}
		return f.result, nil
	}
	unlock, err := l.Lock("lake forget")
	if err != nil {
		return nil, err
	}
	defer unlock()
	f, err := l.newForgetting(req)
	if err != nil {
		return nil, err
	}
	if err := l.Tidy(f.snap); err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(l.Work()) }()
	return f.result, diskFull(f.run(ctx))
}

// forgetting is a forgetting under way.
type forgetting struct {
	l      *Lake
	req    ForgetRequest
	snap   *Snapshot
	whole  map[string]bool // files of which nothing is kept
	part   []Data          // files that hold later days too
	result *Forgotten
}

// newForgetting finds out what there is to forget.
func (l *Lake) newForgetting(req ForgetRequest) (*forgetting, error) {
	snap, err := l.Snapshot()
	if err != nil {
		return nil, err
	}
	f := &forgetting{l: l, req: req, snap: snap, whole: map[string]bool{}, result: &Forgotten{Before: req.Before, DryRun: req.DryRun, Tables: []ForgottenTable{}}}
	last := time.Now().UTC().Format(time.DateOnly)
	for _, day := range daysOf(snap.Data) {
		last = max(last, day.Date)
	}
	if req.Before > last {
		return nil, fmt.Errorf("--before %s: %w: the last that may be given is %s", req.Before, ErrForgetsFuture, last)
	}
	for _, d := range snap.Data {
		kept, gone := f.split(d)
		switch {
		case len(gone) == 0:
			continue
		case len(kept) == 0:
			f.whole[d.Path] = true
			f.result.Deleted, f.result.Bytes = f.result.Deleted+1, f.result.Bytes+d.Bytes
		default:
			f.part = append(f.part, d)
			f.result.Rewritten++
		}
	}
	f.countDays()
	return f, nil
}

// split parts the days of a file into those that are kept and those that go.
func (f *forgetting) split(d Data) (kept, gone []Day) {
	for _, day := range d.Days {
		if day.Date != "" && day.Date < f.req.Before {
			gone = append(gone, day)
		} else {
			kept = append(kept, day)
		}
	}
	return kept, gone
}

// countDays adds up what goes, by table and day.
func (f *forgetting) countDays() {
	for _, name := range tablesIn(f.snap) {
		var files []Data
		for _, d := range f.snap.Data {
			if _, gone := f.split(d); d.Table == name && len(gone) > 0 {
				files = append(files, Data{Days: gone})
			}
		}
		t := ForgottenTable{Table: name}
		for _, day := range daysOf(files) {
			t.Days = append(t.Days, ForgottenDay{day.Date, day.Rows})
			t.Rows += day.Rows
		}
		if t.Rows > 0 {
			f.result.Tables = append(f.result.Tables, t)
			f.result.Rows += t.Rows
		}
	}
}

func (f *forgetting) run(ctx context.Context) error {
	e, err := f.req.Engine(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	contract, err := view.LoadContract(ctx, e, f.req.SQL)
	if err != nil {
		return err
	}
	order, err := orders(f.req.SQL)
	if err != nil {
		return err
	}
	if err := f.l.lockDown(ctx, e); err != nil {
		return err
	}
	next := f.snap.clone()
	next.Runs++
	w := &writer{l: f.l, e: e, run: next.Runs, order: order, madeBy: map[string]string{}, gates: map[string]Gate{}}
	for i, d := range f.part {
		if f.req.Progress != nil {
			f.req.Progress(int64(i), int64(len(f.part)), "writing "+d.Table+" anew")
		}
		if err := f.rewrite(ctx, w, contract, d); err != nil {
			return err
		}
	}
	n := &notes{l: f.l, e: e, run: next.Runs, snap: next}
	if err := f.manifest(ctx, n); err != nil {
		return err
	}
	return f.commit(ctx, w, n)
}

// rewrite writes a file anew without the days that go.
func (f *forgetting) rewrite(ctx context.Context, w *writer, contract *view.Contract, d Data) error {
	t, ok := contract.Lookup(d.Table)
	if !ok {
		return fmt.Errorf("%s: this smew knows no table %s: use the smew that wrote it", d.Path, d.Table)
	}
	kept, _ := f.split(d)
	before := len(w.pending)
	s := span{first: kept[0].Date, last: kept[len(kept)-1].Date}
	for _, day := range kept {
		s.rows += day.Rows
	}
	most, err := sortable(ctx, w.e)
	if err != nil {
		return err
	}
	if err := w.putAgain(ctx, t, s, func(part string) string {
		return "select * from " + f.l.readFiles([]Data{d}) + " as stored where (Timestamp is null or Timestamp >= timestamp '" + f.req.Before + "') and " + part
	}, d.Extra, most); err != nil {
		return err
	}
	w.asBefore(before, d)
	f.whole[d.Path] = true
	return nil
}

// commit makes the lake forget.
func (f *forgetting) commit(ctx context.Context, w *writer, n *notes) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	next := n.snap
	if err := f.l.place(w.pending); err != nil {
		return err
	}
	next.drop(func(path string) bool { return f.whole[path] })
	next.Data = append(next.Data, w.pending...)
	if err := n.placeAll(); err != nil {
		return err
	}
	next.Forgotten = max(next.Forgotten, f.req.Before)
	if err := f.l.commit(next, f.req.Version); err != nil {
		return err
	}
	if err := f.l.Tidy(next); err != nil {
		return err
	}
	f.result.Snapshot, f.result.Waiting = next.Number, len(next.Gone)
	return f.sideFiles()
}

// sideFiles deletes what may hold text of the days in question beside the tables: lines
// that a run before the day could not read are older than the day, and what hunts have
// found is found again.
func (f *forgetting) sideFiles() error {
	day, err := time.Parse(time.DateOnly, f.req.Before)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(f.l.path(rejectedDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.ModTime().Before(day) {
			continue
		}
		if err := os.Remove(filepath.Join(f.l.path(rejectedDir), entry.Name())); err != nil {
			return err
		}
		f.result.Rejected++
	}
	// A hunt that reads meanwhile does its work again: what was found of the days that are
	// forgotten must not stay.
	return os.RemoveAll(f.l.Cache())
}
