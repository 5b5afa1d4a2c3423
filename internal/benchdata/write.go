package benchdata

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"smew/internal/defender"
	"smew/internal/engine"
)

// tenant is the made-up tenant of every record.
const tenant = "7a1f0c52-94b8-4e0d-8c36-5d2f61b7e9a4"

// writeTable computes the rows of one table and writes its files.
func writeTable(ctx context.Context, e *engine.Engine, t table, opts Options) ([]File, error) {
	query, err := files.ReadFile(t.query)
	if err != nil {
		return nil, err
	}
	if err := spread(ctx, e, t.rows, opts); err != nil {
		return nil, err
	}
	if err := setRange(ctx, e, 0, t.rows); err != nil {
		return nil, err
	}
	rows, err := typedQuery(ctx, e, t.name, string(query), opts.Format)
	if err != nil {
		return nil, err
	}
	var made []File
	for i := range opts.Files {
		first, last := t.rows*int64(i)/int64(opts.Files), t.rows*int64(i+1)/int64(opts.Files)
		if err := setRange(ctx, e, first, last); err != nil {
			return nil, err
		}
		path := filepath.Join(opts.Dir, fileName(t.name, i, opts))
		if err := e.Exec(ctx, "copy ("+rows+") to "+engine.QuoteText(path)+" "+copyOptions(opts)); err != nil {
			return nil, err
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		made = append(made, File{Path: path, Table: t.name, Rows: last - first, Bytes: info.Size()})
	}
	return made, nil
}

// spread numbers the rows and lays them out over the window.
func spread(ctx context.Context, e *engine.Engine, rows int64, opts Options) error {
	window := time.Duration(opts.Days) * 24 * time.Hour
	return e.Exec(ctx, fmt.Sprintf(`
		create or replace temp table numbers as select i from range(%d) as t(i);
		set variable start = %d::bigint;
		set variable step = %d::bigint;
		set variable rare = %d;
		set variable rare_process = (select k from kinds where name = 'hit_sc_excel');
		set variable rare_image = (select r from registry_rows where name = 'hit_image_cmd');
		set variable rare_start = (select r from registry_rows where name = 'hit_start_reg');
		set variable thin = %d;
		set variable plain_process = (select k from kinds where name = 'chrome_tab');
		set variable plain_registry = (select r from registry_rows where name = 'edge_prefs')`,
		rows, opts.First.UnixNano()/100, max(1, window.Nanoseconds()/100/rows), max(1000, rows/20), opts.Thin))
}

// setRange chooses the rows of the next file.
func setRange(ctx context.Context, e *engine.Engine, first, last int64) error {
	return e.Exec(ctx, fmt.Sprintf("set variable first = %d; set variable last = %d", first, last))
}

// typedQuery is the query with every column of the table's schema, typed; those
// that the query does not compute are NULL.
func typedQuery(ctx context.Context, e *engine.Engine, tableName, query string, format Format) (string, error) {
	schema, ok := defender.Lookup(tableName)
	if !ok {
		return "", fmt.Errorf("no such table in the schema")
	}
	bound, err := e.Prepare(ctx, query)
	if err != nil {
		return "", err
	}
	computed := map[string]bool{}
	for _, c := range bound.Columns {
		if _, ok := schema.Column(c.Name); !ok {
			return "", fmt.Errorf("column %s is not in the schema", c.Name)
		}
		computed[c.Name] = true
	}
	columns := make([]string, len(schema.Columns))
	for i, c := range schema.Columns {
		value := "null"
		if computed[c.Name] {
			value = engine.QuoteIdent(c.Name)
		}
		columns[i] = value + "::" + defender.SQLType(c.Type) + " as " + engine.QuoteIdent(c.Name)
	}
	typed := "select\n    " + strings.Join(columns, ",\n    ") + "\nfrom (\n" + query + "\n)"
	if format == NDJSON {
		return streamed(schema, typed), nil
	}
	return typed, nil
}

// streamed wraps rows as the streaming API does: columns under properties, in
// the order of the alphabet, with the machine's group. A record is received
// some minutes after its event.
func streamed(schema defender.Table, typed string) string {
	names := []string{"MachineGroup"}
	kinds := map[string]string{}
	for _, c := range schema.Columns {
		names = append(names, c.Name)
		kinds[c.Name] = c.Type
	}
	slices.Sort(names)
	fields := make([]string, len(names))
	for i, name := range names {
		value := engine.QuoteIdent(name)
		switch {
		case name == "MachineGroup":
			value = "case when DeviceName like 'srv-%' then 'Servers' else 'Workstations' end"
		case kinds[name] == "datetime":
			value = iso(value)
		}
		fields[i] = engine.QuoteIdent(name) + " := " + value
	}
	received := iso(`make_timestamp_ns(epoch_ns("Timestamp") + 60000000000 + ReportId % 977 * 1000000700)`)
	return "select\n    " + received + ` as "time",` + "\n    " +
		engine.QuoteText(tenant) + ` as "tenantId",` + "\n    " +
		engine.QuoteText("AdvancedHunting-"+schema.Name) + ` as category,` + "\n    " +
		"struct_pack(\n        " + strings.Join(fields, ",\n        ") + "\n    ) as properties\nfrom (\n" + typed + "\n)"
}

// iso is SQL for a time as the streaming API writes it: up to seven digits of
// a second, trailing zeros trimmed.
func iso(value string) string {
	return "rtrim(rtrim(strftime(" + value + ", '%Y-%m-%dT%H:%M:%S.%n'), '0'), '.') || 'Z'"
}

func fileName(tableName string, i int, opts Options) string {
	extension := ".parquet"
	if opts.Format == NDJSON {
		extension = ".json"
	}
	if opts.Files == 1 {
		return tableName + extension
	}
	return fmt.Sprintf("%s-%04d%s", tableName, i+1, extension)
}

func copyOptions(opts Options) string {
	if opts.Format == NDJSON {
		return "(format json)"
	}
	return "(format parquet, row_group_size 122880, compression " + opts.Compression + ")"
}
