package cli

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/view"
	smewsql "smew/sql"
)

// branchFlags choose the branches.
type branchFlags struct {
	names []string
	pack  string
	dirs  []string
}

func (f *branchFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.names, "branches", nil, "only these branches, by id or name: W02,W04")
	flags.StringVar(&f.pack, "pack", "", "only the branches of this pack: core or seed")
	flags.StringArrayVar(&f.dirs, "branches-dir", nil, "a folder of your own branches beside the built-in ones; may be repeated")
	complete(cmd, "branches", branchNames())
}

// branchNames lists the built-in branches for completion.
func branchNames() []string {
	var names []string
	branches, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		return nil
	}
	for _, b := range branches {
		names = append(names, b.ID, b.Name)
	}
	return names
}

// read loads the chosen branches' cards and text.
func (f *branchFlags) read() ([]branch.Branch, error) {
	all, err := branch.LoadAll(smewsql.Files, "branches", f.dirs)
	if err != nil {
		return nil, usage(err, "smew branches lint DIR checks a folder of branches")
	}
	chosen, err := branch.Select(all, f.names, f.pack)
	if err != nil {
		return nil, usage(err, "smew branches lists them")
	}
	return chosen, nil
}

// load reads the chosen branches and binds those of the user's folders against
// the contract, so that a broken one is told before an hour of reading. The
// built-in ones are held to it by the tests.
func (f *branchFlags) load(ctx context.Context, files fs.FS) ([]branch.Branch, error) {
	branches, err := f.read()
	if err != nil || len(f.dirs) == 0 {
		return branches, err
	}
	builtin, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		return nil, err
	}
	var own []branch.Branch
	for _, b := range branches {
		if !slices.ContainsFunc(builtin, func(known branch.Branch) bool { return known.ID == b.ID }) {
			own = append(own, b)
		}
	}
	return branches, lint(ctx, files, own)
}

// lint binds branches against the empty tables; the error lists every fault.
// It has an engine of its own, because that must be locked first: binding alone
// would let a branch read files.
func lint(ctx context.Context, files fs.FS, branches []branch.Branch) error {
	var limits engineFlags
	e, err := limits.open(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	contract, err := attachContract(ctx, e, files)
	if err != nil {
		return err
	}
	for _, b := range branches {
		if err := contract.Need(ctx, e, b.SQL); err != nil {
			return err
		}
	}
	if err := e.LockDown(ctx, nil); err != nil {
		return err
	}
	var problems []string
	for _, b := range branches {
		for _, p := range branch.Lint(ctx, e, contract, b) {
			problems = append(problems, p.String())
		}
	}
	if len(problems) > 0 {
		return usage(errors.New("a branch does not fit the tables:\n"+strings.Join(problems, "\n")),
			"smew branches lint DIR checks a folder of branches")
	}
	return nil
}

// lintPortable holds branches against what both engines understand: warnings are
// printed, faults are the error.
func (a *app) lintPortable(ctx context.Context, files fs.FS, branches []branch.Branch) error {
	var limits engineFlags
	e, err := limits.open(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	contract, err := view.LoadContract(ctx, e, files)
	if err != nil {
		return err
	}
	var faults []string
	for _, b := range branches {
		problems, err := branch.Portable(ctx, e, contract, b)
		if err != nil {
			return err
		}
		for _, p := range problems {
			if !p.Warning {
				faults = append(faults, p.String())
				continue
			}
			a.printer.Warnf("%s", strings.Replace(p.String(), "warning: ", "", 1))
		}
	}
	if len(faults) > 0 {
		return usage(errors.New("a branch is not one text for both engines:\n"+strings.Join(faults, "\n")),
			"a function of sql/functions may use all of DuckDB: it has a body for each engine")
	}
	return nil
}

// attachContract makes the core tables exist, empty, in a fresh engine.
func attachContract(ctx context.Context, e *engine.Engine, files fs.FS) (*view.Contract, error) {
	contract, err := view.LoadContract(ctx, e, files)
	if err != nil {
		return nil, err
	}
	for _, name := range contract.Names() {
		t, _ := contract.Lookup(name)
		if err := t.AttachEmpty(ctx, e); err != nil {
			return nil, err
		}
	}
	return contract, nil
}
