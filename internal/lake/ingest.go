package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"smew/internal/engine"
	"smew/internal/source"
	"smew/internal/view"
)

// IngestRequest says what to take into a lake.
type IngestRequest struct {
	Args   []string       // files, folders, patterns
	Source source.Options // how they are looked at
	SQL    fs.FS          // the sql tree
	// Gates says what the branches ask of each table; nil for none. It is called on a
	// fresh engine of every step.
	Gates func(ctx context.Context, e *engine.Engine, contract *view.Contract) (map[string]Gate, error)
	// Engine opens a fresh engine.
	Engine     func(ctx context.Context) (*engine.Engine, error)
	Threads    int
	BatchBytes int64
	// FlushRows is how many rows of one table are held before a file is made of them; 0
	// means what the engine's memory allows.
	FlushRows int64
	// StepBytes is how much of the sources goes into one commit; 0 means 4 GiB.
	StepBytes int64
	Version   string
	// Progress is told of bytes done; it may be nil.
	Progress func(done, total int64, what string)
}

// Report is what an ingest did. Read = Stored + Duplicates + Rejected + Others + Before +
// Forgotten.
type Report struct {
	Given      int   `json:"given"` // files at the places given
	Known      int   `json:"known"` // of them, in the lake already
	Files      int   `json:"files"` // read, members of archives each
	Grown      int   `json:"grown"` // of them, known by their beginning
	Read       int64 `json:"read"`
	Stored     int64 `json:"stored"`
	Duplicates int64 `json:"duplicates"`
	Rejected   int64 `json:"rejected"`
	Others     int64 `json:"others"` // good records that no table is made of
	Before     int64 `json:"before"` // rows of grown files that were in already
	// Forgotten are rows of days that the lake has forgotten; they are not taken in again.
	Forgotten int64 `json:"forgotten"`
	// Unfinished are files that changed or vanished while they were read: what was read of
	// them is in, and the next run reads them again.
	Unfinished []string `json:"unfinished"`
	// RejectedFiles are the side files with the rejected lines, below the lake.
	RejectedFiles []string  `json:"rejected_files"`
	Skipped       []Skipped `json:"skipped"`
	Notes         []string  `json:"notes"`
	Snapshot      int64     `json:"snapshot"`
}

// Skipped is a file that holds no telemetry, or that could not be read.
type Skipped struct {
	File     string `json:"file"`
	Reason   string `json:"reason"`
	Harmless bool   `json:"harmless"` // nothing can be lost
}

func (r *Report) skip(list []source.Skip) {
	for _, k := range list {
		r.Skipped = append(r.Skipped, Skipped(k))
	}
}

const defaultStep = 4 << 30

// ErrDiskFull says that the disk has no room for what is to be written. The lake is as
// it was at the last commit.
var ErrDiskFull = errors.New("no room left on the disk")

// Ingest takes files into the lake: those whose content is not there yet. It commits
// step by step, so that a run which is killed loses the step under way and no more.
func (l *Lake) Ingest(ctx context.Context, req IngestRequest) (*Report, error) {
	unlock, err := l.Lock("ingest")
	if err != nil {
		return nil, err
	}
	defer unlock()
	return l.ingest(ctx, req)
}

// ingest is [Lake.Ingest] under the lock.
func (l *Lake) ingest(ctx context.Context, req IngestRequest) (report *Report, err error) {
	snap, err := l.Snapshot()
	if err != nil {
		return nil, err
	}
	if snap.Number == 0 { // from here on rows without a manifest are a manifest that was lost
		if err := l.commit(snap, req.Version); err != nil {
			return nil, err
		}
	}
	if err := l.Tidy(snap); err != nil {
		return nil, err
	}
	defer func() {
		_ = os.RemoveAll(l.Work())
		err = diskFull(err)
	}()
	r := &run{l: l, req: req, snap: snap, report: &Report{Unfinished: []string{}, RejectedFiles: []string{}, Notes: []string{}, Skipped: []Skipped{}}, began: time.Now()}
	if err := r.knowPlaces(ctx); err != nil {
		return nil, err
	}
	req.Source.Wanted = r.places.wanted
	set, err := source.Open(ctx, req.Args, req.Source)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	r.report.Given, r.report.Known = set.Given, r.places.known
	r.report.skip(set.Skipped)
	for _, f := range set.Files {
		r.total += f.Bytes
		r.left[f.Given]++
	}
	for _, files := range steps(set.Files, req.StepBytes) {
		if err := r.step(ctx, set, files); err != nil {
			return nil, err
		}
	}
	if err := r.finish(ctx, set); err != nil {
		return nil, err
	}
	r.report.Snapshot = r.snap.Number
	return r.report, nil
}

