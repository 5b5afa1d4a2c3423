package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/report"
	"smew/internal/scenario"
	"smew/internal/validate"
	smewsql "smew/sql"
)

type validateFlags struct {
	engine    engineFlags
	output    outputFlags
	branch    branchFlags
	data      referenceFlags
	fixtures  []string
	navigator string
	keep      string
}

var validateFormats = []string{"table", "json", "markdown"}

func (a *app) validateCommand() *cobra.Command {
	var f validateFlags
	cmd := &cobra.Command{
		Use:   "validate [SCENARIO…]",
		Short: "hold the branches to what their cards and the scenarios promise",
		Long: `validate plays every scenario (the tests of Atomic Red Team and acts they do not
cover) as each kind of telemetry would record it, runs the branches over it, and
prints what each branch makes of each: fired, must not fire, not visible in this
telemetry. SCENARIO is an id or the beginning of one; without it all take part.

A promise is what a scenario lists under fires, exactly, and that each scenario of
a card's tests fires the branch in at least one kind of telemetry. A promise that
is broken is marked ✗ and listed at the end.

--branches-dir adds branches of your own: a built-in scenario judges them only where
their cards name it under tests. --fixtures adds scenarios of your own, which judge
every branch. CONTRIBUTING.md shows how to write one.

Exit status: 0 if every promise is kept, 1 if one is broken, 2 for a command, branch
or scenario that was not understood, 3 if the engine failed.`,
		Example: `  smew validate
  smew validate T1543.003/atomic_
  smew validate --branches W05,W06
  smew validate --branches-dir my-branches --fixtures my-scenarios
  smew validate T1543.003/atomic_1 --keep telemetry && smew hunt telemetry
  smew validate --format markdown -o coverage.md --navigator coverage-layer.json
  smew validate --json | jq '.broken'`,
		ValidArgsFunction: func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
			return scenarioIDs(f.fixtures, begun), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.validate(cmd, &f, args) },
	}
	f.branch.register(cmd)
	f.data.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.fixtures, "fixtures", nil, "a folder of your own scenarios beside the built-in ones; may be repeated")
	flags.StringVar(&f.navigator, "navigator", "", "also write a layer for the ATT&CK Navigator to this file")
	flags.StringVar(&f.keep, "keep", "", "write the scenarios' telemetry to this new folder and leave it there")
	f.output.register(cmd, validateFormats)
	f.engine.register(cmd)
	return cmd
}

// scenarioIDs lists the scenarios that begin so, for completion. The flags may have
// been read twice by then.
func scenarioIDs(dirs []string, begun string) []string {
	all, err := scenario.LoadAll(smewsql.Files, "fixtures", slices.Compact(slices.Sorted(slices.Values(dirs))))
	if err != nil {
		return nil
	}
	var ids []string
	for _, s := range all {
		if strings.HasPrefix(s.ID, begun) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (a *app) validate(cmd *cobra.Command, f *validateFlags, args []string) error {
	ctx := cmd.Context()
	if err := f.output.check(cmd, validateFormats, a.stdout); err != nil {
		return err
	}
	if f.navigator != "" && f.navigator == f.output.output {
		return usage(errors.New("--output and --navigator name one file"), "give each a name of its own")
	}
	layer := outputFlags{output: f.navigator}
	if err := layer.checkOutput(); err != nil {
		return err
	}
	if err := f.checkKeep(); err != nil {
		return err
	}
	files, err := f.data.files()
	if err != nil {
		return err
	}
	req, err := f.request(ctx, files, args)
	if err != nil {
		return err
	}
	progress := a.startProgress()
	defer progress.Done()
	req.Progress = progress.Update
	m, err := validate.Run(ctx, *req)
	progress.Done()
	if err != nil {
		return huntError(err)
	}
	if err := a.writeMatrix(&f.output, m); err != nil {
		return err
	}
	if err := a.writeLayer(&layer, m); err != nil {
		return err
	}
	for _, id := range m.Unproven {
		a.printer.Warnf("no scenario promises that %s fires: nothing proves it", id)
	}
	if len(m.Broken) > 0 {
		a.exit = ExitFindings
	}
	return nil
}

// checkKeep refuses a folder that has something in it: the hunt would read that too.
func (f *validateFlags) checkKeep() error {
	if f.keep == "" {
		return nil
	}
	entries, err := os.ReadDir(f.keep)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usage(fmt.Errorf("--keep %s cannot be read as a folder", quote(f.keep)), "give the name of a new folder")
	case len(entries) > 0:
		return usage(fmt.Errorf("--keep %s is not empty", quote(f.keep)), "give the name of a new folder")
	}
	return nil
}

// request loads the branches and the scenarios.
func (f *validateFlags) request(ctx context.Context, files fs.FS, args []string) (*validate.Request, error) {
	branches, err := f.branch.load(ctx, files)
	if err != nil {
		return nil, err
	}
	if err := f.data.check(files, branches); err != nil {
		return nil, err
	}
	every := branchFlags{dirs: f.branch.dirs}
	known, err := every.read()
	if err != nil {
		return nil, err
	}
	builtIn, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		return nil, err
	}
	own, all, err := loadScenarios(f.fixtures)
	if err != nil {
		return nil, err
	}
	chosen, err := chooseScenarios(all, args)
	if err != nil {
		return nil, err
	}
	return &validate.Request{
		SQL: files, Branches: branches, Scenarios: chosen, Whole: len(chosen) == len(all),
		Known: ids(known), BuiltIn: ids(builtIn), OwnScenarios: own,
		TempDir: f.engine.tempDir, Keep: f.keep, Threads: f.engine.workers(),
		Open: func(ctx context.Context) (*engine.Engine, error) { return f.engine.open(ctx) },
	}, nil
}

