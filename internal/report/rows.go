package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
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
//   - table shows NULL as NULL and an empty text as nothing. Text that is too
//     wide goes on below, for four lines at most; what is cut ends in an
//     ellipsis. Columns too many for the width stand one below the other.
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

// csvRows writes a header and rows. Text is made harmless as in a case.
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
