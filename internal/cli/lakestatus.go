package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"smew/internal/lake"
	"smew/internal/term"
)

// recentMonths is how many months of a table are drawn, unless all are asked for.
const recentMonths = 12

func (a *app) lakeStatus() *cobra.Command {
	var limits engineFlags
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:   "status DIR",
		Short: "say what a lake holds: tables, days, devices, gaps, where the rows came from",
		Long: `status says what a lake holds. Of each table: rows, devices, files, the first day and
the last, and the days between them, a character each: · has no row, and the height
of the others is the day's share of the table's busiest. Days without a row are named
as well. Then, where the rows of all source files went: read = stored + duplicates +
rejected + of other kinds + of forgotten days.

Nothing is locked: it may be asked while a run writes or hunts read.`,
		Example: `  smew lake status lake
  smew lake status lake --all
  smew lake status lake --json | jq -r '.tables[] | .table as $t | .gaps[] | "\($t) \(.first) \(.last)"'`,
		Args:              oneLake("status"),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			return onLake(a, args[0], asJSON, func(l *lake.Lake) (*lake.Status, error) {
				e, err := limits.open(cmd.Context())
				if err != nil {
					return nil, err
				}
				defer e.Close()
				return l.Status(cmd.Context(), e)
			}, func(st *lake.Status) error { return writeStatus(a.stdout, st, all) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.Flags().BoolVar(&all, "all", false, "draw every month, not only the last 12 of a table")
	limits.register(cmd)
	return cmd
}

// writeStatus writes a lake's status for people.
func writeStatus(w io.Writer, st *lake.Status, all bool) error {
	p := &lines{w: w}
	width := term.Width(w, 80)
	p.line("Lake %s: %s in %s, %s", term.Sanitize(st.Lake), count(st.Stored, "row"), count(int64(st.Files), "file"), humanize.IBytes(uint64(st.Bytes)))
	p.line("Snapshot %d of %s, written by smew %s", st.Snapshot, st.Made.Format("2006-01-02 15:04:05 UTC"), term.Sanitize(st.Smew))
	if st.Writer != nil {
		p.line("Process %d writes to it (smew %s, since %s)", st.Writer.PID, term.Sanitize(st.Writer.What), st.Writer.Since.Format("2006-01-02 15:04:05 UTC"))
	}
	if len(st.Tables) > 0 {
		p.line("")
		if p.err == nil {
			p.err = writeTables(w, st, width)
		}
	}
	if len(st.Tables) > 0 {
		p.line("")
		p.line("day of month 1   5    10   15   20   25   30")
	}
	for i := range st.Tables {
		writeDays(p, &st.Tables[i], all, width)
	}
	p.line("")
	writeAccount(p, st, width)
	return p.err
}

func writeTables(w io.Writer, st *lake.Status, width int) error {
	rows := make([][]string, len(st.Tables))
	for i, t := range st.Tables {
		rows[i] = []string{t.Table, humanize.Comma(t.Rows), humanize.Comma(t.Devices), fmt.Sprint(t.Files), humanize.IBytes(uint64(t.Bytes)), t.First, t.Last}
	}
	return writeColumns(w, []string{"table", "rows", "devices", "files", "size", "first", "last"}, "lrrrrll", rows, width)
}

// writeDays draws the days of a table, a line for each month.
func writeDays(p *lines, t *lake.TableStatus, all bool, width int) {
	p.line("%s", term.Sanitize(t.Table))
	months := monthsOf(t)
	if earlier := len(months) - recentMonths; earlier > 1 && !all {
		first, last := months[0], months[earlier-1]
		var rows int64
		days := 0
		for _, m := range months[:earlier] {
			rows, days = rows+m.rows, days+m.days
		}
		p.line("  %s to %s: %s on %s (--all draws them)", first.name, last.name, count(rows, "row"), dayCount(days))
		months = months[earlier:]
	}
	for _, m := range months {
		p.line("  %s    %s  %s on %s", m.name, term.Pad(m.strip, 31), count(m.rows, "row"), dayCount(m.days))
	}
	if t.Undated > 0 {
		p.line("  without a time: %s", count(t.Undated, "row"))
	}
	if text := gapsText(t.Gaps); text != "" {
		for _, line := range term.Wrap(text, width-2, 0) {
			p.line("  %s", line)
		}
	}
}

// month is the days of one month of a table.
type month struct {
	name  string
	strip string // a character for each day
	rows  int64
	days  int // those with rows
}

// bars are eighths.
var bars = []rune("▁▂▃▄▅▆▇█")

// monthsOf lists the months from the first day of a table to the last; those without a
// row are left out, as the gaps name them.
func monthsOf(t *lake.TableStatus) []month {
	var list []month
	var most int64
	for _, d := range t.Days {
		most = max(most, d.Rows)
	}
	for _, d := range t.Days {
		day, err := time.Parse(time.DateOnly, d.Day)
		if err != nil {
			continue
		}
		name := d.Day[:7]
		if len(list) == 0 || list[len(list)-1].name != name {
			list = append(list, month{name: name})
		}
		m := &list[len(list)-1]
		for n := term.Columns(m.strip) + 1; n < day.Day(); n++ {
			m.strip += between(t, day, n)
		}
		m.strip += string(bars[min(7, int(d.Rows*8/max(most, 1)))])
		m.rows, m.days = m.rows+d.Rows, m.days+1
	}
	for i := range list {
		last, err := time.Parse("2006-01", list[i].name)
		if err != nil {
			continue
		}
		last = last.AddDate(0, 1, -1)
		for n := term.Columns(list[i].strip) + 1; n <= last.Day(); n++ {
			list[i].strip += between(t, last, n)
		}
	}
	return list
}

// between is how a day without rows is drawn: as a gap between the first day and the
// last, and as nothing outside.
func between(t *lake.TableStatus, month time.Time, day int) string {
	date := time.Date(month.Year(), month.Month(), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	if date < t.First || date > t.Last {
		return " "
	}
	return "·"
}

// mostGaps is how many stretches without rows are named.
const mostGaps = 8

func gapsText(gaps []lake.Gap) string {
	if len(gaps) == 0 {
		return ""
	}
	var texts []string
	days := 0
	for i, g := range gaps {
		days += g.Days
		switch {
		case i >= mostGaps:
		case g.Days == 1:
			texts = append(texts, g.First)
		default:
			texts = append(texts, g.First+" to "+g.Last)
		}
	}
	text := dayCount(days) + " without a row: " + strings.Join(texts, ", ")
	if more := len(gaps) - mostGaps; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func writeAccount(p *lines, st *lake.Status, width int) {
	n := humanize.Comma
	p.line("Sources   %s", count(st.Sources, "file"))
	text := fmt.Sprintf("%s read = %s stored + %s + %s rejected", n(st.Read), n(st.Stored), count(st.Duplicates, "duplicate"), n(st.Rejected))
	if st.Others > 0 {
		text += " + " + n(st.Others) + " of other kinds"
	}
	if st.Gone > 0 {
		text += " + " + n(st.Gone) + " of forgotten days"
	}
	hanging(p, "Rows      ", text, width)
	if st.Skipped > 0 {
		p.line("Skipped   %s that could not be read or hold no telemetry", count(st.Skipped, "file"))
	}
	if st.Forgotten != "" {
		hanging(p, "Forgotten ", "days before "+st.Forgotten+": events of them are not taken in again", width)
	}
	if st.Small > 0 {
		p.line("Compact   %s would be put together by smew lake compact", count(int64(st.Small), "small file"))
	}
	if st.Leftover > 0 {
		hanging(p, "Left over ", count(int64(st.Leftover), "file")+" of a run under way, or of one that was killed: the next one clears up", width)
	}
}
