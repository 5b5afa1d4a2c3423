package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"smew/internal/term"
)

// RowWriter writes the rows of a plain table one by one, so that a large
// answer need not fit into memory.
type RowWriter interface {
	// Write writes one row, a value for each column. A nil is NULL. Values may
	// be text, bytes, numbers, times, booleans and whatever encoding/json can
	// carry.
	Write(row []any) error
	// Close writes what is still to be written. It does not close the
	// destination.
	Close() error
}

// NewRows returns the writer of a format of [Formats] for rows under header.
//
//   - table shows NULL as NULL and an empty text as nothing. Columns too many
//     for the width stand one below the other. Cells that do not fit are cut,
//     with an ellipsis.
//   - json is an array of objects, ndjson an object per line: header names are
//     the keys, a name that comes again gets a number.
//   - csv leaves NULL empty, as it does an empty text.
//   - markdown is a table, its cells cut at 160 columns.
func NewRows(format string, w io.Writer, header []string, opts Options) (RowWriter, error) {
	b := bufio.NewWriter(w)
	var rows RowWriter
	switch format {
	case "table":
		rows = &tableRows{w: b, header: header, width: opts.width(), color: opts.Color}
	case "json":
		rows = &jsonRows{w: b, keys: keys(header), array: true}
	case "ndjson":
		rows = &jsonRows{w: b, keys: keys(header)}
	case "csv":
		rows = newCSVRows(b, header)
	case "markdown":
		rows = newMarkdownRows(b, header)
	default:
		return nil, unknownFormat(format)
	}
	return &checkedRows{RowWriter: rows, b: b, n: len(header)}, nil
}

// WriteRows writes rows in a format of [Formats]; see [NewRows].
func WriteRows[T any](w io.Writer, format string, header []string, rows [][]T, opts Options) error {
	out, err := NewRows(format, w, header, opts)
	if err != nil {
		return err
	}
	for _, row := range rows {
		values := make([]any, len(row))
		for i, v := range row {
			values[i] = v
		}
		if err := out.Write(values); err != nil {
			return err
		}
	}
	return out.Close()
}

// Rows writes rows as a table.
func Rows[T any](w io.Writer, header []string, rows [][]T, opts Options) error {
	return WriteRows(w, "table", header, rows, opts)
}

// RowsJSON writes rows as a JSON array of objects.
func RowsJSON[T any](w io.Writer, header []string, rows [][]T) error {
	return WriteRows(w, "json", header, rows, Options{})
}

// checkedRows refuses a row of another length and flushes at the end.
type checkedRows struct {
	RowWriter
	b *bufio.Writer
	n int
}

func (c *checkedRows) Write(row []any) error {
	if len(row) != c.n {
		return fmt.Errorf("a row of %d values under %d columns", len(row), c.n)
	}
	return c.RowWriter.Write(row)
}

func (c *checkedRows) Close() error {
	if err := c.RowWriter.Close(); err != nil {
		return err
	}
	return c.b.Flush()
}

// keys are the header's names, each once: a JSON object holds a key once only.
func keys(header []string) []string {
	taken := map[string]bool{}
	for _, name := range header {
		taken[name] = true
	}
	used := map[string]bool{}
	out := make([]string, len(header))
	for i, name := range header {
		key := name
		for n := 2; used[key]; n++ {
			if next := fmt.Sprintf("%s_%d", name, n); !taken[next] {
				key = next
			}
		}
		used[key] = true
		out[i] = key
	}
	return out
}

// jsonRows writes objects, in an array or one per line.
type jsonRows struct {
	w     *bufio.Writer
	keys  []string
	array bool
	count int
}

func (j *jsonRows) Write(row []any) error {
	before, after := "", "\n"
	if j.array {
		before, after = ",\n  ", ""
		if j.count == 0 {
			before = "[\n  "
		}
	}
	j.count++
	var b strings.Builder
	for i, v := range row {
		key, err := encodeFlat(j.keys[i])
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(key + ":" + jsonValue(v))
	}
	_, err := j.w.WriteString(before + "{" + b.String() + "}" + after)
	return err
}

