package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

const (
	listMost  = 10 // entries of a list in the summary
	itemLines = 3  // lines of one entry
	fileLines = 4  // lines of one file name, whose end tells most
	namesMost = 6  // names, days or records in one entry
)

// Summary writes what a hunt saw and could not see, for people: the part under
// the table. It goes to standard error where standard output has no room for
// it, as with CSV and Parquet.
func Summary(w io.Writer, s *finding.Summary, opts Options) error {
	b := bufio.NewWriter(w)
	newPage(b, opts).summary(s, opts)
	return b.Flush()
}

func (p *page) summary(s *finding.Summary, opts Options) {
	p.verdict(judge(s, opts))
	p.line()
	p.scope(s)
	p.tables(s.Tables)
	p.branchesRun(s.Branches)
	p.notRun(s.NotRun)
	p.allowlist(s)
	p.rejected(s.Rejected)
	p.skipped(s.Skipped)
	p.notes(s.Notes)
	p.profile(s.Profile)
	p.line()
	p.versions(s.Versions)
}

func (p *page) verdict(v verdict) {
	p.paragraph(term.Bold, v.found)
	if len(v.out) > 0 {
		p.paragraph(term.Plain, "Not shown: "+strings.Join(v.out, ", "))
	}
	if len(v.blind) > 0 {
		p.paragraph(term.Yellow, "Not looked at: "+strings.Join(v.blind, ", "))
	}
}

func (p *page) paragraph(style term.Style, text string) {
	for _, l := range term.Wrap(text, p.width, 0) {
		p.line(style.Paint(p.color, l))
	}
}

// scope is what was asked and how much was read.
func (p *page) scope(s *finding.Summary) {
	p.hanging("Window    ", windowText(s.Window), itemLines)
	if s.Window.Resolved != "" {
		p.hanging("          ", term.Line(s.Window.Resolved, 3*p.width), itemLines)
	}
	p.hanging("Files     ", filesText(s), itemLines)
	c := &s.Counts
	p.hanging("Rows      ", keptText(c), itemLines)
	p.hanging("Devices   ", number(c.Devices), itemLines)
	unable, partly := blindBranches(s.NotRun)
	branches := fmt.Sprintf("%s run, %s could not", number(int64(len(s.Branches))), number(unable))
	if partly > 0 {
		branches += fmt.Sprintf(", %s not over everything", number(partly))
	}
	p.hanging("Branches  ", branches, itemLines)
	p.hanging("Cases     ", casesText(c), itemLines)
}

// casesText is how many cases there are, hidden ones among them, and of how much.
func casesText(c *finding.Counts) string {
	return number(c.Total) + ", made of " + count(c.Events, "event") + " that branches hit"
}

// keptText is what became of the rows.
func keptText(c *finding.Counts) string {
	text := fmt.Sprintf("%s read, %s kept, %s rejected", number(c.RowsRead), number(c.RowsKept), number(c.Rejected))
	if c.Others > 0 {
		text += fmt.Sprintf(", %s of kinds that no table is made of", number(c.Others))
	}
	if c.Doubtful > 0 {
		text += fmt.Sprintf("; the time of %s is in doubt", number(c.Doubtful))
	}
	return text
}

func windowText(w finding.Window) string {
	switch {
	case w.Since == nil && w.Until == nil:
		return "all of time"
	case w.Until == nil:
		return forPeople(*w.Since) + " UTC and later"
	case w.Since == nil:
		return "before " + forPeople(*w.Until) + " UTC"
	}
	return forPeople(*w.Since) + " to before " + forPeople(*w.Until) + " UTC"
}

func filesText(s *finding.Summary) string {
	text := fmt.Sprintf("%s read, %s skipped", number(s.Files.Read), number(int64(len(s.Skipped))))
	if s.Files.Pruned > 0 {
		text += fmt.Sprintf(", %s left closed: the date of their folder is outside the window", number(s.Files.Pruned))
	}
	return text
}

