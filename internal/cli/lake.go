package cli

import (
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"smew/internal/lake"
)

func (a *app) lakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lake",
		Short: "look at a lake, check it, make it compact, forget old days",
		Long: `A lake is a folder of plain Parquet that smew ingest fills and smew hunt --lake
reads. These commands say what it holds, hold its files against what is known of
them, put small files together, and delete old days.`,
		Example: `  smew ingest exports/ --lake lake
  smew lake status lake
  smew lake verify lake
  smew lake compact lake
  smew lake forget lake --before 2026-06-01 --dry-run`,
		Args: noSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.lakeStatus(), a.lakeVerify(), a.lakeCompact(), a.lakeForget())
	return cmd
}

// oneLake refuses anything but the name of one folder.
func oneLake(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] != "" {
			return nil
		}
		return usage(errors.New("lake "+command+" needs the folder of one lake"), "try: smew lake "+command+" lake")
	}
}

// completeFolders has the shell offer folders alone.
func completeFolders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// openLake opens a lake that is there.
func openLake(dir string) (*lake.Lake, error) {
	l, err := lake.Open(dir)
	if errors.Is(err, lake.ErrNoLake) {
		return nil, data(err, "smew ingest PATH --lake "+dir+" makes one; a lake's own folder has lake.json in it")
	}
	if err != nil {
		return nil, data(err, "")
	}
	return l, nil
}

// onLake opens a lake and gives what work says of it: as JSON, or as text.
func onLake[T any](a *app, dir string, asJSON bool, work func(*lake.Lake) (T, error), text func(T) error) error {
	l, err := openLake(dir)
	if err != nil {
		return err
	}
	result, err := work(l)
	if err != nil {
		return lakeError(err)
	}
	if asJSON {
		return a.writeJSON(result)
	}
	return ignorePipe(text(result))
}

func (a *app) writeJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return ignorePipe(enc.Encode(v))
}
