package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// BusyError says that another process writes to the lake.
type BusyError struct {
	Dir   string
	PID   int // 0 if not known
	Since time.Time
	What  string // what it does: ingest, compact, forget
}

func (e *BusyError) Error() string {
	text := "another process writes to the lake " + e.Dir
	if e.PID != 0 {
		text = fmt.Sprintf("process %d (smew %s, since %s) writes to the lake %s", e.PID, e.What, e.Since.Format(time.DateTime+" MST"), e.Dir)
	}
	return text
}

// The lock, and beside it who holds it: what is locked cannot be written everywhere.
const (
	lockFile   = "lock"
	holderFile = "lock.json"
)

// patience is how long a lock is asked for: whoever looks if it is free, as status does,
// has it for a moment.
const patience = 300 * time.Millisecond

// holder is who writes.
type holder struct {
	PID   int       `json:"pid"`
	What  string    `json:"what"`
	Since time.Time `json:"since"`
}

// Lock makes this process the one that writes, or returns a [BusyError]. The system
// lets go of the lock when the process ends, however it ends.
func (l *Lake) Lock(what string) (unlock func(), err error) {
	lock := flock.New(l.path(lockFile))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	got, err := lock.TryLockContext(ctx, patience/10)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, l.busy()
	}
	if err != nil || !got {
		return nil, l.unwritable(err)
	}
	text, err := json.Marshal(holder{PID: os.Getpid(), What: what, Since: time.Now().UTC().Truncate(time.Second)})
	if err == nil {
		err = writeFile(l.path(holderFile), text)
	}
	if err != nil {
		_ = lock.Unlock()
		return nil, l.unwritable(err)
	}
	return func() { _ = lock.Unlock() }, nil
}

// unwritable says why the lake cannot be locked, without the names of files that only
// locking knows.
func (l *Lake) unwritable(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return diskFull(fmt.Errorf("the lake %s cannot be written: %w", l.Dir, err))
}

// busy is what is known of who holds the lock.
func (l *Lake) busy() *BusyError {
	busy := &BusyError{Dir: l.Dir}
	var h holder
	if text, err := os.ReadFile(l.path(holderFile)); err == nil && json.Unmarshal(text, &h) == nil {
		busy.PID, busy.Since, busy.What = h.PID, h.Since, h.What
	}
	return busy
}

// Writer tells who writes to the lake now, nil if nobody does.
func (l *Lake) Writer() *BusyError {
	if _, err := os.Stat(l.path(lockFile)); err != nil {
		return nil // nobody ever wrote
	}
	lock := flock.New(l.path(lockFile))
	got, err := lock.TryRLock()
	if err != nil {
		return nil
	}
	if !got {
		return l.busy()
	}
	_ = lock.Unlock()
	return nil
}

// sweeping is how long a reader waits for a writer that deletes what nobody needs.
const sweeping = 30 * time.Second

// reading says that somebody reads, so that nothing is deleted meanwhile.
func (l *Lake) reading() (done func(), err error) {
	lock := flock.New(l.path("readers"))
	ctx, cancel := context.WithTimeout(context.Background(), sweeping)
	defer cancel()
	_, err = lock.TryRLockContext(ctx, patience/10)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("the lake %s cannot be read now: files that are no longer of it are being deleted", l.Dir)
	}
	if err != nil {
		// A lake on a medium that cannot be written: nobody deletes there either.
		return func() {}, nil //nolint:nilerr // see above
	}
	return func() { _ = lock.Unlock() }, nil
}

// alone runs f if nobody reads, and tells whether it did.
func (l *Lake) alone(f func() error) (bool, error) {
	lock := flock.New(l.path("readers"))
	got, err := lock.TryLock()
	if err != nil || !got {
		return false, err
	}
	defer func() { _ = lock.Unlock() }()
	return true, f()
}