func (p *page) tables(list []finding.Table) {
	p.heading("Tables")
	if len(list) == 0 {
		p.line("  none")
		return
	}
	g := grid{header: []string{"", "EVENTS", "COPIES", "DEVICES", "FILES"}, right: []bool{false, true, true, true, true}}
	for _, t := range list {
		g.rows = append(g.rows, []string{
			term.Line(t.Name, 60), number(t.Events), number(t.Duplicates), number(t.Devices), number(t.Files),
		})
	}
	lines := g.lines(p.width-2, p.color)
	p.line("  ", lines[0])
	for i := range list {
		p.line("  ", lines[i+1])
		p.hanging("    ", spanText(&list[i]), itemLines)
	}
}

// spanText says when a table's events lie and on which days there are none.
func spanText(t *finding.Table) string {
	text := "no events"
	if t.First != nil && t.Last != nil {
		text = forPeople(*t.First) + " to " + forPeople(*t.Last) + " UTC"
	}
	if n := len(t.GapDays); n > 0 {
		text += "; no events on " + count(int64(n), "day") + " between: " + some(t.GapDays, 12)
	}
	if t.Outside > 0 {
		text += "; " + count(t.Outside, "event") + " outside the window"
	}
	return text
}

// some joins the first few names and counts the others.
func some(names []string, width int) string {
	var parts []string
	for _, n := range names[:min(len(names), namesMost)] {
		parts = append(parts, term.Line(n, width))
	}
	text := strings.Join(parts, ", ")
	if n := len(names) - namesMost; n > 0 {
		text += fmt.Sprintf(" and %s more", number(int64(n)))
	}
	return text
}

// branchesRun lists the branches with hits, and names those without.
func (p *page) branchesRun(list []finding.BranchRun) {
	p.heading("Branches run")
	g := grid{header: []string{"", "", "HITS"}, right: []bool{false, false, true}}
	var without []string
	for _, b := range list {
		if b.Hits == 0 {
			without = append(without, term.Line(b.Name, 20))
			continue
		}
		g.rows = append(g.rows, []string{term.Line(b.Name, 20), term.Line(b.Title, p.width), number(b.Hits)})
	}
	switch {
	case len(list) == 0:
		p.line("  none")
	case len(g.rows) > 0:
		for _, l := range g.lines(p.width-2, p.color) {
			p.line("  ", l)
		}
	}
	if len(without) > 0 {
		p.hanging("  ", "no hits: "+strings.Join(without, ", "), 0)
	}
}

func (p *page) allowlist(s *finding.Summary) {
	if len(s.Suppressed) > 0 {
		p.heading("Allowlist and change tickets")
		entries := ownFirst(s.Suppressed)
		p.capped(len(entries), max(listMost, ownEntries(entries)), func(i int) { p.hanging("  ", entryText(&entries[i], 2*p.width), 2) })
	}
	if len(s.Expired) > 0 {
		p.heading("Allowlist entries past their date, not applied")
		p.hanging("  ", some(s.Expired, 60), itemLines)
	}
}

// actions are what an entry or a ticket can do to a case, in the words of a report; the
// gravest first.
var actions = []struct{ action, done string }{
	{"suppress", "suppressed by"},
	{"pierced", "kept in spite of"},
	{"down-rank", "lowered by"},
	{"change", "lowered by ticket"},
	{"tag", "tagged by"},
	{"none", "matched, without effect, by"},
}

// actionDone is an entry's action as what happened to its cases.
func actionDone(action string) string {
	for _, a := range actions {
		if a.action == action {
			return a.done
		}
	}
	return term.Line(action, 20) + " by"
}

