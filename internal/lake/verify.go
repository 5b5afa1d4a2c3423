package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"smew/internal/engine"
	"smew/internal/view"
)

// VerifyRequest says how a lake is verified.
type VerifyRequest struct {
	SQL      fs.FS // the sql tree
	Engine   func(ctx context.Context) (*engine.Engine, error)
	Progress func(done, total int64, what string) // may be nil
}

// Verified is what was found: its JSON form is the contract of `smew lake verify --json`.
type Verified struct {
	Lake     string   `json:"lake"`
	Snapshot int64    `json:"snapshot"`
	Files    int      `json:"files"` // of rows
	Rows     int64    `json:"rows"`
	Manifest int      `json:"manifest_files"`
	Sources  int64    `json:"sources"`
	Faults   []Fault  `json:"faults"`
	Left     []Left   `json:"left_over"`
	Writer   *Writing `json:"writer"`
	// Unchecked says what could not be held against the files, for those that are damaged.
	Unchecked []string `json:"unchecked"`
}

// Fault is one thing that is not as the manifest says.
type Fault struct {
	File     string `json:"file"`
	What     string `json:"what"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
}

// verifier is a verification under way.
type verifier struct {
	l        *Lake
	e        *engine.Engine
	snap     *Snapshot
	contract *view.Contract
	result   *Verified
	good     []Data // files that can be read
	done     int64
	total    int64
	report   func(done, total int64, what string)
}

// Verify holds every file of the lake against the manifest, and the rows against the
// account of the files that they came from. What is wrong is in the result; an error is
// returned when it could not be found out.
func (l *Lake) Verify(ctx context.Context, req VerifyRequest) (*Verified, error) {
	done, err := l.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	v := &verifier{l: l, report: req.Progress, result: &Verified{Lake: l.Dir, Faults: []Fault{}, Left: []Left{}, Unchecked: []string{}, Writer: l.writing()}}
	if v.snap, err = l.Snapshot(); err != nil {
		return v.result, v.damagedSnapshot(err)
	}
	if v.e, err = req.Engine(ctx); err != nil {
		return nil, err
	}
	defer v.e.Close()
	if v.contract, err = view.LoadContract(ctx, v.e, req.SQL); err != nil {
		return nil, err
	}
	if err := l.lockDown(ctx, v.e); err != nil {
		return nil, err
	}
	if err := v.run(ctx); err != nil {
		return nil, err
	}
	v.result.Left, err = l.leftovers(v.snap)
	return v.result, err
}

func (v *verifier) run(ctx context.Context) error {
	v.result.Snapshot = v.snap.Number
	for _, d := range v.snap.Data {
		v.total += d.Bytes
	}
	for _, m := range v.snap.Meta {
		if err := v.manifestFile(ctx, m); err != nil {
			return err
		}
	}
	for _, d := range v.snap.Data {
		v.progress(d.Path)
		if err := v.file(ctx, d); err != nil {
			return err
		}
		v.done += d.Bytes
	}
	v.progress("looking for rows that are there twice")
	if err := v.twice(ctx); err != nil {
		return err
	}
	v.progress("holding the rows against their sources")
	return v.accounts(ctx)
}

func (v *verifier) progress(what string) {
	if v.report != nil {
		v.report(v.done, v.total, what)
	}
}

func (v *verifier) fault(file, what, expected, found string) {
	v.result.Faults = append(v.result.Faults, Fault{file, what, expected, found})
}

// wrong notes an error as a fault, unless the work was interrupted or had too little memory.
func (v *verifier) wrong(ctx context.Context, file, what string, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case outOfMemory(err):
		return err
	}
	v.fault(file, what, "", err.Error())
	return nil
}

// damagedSnapshot says what is wrong with the newest snapshot, and whether the one
// before is still there.
func (v *verifier) damagedSnapshot(err error) error {
	numbers, listErr := v.l.snapshots()
	if listErr != nil || len(numbers) == 0 {
		return err
	}
	newest := numbers[len(numbers)-1]
	v.result.Snapshot = newest
	v.fault(snapshotName(newest), "the manifest cannot be read", "", err.Error())
	for _, number := range slices.Backward(numbers[:len(numbers)-1]) {
		text, err := os.ReadFile(v.l.path(snapshotName(number)))
		var s Snapshot
		if err != nil || json.Unmarshal(text, &s) != nil {
			continue
		}
		v.result.Unchecked = append(v.result.Unchecked, fmt.Sprintf(
			"the rest: move %s away, and the lake is what it was at %s (%s); what came since is read again by the next smew ingest", snapshotName(newest),
			snapshotName(number), s.Made.Format("2006-01-02 15:04:05 UTC")))
		return nil
	}
	v.result.Unchecked = append(v.result.Unchecked, "the rest: no older manifest is there; restore the file from a copy, or ingest the sources into a new lake")
	return nil
}

// onDisk holds a file's size and sum against the manifest, and tells whether it is there.
func (v *verifier) onDisk(name, sum string, size int64) bool {
	found, n, err := sumOf(v.l.path(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.fault(name, "the file is gone", "", "")
		return false
	case err != nil:
		v.fault(name, "the file cannot be read", "", err.Error())
		return false
	case size >= 0 && n != size:
		v.fault(name, "bytes", fmt.Sprint(size), fmt.Sprint(n))
	case sum != "" && found != sum:
		v.fault(name, "the file was changed: check sum", sum, found)
	}
	return true
}
