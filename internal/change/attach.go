package change

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"smew/internal/allow"
	"smew/internal/engine"
)

// Attach makes the windows readable in SQL:
//
//	changes        a row a window: Number INTEGER, by which windows are told apart,
//	               the same in every run over the same calendar; Ticket, Place,
//	               Account, AccountDomain, AccountName VARCHAR (in lower case; the
//	               domain '' is any); StartTime, EndTime TIMESTAMP_NS, UTC; Service,
//	               ServiceLike, ServicePattern VARCHAR: the pattern in lower case, as
//	               LIKE escaped by ^ and as RE2, NULL if the ticket names no service;
//	               Reason VARCHAR; Expires DATE
//	change_places  Place, Device VARCHAR: the devices of a place, in lower case
//
// Both are temporary tables and replace those of an earlier call.
func (c *Calendar) Attach(ctx context.Context, e *engine.Engine) error {
	windows := make([]map[string]any, len(c.Windows))
	for i := range c.Windows {
		windows[i] = windowRow(i, &c.Windows[i])
	}
	err := attachTable(ctx, e, "changes", []string{
		"Number", "INTEGER", "Ticket", "VARCHAR", "Place", "VARCHAR", "Account", "VARCHAR",
		"AccountDomain", "VARCHAR", "AccountName", "VARCHAR", "StartTime", "TIMESTAMP_NS", "EndTime", "TIMESTAMP_NS",
		"Service", "VARCHAR", "ServiceLike", "VARCHAR", "ServicePattern", "VARCHAR", "Reason", "VARCHAR", "Expires", "DATE",
	}, windows)
	if err != nil {
		return fmt.Errorf("attaching the change calendar: %w", err)
	}
	if err := attachTable(ctx, e, "change_places", []string{"Place", "VARCHAR", "Device", "VARCHAR"}, c.placeRows()); err != nil {
		return fmt.Errorf("attaching the change calendar: %w", err)
	}
	return nil
}

const sqlTime = "2006-01-02 15:04:05.999999999"

func windowRow(number int, w *Window) map[string]any {
	row := map[string]any{
		"Number": number, "Ticket": w.Ticket, "Place": w.place(), "Account": w.Account.Text,
		"AccountDomain": w.Account.Domain, "AccountName": w.Account.Name,
		"StartTime": w.Start.Format(sqlTime), "EndTime": w.End.Format(sqlTime),
		"Reason": w.reason(),
		// The last day on which it holds.
		"Expires": w.End.Add(-1).Format(time.DateOnly),
	}
	if w.Service != "" {
		p := allow.Compile(w.Service)
		row["Service"], row["ServiceLike"], row["ServicePattern"] = fold(w.Service), p.Like, p.Regexp
	}
	return row
}

func (c *Calendar) placeRows() []map[string]any {
	rows := []map[string]any{}
	seen := map[string]bool{}
	for i := range c.Windows {
		w := &c.Windows[i]
		place := w.place()
		if seen[place] {
			continue
		}
		seen[place] = true
		devices := []string{fold(w.Device)}
		if w.Group != "" {
			devices = c.Groups[fold(w.Group)]
		}
		for _, device := range devices {
			rows = append(rows, map[string]any{"Place": place, "Device": device})
		}
	}
	return rows
}

// batch is how many rows are bound at once.
const batch = 2_000

// attachTable makes a table of rows. They are bound as parameters, as JSON: nothing
// that a file says becomes part of a statement.
func attachTable(ctx context.Context, e *engine.Engine, name string, columns []string, rows []map[string]any) error {
	var definition, structure []string
	for i := 0; i < len(columns); i += 2 {
		definition = append(definition, columns[i]+" "+columns[i+1])
		structure = append(structure, fmt.Sprintf("%q:%q", columns[i], columns[i+1]))
	}
	if err := e.Exec(ctx, "create or replace temp table "+name+" ("+strings.Join(definition, ", ")+")"); err != nil {
		return err
	}
	shape := engine.QuoteText("[{" + strings.Join(structure, ",") + "}]")
	for part := range slices.Chunk(rows, batch) {
		text, err := json.Marshal(part)
		if err != nil {
			return err
		}
		// Two levels, the list and its rows: a map among the columns stays one.
		if err := e.Exec(ctx, "insert into "+name+" select unnest(from_json(?::json, "+shape+"), max_depth := 2)", string(text)); err != nil {
			return err
		}
	}
	return nil
}
