package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"smew/internal/defender"
)

// Reasons for which a row of CSV is rejected.
const (
	reasonUnclosed  = "a quoted field is not closed"
	reasonBareQuote = "a quote in the middle of a field"
)

// delimiters are those that spreadsheets write.
var delimiters = []byte{',', ';', '\t'}

// readCSV hands on each row below the header as a JSON object of texts, empty
// fields left out. A record's number is its row, from 1.
//
// It follows RFC 4180 as encoding/csv does, and is our own for one reason: a
// quote that is never closed must cost its row and not the rest of the file.
func readCSV(r io.Reader, f *File, s *sink) error {
	c := &csvReader{window: newWindow(r, s), comma: f.comma, patience: defaultRecord}
	out := &composer{s: s}
	row := rowWriter{names: f.header}
	err := c.skipHeader()
	for number := int64(1); err == nil; number++ {
		if err = c.next(); err == nil {
			err = row.write(out, c, number)
		} else if !errors.Is(err, io.EOF) {
			if failed := out.reject(number, explain(err)); failed != nil {
				return failed
			}
		}
	}
	if errors.Is(err, errStopped) {
		return err
	}
	return out.finish()
}

// field is where a field's text is, relative to the start of its row.
type field struct {
	start, end int
	doubled    bool // it has quotes written twice
}

// csvReader finds rows and their fields in a text.
type csvReader struct {
	*window
	comma  byte
	start  int // of the present row
	pos    int // next byte to look at
	fields []field
	reason string // why the present row cannot be read, or ""

	state   csvState
	from    int // start of the present field, relative to the row
	doubled bool
	line    int // end of the row's first line, relative to the row, -1 if not seen

	// patience is how far a quote may run on below its line. It halves with
	// every quote that never closes: each is gone back on, and a file of
	// nothing else would be read as often as it has lines.
	patience int
	spent    bool // the present row's quote ran too far
}

// leastPatience lets a field of a few lines through whatever came before.
const leastPatience = 4 << 10

type csvState int

const (
	atField  csvState = iota // before the first byte of a field
	inPlain                  // in a field without quotes
	inQuotes                 // between the quotes of a field
	atQuote                  // behind a quote that ends the field or is doubled
)

// next finds the next row that is not an empty line. At the end it returns
// what ended it.
func (c *csvReader) next() error {
	c.begin(c.pos)
	for {
		if c.scan() {
			if c.spent {
				return c.unclosed()
			}
			if c.blank() {
				c.begin(c.pos)
				continue
			}
			if c.pos-c.start > c.s.limit {
				c.reason = reasonTooLong(c.s.limit)
			}
			return nil
		}
		if c.pos-c.start > c.s.limit {
			return c.skipLong()
		}
		if err := c.move(c.more(c.start)); err != nil {
			return c.last(err)
		}
	}
}

// begin starts a row.
func (c *csvReader) begin(at int) {
	c.start, c.pos = at, at
	c.fields = c.fields[:0]
	c.reason = ""
	c.state, c.from, c.doubled, c.line, c.spent = atField, 0, false, -1, false
}

func (c *csvReader) move(by int, err error) error {
	c.start -= by
	c.pos -= by
	return err
}

// scan looks at the bytes in memory. It is true at the end of a row.
func (c *csvReader) scan() bool {
	for ; c.pos < c.n; c.pos++ {
		b := c.buf[c.pos]
		if b == '\n' && c.line < 0 {
			c.line = c.pos - c.start
		}
		switch c.state {
		case inQuotes:
			if b == '"' {
				c.state = atQuote
			} else if b == '\n' && c.pos-c.start-c.line > c.patience {
				c.spent = true
				return true
			}
			continue
		case atQuote:
			if b == '"' {
				c.state, c.doubled = inQuotes, true
				continue
			}
			if b != c.comma && b != '\n' && b != '\r' {
				c.reason, c.state = reasonBareQuote, inPlain
			}
		case atField:
			if b == '"' {
				c.state = inQuotes
				continue
			}
			c.state = inPlain
		case inPlain:
			if b == '"' {
				c.reason = reasonBareQuote
			}
		}
		switch b {
		case c.comma:
			c.field(c.pos - c.start)
		case '\n':
			c.field(c.rowEnd())
			c.pos++
			return true
		}
	}
	return false
}

// rowEnd is where the row's text ends, without its line end.
func (c *csvReader) rowEnd() int {
	end := c.pos - c.start
	if end > c.from && c.buf[c.start+end-1] == '\r' {
		end--
	}
	return end
}

// field ends the present field.
func (c *csvReader) field(end int) {
	f := field{start: c.from, end: end, doubled: c.doubled}
	text := c.buf[c.start+f.start : c.start+f.end]
	if len(text) > 0 && text[0] == '"' && c.reason == "" {
		f.start++
		if f.end--; text[len(text)-1] != '"' || len(text) == 1 {
			c.reason = reasonBareQuote // a carriage return behind the closing quote
		}
	}
	c.fields = append(c.fields, f)
	c.state, c.from, c.doubled = atField, c.pos-c.start+1, false
}

// blank says that the row is an empty line, or the NUL bytes of one that was
// never written.
func (c *csvReader) blank() bool {
	return len(c.fields) == 1 && len(bytes.Trim(c.text(0), "\x00")) == 0 && c.buf[c.start] != '"'
}

