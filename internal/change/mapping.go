package change

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"smew/internal/engine"
)

// mapping is the SQL that says which column of a calendar means what. It runs on an
// engine of its own that has nothing but the calendars' records and can read no file:
// a mapping may come from a colleague.
type mapping struct {
	name string
	sql  string
	e    *engine.Engine
}

// mapped is a line of a calendar in the words of the mapping; ” for NULL.
type mapped struct {
	File, Ticket, Device, Group, Account, Start, End, Zone, Service, Void string

	Line int
}

func openMapping(ctx context.Context, name, sql, tempDir string) (*mapping, error) {
	e, err := engine.Open(ctx, engine.Options{Threads: 1, TempDir: tempDir})
	if err != nil {
		return nil, err
	}
	if err := e.LockDown(ctx, nil); err != nil {
		_ = e.Close()
		return nil, err
	}
	return &mapping{name: name, sql: strings.TrimRight(sql, "; \t\r\n"), e: e}, nil
}

func (m *mapping) Close() { _ = m.e.Close() }

// run gives records to the mapping.
func (m *mapping) run(ctx context.Context, records []record) ([]mapped, error) {
	rows := make([]map[string]any, len(records))
	for i, r := range records {
		rows[i] = map[string]any{"File": r.File, "Line": r.Line, "Fields": r.Fields}
	}
	columns := []string{"File", "VARCHAR", "Line", "BIGINT", "Fields", "MAP(VARCHAR, VARCHAR)"}
	if err := attachTable(ctx, m.e, "change_records", columns, rows); err != nil {
		return nil, fmt.Errorf("reading the change calendar: %w", err)
	}
	list, err := m.query(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.name, err)
	}
	return list, nil
}

func (m *mapping) query(ctx context.Context) ([]mapped, error) {
	texts := []string{"File", "Ticket", "Device", "DeviceGroup", "Account", "StartText", "EndText", "Zone", "ServicePattern", "Void"}
	for i, c := range texts {
		texts[i] = "trim(coalesce(cast(" + c + " as varchar), ''))"
	}
	rows, err := m.e.Query(ctx, "select cast(Line as bigint), "+strings.Join(texts, ", ")+" from (\n"+m.sql+"\n) as mapped order by all")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []mapped
	for rows.Next() {
		var r mapped
		if err := rows.Scan(&r.Line, &r.File, &r.Ticket, &r.Device, &r.Group, &r.Account, &r.Start, &r.End, &r.Zone, &r.Service, &r.Void); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// meanings are what a calendar must tell, by name, with a value of a line that tells it.
var meanings = []struct {
	name string
	said func(mapped) bool
}{
	{"the ticket", func(r mapped) bool { return r.Ticket != "" }},
	{"the device or group", func(r mapped) bool { return r.Device != "" || r.Group != "" }},
	{"the account", func(r mapped) bool { return r.Account != "" }},
	{"the start", func(r mapped) bool { return r.Start != "" }},
	{"the end", func(r mapped) bool { return r.End != "" }},
}

// checkHeaders refuses files whose columns cannot tell what a calendar must, and says
// what they have and what is looked for. The mapping is any SQL, so it is asked what it
// makes of a line that has a value in every column.
func (m *mapping) checkHeaders(ctx context.Context, p *problems, tables []*table) error {
	var probes []record
	for _, t := range tables {
		fields := map[string]string{}
		for _, name := range t.Header {
			fields[name] = "x"
		}
		probes = append(probes, record{File: t.File, Fields: fields})
	}
	told, err := m.run(ctx, probes)
	if err != nil {
		return err
	}
	var names map[string][]string
	for _, t := range tables {
		for _, meaning := range meanings {
			if slices.ContainsFunc(told, func(r mapped) bool { return r.File == t.File && meaning.said(r) }) {
				continue
			}
			if names == nil {
				if names, err = m.names(ctx); err != nil {
					return err
				}
			}
			p.add(t.File, 1, "no column tells %s: it has %s; looked for are %s", meaning.name, columnList(t.Header), strings.Join(names[meaning.name], ", "))
		}
	}
	return nil
}

var columnName = regexp.MustCompile(`'([a-z0-9_]+)'`)

// names are the columns that the mapping looks for, by what they mean: whatever text
// stands in it that makes it say something if a column is called so.
func (m *mapping) names(ctx context.Context) (map[string][]string, error) {
	var probes []record
	var keys []string
	for _, match := range columnName.FindAllStringSubmatch(m.sql, -1) {
		if !slices.Contains(keys, match[1]) {
			keys = append(keys, match[1])
			probes = append(probes, record{Line: len(keys), Fields: map[string]string{match[1]: "x"}})
		}
	}
	told, err := m.run(ctx, probes)
	if err != nil {
		return nil, err
	}
	names := map[string][]string{}
	for _, r := range told {
		for _, meaning := range meanings {
			if meaning.said(r) && r.Line >= 1 && r.Line <= len(keys) {
				names[meaning.name] = append(names[meaning.name], keys[r.Line-1])
			}
		}
	}
	return names, nil
}
