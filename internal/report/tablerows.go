package report

import (
	"bufio"
	"fmt"

	"smew/internal/term"
)

// tableRows lays a table out. The first rows decide the widths of the columns;
// later ones go out as they come.
type tableRows struct {
	w      *bufio.Writer
	header []string
	width  int
	color  bool

	held   [][]any // until the widths are known
	widths []int
	grid   grid
	tall   bool // columns below each other
	count  int
}

// tableHeld is how many rows decide the widths.
const tableHeld = 1000

func (t *tableRows) Write(row []any) error {
	if t.widths == nil {
		t.held = append(t.held, row)
		if len(t.held) < tableHeld {
			return nil
		}
		return t.begin()
	}
	return t.print(row)
}

func (t *tableRows) Close() error {
	if t.widths == nil {
		if err := t.begin(); err != nil {
			return err
		}
	}
	if t.count == 0 {
		_, err := t.w.WriteString("no rows\n")
		return err
	}
	return nil
}

// begin decides on the layout, and prints the header and the rows held.
func (t *tableRows) begin() error {
	t.grid = grid{header: make([]string, len(t.header)), right: make([]bool, len(t.header))}
	for i, name := range t.header {
		t.grid.header[i] = term.Line(name, t.width)
		t.grid.right[i] = t.allNumbers(i)
	}
	for _, row := range t.held {
		t.grid.rows = append(t.grid.rows, t.cells(row))
	}
	natural := t.grid.natural()
	t.widths = share(natural, t.width)
	t.tall = !roomy(natural, t.width)
	if !t.tall {
		_, _ = t.w.WriteString(term.Bold.Paint(t.color, t.grid.layout(t.grid.header, t.widths, nil)) + "\n")
	}
	held := t.held
	t.held = nil
	t.grid.rows = nil
	for _, row := range held {
		if err := t.print(row); err != nil {
			return err
		}
	}
	return nil
}

func (t *tableRows) allNumbers(column int) bool {
	numbers := false
	for _, row := range t.held {
		switch _, kind := valueText(row[column]); kind {
		case isNumber:
			numbers = true
		case isText:
			return false
		}
	}
	return numbers
}

func (t *tableRows) cells(row []any) []string {
	cells := make([]string, len(row))
	for i, v := range row {
		text, _ := valueText(v)
		cells[i] = term.Line(text, cellLines*t.width)
	}
	return cells
}

func (t *tableRows) print(row []any) error {
	t.count++
	if t.tall {
		return t.printTall(row)
	}
	var styles []term.Style
	if t.color {
		styles = nullsDim(row)
	}
	for _, cells := range t.wrapped(t.cells(row)) {
		if _, err := t.w.WriteString(t.grid.layout(cells, t.widths, styles) + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// nullsDim tells a NULL from the text NULL, where there is colour.
func nullsDim(row []any) []term.Style {
	styles := make([]term.Style, len(row))
	for i, v := range row {
		if v == nil {
			styles[i] = term.Dim
		}
	}
	return styles
}

// cellLines is how many lines a cell may take.
const cellLines = 4

// wrapped is the lines of a row, with text that is too wide for its column
// going on below.
func (t *tableRows) wrapped(row []string) [][]string {
	lines := [][]string{row}
	for i, cell := range row {
		if term.Columns(cell) <= t.widths[i] || t.grid.right[i] {
			continue
		}
		for j, part := range term.Wrap(cell, t.widths[i], cellLines) {
			if j == len(lines) {
				lines = append(lines, make([]string, len(row)))
			}
			lines[j][i] = part
		}
	}
	return lines
}

// tallLines is how many lines one value may take.
const tallLines = 12

// printTall prints a row as a line for each column.
func (t *tableRows) printTall(row []any) error {
	p := &page{w: t.w, width: max(t.width, 20), color: t.color}
	if t.count > 1 {
		p.line()
	}
	p.line(term.Bold.Paint(t.color, fmt.Sprintf("row %d", t.count)))
	widest := 0
	for _, name := range t.grid.header {
		widest = max(widest, term.Columns(name))
	}
	widest = min(widest, p.width/2)
	for i, v := range row {
		text, kind := valueText(v)
		label := term.Pad(term.Fit(t.grid.header[i], widest), widest+gap)
		if kind == isNull {
			p.line(label, term.Dim.Paint(t.color, text))
			continue
		}
		p.hanging(label, term.Line(text, tallLines*p.width), tallLines)
	}
	return nil
}
