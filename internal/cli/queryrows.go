package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"time"

	"smew/internal/engine"
	"smew/internal/report"
)

// writeRows writes rows as they come, so that a long answer is never held.
func writeRows(w io.Writer, format string, columns []engine.Column, rows *engine.Rows, opts report.Options) error {
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	out, err := report.NewRows(format, w, header, opts)
	if err != nil {
		return err
	}
	pointers := make([]any, len(header))
	for rows.Next() {
		row := make([]any, len(header))
		for i := range row {
			pointers[i] = &row[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			return data(err, "")
		}
		for i := range row {
			row[i] = plain(row[i], columns[i].Type)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return data(err, "")
	}
	return out.Close()
}

// plain turns a value of the driver into text, number, bool or nil.
func plain(v any, sqlType string) any {
	switch v := v.(type) {
	case *big.Int:
		return v
	case nil, bool, string, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64:
		return v
	case time.Time:
		return v.UTC().Format(timeForm(sqlType))
	case []byte:
		if sqlType == "UUID" && len(v) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
		}
		return fmt.Sprintf("\\x%x", v)
	case fmt.Stringer:
		return v.String()
	}
	if text, err := json.Marshal(v); err == nil {
		return json.RawMessage(text)
	}
	return fmt.Sprint(v)
}

// timeForm is how a moment of an SQL type is written.
func timeForm(sqlType string) string {
	switch sqlType {
	case "DATE":
		return time.DateOnly
	case "TIME":
		return "15:04:05.999999"
	}
	return "2006-01-02T15:04:05.999999999Z"
}