// diskFull marks an error that means that there is no room.
func diskFull(err error) error {
	if errors.Is(err, syscall.ENOSPC) || err != nil && strings.Contains(err.Error(), "No space left on device") {
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return err
}

// run is one ingest under way.
type run struct {
	l       *Lake
	req     IngestRequest
	snap    *Snapshot
	places  *places
	earlier map[earlierKey]earlier
	names   map[string]int32  // numbers of the files in the lake, by name
	damaged map[string]string // why a Parquet file's rows cannot be read, by name
	left    map[string]int    // parts of files that were given and are still to be read
	report  *Report
	began   time.Time
	done    int64 // bytes of files in steps that are in
	total   int64
}

// earlierKey names a file that was read before, a whole one or a part of one, with the
// hash of the file that was given then: a place may have held several.
type earlierKey struct{ path, part, hash string }

// earlier is what the lake has of such a file.
type earlier struct {
	number  int32
	through int64 // the last record of it that was good
	name    string
}

// steps groups files into what one commit takes. Files of a kind go together: what is
// parsed of text is the columns of all its tables.
func steps(files []*source.File, most int64) [][]*source.File {
	if most <= 0 {
		most = defaultStep
	}
	var out [][]*source.File
	for _, kind := range []func(*source.File) bool{
		func(f *source.File) bool { return f.Format != source.Parquet && f.Mapping == nil },
		func(f *source.File) bool { return f.Mapping != nil },
		func(f *source.File) bool { return f.Format == source.Parquet },
	} {
		var step []*source.File
		var bytes int64
		for _, f := range files {
			if !kind(f) {
				continue
			}
			if len(step) > 0 && bytes+f.Bytes > most {
				out, step, bytes = append(out, step), nil, 0
			}
			step, bytes = append(step, f), bytes+f.Bytes
		}
		if len(step) > 0 {
			out = append(out, step)
		}
	}
	return out
}

// step reads some files and commits what they hold.
func (r *run) step(ctx context.Context, set *source.Set, files []*source.File) error {
	var wanted []string // further tables, found while reading
	for {
		s, err := r.newStep(ctx, set, files, wanted)
		if err != nil {
			return err
		}
		err = s.run(ctx)
		more := s.unforeseen()
		if err == nil && len(more) == 0 {
			err = s.commit(ctx)
		}
		if closed := s.e.Close(); err == nil {
			err = closed
		}
		var damaged *damagedError
		switch {
		case errors.As(err, &damaged):
			r.damaged[damaged.name] = damaged.reason
		case err != nil:
			return err
		case len(more) == 0:
			for _, f := range files {
				r.done += f.Bytes
			}
			return nil
		}
		// Rows of tables that the opening records did not show: they are read as well,
		// from the start, rather than left out.
		wanted = append(wanted, more...)
		if err := os.RemoveAll(r.l.Work()); err != nil {
			return err
		}
	}
}

// finish notes what no step had: files skipped, names under which known files came.
func (r *run) finish(ctx context.Context, set *source.Set) error {
	if len(set.Skipped) == 0 && len(r.places.renewed) == 0 {
		return nil
	}
	e, err := r.req.Engine(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	next := r.snap.clone()
	next.Runs++
	n := &notes{l: r.l, e: e, run: next.Runs, snap: next}
	skips, err := r.newSkips(ctx, e, set.Skipped)
	if err != nil {
		return err
	}
	if err := n.skipped(ctx, skips); err != nil {
		return err
	}
	if err := n.places(ctx, r.places.renewed); err != nil {
		return err
	}
	if len(n.made) == 0 {
		return nil
	}
	if err := n.placeAll(); err != nil {
		return err
	}
	if err := r.l.commit(next, r.req.Version); err != nil {
		return err
	}
	r.snap = next
	return nil
}

// newSkips leaves out those that the lake knows already: a run every night would
// otherwise note every night that a file is hidden.
func (r *run) newSkips(ctx context.Context, e *engine.Engine, skips []source.Skip) ([]source.Skip, error) {
	rel := r.l.relation(r.snap, kindSkipped)
	if rel == "" || len(skips) == 0 {
		return skips, nil
	}
	rows, err := e.Query(ctx, "select File, arg_max(Reason, Run), arg_max(Harmless, Run) from "+rel+" group by File")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[source.Skip]bool{}
	for rows.Next() {
		var k source.Skip
		if err := rows.Scan(&k.File, &k.Reason, &k.Harmless); err != nil {
			return nil, err
		}
		known[k] = true
	}
	return slices.DeleteFunc(slices.Clone(skips), func(k source.Skip) bool { return known[k] }), rows.Err()
}

func (r *run) progress(done int64, what string) {
	if r.req.Progress != nil {
		r.req.Progress(r.done+done, r.total, what)
	}
}

// tablesOf lists the tables that files hold as far as their opening records show, in order.
func tablesOf(set *source.Set, files []*source.File, contract *view.Contract, further []string) []string {
	names := slices.Clone(further)
	for _, f := range files {
		if f.Mapping != nil {
			for _, kind := range set.Sources.Kinds(f.Mapping) {
				names = append(names, kind.Table)
			}
			continue
		}
		if f.Table != "" {
			names = append(names, f.Table)
		}
		for name := range f.Columns {
			names = append(names, name)
		}
	}
	var known []string
	for _, name := range names {
		if t, ok := contract.Lookup(name); ok {
			known = append(known, t.Name)
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}
