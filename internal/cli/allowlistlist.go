package cli

import (
	"time"

	"github.com/spf13/cobra"

	"smew/internal/allow"
)

func (a *app) allowlistList() *cobra.Command {
	var f entryFlags
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the allowlist entries with what they do, where, and until when",
		Example: `  smew allowlist list
  smew allowlist list --allowlist ours.yaml --no-builtin-allowlist
  smew allowlist list --json | jq '.[] | select(.state == "active" and .days_left < 30) | .id'
  smew allowlist list --format csv -o entries.csv`,
		Args: noArguments("list", "smew allowlist list --allowlist FILE"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(cmd, rowFormats, a.stdout); err != nil {
				return err
			}
			day, err := f.day()
			if err != nil {
				return err
			}
			list, err := f.load(f.allow)
			if err != nil {
				return err
			}
			header, rows := listRows(list.Entries, day, out.format)
			return a.writeRows(&out, header, rows)
		},
	}
	cmd.Flags().StringArrayVar(&f.allow, "allowlist", nil, "a further allowlist file or folder; may be repeated")
	cmd.Flags().BoolVar(&f.noAllow, "no-builtin-allowlist", false, "leave out the allowlist entries that come with smew")
	f.register(cmd)
	out.register(cmd, rowFormats)
	return cmd
}

// listRows lists entries; a table for people has what is decided by.
func listRows(entries []allow.Entry, day time.Time, format string) ([]string, [][]any) {
	rows := make([][]any, len(entries))
	if format == "table" {
		for i := range entries {
			e := &entries[i]
			rows[i] = []any{e.ID, e.ActionText(), e.ScopeText(), e.Expires.Format(time.DateOnly), entryState(e, day)}
		}
		return []string{"id", "action", "scope", "expires", "state"}, rows
	}
	for i := range entries {
		e := &entries[i]
		rows[i] = []any{
			e.ID, string(e.Class), string(e.Action), e.Points, e.ScopeText(), e.Owner, e.Ticket, e.Created.Format(time.DateOnly),
			e.Expires.Format(time.DateOnly), daysLeft(e, day), entryState(e, day), e.Reason, e.Source, e.File, e.Line,
		}
	}
	return []string{
		"id", "class", "action", "points", "scope", "owner", "ticket", "created",
		"expires", "days_left", "state", "reason", "source", "file", "line",
	}, rows
}

// daysLeft counts the days that the entry still holds, the day itself not counted;
// negative when it no longer does.
func daysLeft(e *allow.Entry, day time.Time) int {
	return int(e.Expires.Sub(day.UTC().Truncate(24*time.Hour)) / (24 * time.Hour))
}
