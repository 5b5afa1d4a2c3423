package report

import (
	"strings"

	"smew/internal/term"
)

// grid is a plain table: columns two spaces apart, no lines around them. It is
// laid out here and not by tablewriter, which measures text by the locale and
// terminal it finds itself in: equal results must give equal bytes.
type grid struct {
	header []string
	rows   [][]string // safe text
	right  []bool     // columns of numbers; may be shorter than the header
}

const gap = 2

// natural is the width of each column if nothing is cut.
func (g *grid) natural() []int {
	widths := make([]int, len(g.header))
	for i, h := range g.header {
		widths[i] = term.Columns(h)
	}
	for _, row := range g.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], term.Columns(cell))
		}
	}
	return widths
}

// lines lays the grid out: the header, then a line for each row.
func (g *grid) lines(width int, color bool) []string {
	widths := share(g.natural(), width)
	lines := []string{term.Dim.Paint(color, g.layout(g.header, widths))}
	for _, row := range g.rows {
		lines = append(lines, g.layout(row, widths))
	}
	return lines
}

// layout puts the cells of one row side by side.
func (g *grid) layout(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", gap))
		}
		cell = term.Fit(cell, widths[i])
		if i < len(g.right) && g.right[i] {
			b.WriteString(term.PadLeft(cell, widths[i]))
		} else {
			b.WriteString(term.Pad(cell, widths[i]))
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// share divides width among columns. Narrow ones get what they need; the wide
// ones share the rest evenly.
func share(natural []int, width int) []int {
	room := width - gap*(len(natural)-1)
	most := 0
	total := 0
	for _, n := range natural {
		total += n
		most = max(most, n)
	}
	if total <= room {
		return natural
	}
	for most > 1 && capped(natural, most) > room {
		most--
	}
	left := room - capped(natural, most)
	widths := make([]int, len(natural))
	for i, n := range natural {
		widths[i] = min(n, most)
		if n > most && left > 0 {
			widths[i]++
			left--
		}
	}
	return widths
}

// capped is the sum of the widths if none exceeds most.
func capped(widths []int, most int) int {
	sum := 0
	for _, n := range widths {
		sum += min(n, most)
	}
	return sum
}
