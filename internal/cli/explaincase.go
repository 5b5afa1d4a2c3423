package cli

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/hunt"
	"smew/internal/report"
)

type explainFlags struct {
	searchFlags
	output outputFlags
}

func (a *app) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain CASE_ID PATH…",
		Short: "print the arithmetic of a case's score, its evidence and what could not be seen",
		Long: `explain hunts through the files again and prints all there is to one case:

  the score, a reason a line with its points, what it rests on and which events give
  it; what lowers it; the sum, how that becomes a score from 0 to 100, and the floor
  that a reason may hold it to;
  the evidence in order of time, each event with the file and the record it was read
  from, and the records beside it that no branch hit;
  on how many devices of the fleet such a service is, and which;
  what could not be seen of it, because the device has no such telemetry;
  allowlist entries and change tickets that match it, with owner and reason.

CASE_ID is as smew hunt prints it; its first digits do, four or more, if no other
case begins so. A case is found again by the paths, the window and the flags that
found it: rarity, for one, depends on the other devices that were read. One that the
allowlist hides is found too.

Exit status: 0; 2 for a command that was not understood or an id that several cases
begin with; 3 if there is no such case, or if the data or the engine failed.`,
		Example: `  smew explain 1a5e9c3134b2ebc4 sampledata
  smew explain 1a5e sampledata
  smew explain 1a5e9c31 exports --last 7d --allowlist ours.yaml
  smew explain 1a5e9c31 exports --format markdown -o case.md
  smew explain 1a5e9c31 exports --json | jq '.case.reasons[] | [.points, .text, .detail]'`,
		Args: needCase("explain"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.explainCase(cmd, &f, args[0], args[1:]) },
	}
	f.register(cmd)
	f.output.register(cmd, report.ExplainFormats())
	return cmd
}

// needCase refuses a command line without a case and something to read.
func needCase(command string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(errors.New(command+" needs the id of a case and the files, folders or globs that it was found in"),
				"try: smew "+command+" 1a5e9c3134b2ebc4 sampledata; smew hunt prints the ids")
		}
		if _, err := caseIDBegins(args[0]); err != nil {
			return err
		}
		if len(args) == 1 && !overLake(cmd) {
			return usage(errors.New(command+" needs the files, folders or globs that the case was found in"), "try: smew "+command+" "+args[0]+" sampledata")
		}
		return nil
	}
}

func (a *app) explainCase(cmd *cobra.Command, f *explainFlags, id string, paths []string) error {
	if err := f.output.check(cmd, report.ExplainFormats(), a.stdout); err != nil {
		return err
	}
	s, err := a.search(cmd.Context(), &f.searchFlags, paths, everyCase)
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := findCase(s.result, id)
	if err != nil {
		return err
	}
	return a.destination(&f.output, func(w io.Writer, opts report.Options) error {
		opts.Bases = basesOf(s.request.Branches)
		return report.Explain(w, f.output.format, c, &s.result.Summary, opts)
	})
}

// everyCase asks a hunt for all of its cases, hidden ones too.
func everyCase(_ *engine.Engine, r *hunt.Request) {
	r.ShowSuppressed, r.MinScore, r.Limit = true, 0, 0
}

// basesOf are the points of the branches by themselves.
func basesOf(branches []branch.Branch) map[string]int {
	bases := make(map[string]int, len(branches))
	for _, b := range branches {
		bases[b.ID] = b.Score
	}
	return bases
}
