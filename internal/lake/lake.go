// Package lake keeps telemetry as plain Parquet, laid out so that a hunt reads only
// what can match.
//
// # What lies where
//
//	LAKE/lake.json                                  what the folder is
//	LAKE/tables/<Table>/Month=2026-09/*.parquet      the rows, readable without us
//	LAKE/manifest/<number>.json                      which files are the lake: the snapshot
//	LAKE/manifest/<kind>/*.parquet                   what the files were read from, day by day
//	LAKE/rejected/*.ndjson                           lines that were left out, with the reason
//	LAKE/cache/                                      what hunts found already; may be deleted
//	LAKE/lock, LAKE/readers                          who writes, and that somebody reads
//	LAKE/work/                                       a run under way
//
// # How it stays whole
//
// Files are never changed. A run writes new ones under work/, moves them to where they
// belong and then writes the next snapshot, which is one rename: before it the lake is
// what it was, after it the run is in. Whatever no snapshot names is what a run that was
// killed left behind, and the next writer removes it. A reader opens the newest snapshot
// and keeps to it; files that later snapshots no longer name are deleted when nobody
// reads.
package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"

	"smew/internal/engine"
)

// format is the version of the layout.
const format = 1

// The folders of a lake.
const (
	tablesDir   = "tables"
	manifestDir = "manifest"
	rejectedDir = "rejected"
	workDir     = "work"
	cacheDir    = "cache"
	markFile    = "lake.json"
)

// Lake is a lake on disk.
type Lake struct {
	Dir string // as given
	abs string
}

// mark is what lake.json says.
type mark struct {
	Format int       `json:"format"`
	Made   time.Time `json:"made"`
	About  string    `json:"about"`
}

const about = "A smew lake: plain Parquet under tables/, partitioned by month. manifest/ says which files belong to it."

// ErrNoLake says that a folder holds no lake.
var ErrNoLake = errors.New("no lake")

// Open opens a lake that is there.
func Open(dir string) (*Lake, error) {
	text, err := os.ReadFile(filepath.Join(dir, markFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, statErr := os.Stat(dir); statErr != nil {
			return nil, fmt.Errorf("%w at %s: no such folder", ErrNoLake, dir)
		}
		return nil, fmt.Errorf("%w at %s: the folder has no %s", ErrNoLake, dir, markFile)
	case err != nil:
		return nil, err
	}
	var m mark
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, markFile), err)
	}
	if m.Format != format {
		return nil, fmt.Errorf("the lake %s has layout %d, and this smew knows layout %d: use the smew that made it, or a newer one", dir, m.Format, format)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	// The database is told paths, and checks them as they are without links.
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, err
	}
	return &Lake{Dir: dir, abs: abs}, nil
}

// Create opens the lake at dir, and makes one of a folder that is missing or empty.
func Create(dir string) (*Lake, error) {
	l, err := Open(dir)
	if !errors.Is(err, ErrNoLake) {
		return l, err
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case len(entries) > 0:
		return nil, fmt.Errorf("%s is a folder with other things in it: a lake needs one of its own", dir)
	}
	text, err := json.MarshalIndent(mark{Format: format, Made: time.Now().UTC().Truncate(time.Second), About: about}, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := writeFile(filepath.Join(dir, markFile), append(text, '\n')); err != nil {
		return nil, err
	}
	return Open(dir)
}

// path is where something of the lake is: name is relative, with slashes.
func (l *Lake) path(name string) string { return filepath.Join(l.abs, filepath.FromSlash(name)) }

// Path is where something of the lake is, as the lake was given.
func (l *Lake) Path(name string) string { return filepath.Join(l.Dir, filepath.FromSlash(name)) }

// Work is the folder of the run under way; only the holder of the lock writes there.
func (l *Lake) Work() string { return l.path(workDir) }

// Cache is the folder for what hunts found already.
func (l *Lake) Cache() string { return l.path(cacheDir) }

// writeFile writes a whole file or none, and has it on disk when it returns.
func writeFile(path string, text []byte) error {
	return renameio.WriteFile(path, text, 0o644)
}

// syncDir has the names in a folder on disk: a file that was moved there is there
// after a power cut too. Where folders cannot be opened there is nothing to do.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}

// lockDown closes an engine to everything but the lake.
func (l *Lake) lockDown(ctx context.Context, e *engine.Engine) error {
	return e.LockDown(ctx, nil, l.abs)
}
