package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"smew/internal/allow"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/mapping"
	"smew/internal/source"
	smewsql "smew/sql"
)

// tableLimit is how many findings a table or a Markdown page shows unless
// --limit says otherwise: what a person reads. Other forms give all.
const tableLimit = 50

type huntFlags struct {
	engine  engineFlags
	output  outputFlags
	window  windowFlags
	branch  branchFlags
	source  sourceFlags
	data    referenceFlags
	sources *mapping.Set // loaded from source
	allow   []string
	noAllow bool

	minScore       int
	limit          int
	failOn         string
	strict         bool
	profile        bool
	showSuppressed bool
	late           string
}

func (a *app) huntCommand() *cobra.Command {
	var f huntFlags
	cmd := &cobra.Command{
		Use:   "hunt PATH…",
		Short: "run the detection branches over files, folders or globs and rank what they hit",
		Long: `hunt reads the files given (folders with all below them, globs with **), runs
the detection branches over them, takes out what the allowlist knows, and prints
what is left, worst first. Under the findings it says what was looked at: window,
tables, devices, branches that ran, branches that could not and why, rows that
could not be read.

Exit status: 0, or 1 if --fail-on is given and met, by any finding that is not
suppressed, shown or not; 2 for a command that was not understood; 3 if the data or
the engine failed or not one row could be read; 130 if interrupted.`,
		Example: `  smew hunt sampledata
  smew hunt 'exports/**/*.json.gz' --last 24h
  smew hunt exports --since 2026-09-01 --until 2026-10-01 --format csv -o sept.csv
  smew hunt exports --branches W02,W04 --show-suppressed
  smew hunt exports --json | jq '.findings[] | [.score, .device_name, .title]'
  smew hunt exports --fail-on high --strict || echo look at it`,
		Args: needPaths("hunt", "sampledata"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.hunt(cmd, &f, args) },
	}
	f.window.register(cmd)
	f.branch.register(cmd)
	f.source.register(cmd)
	f.data.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.allow, "allowlist", nil, "a further allowlist file or folder; may be repeated")
	flags.BoolVar(&f.noAllow, "no-builtin-allowlist", false, "leave out the allowlist entries that come with smew")
	flags.BoolVar(&f.showSuppressed, "show-suppressed", false, "show also what the allowlist hides")
	flags.IntVar(&f.minScore, "min-score", 0, "leave out findings with a lower score (0–100)")
	flags.IntVar(&f.limit, "limit", 0, fmt.Sprintf("most findings to give, 0 for all (default %d for table and markdown)", tableLimit))
	flags.StringVar(&f.failOn, "fail-on", "none", "exit with 1 if a finding is at least this severe: high, medium, low, informational, none")
	flags.BoolVar(&f.strict, "strict", false, "fail if any row is rejected or any file skipped")
	flags.BoolVar(&f.profile, "profile", false, "also measure what each branch costs by itself; the hunt takes longer for it")
	flags.StringVar(&f.late, "late", "72h", "how long after an event its record may have arrived, for choosing dated folders")
	f.output.register(cmd, huntFormats)
	f.engine.register(cmd)
	complete(cmd, "fail-on", []string{"high", "medium", "low", "informational", "none"})
	return cmd
}

func needPaths(command, example string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(errors.New(command+" needs files, folders or globs to read"), "try: smew "+command+" "+example)
		}
		return nil
	}
}

