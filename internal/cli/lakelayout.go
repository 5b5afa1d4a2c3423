package cli

import (
	"io"
	"strings"

	"github.com/dustin/go-humanize"

	"smew/internal/term"
)

// writeColumns writes a plain table, columns two spaces apart. align has a letter for
// each column: l or r. Cells are made safe here; what is too wide is cut in the first.
func writeColumns(w io.Writer, header []string, align string, rows [][]string, width int) error {
	widths := make([]int, len(header))
	safe := [][]string{make([]string, len(header))}
	for i, h := range header {
		safe[0][i] = strings.ToUpper(h)
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = term.Sanitize(c)
		}
		safe = append(safe, cells)
	}
	all := 2 * (len(header) - 1)
	for i := range header {
		for _, row := range safe {
			widths[i] = max(widths[i], term.Columns(row[i]))
		}
		all += widths[i]
	}
	widths[0] = max(8, min(widths[0], widths[0]-(all-width)))
	p := &lines{w: w}
	for _, row := range safe {
		var line strings.Builder
		for i, c := range row {
			c = term.Fit(c, widths[i])
			if align[i] == 'r' {
				c = strings.Repeat(" ", widths[i]-term.Columns(c)) + c
			}
			line.WriteString(term.Pad(c, widths[i]+2))
		}
		p.line("%s", strings.TrimRight(line.String(), " "))
	}
	return p.err
}

// hanging writes text under a label, its further lines below the text.
func hanging(p *lines, label, text string, width int) {
	for i, line := range term.Wrap(text, width-term.Columns(label), 0) {
		if i > 0 {
			label = strings.Repeat(" ", term.Columns(label))
		}
		p.line("%s%s", label, line)
	}
}

// dayCount writes a number of days.
func dayCount(n int) string {
	if n == 1 {
		return "1 day"
	}
	return humanize.Comma(int64(n)) + " days"
}
