// Package view makes the tables that branches and hunters read.
//
// A table has two layers. The lower one, recorded_<Table>, holds Defender's
// columns exactly as a file has them, typed by the schema and NULL where the
// file lacks one ([Table.FromStaged], [Table.FromParquet]). The upper one,
// <Table>, adds the derived columns; it is SQL under sql/tables/ and is the
// contract that branches are bound against.
package view

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"smew/internal/defender"
	"smew/internal/engine"
)

// Provenance are the columns every table has beside Defender's: which table
// the row is of, the file it was read from and its place there.
var Provenance = []string{"SourceTable", "SourceFile", "SourceRecord"}

// Own are the columns that device tables have beside Defender's: what kind of
// telemetry the row is, why its time is in doubt (NULL if it is not), the
// channel that numbered it, and how processes are told apart where process ids
// are used again. InitiatingProcessNote says where the initiating process's name
// and command line came from if not from the event itself, or why they are not
// there.
var Own = []defender.Column{
	{Name: "Telemetry", Type: "string"},
	{Name: "TimestampNote", Type: "string"},
	{Name: "EventChannel", Type: "string"},
	{Name: "ProcessGuid", Type: "string"},
	{Name: "InitiatingProcessGuid", Type: "string"},
	{Name: "InitiatingProcessNote", Type: "string"},
}

// Context are the columns about the initiating process that its own start can
// fill in.
var Context = []string{
	"InitiatingProcessFileName", "InitiatingProcessFolderPath", "InitiatingProcessCommandLine",
	"InitiatingProcessAccountDomain", "InitiatingProcessAccountName", "InitiatingProcessParentId", "InitiatingProcessParentFileName",
	"InitiatingProcessNote",
}

// IsOwn tells whether a name is one of [Own].
func IsOwn(name string) bool {
	return slices.ContainsFunc(Own, func(c defender.Column) bool { return c.Name == name })
}

// defenders is what the column Telemetry says of Defender's own exports.
const defenders = "Defender"

// ownColumn is one of [Own] for an export of Defender's, which has none of them.
func ownColumn(c defender.Column) (string, bool) {
	if !slices.Contains(Own, c) {
		return "", false
	}
	if c.Name == "Telemetry" {
		return engine.QuoteText(defenders) + " as Telemetry", true
	}
	return nullColumn(c), true
}

// Table is one Advanced Hunting table.
type Table struct {
	Name    string
	Columns []defender.Column
	// Derived maps a derived column to the recorded columns it is computed from.
	Derived map[string][]string
	// essential maps a derived column to the recorded columns without which it says
	// nothing: where it is made of the first of several that is there, none is.
	essential map[string][]string
	// plain are the derived columns that are no more than a recorded one in
	// lower case.
	plain map[string]bool
	// select statement of sql/tables/<Name>.sql, or the plain one
	query string
}

// Contract is the set of tables with their columns.
type Contract struct {
	tables    map[string]*Table // by lower-case name
	names     []string
	functions *functions
}

// LoadContract reads sql/tables and creates the functions the tables use in e.
func LoadContract(ctx context.Context, e *engine.Engine, files fs.FS) (*Contract, error) {
	for _, dir := range []string{"sources", "load"} {
		if err := install(ctx, e, files, dir); err != nil {
			return nil, err
		}
	}
	c := &Contract{tables: map[string]*Table{}}
	var err error
	if c.functions, err = readFunctions(files); err != nil {
		return nil, err
	}
	for _, name := range offered {
		if err := c.functions.install(ctx, e, name); err != nil {
			return nil, err
		}
	}
	for _, def := range defender.Tables() {
		t := &Table{Name: def.Name, Columns: def.Columns, Derived: map[string][]string{}}
		if t.HasOwn() {
			t.Columns = append(slices.Clone(def.Columns), Own...)
		}
		t.query = "select recorded.* from recorded_" + t.Name + " as recorded"
		if text, err := fs.ReadFile(files, path.Join("tables", t.Name+".sql")); err == nil {
			t.query = string(text)
			if err := c.Need(ctx, e, t.query); err != nil {
				return nil, err
			}
			if err = t.readDerived(ctx, e); err != nil {
				return nil, fmt.Errorf("sql/tables/%s.sql: %w", t.Name, err)
			}
		}
		c.tables[strings.ToLower(t.Name)] = t
		c.names = append(c.names, t.Name)
	}
	slices.Sort(c.names)
	return c, nil
}

