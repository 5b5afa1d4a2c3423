package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/report"
	"smew/internal/source"
	"smew/internal/term"
	"smew/internal/view"
	smewsql "smew/sql"
)

// explainRows is how many rows of each table an explanation shows.
const explainRows = 5

// explanation says how files become tables: by which SQL, and what comes of it.
// Its JSON form is the contract of `smew sources --explain --json`.
type explanation struct {
	Files  []explainedFile  `json:"files"`
	Tables []explainedTable `json:"tables"`
}

type explainedFile struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`
	Format string `json:"format"`
	Source string `json:"source"` // the folder of the source, "" for Parquet
	Path   string `json:"map"`    // the file that maps its records
}

// explainedTable is one table as one source makes it.
type explainedTable struct {
	Table string              `json:"table"`
	From  string              `json:"relation"` // SQL that takes records apart, "" for Parquet
	Made  string              `json:"made_by"`  // SQL that makes the rows
	View  string              `json:"view"`     // SQL of the table's view
	Rows  []map[string]string `json:"rows"`     // the first five, without what is NULL
	order [][]string          // the columns of each row, in order
}

// explain reads the files and prints how they become tables.
func (a *app) explain(ctx context.Context, e *engine.Engine, set *source.Set, limits *engineFlags, out *outputFlags) error {
	contract, err := view.LoadContract(ctx, e, smewsql.Files)
	if err != nil {
		return err
	}
	x := &explanation{Files: []explainedFile{}, Tables: []explainedTable{}}
	columns := map[string][]string{}
	for _, name := range contract.Names() {
		if t, _ := contract.Lookup(name); t.HasOwn() {
			columns[name] = nil
		}
	}
	loader, err := load.Prepare(ctx, e, load.Request{
		Files: set, SQL: smewsql.Files, Contract: contract, Columns: columns, AllColumns: true, AsOf: time.Now().UTC(), Threads: limits.workers(),
		Each: func(ctx context.Context, b load.Batch) error { return x.add(ctx, e, b) },
	})
	if err != nil {
		return data(err, "")
	}
	if err := e.LockDown(ctx, loader.Paths()); err != nil {
		return err
	}
	if err := loader.Run(ctx); err != nil {
		return huntError(err)
	}
	for _, f := range set.Files {
		x.Files = append(x.Files, explainFile(f))
	}
	if len(x.Files) == 0 {
		return data(errors.New("nothing to explain: no file is telemetry"), "smew sources PATH says what each file is")
	}
	return a.destination(out, func(w io.Writer, _ report.Options) error {
		if out.format == "json" {
			return report.WriteJSON(w, x)
		}
		return x.print(w)
	})
}

func explainFile(f *source.File) explainedFile {
	x := explainedFile{File: f.Name, Kind: f.Kind, Format: string(f.Format)}
	switch {
	case f.Mapping != nil:
		x.Source, x.Path = f.Mapping.Name, f.Mapping.Path
	case f.Format != source.Parquet:
		x.Source = "defender_" + f.Shape
		x.Path = "sql/sources/" + x.Source + "/map.sql"
	}
	return x
}

// add notes the first rows of a table, once for each way it is made.
func (x *explanation) add(ctx context.Context, e *engine.Engine, b load.Batch) error {
	for i := range x.Tables {
		if x.Tables[i].Table == b.Table && x.Tables[i].Made == b.Made {
			return nil
		}
	}
	t := explainedTable{Table: b.Table, From: b.Records, Made: b.Made, Rows: []map[string]string{}}
	if err := e.Scan(ctx, "select sql from duckdb_views() where view_name = "+engine.QuoteText(b.Table), &t.View); err != nil {
		return err
	}
	statement, err := e.Prepare(ctx, "select * from "+b.Table)
	if err != nil {
		return err
	}
	casts := make([]string, len(statement.Columns))
	for i, c := range statement.Columns {
		casts[i] = "cast(" + engine.QuoteIdent(c.Name) + " as varchar)"
	}
	rows, err := e.Query(ctx, fmt.Sprintf("select %s from %s order by SourceFileId, SourceRecord limit %d", strings.Join(casts, ", "), b.Table, explainRows))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		values := make([]*string, len(casts))
		into := make([]any, len(casts))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		t.take(statement.Columns, values)
	}
	x.Tables = append(x.Tables, t)
	return rows.Err()
}

// take keeps what a row says.
func (t *explainedTable) take(columns []engine.Column, values []*string) {
	row := map[string]string{}
	var order []string
	for i, c := range columns {
		if values[i] == nil || *values[i] == "" || c.Name == "EventTime" || c.Name == "SourceFileId" || c.Name == "RecordHash" {
			continue
		}
		row[c.Name] = *values[i]
		order = append(order, c.Name)
	}
	t.Rows, t.order = append(t.Rows, row), append(t.order, order)
}

// print writes the explanation for people.
func (x *explanation) print(w io.Writer) error {
	p := &lines{w: w}
	for _, f := range x.Files {
		p.line("%s", term.Sanitize(f.File))
		p.line("  %s (%s), read by %s", term.Sanitize(f.Kind), f.Format, orParquet(f.Path))
	}
	shown := map[string]bool{}
	for _, t := range x.Tables {
		if !shown[t.From] && t.From != "" {
			shown[t.From] = true
			p.line("\n-- the records, taken apart\n%s", sanitizeLines(t.From))
		}
		p.line("\n-- the rows of %s, made of them\n%s", t.Table, sanitizeLines(t.Made))
		if !shown[t.View] {
			shown[t.View] = true
			p.line("\n-- the view %s\n%s", t.Table, sanitizeLines(t.View))
		}
		for i, row := range t.Rows {
			p.line("\n%s, row %d of those shown", t.Table, i+1)
			for _, name := range t.order[i] {
				p.line("  %s = %s", name, term.Sanitize(row[name]))
			}
		}
	}
	if len(x.Tables) == 0 {
		p.line("\nNo row of any table: its records are of kinds that no table is made of, or could not be read.")
	}
	return p.err
}

func orParquet(path string) string {
	if path == "" {
		return "the database itself"
	}
	return term.Sanitize(path)
}

// sanitizeLines makes SQL text safe to print and keeps its lines.
func sanitizeLines(text string) string {
	parts := strings.Split(strings.TrimSpace(text), "\n")
	for i := range parts {
		parts[i] = term.Sanitize(strings.ReplaceAll(strings.TrimRight(parts[i], "\r"), "\t", "    "))
	}
	return strings.Join(parts, "\n")
}
