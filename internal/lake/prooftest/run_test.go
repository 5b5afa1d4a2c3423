package prooftest

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// smew is a command line of ours as a process of its own.
func smew(t testing.TB, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), actAsSmew+"=1", "COLUMNS=200")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	return cmd, &said
}

// must runs smew to its end, and returns what it said.
func must(t testing.TB, args ...string) string {
	t.Helper()
	cmd, said := smew(t, args...)
	if err := cmd.Run(); err != nil {
		t.Fatalf("smew %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return said.String()
}

// whole is what a run that nobody kills is like: how long it takes, and how many states
// of a folder can be seen while it works.
type whole struct {
	took   time.Duration
	states int
}

// measured runs smew to its end and looks on.
func measured(t testing.TB, folder string, args ...string) whole {
	t.Helper()
	cmd, said := smew(t, args...)
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	w := whole{states: 1}
	last := listing(folder)
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("smew %s: %v\n%s", strings.Join(args, " "), err, said)
			}
			w.took = time.Since(begun)
			return w
		case <-time.After(glance):
			if now := listing(folder); now != last {
				last = now
				w.states++
			}
		}
	}
}

// glance is how often a folder is looked at. What lies between two moves of a commit is
// a moment; some are caught, the more the more runs there are.
const glance = 2 * time.Millisecond

// moment is when a run is killed: after a time, or at the nth change of a folder, which
// falls into commits far more often than the clock does.
type moment struct {
	after  time.Duration
	change int
}

// someMoment is one within a whole run: one of two by the clock.
func someMoment(r *rand.Rand, w whole) moment {
	if r.IntN(2) == 0 {
		return moment{after: time.Duration(r.Int64N(int64(w.took)))}
	}
	return moment{after: 2 * w.took, change: 1 + r.IntN(w.states)}
}

// killed runs smew, kills it at a moment as kill -9 does, and tells whether it came to
// that: a run may end before.
func killed(t testing.TB, m moment, folder string, args ...string) (bool, string) {
	t.Helper()
	cmd, said := smew(t, args...)
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	last, changes := listing(folder), 0
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("smew %s: %v\n%s", strings.Join(args, " "), err, said)
			}
			return false, said.String()
		case <-time.After(glance):
		}
		if m.change > 0 {
			if now := listing(folder); now != last {
				last = now
				changes++
			}
		}
		if changes < max(m.change, 1) && time.Since(begun) < m.after {
			continue
		}
		_ = cmd.Process.Kill()
		if err := <-ended; err == nil {
			return false, said.String()
		}
		return true, said.String()
	}
}

// listing is the names of the files below a folder.
func listing(folder string) string {
	var b strings.Builder
	_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // it has just gone
		}
		b.WriteString(path)
		b.WriteByte('\n')
		return nil
	})
	return b.String()
}