// install runs the macro files of one folder: those named for what they
// define, not the statements that the loader runs step by step.
func install(ctx context.Context, e *engine.Engine, files fs.FS, dir string) error {
	names, err := fs.Glob(files, path.Join(dir, "*.sql"))
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if !strings.Contains(string(text), "create or replace macro") {
			continue
		}
		if err := e.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("sql/%s: %w", name, err)
		}
	}
	return nil
}

// Lookup finds a table by name, in any case.
func (c *Contract) Lookup(name string) (*Table, bool) {
	t, ok := c.tables[strings.ToLower(name)]
	return t, ok
}

// Names lists the tables in order.
func (c *Contract) Names() []string { return c.names }

// HasOwn tells whether the table has the columns of [Own]: those about devices,
// which logs other than Defender's speak of too.
func (t *Table) HasOwn() bool { return strings.HasPrefix(t.Name, "Device") && t.HasTime() }

// HasTime tells whether the table's rows say when they happened.
func (t *Table) HasTime() bool { return t.column("Timestamp") != nil }

func (t *Table) column(name string) *defender.Column {
	for i := range t.Columns {
		if strings.EqualFold(t.Columns[i].Name, name) {
			return &t.Columns[i]
		}
	}
	return nil
}

// Recorded returns the recorded columns that the given columns need: a
// recorded column itself, a derived one what it is computed from. Names that
// the table does not have are returned as extra.
func (t *Table) Recorded(columns []string) (recorded, extra []string) {
	for _, name := range columns {
		switch sources, derived := t.derived(name); {
		case derived:
			recorded = append(recorded, sources...)
		case t.column(name) != nil:
			recorded = append(recorded, t.column(name).Name)
		case slices.ContainsFunc(Provenance, func(p string) bool { return strings.EqualFold(p, name) }):
		default:
			extra = append(extra, name)
		}
	}
	slices.Sort(recorded)
	slices.Sort(extra)
	return slices.Compact(recorded), slices.Compact(extra)
}

func (t *Table) derived(name string) ([]string, bool) {
	for column, sources := range t.Derived {
		if strings.EqualFold(column, name) {
			return sources, true
		}
	}
	return nil, false
}

// Essential returns the recorded columns without which the given columns say nothing.
func (t *Table) Essential(columns []string) []string {
	var recorded []string
	for _, name := range columns {
		if essential, ok := t.essential[t.Spelling(name)]; ok {
			recorded = append(recorded, essential...)
			continue
		}
		own, _ := t.Recorded([]string{name})
		recorded = append(recorded, own...)
	}
	slices.Sort(recorded)
	return slices.Compact(recorded)
}

// HasColumn tells whether the table has a recorded column spelled exactly so.
func (t *Table) HasColumn(name string) bool {
	return slices.ContainsFunc(t.Columns, func(c defender.Column) bool { return c.Name == name })
}

// RecordedNames lists the recorded columns.
func (t *Table) RecordedNames() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Has tells whether the table has a column of that name, recorded, derived or
// of provenance.
func (t *Table) Has(name string) bool {
	_, extra := t.Recorded([]string{name})
	return len(extra) == 0
}

