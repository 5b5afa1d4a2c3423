package cli

import (
	"context"
	"errors"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"smew/internal/engine"
	"smew/internal/hunt"
	"smew/internal/lake"
	"smew/internal/source"
	"smew/internal/term"
	"smew/internal/view"
)

type ingestFlags struct {
	engine engineFlags
	branch branchFlags
	source sourceFlags
	data   referenceFlags
	lake   string
	json   bool
	strict bool
	step   string
	watch  bool
}

func (a *app) ingestCommand() *cobra.Command {
	var f ingestFlags
	cmd := &cobra.Command{
		Use:   "ingest PATH… --lake DIR",
		Short: "take files into a lake, which hunts read at the cost of what matches",
		Long: `ingest turns whatever hunt reads into a lake: a folder of plain Parquet, by table and
month, whose rows lie so that a hunt reads only what can match. What is in the lake
already is known by its content and is not read again; of a file that grew the new
lines are taken; an event that came before, in whatever export, is stored once.

The lake is whole at any moment: a run that is killed, or finds no room on the disk,
leaves it as it was at the last step, and the next run goes on from there. Lines that
could not be read are kept in the lake's folder rejected, with the reason.

The branches chosen decide which rows lie at the head of every file; hunts by other
branches are right all the same, and slower.`,
		Example: `  smew ingest exports/ --lake lake
  smew ingest 'exports/**/*.json.gz' --lake lake --memory 2GiB
  smew ingest exports/ --lake lake --watch
  smew hunt --lake lake --last 90d
  smew lake status lake`,
		Args: needPaths("ingest", "exports --lake lake"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.ingest(cmd.Context(), &f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.lake, "lake", "", "the lake's folder; made if it is not there")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON")
	flags.BoolVar(&f.strict, "strict", false, "exit with 3 if rows were rejected or files skipped or unfinished")
	flags.StringVar(&f.step, "step", "4GiB", "how much of the sources goes into one commit, such as 500MB")
	flags.BoolVar(&f.watch, "watch", false, "go on as files come or grow, until interrupted")
	_ = cmd.MarkFlagDirname("lake")
	f.branch.register(cmd)
	f.source.register(cmd)
	f.data.register(cmd)
	f.engine.register(cmd)
	return cmd
}

func (a *app) ingest(ctx context.Context, f *ingestFlags, args []string) error {
	if f.lake == "" {
		return usage(errors.New("--lake is missing"), "name the folder of the lake: smew ingest exports --lake lake")
	}
	req, err := a.ingestRequest(ctx, f, args)
	if err != nil {
		return err
	}
	l, err := lake.Create(f.lake)
	if err != nil {
		return data(err, "give --lake a folder of its own, or one that is not there yet")
	}
	if f.watch {
		return a.watch(ctx, f, l, req)
	}
	report, err := a.ingestOnce(ctx, l, req)
	if err != nil {
		return interrupted(lakeError(err))
	}
	a.judgeIngest(f, report)
	if f.json {
		return a.writeJSON(report)
	}
	return ignorePipe(writeIngest(a.stdout, l, report, term.Width(a.stdout, 80)))
}

// ingestOnce takes in what there is now.
func (a *app) ingestOnce(ctx context.Context, l *lake.Lake, req lake.IngestRequest) (*lake.Report, error) {
	progress := a.startProgress()
	defer progress.Done()
	req.Progress = progress.Update
	return l.Ingest(ctx, req)
}

// interrupted says of a run that was stopped what became of it: what it committed is in.
func interrupted(err error) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	return &failure{err: errors.New("interrupted"), hint: "the lake is whole; the same command goes on from where it was", code: ExitInterrupted}
}

func (a *app) ingestRequest(ctx context.Context, f *ingestFlags, args []string) (lake.IngestRequest, error) {
	step, err := humanize.ParseBytes(f.step)
	if err != nil || step == 0 {
		return lake.IngestRequest{}, usage(errors.New("--step: not a size: "+quote(f.step)), "write 500MB or 4GiB")
	}
	sql, err := f.data.files()
	if err != nil {
		return lake.IngestRequest{}, err
	}
	branches, err := f.branch.load(ctx, sql)
	if err != nil {
		return lake.IngestRequest{}, err
	}
	sources, err := f.source.load()
	if err != nil {
		return lake.IngestRequest{}, err
	}
	return lake.IngestRequest{
		Args: args, Source: source.Options{TempDir: f.engine.tempDir, Sources: sources}, SQL: sql,
		Gates: func(ctx context.Context, e *engine.Engine, contract *view.Contract) (map[string]lake.Gate, error) {
			return hunt.Gates(ctx, e, contract, sql, branches)
		},
		Engine:  func(ctx context.Context) (*engine.Engine, error) { return f.engine.open(ctx) },
		Threads: f.engine.workers(), StepBytes: int64(step), Version: Version,
	}, nil
}

// lakeError gives an error of the lake its hint.
func lakeError(err error) error {
	var busy *lake.BusyError
	var nothing *source.NoMatchError
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &busy):
		return data(err, "wait until it is done, or end it: what it committed stays")
	case errors.As(err, &nothing):
		return data(err, "check the path; quote a glob so that the shell leaves it alone")
	case errors.Is(err, lake.ErrDiskFull):
		return data(err, "the lake is as it was at the last step: make room and run the same again")
	}
	return huntError(err)
}
