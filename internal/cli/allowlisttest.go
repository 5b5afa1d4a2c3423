package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smew/internal/allow"
	"smew/internal/finding"
)

func (a *app) allowlistTest() *cobra.Command {
	var f searchFlags
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "test PATH…",
		Short: "hunt, and say of each allowlist entry what it did to the cases",
		Long: `test hunts through the files as smew hunt does, and says of each entry how many cases
it hid, lowered or labelled, of how many a hard reason kept it, and where it matched
without effect: not all events of the case, or another entry counts for more.
Entries that matched nothing are named below.`,
		Example: `  smew allowlist test exports --allowlist ours.yaml
  smew allowlist test exports --last 30d --json | jq '.[] | select(.hidden > 0)'
  smew allowlist test exports --allowlist new.yaml --no-builtin-allowlist`,
		Args: needPaths("allowlist test", "sampledata"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(cmd, rowFormats, a.stdout); err != nil {
				return err
			}
			s, err := a.searchAll(cmd, &f, args)
			if err != nil {
				return err
			}
			defer s.Close()
			header, rows, below := testRows(s.request.Allow.Entries, entryUses(s.result), s.request.AsOf, out.format)
			return a.writeEntries(&out, header, rows, below)
		},
	}
	f.register(cmd)
	out.register(cmd, rowFormats)
	return cmd
}

// searchAll hunts and gives every case, hidden ones too.
func (a *app) searchAll(cmd *cobra.Command, f *searchFlags, args []string) (*searched, error) {
	s, err := a.search(cmd.Context(), f, args, everyCase)
	if err != nil {
		return nil, err
	}
	if err := somethingRead(s.result); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// entryUse is what one entry did, in cases but for the events.
type entryUse struct {
	cases, events                              int64
	hidden, lowered, pierced, tagged, noEffect int64
	points                                     int // taken off all cases, negative
	example                                    string
}

// entryUses counts what each entry did, by its id.
func entryUses(r *finding.Result) map[string]*entryUse {
	uses := map[string]*entryUse{}
	for i := range r.Cases {
		c := &r.Cases[i]
		for _, applied := range c.Allowlist {
			if applied.Action == "change" {
				continue // a ticket
			}
			use := uses[applied.Entry]
			if use == nil {
				use = &entryUse{example: c.ID} // cases come worst first
				uses[applied.Entry] = use
			}
			use.add(applied)
		}
	}
	return uses
}

func (u *entryUse) add(applied finding.Applied) {
	u.cases++
	u.events += applied.Covers
	u.points += applied.Points
	switch {
	case applied.Action == string(allow.Suppress):
		u.hidden++
	case applied.Action == "pierced":
		u.pierced++
	case applied.Action == string(allow.Tag):
		u.tagged++
	case applied.Points < 0:
		u.lowered++
	default:
		u.noEffect++
	}
}

// did says in words what an entry did.
func (u *entryUse) did() string {
	var parts []string
	add := func(n int64, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(u.hidden, "hidden")
	add(u.lowered, "lowered")
	add(u.tagged, "tagged")
	add(u.pierced, "pierced")
	add(u.noEffect, "without effect")
	return strings.Join(parts, ", ")
}

// testRows gives the entries that matched, the most used first, and names those that
// did not; forms for programs have them all, by id.
func testRows(entries []allow.Entry, uses map[string]*entryUse, day time.Time, format string) (header []string, rows [][]any, below []string) {
	var silent []string
	var used []*allow.Entry
	for i := range entries {
		e := &entries[i]
		use := uses[e.ID]
		switch {
		case use != nil:
			used = append(used, e)
		case entryState(e, day) == stateActive:
			silent = append(silent, e.ID)
		}
		if use == nil {
			use = &entryUse{}
		}
		if format != "table" {
			rows = append(rows, []any{
				e.ID, string(e.Class), e.ActionText(), entryState(e, day), use.cases, use.events, use.hidden, use.lowered, use.pierced,
				use.tagged, use.noEffect, use.points, use.example,
			})
		}
	}
	if format != "table" {
		return []string{
			"entry", "class", "action", "state", "cases", "events", "hidden", "lowered", "pierced", "tagged", "without_effect", "points", "example_case",
		}, rows, nil
	}
	slices.SortStableFunc(used, func(x, y *allow.Entry) int { return int(uses[y.ID].cases - uses[x.ID].cases) })
	for _, e := range used {
		use := uses[e.ID]
		rows = append(rows, []any{e.ID, use.cases, use.events, use.did(), use.example})
	}
	if len(silent) > 0 {
		below = []string{entriesText(len(silent)) + " matched nothing: " + strings.Join(silent, ", ")}
	}
	return []string{"entry", "cases", "events", "what came of it", "a case"}, rows, below
}
