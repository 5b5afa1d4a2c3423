package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"smew/internal/engine"
	"smew/internal/lake"
	smewsql "smew/sql"
)

func (a *app) lakeForget() *cobra.Command {
	var limits engineFlags
	var before string
	var dryRun, asJSON bool
	cmd := &cobra.Command{
		Use:   "forget DIR --before DATE",
		Short: "delete a lake's days before a date",
		Long: `forget deletes whole days, UTC, of all tables: those before the date. What is known of
these days goes with them, and so does what may hold their text beside the tables: side
files of rejected lines that were written before the date, and the cache of hunts. Which
source files were read stays known, so that none is read again for it.

The lake keeps to it: events of days before the date are not taken in any more, from
whatever file they come, and are counted as forgotten. Rows without a time stay.

--dry-run says what would go, and changes nothing.`,
		Example: `  smew lake forget lake --before 2026-06-01 --dry-run
  smew lake forget lake --before 2026-06-01
  smew lake forget lake --before "$(date -u -d '90 days ago' +%F)" --json`,
		Args:              oneLake("forget"),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkDay(before); err != nil {
				return err
			}
			return onLake(a, args[0], asJSON, func(l *lake.Lake) (*lake.Forgotten, error) {
				progress := a.startProgress()
				defer progress.Done()
				f, err := l.Forget(cmd.Context(), lake.ForgetRequest{
					Before: before, DryRun: dryRun, SQL: smewsql.Files, Version: Version, Progress: progress.Update,
					Engine: func(ctx context.Context) (*engine.Engine, error) { return limits.open(ctx) },
				})
				if errors.Is(err, lake.ErrForgetsFuture) {
					return nil, usage(err, "to be rid of a whole lake, delete its folder")
				}
				return f, interrupted(err)
			}, func(f *lake.Forgotten) error { return writeForgotten(a.stdout, f) })
		},
	}
	cmd.Flags().StringVar(&before, "before", "", "the first day that is kept, UTC: 2026-06-01")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would go, and change nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what went as JSON")
	limits.register(cmd)
	return cmd
}

func checkDay(before string) error {
	if before == "" {
		return usage(errors.New("--before is missing"), "name the first day that is kept: --before 2026-06-01")
	}
	if _, err := time.Parse(time.DateOnly, before); err != nil {
		return usage(errors.New("--before: not a day: "+quote(before)), "write 2026-06-01")
	}
	return nil
}

// writeForgotten says what went, for people.
func writeForgotten(w io.Writer, f *lake.Forgotten) error {
	p := &lines{w: w}
	verb := "forgotten"
	if f.DryRun {
		verb = "would be forgotten"
	}
	for _, t := range f.Tables {
		first, last := t.Days[0].Day, t.Days[len(t.Days)-1].Day
		p.line("%s: %s of %s, %s to %s", t.Table, count(t.Rows, "row"), dayCount(len(t.Days)), first, last)
	}
	p.line("%s %s before %s; %s deleted (%s), %s written anew", count(f.Rows, "row"), verb, f.Before,
		count(int64(f.Deleted), "file"), humanize.IBytes(uint64(f.Bytes)), humanize.Comma(int64(f.Rewritten)))
	if f.Rejected > 0 {
		p.line("%s of rejected lines deleted", count(int64(f.Rejected), "side file"))
	}
	writeWaiting(p, f.Waiting)
	return p.err
}