// text is a field as it stands in the file, without the quotes around it.
func (c *csvReader) text(i int) []byte {
	f := c.fields[i]
	return c.buf[c.start+f.start : c.start+f.end]
}

// last takes the row at the end of the text, which need not end its line.
func (c *csvReader) last(err error) error {
	if !errors.Is(err, io.EOF) || c.pos == c.start {
		return err
	}
	if c.state == inQuotes {
		return c.unclosed()
	}
	c.field(c.rowEnd())
	if c.blank() {
		return err
	}
	return nil
}

// skipLong leaves a row that is too long.
func (c *csvReader) skipLong() error {
	if c.state == inQuotes && c.line >= 0 {
		return c.unclosed()
	}
	for {
		if i := bytes.IndexByte(c.buf[c.pos:c.n], '\n'); i >= 0 {
			c.pos += i + 1
			break
		}
		c.start, c.pos = c.n, c.n
		if err := c.move(c.more(c.n)); errors.Is(err, io.EOF) {
			c.start, c.pos = c.n, c.n
			break
		} else if err != nil {
			return err
		}
	}
	c.fields = c.fields[:0]
	c.reason = reasonTooLong(c.s.limit)
	return nil
}

// unclosed gives up a row whose quote swallows what follows, and goes on below
// its first line.
func (c *csvReader) unclosed() error {
	c.reason = reasonUnclosed
	c.fields = c.fields[:0]
	c.spent = false
	c.patience = max(c.patience/2, leastPatience)
	if c.line >= 0 {
		c.pos = c.start + c.line + 1
	}
	return nil
}

// skipHeader reads the header's row.
func (c *csvReader) skipHeader() error {
	err := c.next()
	if err == nil && c.separatorLine() {
		err = c.next()
	}
	return err
}

// separatorLine says that the row is Excel's "sep=;" and not the header.
func (c *csvReader) separatorLine() bool {
	line := bytes.TrimRight(c.buf[c.start:c.pos], "\r\n")
	return len(line) == 5 && strings.EqualFold(string(line[:4]), "sep=")
}

// rowWriter writes rows as JSON objects.
type rowWriter struct {
	names   []string // of the columns, "" for one that is not read
	keys    [][]byte // `"name":"`
	scratch []byte
}

func (w *rowWriter) write(out *composer, c *csvReader, number int64) error {
	if c.reason != "" {
		return out.reject(number, c.reason)
	}
	if len(c.fields) != len(w.names) {
		return out.reject(number, fmt.Sprintf("%s, but the header has %d", count(len(c.fields), "field"), len(w.names)))
	}
	text := w.open(out.text())
	size := len(text)
	for i, f := range c.fields {
		value := c.text(i)
		if f.doubled {
			w.scratch = append(w.scratch[:0], value...)
			value = undouble(w.scratch)
		}
		text = w.pair(text, size, i, value)
	}
	return out.keep(append(text, '}'), number)
}

func (w *rowWriter) open(text []byte) []byte {
	for i := len(w.keys); i < len(w.names); i++ {
		key := append(appendJSON([]byte{'"'}, []byte(w.names[i])), `":"`...)
		w.keys = append(w.keys, key)
	}
	return append(text, '{')
}

// pair adds a column to an object whose first pair begins at size.
func (w *rowWriter) pair(text []byte, size, i int, value []byte) []byte {
	if len(value) == 0 || w.names[i] == "" {
		return text
	}
	if len(text) > size {
		text = append(text, ',')
	}
	text = append(text, w.keys[i]...)
	return append(appendJSON(text, value), '"')
}

// undouble takes out the second of two quotes, in place.
func undouble(p []byte) []byte {
	out := p[:0]
	for i := 0; i < len(p); i++ {
		out = append(out, p[i])
		if p[i] == '"' {
			i++
		}
	}
	return out
}

// appendJSON appends text as the inside of a JSON string.
func appendJSON(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	from := 0
	for i, b := range text {
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		dst = append(dst, text[from:i]...)
		from = i + 1
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
	}
	return append(dst, text[from:]...)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// columnNames are the header's names as columns: spelled as the table spells
// them, "" for those that are not read. Notes say which those are.
func columnNames(header []string, table defender.Table) (names, notes []string) {
	plain := make([]string, len(header))
	for i, name := range header {
		plain[i] = columnName(name)
		if c, ok := table.Column(plain[i]); ok {
			plain[i] = c.Name
		}
	}
	return rawNames(plain)
}

// rawNames are the names of columns that a source's SQL reads: as they are, since
// a zone in a name means something there.
func rawNames(header []string) (names, notes []string) {
	seen := map[string]bool{}
	for _, name := range header {
		name = rawName(name)
		if name != "" && seen[name] {
			notes = append(notes, fmt.Sprintf("column %s is there twice: the first one is read", name))
			name = ""
		}
		seen[name] = true
		names = append(names, name)
	}
	return names, notes
}

func rawName(text string) string { return strings.Trim(text, around+"\u00a0") }

// columnName is a header's text without what exports put around it. The Log
// Analytics portal names the zone of a time: UTC is what a column without it
// means, and any other zone is another column.
func columnName(text string) string {
	return strings.TrimSuffix(rawName(text), " [UTC]")
}
