package sample

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// cell is a value as the portal exports it. The initiator's folder lacks the
// file name there, and file sizes come as fractions.
func cell(e *Event, column string) any {
	v := e.Values[column]
	switch {
	case v == nil:
		return nil
	case column == "InitiatingProcessFolderPath":
		path := v.(string)
		return path[:max(0, strings.LastIndexByte(path, '\\'))]
	case column == "FileSize":
		return fmt.Sprintf("%d.0", v)
	}
	return v
}

// portalCSV is a table saved from the portal: a byte order mark, CRLF, times
// with seven digits.
func portalCSV(_ context.Context, x export) ([]byte, error) {
	events := x.parts[0].events
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	columns := schemaColumns(events[0])
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.Name
	}
	if err := w.Write(row); err != nil {
		return nil, err
	}
	for _, e := range events {
		for i, c := range columns {
			switch v := cell(e, c.Name).(type) {
			case nil:
				row[i] = ""
			case time.Time:
				row[i] = v.Format("2006-01-02T15:04:05.0000000Z")
			default:
				row[i] = fmt.Sprint(v)
			}
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// portalWorkbook is a table saved from the portal as a workbook: times are
// text in English, to the second.
func portalWorkbook(_ context.Context, x export) ([]byte, error) {
	events := x.parts[0].events
	book := excelize.NewFile()
	defer book.Close()
	sheet := book.GetSheetName(0)
	columns := schemaColumns(events[0])
	header := make([]any, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	if err := book.SetSheetRow(sheet, "A1", &header); err != nil {
		return nil, err
	}
	for n, e := range events {
		row := make([]any, len(columns))
		for i, c := range columns {
			row[i] = cell(e, c.Name)
			if t, ok := row[i].(time.Time); ok {
				row[i] = t.Format("Jan 2, 2006 3:04:05 PM")
			}
		}
		if err := book.SetSheetRow(sheet, fmt.Sprintf("A%d", n+2), &row); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		return nil, err
	}
	return repacked(out.Bytes())
}
