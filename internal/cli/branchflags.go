package cli

import (
	"context"
	"errors"
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
	fs := cmd.Flags()
	fs.StringSliceVar(&f.names, "branches", nil, "only these branches, by id or name: W02,W04")
	fs.StringVar(&f.pack, "pack", "", "only the branches of this pack: seed")
	fs.StringArrayVar(&f.dirs, "branches-dir", nil, "a folder of your own branches beside the built-in ones; may be repeated")
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

// load reads the chosen branches and binds each against the contract, so that
// a broken one is told before an hour of reading.
func (f *branchFlags) load(ctx context.Context, e *engine.Engine) ([]branch.Branch, error) {
	branches, err := f.read()
	if err != nil {
		return nil, err
	}
	contract, err := attachContract(ctx, e)
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, b := range branches {
		for _, p := range branch.Lint(ctx, e, contract, b) {
			problems = append(problems, p.String())
		}
	}
	if len(problems) > 0 {
		return nil, usage(errors.New("a branch does not fit the tables:\n"+strings.Join(problems, "\n")),
			"smew branches lint DIR checks a folder of branches")
	}
	return branches, nil
}

// attachContract makes the core tables exist, empty, in a fresh engine.
func attachContract(ctx context.Context, e *engine.Engine) (*view.Contract, error) {
	contract, err := view.LoadContract(ctx, e, smewsql.Files)
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
