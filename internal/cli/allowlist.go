package cli

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smew/internal/allow"
	"smew/internal/finding"
	"smew/internal/report"
	"smew/internal/term"
)

// allowlistCommand is the family of commands that look after the allowlist.
func (a *app) allowlistCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "allowlist",
		Short: "check allowlist entries, list them, and see what they do to your data",
		Long: `An allowlist entry says which events are expected, why, who vouches for that and
until when. It hides a case, lowers its score or labels it, and never removes
anything: what was hidden is counted, and smew hunt --show-suppressed shows it.

CONTRIBUTING.md tells how to write one; smew allow CASE_ID writes one for a case.`,
		Example: `  smew allowlist lint ours.yaml
  smew allowlist list --allowlist ours.yaml
  smew allowlist test exports --allowlist ours.yaml
  smew allowlist stale exports`,
		Args: noSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.allowlistLint(), a.allowlistList(), a.allowlistTest(), a.allowlistStale())
	return cmd
}

// entryFlags choose entries without data to try them on.
type entryFlags struct {
	allow   []string
	noAllow bool
	asOf    string
	dirs    []string
}

func (f *entryFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.dirs, "branches-dir", nil, "a folder of your own branches, which entries may name; may be repeated")
	cmd.Flags().StringVar(&f.asOf, "as-of", "", "judge expiry as on this day (default: now)")
}

// day is the day by which entries expire.
func (f *entryFlags) day() (time.Time, error) {
	window := windowFlags{asOf: f.asOf}
	_, _, day, err := window.bounds()
	return day, err
}

// load reads the built-in entries and those of further files.
func (f *entryFlags) load(files []string) (*allow.List, error) {
	return loadAllowlist(&searchFlags{allow: files, noAllow: f.noAllow, branch: branchFlags{dirs: f.dirs}})
}

// The states of an entry on a day.
const (
	stateActive   = "active"
	stateExpired  = "expired"
	stateDisabled = "disabled"
)

func entryState(e *allow.Entry, day time.Time) string {
	switch {
	case !e.Enabled:
		return stateDisabled
	case e.Expired(day):
		return stateExpired
	}
	return stateActive
}

// somethingRead refuses to say anything about entries from data of which not one row
// was read.
func somethingRead(r *finding.Result) error {
	if c := r.Summary.Counts; c.RowsKept == 0 && c.Others == 0 {
		return data(errors.New("not one row was read, so nothing can be said"), "smew sources PATH says what a file is")
	}
	return nil
}

// writeEntries gives a table of entries and, where a person reads it, what is to be
// said below it.
func (a *app) writeEntries(f *outputFlags, header []string, rows [][]any, below []string) error {
	return a.destination(f, func(w io.Writer, opts report.Options) error {
		if err := report.WriteRows(w, f.format, header, rows, opts); err != nil || f.format != "table" {
			return err
		}
		for _, text := range below {
			lines := "\n" + strings.Join(term.Wrap(term.Sanitize(text), max(opts.Width, 20), 0), "\n") + "\n"
			if _, err := io.WriteString(w, lines); err != nil {
				return err
			}
		}
		return nil
	})
}

// noArguments refuses what a command would pass over.
func noArguments(command, try string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage(errors.New(command+" takes no argument: "+quote(args[0])), "try: "+try)
		}
		return nil
	}
}
