// Package validate holds branches to what their cards and the scenarios promise:
// it renders every scenario into every kind of telemetry, hunts each kind once,
// and says of each scenario, kind and branch whether it fired, must not fire, or
// cannot be seen there.
//
// A promise is what a scenario lists under fires, exactly, for the branches that
// it speaks of; and that each scenario of a card's tests fires the branch in at
// least one kind of telemetry.
package validate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/scenario"
	"smew/internal/source"
)

// Request is what to validate.
type Request struct {
	SQL       fs.FS
	Branches  []branch.Branch // those that are run
	Scenarios []*scenario.Scenario
	// Known are the ids of all branches there are, chosen or not: a scenario may
	// name them.
	Known []string
	// BuiltIn are the ids of the branches that built-in scenarios judge, and OwnScenarios
	// those of the scenarios that judge every branch.
	BuiltIn      []string
	OwnScenarios []string
	// Whole says that every scenario there is takes part. If not, nothing is said of
	// tests that are left out, nor of branches without a scenario.
	Whole bool

	TempDir string
	// Keep is a folder that the telemetry is written to and left in, or "".
	Keep     string
	Threads  int
	Open     func(ctx context.Context) (*engine.Engine, error)
	Progress func(done, total int64, what string)
}

// State is what came of one branch over one scenario in one kind of telemetry.
type State string

// The states. A branch that is silent could have seen the scenario.
const (
	Fired      State = "fired"
	Silent     State = "silent"
	NotVisible State = "not visible"
)

// Promise is what must come of it.
type Promise string

// The promises; "" is none.
const (
	MustFire    Promise = "must fire"
	MustNotFire Promise = "must not fire"
)

// Cell is one branch over one scenario in one kind of telemetry.
type Cell struct {
	Branch  string  `json:"branch"`
	State   State   `json:"state"`
	Promise Promise `json:"promise,omitempty"`
	Broken  bool    `json:"broken,omitempty"`
}

// broken tells a promise that was not kept.
func broken(s State, p Promise) bool {
	return p == MustFire && s != Fired || p == MustNotFire && s == Fired
}

// Row is one scenario in one kind of telemetry.
type Row struct {
	Scenario  string `json:"scenario"`
	Title     string `json:"title"`
	Technique string `json:"technique"`
	Atomic    string `json:"atomic,omitempty"`
	Platform  string `json:"platform"`
	Telemetry string `json:"telemetry"`
	Recorded  bool   `json:"recorded"` // whether this telemetry has anything of it
	Cells     []Cell `json:"cells"`    // every branch, by id
}

// Break is a promise that is broken.
type Break struct {
	Scenario  string  `json:"scenario,omitempty"`
	Telemetry string  `json:"telemetry,omitempty"`
	Branch    string  `json:"branch"`
	Promise   Promise `json:"promise,omitempty"`
	State     State   `json:"state,omitempty"`
	Message   string  `json:"message"`
}

// Branch is a branch of the matrix.
type Branch struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Technique string   `json:"technique"`
	Platform  string   `json:"platform"`
	Tests     []string `json:"tests"`
	// Proven are the scenarios that it fired on as promised.
	Proven []string `json:"proven_by"`
}

// Matrix is the answer.
type Matrix struct {
	Branches []Branch `json:"branches"`
	Rows     []Row    `json:"rows"`
	Broken   []Break  `json:"broken"`
	// Unproven are branches that no scenario promises to be hit by.
	Unproven []string `json:"unproven"`
	Counts   Counts   `json:"counts"`
}

// Counts are sums over the matrix.
type Counts struct {
	Scenarios  int `json:"scenarios"`
	Fired      int `json:"fired"`
	Silent     int `json:"silent"`
	NotVisible int `json:"not_visible"`
	Unjudged   int `json:"unjudged"` // cells of which nothing is promised
	Broken     int `json:"broken"`
}

// run is a validation under way.
type run struct {
	Request
	dir      string // that the telemetry is written to
	rendered map[string]*scenario.Rendering
	hits     map[place]map[string]bool // branches
	blind    []finding.BranchSkipped
}

// place is a scenario in a kind of telemetry.
type place struct{ kind, scenario string }

