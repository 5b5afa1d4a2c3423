package lake

import (
	"context"
	"crypto/sha256"
	"hash"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

func newStateHash() hash.Hash { return sha256.New() }

// notifier hears from the system that something changed below some places. Where the
// system tells nothing it stays silent, and looking now and then has to do.
type notifier struct {
	roots   []root
	lake    string
	watcher *fsnotify.Watcher // nil if there is none to be had
	changed chan struct{}     // holds one: something changed since it was last emptied
	ended   chan struct{}
}

func newNotifier(roots []root, lake string) *notifier {
	n := &notifier{roots: roots, lake: lake, changed: make(chan struct{}, 1), ended: make(chan struct{})}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		close(n.ended)
		return n
	}
	n.watcher = watcher
	for _, r := range roots {
		if r.file {
			_ = watcher.Add(filepath.Dir(r.path))
		} else {
			n.addAll(r.path)
		}
	}
	go n.listen()
	return n
}

func (n *notifier) close() {
	if n.watcher != nil {
		_ = n.watcher.Close()
	}
	<-n.ended
}

// addAll watches a folder and those below it. One that cannot be watched is looked at
// now and then.
func (n *notifier) addAll(dir string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil //nolint:nilerr // gone meanwhile
		case path == n.lake:
			return filepath.SkipDir
		}
		_ = n.watcher.Add(path)
		return nil
	})
}

// listen empties the system's queue at once, so that it does not overflow during a round.
func (n *notifier) listen() {
	defer close(n.ended)
	for {
		select {
		case event, ok := <-n.watcher.Events:
			if !ok {
				return
			}
			if event.Has(fsnotify.Create) {
				n.addAll(event.Name) // in case it is a folder
			}
			if n.counts(event) {
				n.tell()
			}
		case _, ok := <-n.watcher.Errors:
			if !ok {
				return
			}
			n.tell() // the queue overflowed: anything may have changed
		}
	}
}

// counts tells whether an event is about what is watched.
func (n *notifier) counts(event fsnotify.Event) bool {
	if event.Op == fsnotify.Chmod || within(event.Name, n.lake) {
		return false
	}
	for _, r := range n.roots {
		if event.Name == r.path || !r.file && within(event.Name, r.path) {
			return true
		}
	}
	return false
}

func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}

func (n *notifier) tell() {
	select {
	case n.changed <- struct{}{}:
	default:
	}
}

// wait returns when something changed and then nothing for a while, or the context ends.
// differ tells, now and then, whether something did that nobody told of.
func (n *notifier) wait(ctx context.Context, opts WatchOptions, differ func() bool) error {
	poll := time.NewTicker(opts.Poll)
	defer poll.Stop()
	var quiet, longest <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-poll.C:
			if quiet != nil || !differ() {
				continue
			}
		case <-n.changed:
		case <-quiet:
			return nil
		case <-longest:
			return nil
		}
		quiet = time.After(opts.Quiet)
		if longest == nil {
			longest = time.After(opts.Longest)
		}
	}
}
