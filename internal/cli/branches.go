package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"smew/internal/branch"
	"smew/internal/report"
)

func (a *app) branchesCommand() *cobra.Command {
	var f branchFlags
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "branches",
		Short: "list the detection branches, show one, or check a folder of them",
		Example: `  smew branches
  smew branches show W02
  smew branches lint my-branches`,
		Args: noSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(cmd, rowFormats, a.stdout); err != nil {
				return err
			}
			branches, err := f.read()
			if err != nil {
				return err
			}
			header, rows := branchRows(branches, out.format)
			return a.writeRows(&out, header, rows)
		},
	}
	f.register(cmd)
	out.register(cmd, rowFormats)
	cmd.AddCommand(a.branchesShow(), a.branchesLint())
	return cmd
}

// branchRows lists branches; a table for people has what tells them apart.
func branchRows(branches []branch.Branch, format string) ([]string, [][]any) {
	if format == "table" {
		rows := make([][]any, len(branches))
		for i, b := range branches {
			rows[i] = []any{b.ID, b.Name, b.Score, b.Title}
		}
		return []string{"id", "name", "score", "title"}, rows
	}
	header := []string{"id", "name", "technique", "pack", "score", "tables", "title"}
	rows := make([][]any, len(branches))
	for i, b := range branches {
		rows[i] = []any{b.ID, b.Name, b.Technique, strings.Join(b.Pack, " "), b.Score, strings.Join(b.Tables, " "), b.Title}
	}
	return header, rows
}

func (a *app) branchesShow() *cobra.Command {
	var f branchFlags
	cmd := &cobra.Command{
		Use:     "show NAME",
		Short:   "print a branch: its card and its query",
		Example: "  smew branches show W02\n  smew branches show NewServiceCreation",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(errors.New("show needs the id or name of one branch"), "try: smew branches show W01")
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions(branchNames(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			f.names = args
			branches, err := f.read()
			if err != nil {
				return err
			}
			for _, b := range branches {
				if _, err := fmt.Fprintln(a.stdout, strings.TrimRight(b.Text, "\n")); err != nil {
					return ignorePipe(err)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&f.dirs, "branches-dir", nil, "a folder of your own branches beside the built-in ones; may be repeated")
	return cmd
}

func (a *app) branchesLint() *cobra.Command {
	var data referenceFlags
	cmd := &cobra.Command{
		Use:   "lint [DIR…]",
		Short: "check branches against the tables without data; without DIR, the built-in ones",
		Long: `lint reads every branch of the folders given beside the built-in ones, binds its
query against the tables, and holds what it returns against the columns of a
hit. Nothing runs and no data is needed. Exit status 2 if anything is wrong.

A branch is one text for two engines, DuckDB and Trino: what only one of them has
is refused with the line and what to write instead, and what they answer
differently is warned of. A hunt, which is DuckDB's, runs such a branch all the same.`,
		Example: "  smew branches lint\n  smew branches lint my-branches",
		RunE: func(cmd *cobra.Command, args []string) error {
			f := branchFlags{dirs: args}
			branches, err := f.read()
			if err != nil {
				return err
			}
			files, err := data.files()
			if err != nil {
				return err
			}
			if err := lint(cmd.Context(), files, branches); err != nil {
				return err
			}
			if err := a.lintPortable(cmd.Context(), files, branches); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "%d branches are well\n", len(branches))
			return ignorePipe(err)
		},
	}
	data.register(cmd)
	return cmd
}

// rowFormats are the forms of a plain table.
var rowFormats = []string{"table", "json", "ndjson", "csv", "markdown"}

// writeRows gives a plain table in the form asked for.
func (a *app) writeRows(f *outputFlags, header []string, rows [][]any) error {
	return a.destination(f, func(w io.Writer, opts report.Options) error {
		return report.WriteRows(w, f.format, header, rows, opts)
	})
}
