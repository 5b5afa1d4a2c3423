package functions_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smew/internal/engine"
	"smew/internal/functions"
)

// open gives an engine that has the functions.
func open(tb testing.TB) *engine.Engine {
	tb.Helper()
	e, err := engine.Open(context.Background(), engine.Options{Threads: 2})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { e.Close() })
	if err := functions.Install(context.Background(), e); err != nil {
		tb.Fatal(err)
	}
	return e
}

// row is one line of a table under testdata: its cells, and where it stands.
type row struct {
	place string
	cells []string
}

// readTable reads testdata/name: tab-separated, a header, # begins a comment.
func readTable(tb testing.TB, name string, columns ...string) []row {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	var rows []row
	header := true
	for i, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		if header {
			if fmt.Sprint(cells) != fmt.Sprint(columns) {
				tb.Fatalf("%s: columns %q, want %q", name, cells, columns)
			}
			header = false
			continue
		}
		if len(cells) != len(columns) {
			tb.Fatalf("%s:%d: %d cells, want %d", name, i+1, len(cells), len(columns))
		}
		rows = append(rows, row{fmt.Sprintf("%s:%d", name, i+1), cells})
	}
	if len(rows) == 0 {
		tb.Fatalf("%s has no rows", name)
	}
	return rows
}

var cellMarks = strings.NewReplacer("<LF>", "\n", "<TAB>", "\t")

// text writes a cell as an SQL literal: <NULL>, <LF> and <TAB> stand for what
// they say, everything else for itself.
func text(cell string) string {
	if cell == "<NULL>" {
		return "null::varchar"
	}
	return engine.QuoteText(cellMarks.Replace(cell))
}

// texts writes a cell of several values, separated by " | ", as an SQL list.
func texts(cell string) string {
	if cell == "" {
		return "[]::varchar[]"
	}
	parts := strings.Split(cell, " | ")
	for i := range parts {
		parts[i] = text(parts[i])
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// value runs an expression and gives its value as text, <NULL> for NULL.
func value(tb testing.TB, e *engine.Engine, expression string) string {
	tb.Helper()
	var got string
	if err := e.Scan(context.Background(), "select coalesce(("+expression+")::varchar, '<NULL>')", &got); err != nil {
		tb.Fatalf("%s: %v", expression, err)
	}
	return got
}

// literalAndColumn gives an expression of one text twice over: over a constant,
// which the engine computes when it binds, and over a column's value.
func literalAndColumn(expression func(arg string) string, cell string) []string {
	return []string{
		expression(text(cell)),
		"select " + expression("x") + " from (select unnest([" + text(cell) + "]) as x)",
	}
}

// sharedFile finds a research file beside the repository, or skips the test.
func sharedFile(tb testing.TB, name string) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		path := filepath.Join(filepath.Dir(dir), "shared", filepath.FromSlash(name))
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			if _, err := os.Stat(path); err != nil {
				tb.Skipf("../shared/%s is not here", name)
			}
			return path
		}
		if filepath.Dir(dir) == dir {
			tb.Skipf("../shared/%s is not here", name)
		}
		dir = filepath.Dir(dir)
	}
}
