package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/hunt"
)

// tableLimit is how many cases a table or a Markdown page shows unless
// --limit says otherwise: what a person reads. Other forms give all.
const tableLimit = 50

type huntFlags struct {
	searchFlags
	output outputFlags

	minScore       int
	limit          int
	failOn         string
	strict         bool
	profile        bool
	showSuppressed bool
}

func (a *app) huntCommand() *cobra.Command {
	var f huntFlags
	cmd := &cobra.Command{
		Use:   "hunt PATH…",
		Short: "run the detection branches over files, folders or globs and rank what they hit",
		Long: `hunt reads the files given (folders with all below them, globs with **), runs
the detection branches over them, makes cases of what they hit (all that happened to
one service of one device in one session), lowers or takes out what the allowlist and
the change tickets know, and prints what is left, worst first. Under the cases it says
what was looked at: window, tables, devices, branches that ran, branches that could
not and why, allowlist entries with what each one did, rows that could not be read.

smew explain CASE_ID shows the arithmetic of a case with its evidence, smew allow
CASE_ID writes the allowlist entry that would cover it.

Exit status: 0, or 1 if --fail-on is given and met, by any case that is not
suppressed, shown or not; 2 for a command that was not understood; 3 if the data or
the engine failed or not one row could be read; 130 if interrupted.`,
		Example: `  smew hunt sampledata
  smew hunt 'exports/**/*.json.gz' --last 24h
  smew hunt exports --since 2026-09-01 --until 2026-10-01 --format csv -o sept.csv
  smew hunt exports --branches W02,W04 --show-suppressed
  smew hunt exports --json | jq '.cases[] | [.score, .device_name, .title]'
  smew hunt exports --allowlist ours.yaml --changes calendar.csv
  smew hunt exports --fail-on high --strict || echo look at it`,
		Args: needPaths("hunt", "sampledata"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.hunt(cmd, &f, args) },
	}
	f.register(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.showSuppressed, "show-suppressed", false, "show also what the allowlist hides")
	flags.IntVar(&f.minScore, "min-score", 0, "leave out cases with a lower score (0–100)")
	flags.IntVar(&f.limit, "limit", 0, fmt.Sprintf("most cases to give, 0 for all (default %d for table and markdown)", tableLimit))
	flags.StringVar(&f.failOn, "fail-on", "none", "exit with 1 if a case is at least this severe: high, medium, low, informational, none")
	flags.BoolVar(&f.strict, "strict", false, "fail if any row is rejected or any file skipped")
	flags.BoolVar(&f.profile, "profile", false, "also measure what each branch costs by itself; the hunt takes longer for it")
	f.output.register(cmd, huntFormats)
	complete(cmd, "fail-on", []string{"high", "medium", "low", "informational", "none"})
	return cmd
}

func needPaths(command, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && !overLake(cmd) {
			return usage(errors.New(command+" needs files, folders or globs to read"), "try: smew "+command+" "+example)
		}
		return nil
	}
}

// overLake tells whether a command hunts a lake instead of files.
func overLake(cmd *cobra.Command) bool {
	return cmd.Name() != "ingest" && cmd.Flags().Changed("lake")
}

func (a *app) hunt(cmd *cobra.Command, f *huntFlags, args []string) error {
	ctx := cmd.Context()
	failOn, err := f.check(cmd, a.stdout)
	if err != nil {
		return err
	}
	s, err := a.search(ctx, &f.searchFlags, args, func(e *engine.Engine, r *hunt.Request) {
		r.MinScore, r.Limit, r.ShowSuppressed, r.Profile = f.minScore, f.limit, f.showSuppressed, f.profile
		r.Fold = forPeople(f.output.format)
		r.WritePaths, r.Tables = []string{parquetPath(e)}, f.output.format == "parquet"
	})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := a.writeResult(ctx, s.engine, f, s.result); err != nil {
		return err
	}
	return a.verdict(f, failOn, s.result)
}

// check looks at the flags before anything is read.
func (f *huntFlags) check(cmd *cobra.Command, stdout io.Writer) (finding.Severity, error) {
	if err := f.output.check(cmd, huntFormats, stdout); err != nil {
		return "", err
	}
	if f.minScore < 0 || f.minScore > 100 {
		return "", usage(fmt.Errorf("--min-score is %d", f.minScore), "scores go from 0 to 100")
	}
	if f.limit < 0 {
		return "", usage(fmt.Errorf("--limit is %d", f.limit), "give a number from 1, or 0 for all")
	}
	if !cmd.Flags().Changed("limit") && forPeople(f.output.format) {
		f.limit = tableLimit
	}
	return parseFailOn(f.failOn)
}

// forPeople tells the formats that a person reads from top to bottom.
func forPeople(format string) bool { return format == "table" || format == "markdown" }

// verdict is the exit code of a hunt that ran to its end.
func (a *app) verdict(f *huntFlags, failOn finding.Severity, r *finding.Result) error {
	s := &r.Summary
	if skipped := lossy(s.Skipped); f.strict && (s.Counts.Rejected > 0 || skipped > 0) {
		return strictError(s.Counts.Rejected, skipped)
	}
	if s.Counts.RowsKept == 0 && s.Counts.Others == 0 {
		return data(errors.New("not one row was read, so nothing can be said"), "the summary says why; smew sources PATH says what a file is")
	}
	for _, severity := range finding.Severities {
		if failOn == "" {
			break
		}
		if s.Counts.BySeverity[severity] > 0 {
			a.exit = ExitFindings
		}
		if severity == failOn {
			break
		}
	}
	return nil
}

func strictError(rejected int64, skipped int) error {
	return data(errors.New("--strict: "+count(rejected, "row")+" rejected, "+count(int64(skipped), "file")+" skipped"),
		"the account names them; without --strict they are left out and counted")
}

// lossy counts the skipped files that may have held something.
func lossy(skipped []finding.Skipped) int {
	n := 0
	for _, s := range skipped {
		if !s.Harmless {
			n++
		}
	}
	return n
}