func (j *jsonRows) Close() error {
	text := ""
	switch {
	case j.array && j.count == 0:
		text = "[]\n"
	case j.array:
		text = "\n]\n"
	}
	_, err := j.w.WriteString(text)
	return err
}

// csvRows writes a header and rows. Text is made harmless as in a finding.
type csvRows struct {
	w   *csv.Writer
	out io.Writer
}

func newCSVRows(w io.Writer, header []string) *csvRows {
	c := &csvRows{w: csv.NewWriter(w), out: w}
	row := make([]string, len(header))
	for i, name := range header {
		row[i] = csvCell(name)
	}
	_ = c.write(row) // the first error stays until Flush
	return c
}

func (c *csvRows) Write(row []any) error {
	cells := make([]string, len(row))
	for i, v := range row {
		text, kind := valueText(v)
		switch kind {
		case isNumber:
			cells[i] = text
		case isText:
			cells[i] = csvCell(text)
		}
	}
	return c.write(cells)
}

// write writes a record. Readers pass over an empty line, so that a lone empty
// cell needs its quotes not to be lost.
func (c *csvRows) write(cells []string) error {
	if len(cells) != 1 || cells[0] != "" {
		return c.w.Write(cells)
	}
	c.w.Flush()
	_, err := io.WriteString(c.out, "\"\"\n")
	return err
}

func (c *csvRows) Close() error {
	c.w.Flush()
	return c.w.Error()
}

// markdownRows writes a table.
type markdownRows struct{ w *bufio.Writer }

func newMarkdownRows(w *bufio.Writer, header []string) *markdownRows {
	m := &markdownRows{w}
	m.row(header)
	_, _ = w.WriteString("|" + strings.Repeat(" --- |", len(header)) + "\n")
	return m
}

func (m *markdownRows) row(cells []string) {
	for _, c := range cells {
		_, _ = m.w.WriteString("| " + cell(c) + " ")
	}
	_, _ = m.w.WriteString("|\n")
}

func (m *markdownRows) Write(row []any) error {
	cells := make([]string, len(row))
	for i, v := range row {
		cells[i], _ = valueText(v)
	}
	m.row(cells)
	return nil
}

func (m *markdownRows) Close() error { return nil }

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
	t.tall = capped(natural, leastColumns)+gap*(len(natural)-1) > t.width
	if !t.tall {
		_, _ = t.w.WriteString(term.Bold.Paint(t.color, t.grid.layout(t.grid.header, t.widths)) + "\n")
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

// leastColumns is how narrow a column may get before columns stand below each
// other instead.
const leastColumns = 10

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
		cells[i] = term.Line(text, t.width)
	}
	return cells
}

func (t *tableRows) print(row []any) error {
	t.count++
	if t.tall {
		return t.printTall(row)
	}
	line := t.grid.layout(t.cells(row), t.widths)
	if t.color {
		line = t.dimNulls(row)
	}
	_, err := t.w.WriteString(line + "\n")
	return err
}

// dimNulls is the line of a row with its NULLs dimmed, each column on its own
// so that text that reads NULL stays as it is.
func (t *tableRows) dimNulls(row []any) string {
	cells := t.cells(row)
	var b strings.Builder
	for i := range cells {
		one := grid{right: t.grid.right[i : i+1]}
		text := one.layout(cells[i:i+1], t.widths[i:i+1])
		space := strings.Repeat(" ", max(0, t.widths[i]-term.Columns(text)))
		if row[i] == nil {
			text = term.Dim.Paint(true, text)
		}
		if i > 0 {
			b.WriteString(strings.Repeat(" ", gap))
		}
		b.WriteString(text + space)
	}
	return strings.TrimRight(b.String(), " ")
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
