package lake

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"smew/internal/engine"
)

// What hunts found already lies under cache/, named by the hash of all that it depends
// on. It may be deleted at any time: a hunt then does its work again.

// cacheAge is how long something is kept that no hunt asks for.
const cacheAge = 30 * 24 * time.Hour

// Cached gives the place of something in the cache and tells whether it is there.
func (r *Reader) Cached(name string) (path string, there bool) {
	path = filepath.Join(r.l.Cache(), filepath.FromSlash(name))
	now := time.Now()
	// Its date says when it was last asked for.
	return path, os.Chtimes(path, now, now) == nil
}

// Keep puts the rows of a query into the cache. A lake that cannot be written has no
// cache, which is no error; what had the name before is gone then, lest a note that is
// written next speak of it.
func (r *Reader) Keep(ctx context.Context, e *engine.Engine, name, query string) error {
	path := filepath.Join(r.l.Cache(), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil //nolint:nilerr // see above
	}
	at, err := os.CreateTemp(filepath.Dir(path), ".making-*.parquet")
	if err != nil {
		_ = os.Remove(path)
		return nil //nolint:nilerr // see above
	}
	_ = at.Close()
	defer os.Remove(at.Name())
	if err := e.Exec(ctx, "copy ("+query+") to "+engine.QuoteText(at.Name())+" (format parquet, compression zstd)"); err != nil {
		_ = os.Remove(path)
		if ctx.Err() != nil {
			return err
		}
		return nil // no room for it
	}
	if err := moveSynced(at.Name(), path); err != nil {
		_ = os.Remove(path)
	}
	return nil
}

// KeepNote puts a small JSON value into the cache.
func (r *Reader) KeepNote(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_ = writeFile(filepath.Join(r.l.Cache(), filepath.FromSlash(name)), text) // no room for it
	return nil
}

// CachedNotes are the notes of the cache whose names match a pattern, each decoded by take; one that cannot
// be read is passed over.
func (r *Reader) CachedNotes(pattern string, take func(path string, text []byte)) {
	names, err := filepath.Glob(filepath.Join(r.l.Cache(), filepath.FromSlash(pattern)))
	if err != nil {
		return
	}
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil {
			take(name, text)
		}
	}
}

// Sweep deletes what no hunt has asked for in a month.
func (r *Reader) Sweep(now time.Time) {
	_ = filepath.WalkDir(r.l.Cache(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // another hunt swept it
		}
		age := now.Sub(info.ModTime())
		if age > cacheAge || age > 24*time.Hour && strings.HasPrefix(d.Name(), ".making-") {
			_ = os.Remove(path)
		}
		return nil
	})
}
