package source

import (
	"bytes"
	"encoding/json"

	"smew/internal/defender"
	"smew/internal/engine"
	"smew/internal/mapping"
)

// sniffCSV looks for a header that is a table's columns.
func sniffCSV(body []byte, whole bool, f *File, hint string, known *mapping.Set) string {
	var best csvHead
	for i, comma := range delimiters {
		h := readCSVHead(body, comma, whole)
		if i == 0 || h.known > best.known || h.known == best.known && len(h.header) > len(best.header) {
			best = h
		}
	}
	if len(best.header) < 2 {
		return "no telemetry: neither JSON, CSV, Parquet nor a workbook"
	}
	if mapped, n := known.Recognise(mapping.CSV, best.sample); n > 0 && 2*n >= len(best.sample) {
		f.Format, f.comma = CSV, best.comma
		f.header, f.Notes = rawNames(best.header)
		f.noteMixed(known, mapping.CSV, best.sample, mapped)
		return f.mappedBy(mapped)
	}
	if !best.probe.decide(f, hint) {
		return best.probe.reason()
	}
	f.Format, f.Kind, f.comma = CSV, kindCSV, best.comma
	if f.Table == "" {
		f.Kind = kindAnalytics + ", CSV"
	}
	f.setHeader(best.header)
	return ""
}

// setHeader names the columns of rows.
func (f *File) setHeader(header []string) {
	table, _ := defender.Lookup(f.Table)
	f.header, f.Notes = columnNames(header, table)
}

// csvHead is the head of a file read as CSV with one delimiter.
type csvHead struct {
	comma  byte
	header []string
	known  int // columns that some table has
	probe  probe
	sample [][]byte // the first rows, as records
}

func readCSVHead(body []byte, comma byte, whole bool) csvHead {
	h := csvHead{comma: comma}
	c := &csvReader{window: newWindow(bytes.NewReader(body), headSink(len(body), func(*engine.Block) {})), comma: comma, patience: defaultRecord}
	if c.skipHeader() != nil || c.reason != "" || !whole && c.pos == len(body) {
		return h
	}
	h.header = c.values()
	var columns []string
	table, action := -1, -1
	for i, name := range h.header {
		name = columnName(name)
		columns = append(columns, name)
		switch name {
		case "Type":
			table = i
		case "ActionType":
			action = i
		}
		if defender.IsColumn(name) {
			h.known++
		}
	}
	rows := 0
	for ; rows < maxProbe && c.next() == nil; rows++ {
		if c.reason == "" && len(c.fields) == len(h.header) {
			values := c.values()
			h.probe.row(columns, at(values, table), at(values, action))
			if rows < maxMapped {
				h.sample = append(h.sample, rowRecord(h.header, values))
			}
		}
	}
	if h.probe.flat == 0 {
		h.probe.row(columns, "", "") // a header alone
	}
	return h
}

// rowRecord is a row as a record to be recognised: a column goes by the name it
// has and by that without its zone.
func rowRecord(header, values []string) []byte {
	record := make(map[string]string, len(header))
	for i, name := range header {
		if v := at(values, i); v != "" {
			record[rawName(name)], record[columnName(name)] = v, v
		}
	}
	text, err := json.Marshal(record)
	if err != nil {
		return nil // texts always marshal
	}
	return text
}

// values are the fields of the present row.
func (c *csvReader) values() []string {
	out := make([]string, len(c.fields))
	for i, f := range c.fields {
		value := bytes.Clone(c.text(i))
		if f.doubled {
			value = undouble(value)
		}
		out[i] = string(value)
	}
	return out
}

func at(values []string, i int) string {
	if i < 0 || i >= len(values) {
		return ""
	}
	return values[i]
}
