package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

// ExplainFormats lists the formats of [Explain].
func ExplainFormats() []string { return []string{"table", "json", "markdown"} }

// Explain writes one case with all that is known of it: the arithmetic of its score line
// by line, what each line rests on, the evidence in order of time, what was allowed and
// by whom, and what could not be seen.
func Explain(w io.Writer, format string, c *finding.Case, s *finding.Summary, opts Options) error {
	b := bufio.NewWriter(w)
	var err error
	switch format {
	case "table":
		newPage(b, opts).explain(c, s, opts)
	case "json":
		err = WriteJSON(b, jsonExplained{Case: newJSONCase("", c), Versions: s.Versions})
	case "markdown":
		markdown{b}.explain(c, s, opts)
	default:
		return errors.New("no format \"" + term.Sanitize(format) + "\": want " + strings.Join(ExplainFormats(), ", "))
	}
	if err != nil {
		return err
	}
	return b.Flush()
}

type jsonExplained struct {
	Case     jsonCase         `json:"case"`
	Versions finding.Versions `json:"versions"`
}

func (p *page) explain(c *finding.Case, s *finding.Summary, opts Options) {
	p.about(c)
	p.arithmetic(c, opts)
	p.evidence(c)
	p.related(c.Related)
	p.unseen(c.Missing)
	p.applied(c)
	p.line()
	p.versions(s.Versions)
}

// about is the head: what the case is of.
func (p *page) about(c *finding.Case) {
	p.line(severityStyle(c.Severity).Paint(p.color, fmt.Sprintf("%d %s", c.Score, term.Line(string(c.Severity), 20))),
		"  ", term.Bold.Paint(p.color, term.Line(deviceOf(c), p.width-50)), "  case ", term.Line(c.ID, idColumns))
	p.below(0, term.Line(c.Title, itemLines*p.width))
	p.line()
	if c.Suppressed {
		p.field("Hidden", "by the allowlist: a hunt shows it with --show-suppressed")
	}
	if c.DeviceID != c.DeviceName && c.DeviceName != "" {
		p.fact("Device id", c.DeviceID)
	}
	p.field("When", spanOf(c))
	p.field("Account", accountText(c))
	p.fact("Client", c.Client)
	p.fact("Service", c.ServiceName)
	p.fact("Runs", c.Payload)
	if !strings.EqualFold(c.PayloadPath, c.Payload) {
		p.fact("Path", c.PayloadPath)
	}
	p.field("Seen", kindsText(c))
	p.field("Fleet", fleetText(&c.Fleet, 60))
	for i, b := range c.Branches {
		label := ""
		if i == 0 {
			label = "Branches"
		}
		p.field(label, branchText(b))
	}
}

// spanOf is when a case's evidence lies.
func spanOf(c *finding.Case) string {
	first := forPeople(c.First)
	if c.First.IsZero() {
		return first
	}
	if last := forPeople(c.Last); last != first && !c.Last.IsZero() {
		first += " to " + last
	}
	return first + " UTC"
}

// branchText is "W05 Service Installed (T1543.003)".
func branchText(b finding.Branch) string {
	text := term.Line(b.Name, 20) + " " + term.Line(b.DetectionType, 60)
	if b.Technique != "" {
		text += " (" + term.Line(b.Technique, 20) + ")"
	}
	return text
}

// fieldColumns is the width of a field's label, with the space after it.
const fieldColumns = 11

// field is safe text after its label; an empty one is left out.
func (p *page) field(label, text string) {
	if text != "" {
		p.hanging(term.Pad(label, fieldColumns), text, factLines)
	}
}

// factLines are the lines of one value.
const factLines = 6

// fact is a value from data after its label.
func (p *page) fact(label, value string) {
	p.field(label, term.Line(value, factLines*p.width))
}

// reasonIndent is where a reason's words begin: after its points and its group.
const reasonIndent = 2 + 4 + 2 + 13 + 2

// arithmetic prints how the score comes about, a reason a line.
func (p *page) arithmetic(c *finding.Case, opts Options) {
	p.heading("Score")
	numbers := places(c)
	for i := range c.Reasons {
		r := &c.Reasons[i]
		p.hanging(fmt.Sprintf("  %+4d  %s  ", r.Points, term.Pad(term.Line(r.Group, 13), 13)), term.Line(r.Text, itemLines*p.width), itemLines)
		p.below(reasonIndent, term.Line(r.Detail, itemLines*p.width))
		p.below(reasonIndent, reasonNote(r, numbers))
	}
	p.line("  ────")
	p.line(fmt.Sprintf("  %4d  ", c.Raw), "sum")
	const indent = 2 + 4 + 2
	p.below(indent, squashText(c.Raw))
	p.below(indent, floorText(c))
	p.below(indent, "score "+scoreText(c))
	p.below(indent, hardText(c))
	p.below(indent, uncounted(c, opts.Bases))
}

// below is safe text on lines of its own, indented, for what goes with the line above.
func (p *page) below(indent int, text string) {
	if text != "" {
		p.hanging(strings.Repeat(" ", indent), text, itemLines)
	}
}

// relatedMost and evidenceMost are how many records a page shows.
const (
	evidenceMost = 50
	relatedMost  = 20
)

// evidence prints the events in order of time, with all that each one says.
func (p *page) evidence(c *finding.Case) {
	p.heading("Evidence: " + count(int64(len(c.Evidence)), "event") + " that branches hit")
	p.capped(len(c.Evidence), evidenceMost, func(i int) { p.event(i+1, &c.Evidence[i]) })
}

// titleLines are the lines of an event's title, whose words come again below.
const titleLines = 2

// eventIndent is where the lines of an event begin.
const eventIndent = 6

