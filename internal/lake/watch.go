package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// WatchOptions say when a change is looked at. Zero values mean what is good for files
// that programs export.
type WatchOptions struct {
	// Quiet is how long nothing must change: a file that is being written is read when
	// it is done. 2 seconds.
	Quiet time.Duration
	// Longest is how long changes that do not end hold a round back. 30 seconds.
	Longest time.Duration
	// Poll is how often the files are looked at, whatever the system tells: some file
	// systems tell nothing. 30 seconds.
	Poll time.Duration
}

func (o *WatchOptions) fill() {
	for _, d := range []struct {
		at   *time.Duration
		most time.Duration
	}{{&o.Quiet, 2 * time.Second}, {&o.Longest, 30 * time.Second}, {&o.Poll, 30 * time.Second}} {
		if *d.at <= 0 {
			*d.at = d.most
		}
	}
}

// ErrTryAgain is what a round returns that could not be held: another follows.
var ErrTryAgain = errors.New("try again")

// Watch calls round now, and again whenever files at the places given have come or
// changed, until the context ends or a round fails. What changes during a round is found
// by the next. Changes in the lake's own folder do not count.
func (l *Lake) Watch(ctx context.Context, args []string, opts WatchOptions, round func(ctx context.Context) error) error {
	opts.fill()
	roots, err := watchedRoots(args)
	if err != nil {
		return err
	}
	seen := newNotifier(roots, l.abs)
	defer seen.close()
	for {
		before := fingerprint(roots, l.abs) // of what the round may find, or less
		err := round(ctx)
		if err != nil && !errors.Is(err, ErrTryAgain) {
			return err
		}
		if err != nil {
			before = ""
		}
		if err := seen.wait(ctx, opts, func() bool { return fingerprint(roots, l.abs) != before }); err != nil {
			return err
		}
	}
}

// root is a place that is watched: a folder with all below it, or a file.
type root struct {
	path string // without links
	file bool
}

// watchedRoots are the places of arguments: of a pattern, the folder it begins in.
func watchedRoots(args []string) ([]root, error) {
	var roots []root
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil && strings.ContainsAny(arg, "*?[{") {
			base, _ := doublestar.SplitPattern(filepath.ToSlash(arg))
			arg = filepath.FromSlash(base)
			info, err = os.Stat(arg)
		}
		if err != nil {
			return nil, fmt.Errorf("watching: %w", err)
		}
		real, err := filepath.EvalSymlinks(arg)
		if err == nil {
			real, err = filepath.Abs(real)
		}
		if err != nil {
			return nil, fmt.Errorf("watching %s: %w", arg, err)
		}
		roots = append(roots, root{real, !info.IsDir()})
	}
	return roots, nil
}

// fingerprint tells one state of the watched files from another.
func fingerprint(roots []root, lake string) string {
	h := newStateHash()
	for _, r := range roots {
		_ = filepath.WalkDir(r.path, func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return nil // gone meanwhile, or not to be read: the round will say so
			}
			if d.IsDir() {
				if path == lake {
					return filepath.SkipDir
				}
				return nil
			}
			info, err := os.Stat(path)
			if err != nil {
				return nil
			}
			fmt.Fprintf(h, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
			return nil
		})
	}
	return text(h)
}
