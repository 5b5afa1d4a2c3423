package sample

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"smew/internal/defender"
	"smew/internal/engine"
)

// jobParquet is what an export job of Log Analytics writes: the table's
// columns, typed, with the workspace's own.
func jobParquet(ctx context.Context, x export) ([]byte, error) {
	// One thread keeps the rows in the order of the file.
	e, err := engine.Open(ctx, engine.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	events := x.parts[0].events
	columns := schemaColumns(events[0])
	define := []string{`"TenantId" varchar`, `"TimeGenerated" timestamp_ns`, `"Type" varchar`}
	for _, c := range columns {
		define = append(define, engine.QuoteIdent(c.Name)+" "+defender.SQLType(c.Type))
	}
	if err := e.Exec(ctx, "create temp table job ("+strings.Join(define, ", ")+")"); err != nil {
		return nil, err
	}
	rows := make([]string, len(events))
	for i, event := range events {
		values := []string{literal(workspaceID), literal(event.At), literal(event.Table)}
		for _, c := range columns {
			values = append(values, literal(event.Values[c.Name]))
		}
		rows[i] = "(" + strings.Join(values, ", ") + ")"
	}
	if err := e.Exec(ctx, "insert into job values "+strings.Join(rows, ",\n")); err != nil {
		return nil, err
	}
	path := filepath.Join(e.TempDir(), "job.parquet")
	if err := e.Exec(ctx, "copy (from job order by TimeGenerated, ReportId, DeviceId) to "+engine.QuoteText(path)+" (format parquet, compression zstd)"); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// literal writes a value for SQL.
func literal(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return engine.QuoteText(v)
	case object:
		return engine.QuoteText(string(v))
	case time.Time:
		return engine.QuoteText(isoTime(v))
	default:
		return fmt.Sprint(v)
	}
}