// readDerived reads from the table's own SQL which recorded columns each
// derived one is made of, so that the SQL is the only place that says it.
func (t *Table) readDerived(ctx context.Context, e *engine.Engine) error {
	tree, err := e.ParseTree(ctx, t.query)
	if err != nil {
		return err
	}
	var parsed struct {
		Error      bool   `json:"error"`
		Message    string `json:"error_message"`
		Statements []struct {
			Node struct {
				SelectList []json.RawMessage `json:"select_list"`
			} `json:"node"`
		} `json:"statements"`
	}
	if err := json.Unmarshal([]byte(tree), &parsed); err != nil {
		return err
	}
	if parsed.Error || len(parsed.Statements) != 1 {
		return fmt.Errorf("not one select statement: %s", parsed.Message)
	}
	t.plain, t.essential = map[string]bool{}, map[string][]string{}
	for _, item := range parsed.Statements[0].Node.SelectList {
		var node any
		if err := json.Unmarshal(item, &node); err != nil {
			return err
		}
		alias, _ := node.(map[string]any)["alias"].(string)
		if alias == "" {
			continue // the star
		}
		t.Derived[alias], t.essential[alias] = columnRefs(node), essentialRefs(node)
		t.plain[alias] = onlyFolds(node)
	}
	return nil
}

// onlyFolds tells whether an expression does no more than lower a column.
func onlyFolds(node any) bool {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			if !onlyFolds(child) {
				return false
			}
		}
	case map[string]any:
		if n["class"] == "FUNCTION" && n["function_name"] != "fold_column" {
			return false
		}
		for _, child := range n {
			if !onlyFolds(child) {
				return false
			}
		}
	}
	return true
}

// IsTable tells whether a name is a table's, in any case.
func (c *Contract) IsTable(name string) bool { _, ok := c.Lookup(name); return ok }

// IsPlain tells whether a column of a table is recorded, or a recorded one in
// lower case: comparing it costs little and can use a file's statistics.
func (c *Contract) IsPlain(table, column string) bool {
	t, ok := c.Lookup(table)
	if !ok {
		return false
	}
	return t.column(column) != nil || t.plain[t.Spelling(column)]
}

// IsLate tells whether a column is of the initiating process, which may be found
// only when everything has been read, or made of one that is.
func (c *Contract) IsLate(table, column string) bool {
	t, ok := c.Lookup(table)
	if !ok || !t.HasOwn() {
		return false
	}
	recorded, _ := t.Recorded([]string{column})
	return slices.ContainsFunc(recorded, func(name string) bool { return slices.Contains(Context, name) })
}

// essentialRefs lists the columns without which an expression says nothing. Of
// coalesce and of the results of CASE one that is there is enough; constants say
// nothing of a row.
func essentialRefs(node any) []string {
	n, ok := node.(map[string]any)
	if !ok {
		return nil
	}
	switch n["type"] {
	case "OPERATOR_COALESCE":
		children, _ := n["children"].([]any)
		return inEach(children)
	case "CASE_EXPR":
		var tests []string
		results := []any{n["else_expr"]}
		checks, _ := n["case_checks"].([]any)
		for _, check := range checks {
			c, _ := check.(map[string]any)
			tests = append(tests, columnRefs(c["when_expr"])...)
			results = append(results, c["then_expr"])
		}
		return append(tests, inEach(results)...)
	}
	return columnRefs(node)
}

// inEach lists the columns that every expression of a list needs, constants aside.
func inEach(list []any) []string {
	var shared []string
	first := true
	for _, node := range list {
		if len(columnRefs(node)) == 0 {
			continue
		}
		of := essentialRefs(node)
		if first {
			shared, first = of, false
			continue
		}
		shared = slices.DeleteFunc(shared, func(c string) bool { return !slices.Contains(of, c) })
	}
	return shared
}

// columnRefs lists the columns named anywhere below a parse tree node.
func columnRefs(node any) []string {
	var found []string
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			found = append(found, columnRefs(child)...)
		}
	case map[string]any:
		if n["class"] == "COLUMN_REF" {
			if names, ok := n["column_names"].([]any); ok && len(names) > 0 {
				return []string{names[len(names)-1].(string)}
			}
		}
		for _, child := range n {
			found = append(found, columnRefs(child)...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// AllColumns lists every column of the table: provenance, recorded, derived.
func (t *Table) AllColumns() []string {
	names := slices.Clone(Provenance)
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	derived := make([]string, 0, len(t.Derived))
	for name := range t.Derived {
		derived = append(derived, name)
	}
	slices.Sort(derived)
	return append(names, derived...)
}

// Spelling gives a column's name as the table spells it.
func (t *Table) Spelling(name string) string {
	for _, known := range t.AllColumns() {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return name
}
