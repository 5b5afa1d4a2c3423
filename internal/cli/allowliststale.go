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

// The bounds of an entry that somebody should look at again.
const (
	staleDays  = 90
	wideShare  = 0.05
	wideEvents = 1_000 // of fewer, a share says nothing
	stateStale = "stale"
	stateWide  = "wide"
	stateUsed  = "used"
	// stateUnknown is of an entry that hit nothing in data too short to say so.
	stateUnknown = "unknown"
)

func (a *app) allowlistStale() *cobra.Command {
	var f searchFlags
	var out outputFlags
	var days int
	cmd := &cobra.Command{
		Use:   "stale PATH…",
		Short: "hunt, and name the allowlist entries that hit nothing or far too much",
		Long: `stale hunts through the files and names the entries that somebody should look at
again: those that hit nothing in the last 90 days of the data (stale), and those that
hit more than 5 % of the events that branches hit in that time (wide). Of fewer than
1,000 such events a share says nothing, and no entry is called wide.

Data of fewer than 90 days cannot show that an entry is not needed: it is then called
unknown, unless --days says that fewer are enough.`,
		Example: `  smew allowlist stale 'exports/**/*.parquet'
  smew allowlist stale exports --days 30
  smew allowlist stale exports --json | jq -r '.[] | select(.state == "stale") | .entry'`,
		Args: needPaths("allowlist stale", "sampledata"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(cmd, rowFormats, a.stdout); err != nil {
				return err
			}
			if days < 0 || days > 3650 {
				return usage(fmt.Errorf("--days is %d", days), "give a number from 1 to 3650, or leave it out for 90")
			}
			s, err := a.searchAll(cmd, &f, args)
			if err != nil {
				return err
			}
			defer s.Close()
			st := staleness(s.result, s.request.AsOf, days)
			header, rows, below := st.rows(s.request.Allow.Entries, out.format)
			return a.writeEntries(&out, header, rows, below)
		},
	}
	f.register(cmd)
	cmd.Flags().IntVar(&days, "days", 0, "how many days back from the newest event an entry must have hit something in (default 90)")
	out.register(cmd, rowFormats)
	return cmd
}

// stale is what a hunt tells of how entries are used.
type stale struct {
	days    int
	enough  bool // the data covers the days, or fewer were asked for
	covered int  // days that the data covers
	day     time.Time
	total   int            // events that branches hit in the time
	hits    map[string]int // by entry
}

// staleness counts events by entry, in the days before the newest event that is not
// from the future. An event without a time may have been yesterday.
func staleness(r *finding.Result, asOf time.Time, days int) *stale {
	first, last := dataSpan(r, asOf)
	st := &stale{days: days, enough: true, day: asOf, hits: map[string]int{}, covered: int(last.Sub(first) / (24 * time.Hour))}
	if days == 0 {
		st.days, st.enough = staleDays, st.covered >= staleDays
	}
	from := last.AddDate(0, 0, -st.days)
	for i := range r.Cases {
		for _, e := range r.Cases[i].Evidence {
			if !e.Timestamp.IsZero() && e.Timestamp.Before(from) {
				continue
			}
			st.total++
			for _, id := range e.Allowlist {
				st.hits[id]++
			}
		}
	}
	return st
}

// dataSpan is the time between the first and the last event of any table.
func dataSpan(r *finding.Result, asOf time.Time) (first, last time.Time) {
	for _, t := range r.Summary.Tables {
		if t.First != nil && (first.IsZero() || t.First.Before(first)) {
			first = *t.First
		}
		if t.Last != nil && t.Last.After(last) {
			last = *t.Last
		}
	}
	if last.After(asOf) {
		last = asOf
	}
	return first, last
}

func (s *stale) state(id string) string {
	switch n := s.hits[id]; {
	case n == 0 && s.enough:
		return stateStale
	case n == 0:
		return stateUnknown
	case s.total >= wideEvents && float64(n) > wideShare*float64(s.total):
		return stateWide
	}
	return stateUsed
}

// rows gives the active entries: to a person those to look at, to a program all.
func (s *stale) rows(entries []allow.Entry, format string) (header []string, rows [][]any, below []string) {
	unknown := 0
	for i := range entries {
		e := &entries[i]
		if entryState(e, s.day) != stateActive {
			continue
		}
		state := s.state(e.ID)
		if state == stateUnknown {
			unknown++
		}
		switch {
		case format != "table":
			rows = append(rows, []any{e.ID, string(e.Class), e.ActionText(), e.Owner, state, s.hits[e.ID], s.total, s.days, s.covered})
		case state == stateStale || state == stateWide:
			rows = append(rows, []any{e.ID, state, fmt.Sprintf("%d of %d", s.hits[e.ID], s.total), e.Owner, e.Expires.Format(time.DateOnly)})
		}
	}
	if format != "table" {
		return []string{"entry", "class", "action", "owner", "state", "events", "of_events", "days", "days_covered"}, rows, nil
	}
	slices.SortStableFunc(rows, func(x, y []any) int { return strings.Compare(y[1].(string), x[1].(string)) })
	if unknown > 0 {
		below = []string{fmt.Sprintf("%s hit nothing, and whether they are stale is unknown: the data covers %d of %d days; --days %d makes do with that",
			entriesText(unknown), s.covered, s.days, max(s.covered, 1))}
	}
	return []string{"entry", "state", "events", "owner", "expires"}, rows, below
}
