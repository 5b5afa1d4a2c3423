package allow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"smew/internal/engine"
)

// Attach makes the entries that hold on the day of asOf readable in SQL:
//
//	allowlist_entries   EntryId, Class, Action, Points, Reason, Owner, Ticket VARCHAR
//	                    (Points INTEGER, positive: what the entry asks to take off,
//	                    40 of one that would hide), Created, Expires DATE, and
//	                    InitiatingProcessCommand, ProcessCommand, Signer, Branches
//	                    VARCHAR[]: NULL when the entry does not ask for it, else
//	                    patterns as RE2 (Branches: ids in lower case)
//	allowlist_patterns  what is joined on, a pattern a row: EntryId, MatchKey (Device
//	                    for the scope), Prefix, LikePattern, Pattern VARCHAR
//
// Both are temporary tables and replace those of an earlier call.
func (l *List) Attach(ctx context.Context, e *engine.Engine, asOf time.Time) error {
	active, _ := l.Active(asOf)
	rows, err := json.Marshal(entryRows(active))
	if err != nil {
		return fmt.Errorf("attaching the allowlist: %w", err)
	}
	patterns, err := json.Marshal(patternRows(active))
	if err != nil {
		return fmt.Errorf("attaching the allowlist: %w", err)
	}
	for _, t := range []struct {
		name    string
		columns []string // name, type, …
		rows    []byte
	}{
		{"allowlist_entries", entryColumns(), rows},
		{"allowlist_patterns", []string{
			"EntryId", "VARCHAR", "MatchKey", "VARCHAR", "Prefix", "VARCHAR", "LikePattern", "VARCHAR", "Pattern", "VARCHAR",
		}, patterns},
	} {
		if err := attachTable(ctx, e, t.name, t.columns, t.rows); err != nil {
			return fmt.Errorf("attaching the allowlist: %w", err)
		}
	}
	return nil
}

// attachTable makes a table of JSON rows. They are bound as one parameter:
// nothing that an entry says becomes part of a statement.
func attachTable(ctx context.Context, e *engine.Engine, name string, columns []string, rows []byte) error {
	var definition, structure []string
	for i := 0; i < len(columns); i += 2 {
		definition = append(definition, columns[i]+" "+columns[i+1])
		structure = append(structure, fmt.Sprintf("%q:%q", columns[i], columns[i+1]))
	}
	if err := e.Exec(ctx, "create or replace temp table "+name+" ("+strings.Join(definition, ", ")+")"); err != nil {
		return err
	}
	shape := engine.QuoteText("[{" + strings.Join(structure, ",") + "}]")
	return e.Exec(ctx, "insert into "+name+" select unnest(from_json(?::json, "+shape+"), recursive := true)", string(rows))
}

// listed are the keys that an event is asked one by one, once the join has found
// the entry: they are of commands, or unknown of most events.
var listed = []string{InitiatingProcessCommand, ProcessCommand, Signer, Branches}

func entryColumns() []string {
	columns := []string{
		"EntryId", "VARCHAR", "Class", "VARCHAR", "Action", "VARCHAR", "Points", "INTEGER", "Reason", "VARCHAR",
		"Owner", "VARCHAR", "Ticket", "VARCHAR", "Created", "DATE", "Expires", "DATE",
	}
	for _, k := range matchKeys {
		if slices.Contains(listed, k.name) {
			columns = append(columns, k.column, "VARCHAR[]")
		}
	}
	return columns
}

func entryRows(entries []Entry) []map[string]any {
	rows := make([]map[string]any, len(entries))
	for i, e := range entries {
		row := map[string]any{
			"EntryId": e.ID, "Class": e.Class, "Action": e.Action, "Points": e.asks(), "Reason": e.Reason,
			"Owner": e.Owner, "Ticket": e.Ticket,
			"Created": e.Created.Format(time.DateOnly), "Expires": e.Expires.Format(time.DateOnly),
		}
		for _, k := range matchKeys {
			var list []string
			for _, p := range compiled(k.kind, e.Match[k.name]) {
				list = append(list, p.Regexp)
			}
			if len(list) > 0 && slices.Contains(listed, k.name) {
				row[k.column] = list
			}
		}
		rows[i] = row
	}
	return rows
}

// asks is what the entry asks to take off: what may be hidden may be lowered as
// far as it goes.
func (e *Entry) asks() int {
	if e.Action == Suppress {
		return maxPoints
	}
	return e.Points
}

func patternRows(entries []Entry) []map[string]string {
	rows := []map[string]string{}
	add := func(id, key string, patterns []Pattern) {
		for _, p := range patterns {
			rows = append(rows, map[string]string{
				"EntryId": id, "MatchKey": key, "Prefix": p.Prefix, "LikePattern": p.Like, "Pattern": p.Regexp,
			})
		}
	}
	for _, e := range entries {
		for _, k := range matchKeys {
			if !slices.Contains(listed, k.name) {
				add(e.ID, k.column, compiled(k.kind, e.Match[k.name]))
			}
		}
		for _, device := range e.Scope.Devices {
			add(e.ID, "Device", CompileDevice(device))
		}
	}
	return rows
}

func compiled(k kind, globs []string) []Pattern {
	list := make([]Pattern, len(globs))
	for i, g := range globs {
		switch k {
		case idKind:
			list[i] = Pattern{Regexp: fold(g)}
		case accountKind:
			list[i] = CompileAccount(g)
		default:
			list[i] = Compile(g)
		}
	}
	return list
}
