package cli

import (
	"context"
	"io"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/hunt"
	"smew/internal/lake"
	"smew/internal/view"
)

type compactFlags struct {
	engine engineFlags
	branch branchFlags
	data   referenceFlags
	renew  bool
	json   bool
}

func (a *app) lakeCompact() *cobra.Command {
	var f compactFlags
	cmd := &cobra.Command{
		Use:   "compact DIR",
		Short: "put a lake's small files together",
		Long: `compact puts the small files of each table and month together, which many small
ingests leave behind: one large file is read faster than a hundred small ones. What is
in the lake stays the same, and hunts may read meanwhile. The lake is whole at any
moment; a run that is killed loses the month under way.

--renew also works out again what an older version of smew, or an ingest with other
branches, worked out: the derived columns, and which rows lie at the head of each file.
Hunts are right without it, and slower. It reads and writes every file that is old.`,
		Example: `  smew lake compact lake
  smew lake compact lake --renew
  smew lake compact lake --renew --branches-dir mybranches --memory 2GiB
  smew lake compact lake --json | jq '.tables[] | {table, files_before, files_after}'`,
		Args:              oneLake("compact"),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			req, err := f.request(cmd.Context())
			if err != nil {
				return err
			}
			return onLake(a, args[0], f.json, func(l *lake.Lake) (*lake.Compacted, error) {
				progress := a.startProgress()
				defer progress.Done()
				req.Progress = progress.Update
				c, err := l.Compact(cmd.Context(), req)
				return c, interrupted(err)
			}, func(c *lake.Compacted) error { return writeCompacted(a.stdout, c) })
		},
	}
	cmd.Flags().BoolVar(&f.renew, "renew", false, "work derived columns and the order of rows out again by the present branches")
	cmd.Flags().BoolVar(&f.json, "json", false, "print what was done as JSON")
	f.branch.register(cmd)
	f.data.register(cmd)
	f.engine.register(cmd)
	return cmd
}

func (f *compactFlags) request(ctx context.Context) (lake.CompactRequest, error) {
	sql, err := f.data.files()
	if err != nil {
		return lake.CompactRequest{}, err
	}
	var branches []branch.Branch
	if f.renew {
		if branches, err = f.branch.load(ctx, sql); err != nil {
			return lake.CompactRequest{}, err
		}
	}
	return lake.CompactRequest{
		SQL: sql, Renew: f.renew, Version: Version,
		Gates: func(ctx context.Context, e *engine.Engine, contract *view.Contract) (map[string]lake.Gate, error) {
			return hunt.Gates(ctx, e, contract, sql, branches)
		},
		Engine: func(ctx context.Context) (*engine.Engine, error) { return f.engine.open(ctx) },
	}, nil
}

// writeCompacted says what was done, for people.
func writeCompacted(w io.Writer, c *lake.Compacted) error {
	p := &lines{w: w}
	for _, t := range c.Tables {
		renewed := ""
		if t.Renewed > 0 {
			renewed = ", " + humanize.Comma(int64(t.Renewed)) + " renewed"
		}
		p.line("%s: %s into %s, %s into %s, %s%s", t.Table, count(int64(t.FilesBefore), "file"), humanize.Comma(int64(t.FilesAfter)),
			humanize.IBytes(uint64(t.BytesBefore)), humanize.IBytes(uint64(t.BytesAfter)), count(t.Rows, "row"), renewed)
	}
	for _, k := range c.Manifest {
		p.line("manifest, %s: %s into 1", k.Kind, count(int64(k.FilesBefore), "file"))
	}
	if len(c.Tables) == 0 && len(c.Manifest) == 0 {
		p.line("the lake is compact already")
	}
	writeWaiting(p, c.Waiting)
	return p.err
}

// writeWaiting says that files stay because somebody reads.
func writeWaiting(p *lines, files int) {
	if files > 0 {
		p.line("%s stay until nobody reads the lake: the next run that writes deletes them", count(int64(files), "replaced file"))
	}
}
