package validate

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"smew/internal/term"
)

// Options are how a matrix is shown.
type Options struct {
	Width int
	Color bool
}

// WriteTable writes the matrix for people: of each scenario and kind of telemetry
// what fired, what is broken and what cannot be seen, then the promises that are
// broken.
func WriteTable(w io.Writer, m *Matrix, opts Options) error {
	p := &page{w: w, width: max(opts.Width, 40), color: opts.Color}
	last := ""
	for i := range m.Rows {
		r := &m.Rows[i]
		if r.Scenario != last {
			last = r.Scenario
			p.scenario(r)
		}
		p.row(r, m.Branches)
	}
	p.broken(m)
	for _, l := range p.verdict(m) {
		p.hanging("", l)
	}
	return p.err
}

// page writes lines and keeps the first error.
type page struct {
	w     io.Writer
	width int
	color bool
	err   error
}

func (p *page) line(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, strings.TrimRight(text, " ")+"\n")
	}
}

// hanging writes safe text after a prefix, the later lines indented below.
func (p *page) hanging(prefix, text string) { p.painted(prefix, term.Columns(prefix), text) }

// painted is hanging after a prefix that may have colours in it.
func (p *page) painted(prefix string, columns int, text string) {
	indent := strings.Repeat(" ", columns)
	for i, l := range term.Wrap(text, p.width-columns, 0) {
		if i > 0 {
			prefix = indent
		}
		p.line(prefix + l)
	}
}

func (p *page) scenario(r *Row) {
	id := term.Line(r.Scenario, p.width)
	atomic := ""
	if r.Atomic != "" {
		atomic = "  Atomic " + r.Atomic[:8]
	}
	if term.Columns(id)+len(atomic) > p.width {
		atomic = ""
	}
	p.line(term.Bold.Paint(p.color, id) + term.Dim.Paint(p.color, atomic))
	p.hanging("  ", term.Sanitize(r.Title))
}

// kindColumns is as wide as the longest kind of telemetry.
const kindColumns = len("powershell")

func (p *page) row(r *Row, branches []Branch) {
	var fired, missing, unexpected, unseen []string
	for i, c := range r.Cells {
		switch {
		case c.Broken && c.Promise == MustFire:
			missing = append(missing, c.Branch)
		case c.Broken:
			unexpected = append(unexpected, c.Branch)
		case c.State == Fired:
			fired = append(fired, c.Branch)
		case c.State == NotVisible && samePlatform(r.Platform, branches[i].Platform):
			unseen = append(unseen, c.Branch)
		}
	}
	mark, style := "✓", term.Cyan
	if len(missing)+len(unexpected) > 0 {
		mark, style = "✗", term.Red
	}
	var parts []string
	if len(fired) > 0 {
		parts = append(parts, strings.Join(fired, " "))
	}
	if len(missing) > 0 {
		parts = append(parts, "MISSING "+strings.Join(missing, " "))
	}
	if len(unexpected) > 0 {
		parts = append(parts, "UNEXPECTED "+strings.Join(unexpected, " "))
	}
	if len(parts) == 0 && !r.Recorded {
		p.hanging("  "+term.Pad(r.Telemetry, kindColumns)+" - ", "records nothing of it")
		return
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing fired")
	}
	text := strings.Join(parts, "; ")
	if len(unseen) > 0 && r.Recorded {
		text += "; not visible: " + ranges(unseen)
	}
	p.painted("  "+term.Pad(r.Telemetry, kindColumns)+" "+style.Paint(p.color, mark)+" ", 2+kindColumns+3, text)
}

// samePlatform tells whether a branch is about the platform of a scenario;
// containers are a matter of Linux.
func samePlatform(scenario, branch string) bool {
	return scenario == branch || scenario == "linux" && branch == "containers"
}

// ranges shortens ids that follow each other: W05–W08 W10.
func ranges(ids []string) string {
	var out []string
	for i := 0; i < len(ids); {
		j := i
		for j+1 < len(ids) && follows(ids[j], ids[j+1]) {
			j++
		}
		switch {
		case j-i >= 2:
			out = append(out, ids[i]+"–"+ids[j])
		default:
			out = append(out, ids[i:j+1]...)
		}
		i = j + 1
	}
	return strings.Join(out, " ")
}

// follows tells whether b is the id after a.
func follows(a, b string) bool {
	if len(a) != len(b) || a[:1] != b[:1] {
		return false
	}
	x, err1 := strconv.Atoi(a[1:])
	y, err2 := strconv.Atoi(b[1:])
	return err1 == nil && err2 == nil && y == x+1
}

func (p *page) broken(m *Matrix) {
	if len(m.Broken) == 0 {
		p.line("")
		return
	}
	p.line("")
	p.line(term.Bold.Paint(p.color, "Broken promises"))
	for _, text := range together(m.Broken) {
		p.hanging("  ✗ ", term.Sanitize(text))
	}
	p.line("")
}

// together says once what is broken alike in several kinds of telemetry.
func together(list []Break) []string {
	type act struct{ scenario, message string }
	var order []act
	kinds := map[act][]string{}
	for _, b := range list {
		a := act{b.Scenario, b.Message}
		if _, ok := kinds[a]; !ok {
			order = append(order, a)
		}
		kinds[a] = append(kinds[a], b.Telemetry)
	}
	texts := make([]string, len(order))
	for i, a := range order {
		texts[i] = Break{Scenario: a.scenario, Telemetry: strings.Join(kinds[a], ", "), Message: a.message}.String()
	}
	return texts
}

// String is the promise with its place.
func (b Break) String() string {
	var place []string
	for _, s := range []string{b.Scenario, b.Telemetry} {
		if s != "" {
			place = append(place, s)
		}
	}
	if len(place) == 0 {
		return b.Message
	}
	return strings.Join(place, " ") + ": " + b.Message
}

// verdict are the last lines.
func (p *page) verdict(m *Matrix) []string {
	c := &m.Counts
	sums := fmt.Sprintf("%s over %s: %s fired, %s silent, %s not visible",
		counted(len(m.Branches), "branch", "branches"), counted(c.Scenarios, "scenario", "scenarios"),
		humanize.Comma(int64(c.Fired)), humanize.Comma(int64(c.Silent)), humanize.Comma(int64(c.NotVisible)))
	if c.Broken == 0 {
		return []string{sums, "every promise is kept"}
	}
	return []string{sums, counted(c.Broken, "promise is", "promises are") + " broken"}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(int64(n)) + " " + many
}

// techniques lists the techniques of branches and scenarios, sorted.
func (m *Matrix) techniques() []string {
	var list []string
	for _, b := range m.Branches {
		list = append(list, b.Technique)
	}
	for _, r := range m.Rows {
		list = append(list, r.Technique)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