// ownFirst sorts entries: the user's own and tickets before those that come with smew,
// then by what they did, then by name. Whoever wrote one looks for it here.
func ownFirst(list []finding.EntryCount) []finding.EntryCount {
	grave := func(e finding.EntryCount) int {
		for i, a := range actions {
			if a.action == e.Action {
				return i
			}
		}
		return len(actions)
	}
	theirs := func(e finding.EntryCount) int {
		if e.BuiltIn {
			return 1
		}
		return 0
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b finding.EntryCount) int {
		return cmp.Or(theirs(a)-theirs(b), grave(a)-grave(b), cmp.Compare(a.Entry, b.Entry))
	})
	return list
}

// ownEntries is how many of the list are the user's own, which no list cuts off.
func ownEntries(list []finding.EntryCount) int {
	n := 0
	for i := range list {
		if !list[i].BuiltIn {
			n++
		}
	}
	return n
}

// entryText is what an entry did, who answers for it, and why it is there.
func entryText(e *finding.EntryCount, width int) string {
	text := count(e.Cases, "case") + ", " + count(e.Events, "event") + " " + actionDone(e.Action) + " " + term.Line(e.Entry, 60)
	var who []string
	if e.Owner != "" {
		who = append(who, term.Line(e.Owner, 60))
	}
	if e.Expires != "" {
		who = append(who, "until "+term.Line(e.Expires, 20))
	}
	if len(who) > 0 {
		text += " (" + strings.Join(who, ", ") + ")"
	}
	return text + ": " + term.Line(e.Reason, width)
}

func (p *page) rejected(list []finding.Rejected) {
	if len(list) == 0 {
		return
	}
	p.heading("Rejected rows")
	p.capped(len(list), listMost, func(i int) {
		r := &list[i]
		p.hanging("  ", term.Line(r.File, fileLines*p.width), fileLines)
		p.hanging("    ", count(r.Rows, "row")+": "+term.Line(r.Reason, 2*p.width)+recordsText(r), itemLines)
	})
}

// recordsText is where the first rejected rows lie: " (record 3)".
func recordsText(r *finding.Rejected) string {
	if len(r.Records) == 0 {
		return ""
	}
	var parts []string
	for _, n := range r.Records[:min(len(r.Records), namesMost)] {
		parts = append(parts, fmt.Sprint(n))
	}
	noun := " (record "
	if r.Rows > 1 {
		noun = " (records "
	}
	if int64(len(parts)) < r.Rows {
		parts = append(parts, term.Ellipsis)
	}
	return noun + strings.Join(parts, ", ") + ")"
}

func (p *page) skipped(list []finding.Skipped) {
	if len(list) == 0 {
		return
	}
	p.heading("Skipped files")
	p.capped(len(list), listMost, func(i int) {
		p.hanging("  ", term.Line(list[i].File, (fileLines-1)*p.width)+": "+term.Line(list[i].Reason, p.width), fileLines)
	})
}

func (p *page) notes(list []string) {
	if len(list) == 0 {
		return
	}
	p.heading("Notes")
	p.capped(len(list), listMost, func(i int) {
		p.hanging("  ", term.Line(list[i], itemLines*p.width), itemLines)
	})
}

func (p *page) versions(v finding.Versions) {
	text := "smew " + orUnknown(term.Line(v.Smew, 40))
	for _, part := range contents(&v) {
		text += ", " + part.name + " " + short(part.hash)
	}
	for _, l := range term.Wrap(text, p.width, itemLines) {
		p.line(term.Dim.Paint(p.color, l))
	}
}

// content is what a result depends on, with its hash.
type content struct{ name, hash string }

func contents(v *finding.Versions) []content {
	return []content{
		{"branches", v.Branches}, {"weights", v.Weights}, {"allowlist", v.Allowlist}, {"changes", v.Changes}, {"reference", v.Reference},
	}
}

// short is the beginning of a hash, enough to tell two apart.
func short(hash string) string {
	if hash == "" {
		return "none"
	}
	return term.Sanitize(hash[:min(len(hash), 8)])
}

func orUnknown(version string) string {
	if version == "" {
		return "(no version)"
	}
	return version
}
