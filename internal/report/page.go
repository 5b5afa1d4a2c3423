package report

import (
	"fmt"
	"io"
	"strings"

	"smew/internal/term"
)

// minWidth is the narrowest page that a case's first line fits.
const minWidth = 60

// page is text laid out for a number of columns. The writer below keeps its
// first error itself (see buffered).
type page struct {
	w     io.Writer
	width int
	color bool
}

func newPage(w io.Writer, opts Options) *page {
	return &page{w: w, width: max(opts.width(), minWidth), color: opts.Color}
}

// line writes safe text, without the spaces at its end.
func (p *page) line(parts ...string) {
	_, _ = io.WriteString(p.w, strings.TrimRight(strings.Join(parts, ""), " ")+"\n")
}

// rule draws a line across the page.
func (p *page) rule() {
	p.line(term.Dim.Paint(p.color, strings.Repeat("─", p.width)))
}

// heading begins a section.
func (p *page) heading(text string) {
	p.line()
	p.line(term.Bold.Paint(p.color, text))
}

// hanging writes safe text after a prefix, wrapped to at most most lines (0 is
// no bound), the later ones indented below the first.
func (p *page) hanging(prefix, text string, most int) {
	indent := term.Columns(prefix)
	lines := term.Wrap(text, p.width-indent, most)
	if len(lines) == 0 {
		p.line(prefix)
		return
	}
	for i, l := range lines {
		if i > 0 {
			prefix = strings.Repeat(" ", indent)
		}
		p.line(prefix, l)
	}
}

// capped calls each for the first most of n things and says how many there are
// besides.
func (p *page) capped(n, most int, each func(i int)) {
	for i := range min(n, most) {
		each(i)
	}
	if n > most {
		p.line("  ", moreThan(n-most))
	}
}

func moreThan(n int) string { return fmt.Sprintf("and %s more (use --format json)", number(int64(n))) }

// number writes 1234567 as 1,234,567.
func number(n int64) string {
	s := fmt.Sprint(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count is a number and its noun: "1 row", "2 rows".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "ch") {
		return number(n) + " " + noun + "es"
	}
	return number(n) + " " + noun + "s"
}