func (a *app) hunt(cmd *cobra.Command, f *huntFlags, args []string) error {
	ctx := cmd.Context()
	since, until, asOf, err := f.window.bounds()
	if err != nil {
		return err
	}
	failOn, err := f.check(cmd, a.stdout)
	if err != nil {
		return err
	}
	entries, err := loadAllowlist(f)
	if err != nil {
		return err
	}
	e, err := f.engine.open(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	files, err := f.data.files()
	if err != nil {
		return err
	}
	branches, err := f.branch.load(ctx, files)
	if err != nil {
		return err
	}
	if err := f.data.check(files, branches); err != nil {
		return err
	}
	progress := a.startProgress()
	defer progress.Done()

	if f.sources, err = f.source.load(); err != nil {
		return err
	}
	request := hunt.Request{
		SQL: files, Branches: branches, Allow: entries, Since: since, Until: until, AsOf: asOf,
		MinScore: f.minScore, Limit: f.limit, ShowSuppressed: f.showSuppressed,
		Threads: f.engine.workers(), Version: Version, Progress: progress.Update,
		Profile: f.profile,
	}
	if f.window.last != "" {
		if err := a.resolveLast(ctx, e, f, args, &request); err != nil {
			return err
		}
	}
	if request.Files, err = f.openFiles(ctx, e, args, request.Since, request.Until); err != nil {
		return err
	}
	defer request.Files.Close()
	request.WritePaths, request.Tables = []string{parquetPath(e)}, f.output.format == "parquet"
	result, err := hunt.Run(ctx, e, request)
	progress.Done()
	if err != nil {
		return huntError(err)
	}
	if err := a.writeResult(ctx, e, f, result); err != nil {
		return err
	}
	return a.verdict(f, failOn, result)
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
	if !cmd.Flags().Changed("limit") && slices.Contains([]string{"table", "markdown"}, f.output.format) {
		f.limit = tableLimit
	}
	if late, err := time.ParseDuration(f.late); err != nil || late <= 0 {
		return "", usage(errors.New("--late: not a length of time: "+quote(f.late)), "write 72h or 30m")
	}
	return parseFailOn(f.failOn)
}

func loadAllowlist(f *huntFlags) (*allow.List, error) {
	var builtin fs.FS = smewsql.Files
	if f.noAllow {
		builtin = nil
	}
	list, err := allow.Load(builtin, "allowlist", f.allow)
	if err != nil {
		return nil, usage(err, "an allowlist must be right before it may hide anything")
	}
	return list, nil
}

func (f *huntFlags) openFiles(ctx context.Context, e *engine.Engine, args []string, since, until *time.Time) (*source.Set, error) {
	late, _ := time.ParseDuration(f.late)
	return openSources(ctx, args, source.Options{TempDir: e.TempDir(), Window: folderWindow(since, until), Late: late, Sources: f.sources})
}

func folderWindow(since, until *time.Time) *source.Window {
	if since == nil && until == nil {
		return nil
	}
	w := &source.Window{}
	if since != nil {
		w.From = *since
	}
	if until != nil {
		w.To = *until
	}
	return w
}

// openSources opens the files, with the errors of a command.
func openSources(ctx context.Context, args []string, opts source.Options) (*source.Set, error) {
	set, err := source.Open(ctx, args, opts)
	var nothing *source.NoMatchError
	if errors.As(err, &nothing) {
		return nil, data(err, "check the path; quote a glob so that the shell leaves it alone")
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, data(err, "")
	}
	return set, err
}

// resolveLast turns --last into a window: back from the newest event in the
// data that is not from the future, which a wrong clock may well claim.
func (a *app) resolveLast(ctx context.Context, e *engine.Engine, f *huntFlags, args []string, r *hunt.Request) error {
	if _, err := countBack(ctx, e, f.window.last, r.AsOf); err != nil {
		return err
	}
	newest, future, err := hunt.NewestEvent(ctx, args, hunt.NewestRequest{
		SQL: smewsql.Files, AsOf: r.AsOf, Threads: f.engine.workers(), Memory: f.engine.memory, TempDir: f.engine.tempDir,
		Progress: r.Progress, Sources: f.sources,
	})
	if err != nil {
		return err
	}
	if newest == nil {
		return nil // nothing has a time: the hunt will say what it read
	}
	since, err := countBack(ctx, e, f.window.last, *newest)
	if err != nil {
		return err
	}
	until := newest.Add(1) // half-open: the newest event itself is inside
	r.Since, r.Until = &since, &until
	if future > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("--last leaves out the events later than %s: %s. A clock is wrong, or somebody set it; --since takes them in",
			r.AsOf.Format(time.DateOnly), humanize.Comma(future)))
	}
	r.Resolved = fmt.Sprintf("last %s before the newest event, %s", f.window.last, newest.Format(time.RFC3339Nano))
	return nil
}

func huntError(err error) error {
	var ee *engine.Error
	if errors.As(err, &ee) && strings.HasPrefix(ee.Message, "Out of Memory") {
		return data(err, "try a larger --memory, fewer --threads, or a --temp-dir with more room")
	}
	return err
}

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
