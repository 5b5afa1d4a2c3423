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

// lines lays the grid out: the header, then one line for each row.
func (g *grid) lines(width int, color bool) []string {
	widths := share(g.natural(), width)
	lines := []string{term.Dim.Paint(color, g.layout(g.header, widths, nil))}
	for _, row := range g.rows {
		lines = append(lines, g.layout(row, widths, nil))
	}
	return lines
}

// layout puts the cells of one row side by side, cut where they do not fit.
// Styles may hold one for each cell.
func (g *grid) layout(row []string, widths []int, styles []term.Style) string {
	var b strings.Builder
	for i, cell := range row {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", gap))
		}
		cell = term.Fit(cell, widths[i])
		space := strings.Repeat(" ", max(0, widths[i]-term.Columns(cell)))
		if styles != nil {
			cell = styles[i].Paint(true, cell)
		}
		if i < len(g.right) && g.right[i] {
			b.WriteString(space + cell)
		} else {
			b.WriteString(cell + space)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

const (
	// shortColumn is the width up to which a column is kept whole, if it can
	// be: times, ids and names, of which a part says little.
	shortColumn = 28
	// leastColumn is how narrow a longer column may get for that.
	leastColumn = 16
)

// share divides width among columns: short ones get what they need, the longer
// ones share the rest evenly. Where that is too tight, all of them share.
func share(natural []int, width int) []int {
	room := width - gap*(len(natural)-1)
	if widths, ok := keepShort(natural, room); ok {
		return widths
	}
	return level(natural, room)
}

// roomy tells whether a table of such columns reads well.
func roomy(natural []int, width int) bool {
	_, ok := keepShort(natural, width-gap*(len(natural)-1))
	return ok
}

func keepShort(natural []int, room int) ([]int, bool) {
	widths := make([]int, len(natural))
	var long []int // natural widths
	for i, n := range natural {
		if n > shortColumn {
			long = append(long, n)
			continue
		}
		widths[i] = n
		room -= n
	}
	if room < leastColumn*len(long) {
		return nil, false
	}
	long = level(long, room)
	for i, n := range natural {
		if n > shortColumn {
			widths[i], long = long[0], long[1:]
		}
	}
	return widths, true
}

// level gives columns what they need, and cuts the widest until all fit.
func level(natural []int, room int) []int {
	most := 0
	for _, n := range natural {
		most = max(most, n)
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
