package sources

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/source"
	"smew/internal/view"
	smewsql "smew/sql"
)

// loaded is what a load of files gave.
type loaded struct {
	rows    []row // by file, record and table
	account *load.Account
	files   []*source.File
}

// row is one row of a table.
type row struct {
	table   string
	file    string
	record  int64
	columns []string // those that are not NULL, in the table's order
	values  map[string]string
}

// loadFiles reads files as a hunt does and takes every row of every table about
// devices, as recorded.
func loadFiles(t testing.TB, paths ...string) loaded {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Threads: 2, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	set, err := source.Open(ctx, paths, source.Options{TempDir: e.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	contract, err := view.LoadContract(ctx, e, smewsql.Files)
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, name := range contract.Names() {
		if table, _ := contract.Lookup(name); table.HasOwn() {
			columns[name] = nil
		}
	}
	l := loaded{files: set.Files}
	loader, err := load.Prepare(ctx, e, load.Request{
		Files: set, SQL: smewsql.Files, Contract: contract, Columns: columns, AllColumns: true, Threads: 2,
		AsOf: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
		Each: func(ctx context.Context, b load.Batch) error {
			table, _ := contract.Lookup(b.Table)
			rows, err := batchRows(ctx, e, table)
			l.rows = append(l.rows, rows...)
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.LockDown(ctx, loader.Paths()); err != nil {
		t.Fatal(err)
	}
	if err := loader.Run(ctx); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(l.rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.record, b.record), cmp.Compare(a.table, b.table))
	})
	l.account = loader.Account()
	return l
}

// batchRows takes the rows of the table that is attached.
func batchRows(ctx context.Context, e *engine.Engine, table *view.Table) ([]row, error) {
	var names, casts []string
	for _, name := range table.RecordedNames() {
		if !slices.Contains(view.Provenance, name) {
			names = append(names, name)
			casts = append(casts, "cast("+engine.QuoteIdent(name)+" as varchar)")
		}
	}
	result, err := e.Query(ctx, "select SourceFile, SourceRecord, "+strings.Join(casts, ", ")+" from recorded_"+table.Name)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	var rows []row
	for result.Next() {
		row := row{table: table.Name, values: map[string]string{}}
		cells := make([]*string, len(names))
		dest := []any{&row.file, &row.record}
		for i := range cells {
			dest = append(dest, &cells[i])
		}
		if err := result.Scan(dest...); err != nil {
			return nil, err
		}
		for i, name := range names {
			if cells[i] != nil {
				row.columns = append(row.columns, name)
				row.values[name] = *cells[i]
			}
		}
		rows = append(rows, row)
	}
	return rows, result.Err()
}

// text writes what came of one file the way testdata has it.
func (l loaded) text(file string) string {
	var out strings.Builder
	for _, f := range l.files {
		if f.Name == file && f.Mapping != nil {
			fmt.Fprintf(&out, "source: %s\n", f.Mapping.Name)
		}
	}
	for _, row := range l.rows {
		if row.file == file {
			row.print(&out)
		}
	}
	for _, r := range l.account.Rejected {
		if r.File == file {
			fmt.Fprintf(&out, "rejected %v: %s\n", r.Records, r.Reason)
		}
	}
	for _, s := range l.account.Skipped {
		if s.File == file {
			fmt.Fprintf(&out, "skipped: %s\n", s.Reason)
		}
	}
	for _, o := range l.account.Others {
		if l.files[o.FileID-1].Name == file {
			fmt.Fprintf(&out, "other events: %d\n", o.Rows)
		}
	}
	return out.String()
}

func (r row) print(out *strings.Builder) {
	fmt.Fprintf(out, "record %d: %s\n", r.record, r.table)
	for _, name := range r.columns {
		value := r.values[name]
		if strings.ContainsAny(value, "\r\n\t\x00") || strings.TrimSpace(value) != value || value == "" {
			value = fmt.Sprintf("%q", value)
		}
		fmt.Fprintf(out, "    %s = %s\n", name, value)
	}
}

// writeFile writes a file of lines and gives its path.
func writeFile(t testing.TB, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