func ids(branches []branch.Branch) []string {
	list := make([]string, len(branches))
	for i, b := range branches {
		list[i] = b.ID
	}
	return list
}

// loadScenarios reads the built-in scenarios and the user's; own are the ids of the
// latter.
func loadScenarios(dirs []string) (own []string, all []*scenario.Scenario, err error) {
	const hint = "CONTRIBUTING.md shows a scenario"
	builtIn, err := scenario.LoadAll(smewsql.Files, "fixtures", nil)
	if err != nil {
		return nil, nil, usage(err, hint)
	}
	all, err = scenario.LoadAll(smewsql.Files, "fixtures", dirs)
	if err != nil {
		return nil, nil, usage(err, hint)
	}
	for _, s := range all {
		if !slices.ContainsFunc(builtIn, func(b *scenario.Scenario) bool { return b.ID == s.ID }) {
			own = append(own, s.ID)
		}
	}
	return own, all, nil
}

// chooseScenarios takes those whose id begins with one of the arguments.
func chooseScenarios(all []*scenario.Scenario, args []string) ([]*scenario.Scenario, error) {
	if len(args) == 0 {
		return all, nil
	}
	var chosen []*scenario.Scenario
	used := make([]bool, len(args))
	for _, s := range all {
		taken := false
		for i, arg := range args {
			if strings.HasPrefix(s.ID, arg) {
				used[i], taken = true, true
			}
		}
		if taken {
			chosen = append(chosen, s)
		}
	}
	for i, arg := range args {
		if !used[i] {
			hint := "smew validate --json | jq -r '.rows[].scenario' lists them"
			if near := nearScenario(all, arg); near != "" {
				hint = "did you mean " + near + "?"
			}
			return nil, usage(errors.New("no scenario begins with "+quote(arg)), hint)
		}
	}
	return chosen, nil
}

// nearScenario is a scenario that has the text somewhere in its id.
func nearScenario(all []*scenario.Scenario, text string) string {
	for _, s := range all {
		if text != "" && strings.Contains(strings.ToLower(s.ID), strings.ToLower(text)) {
			return s.ID
		}
	}
	return ""
}

func (a *app) writeMatrix(f *outputFlags, m *validate.Matrix) error {
	return a.destination(f, func(w io.Writer, opts report.Options) error {
		switch f.format {
		case "json":
			return validate.WriteJSON(w, m)
		case "markdown":
			return validate.WriteMarkdown(w, m)
		}
		return validate.WriteTable(w, m, validate.Options{Width: opts.Width, Color: opts.Color})
	})
}

// writeLayer writes the Navigator's layer beside the results.
func (a *app) writeLayer(f *outputFlags, m *validate.Matrix) error {
	if f.output == "" {
		return nil
	}
	return a.destination(f, func(w io.Writer, _ report.Options) error { return validate.WriteNavigator(w, m, Version) })
}
