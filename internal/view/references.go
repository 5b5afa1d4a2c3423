package view

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"smew/internal/engine"
	"smew/internal/reference"
)

// references are the tables of sql/reference, made when a text of SQL names them:
// reference_NAME() is the list of a table's keys, reference_NAME the table.
type references struct {
	files fs.FS
	made  map[string]bool // "NAME()" or "NAME"; false if there is such a table
}

var referenceNamed = regexp.MustCompile(`\breference_([a-z0-9_]+)\b(\s*\()?`)

func readReferences(files fs.FS) (*references, error) {
	names, err := reference.Names(files)
	if err != nil {
		return nil, err
	}
	r := &references{files: files, made: map[string]bool{}}
	for _, name := range names {
		r.made[name], r.made[name+"()"] = false, false
	}
	return r, nil
}

// need makes what a text names.
func (r *references) need(ctx context.Context, e *engine.Engine, text string) error {
	for _, m := range referenceNamed.FindAllStringSubmatch(text, -1) {
		name, list := m[1], m[2] != ""
		key := name
		if list {
			key += "()"
		}
		if made, known := r.made[key]; made || !known {
			continue
		}
		t, err := reference.Read(r.files, name)
		if err != nil {
			return err
		}
		statement := referenceTable(t)
		if list {
			statement = "create or replace temp macro reference_" + name + "() as " + quoteList(t.Keys())
		}
		if err := e.Exec(ctx, statement); err != nil {
			return fmt.Errorf("sql/%s/%s.csv: %w", reference.Folder, name, err)
		}
		r.made[key] = true
	}
	return nil
}

func quoteList(keys []string) string {
	if len(keys) == 0 {
		return "[]::varchar[]"
	}
	return engine.QuoteTexts(keys)
}

// referenceTable makes the table, empty values as ”.
func referenceTable(t *reference.Table) string {
	columns := strings.Join(t.Columns, ", ")
	create := "create or replace temp table reference_" + t.Name + " as select " + columns + " from "
	if len(t.Rows) == 0 {
		return create + "(select " + strings.Join(emptyTexts(t.Columns), ", ") + ") where false"
	}
	rows := make([]string, len(t.Rows))
	for i, row := range t.Rows {
		values := make([]string, len(row))
		for j, v := range row {
			values[j] = engine.QuoteText(v)
		}
		rows[i] = "(" + strings.Join(values, ", ") + ")"
	}
	return create + "(values " + strings.Join(rows, ", ") + ") as t(" + columns + ")"
}

func emptyTexts(columns []string) []string {
	texts := make([]string, len(columns))
	for i, c := range columns {
		texts[i] = "'' as " + c
	}
	return texts
}

// IsReference tells whether a name is a table of reference data.
func (c *Contract) IsReference(name string) bool {
	name, ok := strings.CutPrefix(strings.ToLower(name), "reference_")
	_, known := c.functions.data.made[name]
	return ok && known
}

// IsFunction tells whether a name is one of our own functions, which every engine
// has a body of, or a list of reference data.
func (c *Contract) IsFunction(name string) bool {
	if _, ok := c.functions.defined[name]; ok {
		return true
	}
	name, ok := strings.CutPrefix(name, "reference_")
	_, known := c.functions.data.made[name+"()"]
	return ok && known
}
