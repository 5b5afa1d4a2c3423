package report

import (
	"fmt"
	"io"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

const (
	timeColumns = len("2006-01-02 15:04:05")
	idColumns   = 16
	// around is what a case's first line needs besides the device: score,
	// severity, time, id and the gaps.
	around = 3 + 1 + 6 + 2 + 2 + timeColumns + 2 + idColumns

	detailIndent = "    "
	whyLines     = 2 // lines of the why of a case; explain has all of it
)

// writeTable writes every case as a block: a line to scan (how bad, where, when,
// which), then what it is, who asked for it, what tells of it and why it scores. The
// summary follows.
func writeTable(w io.Writer, r *finding.Result, opts Options) error {
	p := newPage(w, opts)
	if len(r.Cases) > 0 {
		device := p.deviceColumns(r.Cases)
		p.line(term.Dim.Paint(p.color, term.Pad("SCORE", 12)+term.Pad("DEVICE", device+2)+term.Pad("FIRST (UTC)", timeColumns+2)+"CASE"))
		for i := range r.Cases {
			p.block(&r.Cases[i], device)
			p.line()
			if r.Cases[i].Alike != nil {
				p.hanging(detailIndent, alikeText(r.Cases[i].Alike), itemLines)
				p.line()
			}
		}
		p.goOn(&r.Cases[0])
		p.rule()
	}
	p.summary(&r.Summary, opts)
	return nil
}

// goOn says how to look at a case, with one that is there.
func (p *page) goOn(c *finding.Case) {
	p.line("All there is to a case: smew explain ", term.Line(c.ID, idColumns), " PATH…")
}

// deviceColumns is as wide as the longest name, as far as there is room.
func (p *page) deviceColumns(cases []finding.Case) int {
	widest, room := len("DEVICE"), p.width-around
	for i := range cases {
		if widest >= room {
			return room
		}
		widest = max(widest, term.Columns(term.Line(deviceOf(&cases[i]), room)))
	}
	return widest
}

// block is a case in a handful of lines.
func (p *page) block(c *finding.Case, device int) {
	style := severityStyle(c.Severity)
	p.line(
		style.Paint(p.color, fmt.Sprintf("%3d %s", c.Score, term.Pad(severityWord(c.Severity), 6))), "  ",
		term.Bold.Paint(p.color, term.Pad(term.Line(deviceOf(c), device), device)), "  ",
		term.Pad(forPeople(c.First), timeColumns), "  ",
		term.Line(c.ID, idColumns),
	)
	p.hanging(detailIndent, term.Line(c.Title, 2*p.width), 2)
	if c.Payload != "" && !strings.Contains(c.Title, c.Payload) {
		p.detail("runs", c.Payload)
	}
	p.detail("who", whoText(c, p.width-labelIndent))
	p.label("seen", seenText(c), 2)
	p.label("why", whyText(c, p.width-labelIndent, whyLines), whyLines)
	p.allowed(c.Allowlist)
}

// allowedMost is how many entries and tickets a case's block names, a line each.
const allowedMost = 3

func (p *page) allowed(list []finding.Applied) {
	list = byEffect(list)
	for i := range list[:min(len(list), allowedMost)] {
		p.label(allowLabel(&list[i]), allowText(&list[i]), 1)
	}
	if n := len(list) - allowedMost; n > 0 {
		p.label("", fmt.Sprintf("and %s more that match", number(int64(n))), 1)
	}
}

// labelIndent is where the text after a label begins.
const labelIndent = len(detailIndent) + 5

// detail is one line of text from data; an empty one is left out.
func (p *page) detail(label, text string) {
	if text == "" {
		return
	}
	p.line(detailIndent, term.Dim.Paint(p.color, term.Pad(label, 5)), term.Line(text, p.width-labelIndent))
}

// label is safe text that may take some lines; an empty one is left out.
func (p *page) label(label, text string, most int) {
	prefix := detailIndent + term.Dim.Paint(p.color, term.Pad(label, 5))
	for i, l := range term.Wrap(text, p.width-labelIndent, most) {
		if i > 0 {
			prefix = strings.Repeat(" ", labelIndent)
		}
		p.line(prefix, l)
	}
}

// severityWord is the severity in at most six columns.
func severityWord(s finding.Severity) string {
	if s == finding.Informational {
		return "info"
	}
	return term.Line(string(s), 6)
}

func severityStyle(s finding.Severity) term.Style {
	switch s {
	case finding.High:
		return term.Red
	case finding.Medium:
		return term.Yellow
	case finding.Low:
		return term.Cyan
	default:
		return term.Dim
	}
}