func (p *page) event(n int, e *finding.Event) {
	p.line(fmt.Sprintf("%4d  ", n), forPeople(e.Timestamp), "  ", term.Pad(term.Line(e.Kind, 8), 8), "  ",
		term.Dim.Paint(p.color, term.Line(branchNames(e.Branches), max(10, p.width-37))))
	p.hanging(strings.Repeat(" ", eventIndent), term.Line(e.Title, titleLines*p.width), titleLines)
	p.by(e)
	p.said("cmd", e.ProcessCommandLine)
	p.said("reg", registryValue(e))
	if e.Table == "DeviceFileEvents" {
		p.said("file", e.FolderPath)
	}
	if !strings.Contains(e.Title+"\n"+e.ProcessCommandLine+"\n"+e.RegistryValueData, e.Payload) {
		p.said("runs", e.Payload)
	}
	if e.TimestampNote != "" {
		p.said("time", "in doubt: "+e.TimestampNote)
	}
	if len(e.Reasons) > 0 {
		p.told("why", some(e.Reasons, 40))
	}
	if len(e.Allowlist) > 0 {
		p.told("allow", some(e.Allowlist, 60))
	}
	p.from("from", &e.Source)
	for i := range e.Also {
		p.from("and", &e.Also[i])
	}
}

// by is who did it, and what is to be said of how that is known; the note alone where
// nobody is known.
func (p *page) by(e *finding.Event) {
	who := actor(e)
	p.said("by", who)
	if who == "" {
		p.said("by", e.InitiatingProcessNote)
		return
	}
	p.said("", e.InitiatingProcessNote)
}

// said is a value of an event, from data; an empty one is left out.
func (p *page) said(label, value string) { p.told(label, term.Line(value, itemLines*p.width)) }

// fileColumns bounds a file's name, which is anybody's: far more than paths have.
const fileColumns = 1_000

// from is where a record was read. A file is opened by its whole path, so it is wrapped
// and never cut.
func (p *page) from(label string, s *finding.Source) {
	p.hanging(strings.Repeat(" ", eventIndent)+term.Pad(label, 6), sourceText(s, fileColumns), 0)
}

// told is safe text about an event.
func (p *page) told(label, text string) {
	if text != "" {
		p.hanging(strings.Repeat(" ", eventIndent)+term.Pad(label, 6), text, itemLines)
	}
}

// related prints the records that no branch hit.
func (p *page) related(list []finding.Related) {
	if len(list) == 0 {
		return
	}
	p.heading("Beside it: records that no branch hit")
	p.capped(len(list), relatedMost, func(i int) {
		r := &list[i]
		p.line("      ", forPeople(r.Timestamp), "  ", term.Line(r.Kind, 8))
		p.hanging(strings.Repeat(" ", eventIndent), term.Line(r.Text, itemLines*p.width), itemLines)
		p.said("by", r.Account)
		p.from("from", &r.Source)
	})
}

// unseen prints which kinds of telemetry are missing, and what that hides.
func (p *page) unseen(list []finding.Missing) {
	if len(list) == 0 {
		return
	}
	p.heading("What could not be seen")
	p.capped(len(list), listMost, func(i int) {
		p.hanging("  "+term.Pad(term.Line(list[i].Kind, 8), 10), term.Line(list[i].Text, itemLines*p.width), itemLines)
	})
}

// applied prints the entries and tickets that match evidence of the case.
func (p *page) applied(c *finding.Case) {
	list, numbers := c.Allowlist, places(c)
	if len(list) == 0 {
		return
	}
	p.heading("Allowlist and change tickets")
	p.capped(len(list), listMost, func(i int) {
		a := &list[i]
		p.hanging("  ", term.Line(a.Entry, 60)+" ("+term.Line(a.Class, 40)+"): "+appliedText(a), itemLines)
		p.below(4, labelled("reason", a.Reason, p.width))
		p.below(4, labelled("owner", a.Owner, p.width))
		p.below(4, labelled("note", a.Note, itemLines*p.width))
		p.below(4, unmatchedText(a, numbers, p.width))
	})
}

// unmatchedText says which evidence an entry does not match, as far as it is known: the
// reader must know what is missing of a ticket that ought to have lowered the case.
func unmatchedText(a *finding.Applied, numbers map[string]int, width int) string {
	var list []string
	for _, u := range a.Unmatched {
		if n, ok := numbers[u.Event]; ok {
			list = append(list, fmt.Sprintf("evidence %d: ", n)+term.Line(u.Why, width))
		}
	}
	if len(list) == 0 {
		return ""
	}
	text := "does not match " + strings.Join(list, "; ")
	if n := len(numbers) - int(a.Covers) - len(list); n > 0 {
		text += fmt.Sprintf("; and %s more", number(int64(n)))
	}
	return text
}

func labelled(label, value string, width int) string {
	if value == "" {
		return ""
	}
	return label + ": " + term.Line(value, width)
}

// appliedText is what an entry or ticket did to a case.
func appliedText(a *finding.Applied) string {
	done := term.Line(a.Action, 20)
	switch {
	case a.Action == "suppress":
		done = "hides it"
		if a.Points < 0 {
			done += " and lowers it"
		}
	case a.Action == "pierced":
		done = "neither hides nor lowers it"
	case a.Points < 0:
		done = "lowers it"
	case a.Action == "down-rank" || a.Action == "change":
		done = "does not lower it"
	case a.Action == "tag":
		done = "tags it"
	}
	if a.Points < 0 {
		done += fmt.Sprintf(" by %d", -a.Points)
	}
	return done + ", matches " + count(a.Covers, "event") + " of it"
}
