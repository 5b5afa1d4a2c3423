package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"smew/internal/reference"
	smewsql "smew/sql"
)

func (a *app) referenceCommand() *cobra.Command {
	var data referenceFlags
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "reference [NAME]",
		Short: "list the reference data that branches know the world by, or show one list",
		Long: `reference lists the tables that branches and queries may read as reference_NAME:
programs that run other people's code, folders that users can write, Windows' own
services, tools and their shapes. With a NAME it shows the rows, each with where
the fact is from. --reference adds a folder of your own CSV files, here and in hunt.`,
		Example: `  smew reference
  smew reference lolbins
  smew reference known_tools --format csv > known_tools.csv
  smew hunt exports --reference my-data --loldrivers drivers.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(errors.New("reference shows one list at a time"), "try: smew reference "+args[0])
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions(referenceNames(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(cmd, rowFormats, a.stdout); err != nil {
				return err
			}
			header, rows, err := referenceRows(&data, args)
			if err != nil {
				return err
			}
			return a.writeRows(&out, header, rows)
		},
	}
	data.register(cmd)
	out.register(cmd, rowFormats)
	return cmd
}

func referenceNames() []string {
	names, err := reference.Names(smewsql.Files)
	if err != nil {
		return nil
	}
	return names
}

func referenceRows(data *referenceFlags, args []string) ([]string, [][]any, error) {
	files, err := data.files()
	if err != nil {
		return nil, nil, err
	}
	names, err := reference.Names(files)
	if err != nil {
		return nil, nil, err
	}
	var rows [][]any
	for _, name := range names {
		t, err := reference.Read(files, name)
		if err != nil {
			return nil, nil, err
		}
		if len(args) == 0 {
			rows = append(rows, []any{name, int64(len(t.Rows)), strings.Join(t.Columns, " ")})
			continue
		}
		if strings.TrimPrefix(strings.ToLower(args[0]), "reference_") != name {
			continue
		}
		for _, r := range t.Rows {
			row := make([]any, len(r))
			for i, v := range r {
				row[i] = v
			}
			rows = append(rows, row)
		}
		return t.Columns, rows, nil
	}
	if len(args) == 0 {
		return []string{"name", "rows", "columns"}, rows, nil
	}
	return nil, nil, usage(fmt.Errorf("no reference data is called %q", args[0]), "there is "+strings.Join(names, ", "))
}