// Run renders, hunts and judges.
func Run(ctx context.Context, req Request) (*Matrix, error) {
	dir := req.Keep
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp(req.TempDir, "smew-validate-"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
	}
	r := &run{Request: req, dir: dir, rendered: map[string]*scenario.Rendering{}, hits: map[place]map[string]bool{}}
	for _, kind := range scenario.Kinds() {
		if err := r.render(kind); err != nil {
			return nil, err
		}
	}
	result, err := r.hunt(ctx)
	if err != nil {
		return nil, fmt.Errorf("hunting through the scenarios: %w", err)
	}
	if err := r.take(result); err != nil {
		return nil, err
	}
	return r.judge(), nil
}

// render writes one kind of telemetry.
func (r *run) render(kind string) error {
	rendered := scenario.Render(kind, r.Scenarios)
	r.rendered[kind] = rendered
	for _, f := range rendered.Files {
		path := filepath.Join(r.dir, kind, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// hunt hunts through every kind at once, without an allowlist: what is validated
// is detection.
func (r *run) hunt(ctx context.Context) (*finding.Result, error) {
	e, err := r.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	set, err := source.Open(ctx, []string{r.dir}, source.Options{TempDir: e.TempDir()})
	if err != nil {
		return nil, err
	}
	defer set.Close()
	none, err := allow.Load(nil, "", nil)
	if err != nil {
		return nil, err
	}
	return hunt.Run(ctx, e, hunt.Request{
		Files: set, SQL: r.SQL, Branches: r.Branches, Allow: none, Threads: r.Threads, Progress: r.Progress,
		AsOf: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
	})
}

// take notes what was hit and what could not be seen.
func (r *run) take(result *finding.Result) error {
	if err := r.unread(result); err != nil {
		return err
	}
	for _, s := range result.Summary.NotRun {
		if s.Extent == finding.ExtentAll {
			r.blind = append(r.blind, s)
		}
	}
	for _, e := range result.Events() {
		kind, file := r.file(e.Source.File)
		id, ok := r.rendered[kind].Devices[strings.ToLower(e.DeviceName)]
		if !ok {
			id, ok = r.rendered[kind].Sources[file]
		}
		if !ok {
			return fmt.Errorf("an event in %s belongs to no scenario: %s on %q", kind, e.Title, e.DeviceName)
		}
		for _, b := range e.Branches {
			r.hit(place{kind, id}, b.Name)
		}
	}
	return nil
}

// file is a path of the rendering as kind and name.
func (r *run) file(path string) (kind, name string) {
	if rel, err := filepath.Rel(r.dir, path); err == nil {
		path = rel
	}
	kind, name, _ = strings.Cut(filepath.ToSlash(path), "/")
	return kind, name
}

func (r *run) hit(at place, branch string) {
	if r.hits[at] == nil {
		r.hits[at] = map[string]bool{}
	}
	r.hits[at][branch] = true
}

// unread is the error of records that could not be read back: then nothing can be
// said of the branches.
func (r *run) unread(result *finding.Result) error {
	var errs []error
	for _, rejected := range result.Summary.Rejected {
		kind, file := r.file(rejected.File)
		errs = append(errs, fmt.Errorf("%d records of the scenarios as %s could not be read: %s: %s", rejected.Rows, kind, file, rejected.Reason))
	}
	for _, s := range result.Summary.Skipped {
		kind, file := r.file(s.File)
		errs = append(errs, fmt.Errorf("a file of the scenarios as %s could not be read: %s: %s", kind, file, s.Reason))
	}
	return errors.Join(errs...)
}

// visible tells whether a branch could have seen a scenario in a kind of
// telemetry: some row is of a table that it reads, and it is not blind there.
func (r *run) visible(at place, b *branch.Branch) bool {
	for table, file := range r.rendered[at.kind].Seen[at.scenario] {
		reads := slices.ContainsFunc(b.Tables, func(t string) bool { return strings.EqualFold(t, table) })
		if reads && !r.isBlind(b.ID, at.kind, file) {
			return true
		}
	}
	return false
}

func (r *run) isBlind(id, kind, file string) bool {
	return slices.ContainsFunc(r.blind, func(s finding.BranchSkipped) bool {
		return s.Name == id && (len(s.Files) == 0 || slices.Contains(s.Files, filepath.Join(r.dir, kind, filepath.FromSlash(file))))
	})
}
