package lake

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// hurried are waits for a test.
var hurried = WatchOptions{Quiet: 50 * time.Millisecond, Longest: 500 * time.Millisecond, Poll: time.Hour}

// watched runs Watch over the sources of a bench, and tells of every round.
func (b *bench) watched(opts WatchOptions, args []string, round func() error) (rounds *atomic.Int64, stop func() error) {
	ctx, cancel := context.WithCancel(b.t.Context())
	rounds = &atomic.Int64{}
	ended := make(chan error, 1)
	go func() {
		ended <- b.l.Watch(ctx, args, opts, func(context.Context) error {
			err := round()
			rounds.Add(1)
			return err
		})
	}()
	return rounds, func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(10 * time.Second):
			return errors.New("still watches")
		}
	}
}

// until waits for something to be so.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestWatchTakesInWhatComes(t *testing.T) {
	b := newBench(t)
	b.write("a.json", days("DeviceProcessEvents", "2026-03-01", 2, 1))
	var stored atomic.Int64
	rounds, stop := b.watched(hurried, []string{b.dir}, func() error {
		r, err := b.l.Ingest(t.Context(), b.request())
		if err == nil {
			stored.Add(r.Stored)
		}
		return err
	})
	until(t, "the first round", func() bool { return stored.Load() == 2 })
	b.write("new/deep/b.json", days("DeviceProcessEvents", "2026-03-03", 3, 10))
	until(t, "a file in a new folder", func() bool { return stored.Load() == 5 })
	b.add("new/deep/b.json", days("DeviceProcessEvents", "2026-03-06", 1, 20))
	until(t, "a file that grew", func() bool { return stored.Load() == 6 })
	before := rounds.Load()
	if err := os.WriteFile(b.l.path("cache.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	if got := rounds.Load(); got > before+1 { // one more if the last was told of late
		t.Errorf("%d rounds after nothing but the lake changed", got-before)
	}
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	b.whole()
}

// TestWatchMissesNothingDuringARound writes files while a round is under way.
func TestWatchMissesNothingDuringARound(t *testing.T) {
	b := newBench(t)
	b.write("0.json", "{}")
	var seen atomic.Int64
	var n atomic.Int64
	_, stop := b.watched(hurried, []string{b.dir}, func() error {
		names, err := os.ReadDir(b.dir)
		if err != nil {
			return err
		}
		seen.Store(int64(len(names)))
		if i := n.Add(1); i <= 5 {
			b.write("new"+string(rune('0'+i))+".json", "{}")
			time.Sleep(100 * time.Millisecond)
		}
		return nil
	})
	until(t, "all five", func() bool { return seen.Load() == 6 })
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWatchLooksWhereTheSystemTellsNothing(t *testing.T) {
	b := newBench(t)
	b.write("a.json", "{}")
	roots, err := watchedRoots([]string{b.dir})
	if err != nil {
		t.Fatal(err)
	}
	deaf := &notifier{roots: roots, changed: make(chan struct{}, 1), ended: make(chan struct{})}
	close(deaf.ended)
	defer deaf.close()
	before := fingerprint(roots, b.l.abs)
	go func() {
		time.Sleep(100 * time.Millisecond)
		_ = os.WriteFile(filepath.Join(b.dir, "b.json"), []byte("{}"), 0o644)
	}()
	opts := WatchOptions{Quiet: 10 * time.Millisecond, Longest: time.Second, Poll: 20 * time.Millisecond}
	if err := deaf.wait(t.Context(), opts, func() bool { return fingerprint(roots, b.l.abs) != before }); err != nil {
		t.Fatal(err)
	}
	if fingerprint(roots, b.l.abs) == before {
		t.Error("nothing changed")
	}
}

func TestWatchOfAFileAPatternAndNothing(t *testing.T) {
	b := newBench(t)
	b.write("a.json", "{}")
	b.write("other.json", "{}")
	file := filepath.Join(b.dir, "a.json")
	rounds, stop := b.watched(hurried, []string{file}, func() error { return nil })
	until(t, "the first round", func() bool { return rounds.Load() == 1 })
	time.Sleep(50 * time.Millisecond)
	b.add("other.json", "x")
	time.Sleep(150 * time.Millisecond)
	if rounds.Load() != 1 {
		t.Error("another file counts")
	}
	b.add("a.json", "x")
	until(t, "a round for the file", func() bool { return rounds.Load() == 2 })
	_ = stop()

	rounds, stop = b.watched(hurried, []string{filepath.Join(b.dir, "**", "*.json")}, func() error { return nil })
	until(t, "the first round", func() bool { return rounds.Load() == 1 })
	time.Sleep(50 * time.Millisecond)
	b.add("a.json", "x")
	until(t, "a round for the pattern", func() bool { return rounds.Load() == 2 })
	_ = stop()

	if err := b.l.Watch(t.Context(), []string{filepath.Join(b.dir, "none")}, hurried, func(context.Context) error { return nil }); err == nil {
		t.Error("watches what is not there")
	}
}

func TestWatchTriesAgain(t *testing.T) {
	b := newBench(t)
	b.write("a.json", "{}")
	opts := hurried
	opts.Poll = 20 * time.Millisecond
	rounds, stop := b.watched(opts, []string{b.dir}, func() error { return ErrTryAgain })
	until(t, "a few rounds", func() bool { return rounds.Load() >= 3 })
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	failed := errors.New("failed")
	if err := b.l.Watch(t.Context(), []string{b.dir}, opts, func(context.Context) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
}
