package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

const (
	timeColumns = len("2006-01-02 15:04:05")
	idColumns   = 16
	// around is what a finding's first line needs besides the device: score,
	// severity, time, id and the gaps.
	around = 3 + 1 + 6 + 2 + 2 + timeColumns + 2 + idColumns

	detailIndent = "    "
	topReasons   = 5 // reasons in the why of a finding
)

// writeTable writes every finding as a block: a line to scan (how bad, where,
// when, which), then what happened and why it scores. The summary follows.
func writeTable(w io.Writer, r *finding.Result, opts Options) error {
	p := newPage(w, opts)
	if len(r.Findings) > 0 {
		device := p.deviceColumns(r.Findings)
		p.line(term.Dim.Paint(p.color, term.Pad("SCORE", 12)+term.Pad("DEVICE", device+2)+term.Pad("WHEN (UTC)", timeColumns+2)+"ID"))
		for i := range r.Findings {
			p.finding(&r.Findings[i], device)
			p.line()
		}
		p.rule()
	}
	p.summary(&r.Summary, opts)
	return nil
}

// deviceColumns is as wide as the longest name, as far as there is room.
func (p *page) deviceColumns(found []finding.Finding) int {
	widest, room := len("DEVICE"), p.width-around
	for i := range found {
		if widest >= room {
			return room
		}
		widest = max(widest, term.Columns(term.Line(deviceOf(&found[i]), room)))
	}
	return widest
}

func deviceOf(f *finding.Finding) string {
	switch {
	case f.DeviceName != "":
		return f.DeviceName
	case f.DeviceID != "":
		return f.DeviceID
	}
	return "(no device)"
}

func (p *page) finding(f *finding.Finding, device int) {
	style := severityStyle(f.Severity)
	p.line(
		style.Paint(p.color, fmt.Sprintf("%3d %s", f.Score, term.Pad(severityWord(f.Severity), 6))), "  ",
		term.Bold.Paint(p.color, term.Pad(term.Line(deviceOf(f), device), device)), "  ",
		term.Pad(forPeople(f.Timestamp), timeColumns), "  ",
		term.Line(f.ID, idColumns),
	)
	p.hanging(detailIndent, term.Line(f.Title, 2*p.width), 2)
	p.detail("by", actor(f))
	p.detail("cmd", f.ProcessCommandLine)
	p.detail("reg", registryValue(f))
	if f.Table == "DeviceFileEvents" {
		p.label("file", f.FolderPath, 2)
	}
	if f.Payload != "" && f.RegistryValueData != f.Payload && !strings.Contains(f.Title, f.Payload) {
		p.label("runs", term.Line(f.Payload, 3*p.width), 3)
	}
	if len(f.Also) > 0 {
		p.detail("seen", telemetryText(f))
	}
	if f.TimestampNote != "" {
		p.detail("time", "in doubt: "+f.TimestampNote)
	}
	p.label("why", why(f), whyLines)
	for _, a := range f.Allowlist {
		p.label(allowLabel(a), allowText(a), 2)
	}
}

// whyLines are enough for the reasons that are shown; --format json has all of them.
const whyLines = 8

// detail is one line of text from data; an empty one is left out.
func (p *page) detail(label, text string) {
	if text == "" {
		return
	}
	prefix := detailIndent + term.Pad(label, 5)
	p.line(detailIndent, term.Dim.Paint(p.color, term.Pad(label, 5)), term.Line(text, p.width-len(prefix)))
}

// label is text that may take some lines.
func (p *page) label(label, text string, most int) {
	prefix := detailIndent + term.Dim.Paint(p.color, term.Pad(label, 5))
	indent := len(detailIndent) + 5
	for i, l := range term.Wrap(text, p.width-indent, most) {
		if i > 0 {
			prefix = strings.Repeat(" ", indent)
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

// actor is who did it: account, program and the program's command line.
func actor(f *finding.Finding) string {
	program := f.InitiatingProcessFileName
	// A command line that is only the program's name says nothing more.
	if f.InitiatingProcessCommandLine != "" && !strings.EqualFold(f.InitiatingProcessCommandLine, program) {
		if program != "" {
			program += ": "
		}
		program += f.InitiatingProcessCommandLine
	}
	switch {
	case f.Account == "":
		return program
	case program == "":
		return f.Account
	}
	return f.Account + ", " + program
}

// telemetryText names the kinds of record that tell of the event.
func telemetryText(f *finding.Finding) string {
	kinds := []string{}
	for _, s := range append([]finding.Source{f.Source}, f.Also...) {
		if s.Telemetry != "" && !slices.Contains(kinds, s.Telemetry) {
			kinds = append(kinds, s.Telemetry)
		}
	}
	return strings.Join(kinds, ", ")
}

// registryValue is what was written, as "…\Services\Name\ImagePath = data".
// The end of a key tells more than its beginning.
func registryValue(f *finding.Finding) string {
	if f.RegistryKey == "" && f.RegistryValueName == "" {
		return ""
	}
	key := f.RegistryKey
	if at := lastParts(key, 2); at > 0 {
		key = term.Ellipsis + key[at:]
	}
	if f.RegistryValueName != "" {
		key += `\` + f.RegistryValueName
	}
	if f.RegistryValueData == "" {
		return key
	}
	return key + " = " + f.RegistryValueData
}

// lastParts returns where the last n parts of a path begin, at a backslash, or
// 0 if it has no more than that.
func lastParts(path string, n int) int {
	at := len(path)
	for range n {
		next := strings.LastIndexByte(path[:at], '\\')
		if next < 0 {
			return 0
		}
		at = next
	}
	return at
}

// why is the branches that hit and the reasons that weigh most, points first.
func why(f *finding.Finding) string {
	reasons := slices.Clone(f.Reasons)
	slices.SortStableFunc(reasons, func(a, b finding.Reason) int { return magnitude(b.Points) - magnitude(a.Points) })
	var parts []string
	for _, r := range reasons[:min(len(reasons), topReasons)] {
		parts = append(parts, reasonText(r))
	}
	if n := len(reasons) - topReasons; n > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", n))
	}
	names := branchNames(f.Branches)
	if names == "" {
		return strings.Join(parts, "; ")
	}
	return term.Line(names, 40) + ": " + strings.Join(parts, "; ")
}

func magnitude(n int) int { return max(n, -n) }

// reasonText is "+25 started by an Office program".
func reasonText(r finding.Reason) string {
	return fmt.Sprintf("%+d %s", r.Points, term.Line(r.Text, 120))
}

func branchNames(branches []finding.Branch) string {
	names := make([]string, len(branches))
	for i, b := range branches {
		names[i] = b.Name
	}
	return strings.Join(names, ", ")
}

// allowLabel says what an entry did: hid the finding, lowered it, could do
// neither because of a hard reason, or tagged it.
func allowLabel(a finding.Applied) string {
	switch a.Action {
	case "suppress":
		return "hid"
	case "down-rank":
		return "less"
	case "pierced":
		return "kept"
	}
	return term.Line(a.Action, 4)
}

func allowText(a finding.Applied) string {
	text := "allowlist " + term.Line(a.Entry, 60)
	if a.Action == "pierced" {
		text = "in spite of " + text
	}
	text += ": " + term.Line(a.Reason, 200)
	if a.Owner != "" {
		text += " (" + term.Line(a.Owner, 60) + ")"
	}
	return text
}
