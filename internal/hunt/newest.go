package hunt

import (
	"context"
	"io/fs"
	"time"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/mapping"
	"smew/internal/source"
	"smew/internal/view"
)

// NewestRequest says where to look for the newest event.
type NewestRequest struct {
	SQL      fs.FS
	AsOf     time.Time
	Threads  int
	Memory   string
	TempDir  string
	Sources  *mapping.Set // nil for the built-in ones
	Progress func(done, total int64, what string)
}

// NewestEvent finds the time of the newest event in the files that is not
// later than AsOf, nil if there is none. It reads text through once, which is
// what a window counted back from the data costs; of dated folders only those
// of the last two days that have any.
//
// The second result counts the events that are later than AsOf.
func NewestEvent(ctx context.Context, args []string, req NewestRequest) (*time.Time, int64, error) {
	e, err := engine.Open(ctx, engine.Options{Memory: req.Memory, Threads: req.Threads, TempDir: req.TempDir})
	if err != nil {
		return nil, 0, err
	}
	defer e.Close()
	set, err := source.Open(ctx, args, source.Options{TempDir: e.TempDir(), Sources: req.Sources})
	if err != nil {
		return nil, 0, err
	}
	defer set.Close()
	contract, err := view.LoadContract(ctx, e, req.SQL)
	if err != nil {
		return nil, 0, err
	}
	until := req.AsOf.Add(1)
	loader, err := load.Prepare(ctx, e, load.Request{
		Files: recentFolders(set, req.AsOf), SQL: req.SQL, Contract: contract, Until: &until, AsOf: req.AsOf, Threads: req.Threads,
		Progress: func(done, total int64) {
			if req.Progress != nil {
				req.Progress(done, total, "looking for the newest event")
			}
		},
	})
	if err != nil {
		return nil, 0, err
	}
	if err := e.LockDown(ctx, loader.Paths()); err != nil {
		return nil, 0, err
	}
	if err := loader.Run(ctx); err != nil {
		return nil, 0, err
	}
	var newest *time.Time
	var future int64
	for _, t := range loader.Account().Tables {
		if t.Last != nil && (newest == nil || t.Last.After(*newest)) {
			newest = t.Last
		}
		future += t.Outside
	}
	return newest, future, nil
}

// recentFolders leaves out files whose folder is more than two days older than
// the newest one: what was received earlier happened earlier. A folder from the
// future says nothing about which one is the newest.
func recentFolders(set *source.Set, asOf time.Time) *source.Set {
	var newest time.Time
	for _, f := range set.Files {
		if f.FolderDate != nil && !f.FolderDate.From.After(asOf) && f.FolderDate.To.After(newest) {
			newest = f.FolderDate.To
		}
	}
	recent := &source.Set{Skipped: set.Skipped, Sources: set.Sources}
	for _, f := range set.Files {
		if f.FolderDate != nil && f.FolderDate.To.Before(newest.Add(-48*time.Hour)) {
			continue
		}
		one := *f
		one.ID = int32(len(recent.Files) + 1)
		recent.Files = append(recent.Files, &one)
	}
	return recent
}
