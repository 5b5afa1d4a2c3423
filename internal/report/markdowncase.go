package report

import (
	"fmt"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

// markdownEvidence is how many events or records of a case are listed.
const markdownEvidence = 100

// explain is a page about one case.
func (m markdown) explain(c *finding.Case, s *finding.Summary, opts Options) {
	m.line("# Case ", prose(c.ID), ": ", fmt.Sprint(c.Score), " ", prose(string(c.Severity)))
	m.details(c, opts)
	m.line("\n### Made with")
	m.versions(&s.Versions)
}

// overview is a row for each case.
func (m markdown) overview(cases []finding.Case) {
	m.line("\n## Cases")
	var rows [][]string
	for i := range cases {
		c := &cases[i]
		what := cell(c.Title)
		if c.Suppressed {
			what += " (suppressed)"
		}
		rows = append(rows, []string{
			fmt.Sprint(c.Score), cell(string(c.Severity)), cell(deviceOf(c)), forPeople(c.First), what, cell(c.ID),
		})
		if c.Alike != nil {
			rows = append(rows, []string{"", "", cell(deviceOf(c)), "", cell(alikeText(c.Alike)), ""})
		}
	}
	m.table([]string{"score", "severity", "device", "first (UTC)", "what", "case"}, rows)
}

// details are all there is to say of a case.
func (m markdown) details(c *finding.Case, opts Options) {
	m.facts(c)
	m.arithmetic(c, opts)
	m.evidence(c)
	m.related(c.Related)
	m.list("What could not be seen", len(c.Missing), func(i int) string {
		return prose(c.Missing[i].Kind) + ": " + prose(c.Missing[i].Text)
	})
	m.applied(c)
}

func (m markdown) facts(c *finding.Case) {
	m.line()
	m.item("what", c.Title)
	m.item("device", deviceOf(c))
	if c.DeviceName != "" {
		m.item("device id", c.DeviceID)
	}
	m.line("- when: ", spanOf(c))
	if c.Account == "" {
		m.line("- account: not known")
	}
	m.item("account", c.Account)
	if c.AccountFrom != "" {
		m.line("- account known from: ", prose(c.AccountFrom))
	}
	m.item("client", c.Client)
	m.item("service", c.ServiceName)
	m.item("payload", c.Payload)
	m.item("payload path", c.PayloadPath)
	for _, b := range c.Branches {
		m.line("- branch: ", prose(b.Name), " ", prose(b.DetectionType), " (", prose(b.Technique), ")")
	}
	if text := kindsText(c); text != "" {
		m.line("- seen: ", prose(text))
	}
	if text := fleetText(&c.Fleet, 60); text != "" {
		m.line("- fleet: ", prose(text))
	}
	if c.Suppressed {
		m.line("- suppressed by the allowlist")
	}
}

// arithmetic is the sum of the reasons' points and what becomes of it.
func (m markdown) arithmetic(c *finding.Case, opts Options) {
	m.line("\n### Score")
	numbers := places(c)
	var rows [][]string
	for i := range c.Reasons {
		r := &c.Reasons[i]
		text := term.Line(r.Text, markdownInTable)
		if r.Detail != "" {
			text += ": " + term.Line(r.Detail, markdownInTable)
		}
		rows = append(rows, []string{fmt.Sprintf("%+d", r.Points), cell(r.Group), prose(text), prose(reasonNote(r, numbers))})
	}
	rows = append(rows, []string{fmt.Sprint(c.Raw), "", "sum", ""})
	m.table([]string{"points", "group", "reason", "from"}, rows)
	m.line()
	m.line("- ", prose(squashText(c.Raw)))
	m.line("- ", prose(floorText(c)))
	m.line("- score ", prose(scoreText(c)))
	if text := hardText(c); text != "" {
		m.line("- ", prose(text))
	}
	if text := uncounted(c, opts.Bases); text != "" {
		m.line("- ", prose(text))
	}
}

// evidence is a row for each event, in order of time.
func (m markdown) evidence(c *finding.Case) {
	m.line("\n### Evidence")
	var rows [][]string
	for i := range c.Evidence[:min(len(c.Evidence), markdownEvidence)] {
		e := &c.Evidence[i]
		rows = append(rows, []string{
			fmt.Sprint(i + 1), forPeople(e.Timestamp), cell(e.Kind), prose(term.Line(e.Title, 2*markdownInTable)), cell(recorded(e)), cell(actor(e)),
			prose(term.Line(branchNames(e.Branches), 40)), m.readFrom(e),
		})
	}
	m.table([]string{"", "when (UTC)", "kind", "what", "as recorded", "by", "branches", "read from"}, rows)
	m.leftOut(len(c.Evidence) - markdownEvidence)
}

// readFrom is where an event was read, and what is doubtful about the record.
func (m markdown) readFrom(e *finding.Event) string {
	text := prose(sourceText(&e.Source, markdownFile))
	for i := range e.Also {
		text += "; also " + prose(sourceText(&e.Also[i], markdownFile))
	}
	if e.TimestampNote != "" {
		text += "; time in doubt: " + cell(e.TimestampNote)
	}
	if e.InitiatingProcessNote != "" {
		text += "; initiating process " + cell(e.InitiatingProcessNote)
	}
	return text
}

func (m markdown) related(list []finding.Related) {
	if len(list) == 0 {
		return
	}
	m.line("\n### Beside it: records that no branch hit")
	var rows [][]string
	for i := range list[:min(len(list), markdownEvidence)] {
		r := &list[i]
		rows = append(rows, []string{
			forPeople(r.Timestamp), cell(r.Kind), cell(r.Text), cell(r.Account), prose(sourceText(&r.Source, markdownFile)),
		})
	}
	m.table([]string{"when (UTC)", "kind", "what", "account", "read from"}, rows)
	m.leftOut(len(list) - markdownEvidence)
}

// leftOut says how many rows a table has not.
func (m markdown) leftOut(n int) {
	if n > 0 {
		m.line("\n", moreThan(n))
	}
}

func (m markdown) applied(c *finding.Case) {
	list, numbers := c.Allowlist, places(c)
	if len(list) == 0 {
		return
	}
	m.line("\n### Allowlist and change tickets, for this case")
	var rows [][]string
	for i := range list {
		a := &list[i]
		note := cell(a.Note)
		if text := unmatchedText(a, numbers, markdownInTable); text != "" {
			note = strings.TrimPrefix(note+"; "+prose(text), "; ")
		}
		rows = append(rows, []string{
			cell(a.Entry), cell(a.Class), prose(appliedText(a)), fmt.Sprint(a.Points), cell(a.Reason), cell(a.Owner), note,
		})
	}
	m.table([]string{"entry or ticket", "class", "what it does", "points", "reason", "owner", "note"}, rows)
}
