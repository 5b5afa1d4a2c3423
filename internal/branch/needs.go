package branch

import (
	"context"
	"maps"
	"slices"
	"strings"

	"smew/internal/engine"
)

// Need is what one branch reads of one table.
type Need struct {
	Table string
	// Columns are all column names the branch mentions; names of other tables'
	// columns may be among them, for SQL does not always say whose a name is.
	Columns []string
	// Predicate is the filter the branch puts on the table, as SQL over plain
	// column names: a row for which it is not true cannot matter to the
	// branch. Empty means that every row may matter.
	Predicate string
	// Parts are the predicate again, as a driver that reads a large table asks it.
	Parts []Part
	// Loose is the predicate without what it asks of columns that may be filled in
	// later (Tables.IsLate); empty if it asks nothing of them, "true" if nothing
	// else is left.
	Loose string
	// Late are the columns of that kind that the predicate asks.
	Late []string
	// Actions is what the predicate asks of ActionType alone, "" if that may be
	// anything: telemetry without such an action is none that the branch looks at.
	Actions string
	// Tested are the columns the predicate mentions.
	Tested []string
	// Essential are those of Tested without which the predicate is true of no row.
	// Where one is not recorded the branch cannot be evaluated; where another is not,
	// it sees less.
	Essential []string
}

// Part is a piece of a predicate; joined by OR the pieces are the predicate.
type Part struct {
	Predicate string
	// Gate is what costs little in it: its comparisons of plain columns. Where the
	// predicate is true the gate is; empty if there is no such thing. Asked first it
	// keeps the optimiser from testing what several branches have in common, which is
	// often a regular expression.
	Gate string
	// Keys are values of plain columns of which a row must have one; nil if the piece
	// implies none. The keys of all branches together are a single look at each row.
	Keys Keys
}

// Needs reads a branch's parse tree and tells what it takes from each table.
//
// The driver reads every table once, whatever the number of branches: it keeps
// the rows for which any branch's predicate is true and runs the branches over
// those. A predicate is taken only where it is plain to see: the WHERE of a
// SELECT from the one table. Anything else, a join or a subquery in the WHERE,
// makes the need the whole table, which is slower and never wrong.
func Needs(ctx context.Context, e *engine.Engine, query string, tables Tables) ([]Need, error) {
	root, err := parse(ctx, e, query)
	if err != nil {
		return nil, err
	}
	w := &needsWalk{isTable: tables.IsTable, byTable: map[string]*tableNeed{}}
	w.walk(root)
	columns := neededNames(root)

	var needs []Need
	for _, table := range w.order {
		n := w.byTable[table]
		need := Need{Table: table, Columns: columns}
		if !n.whole {
			if err := need.setPredicate(ctx, e, n.predicates, tables); err != nil {
				return nil, err
			}
		} else {
			need.Tested, need.Essential = columns, columns
		}
		slices.Sort(need.Tested)
		need.Tested = slices.Compact(need.Tested)
		needs = append(needs, need)
	}
	return needs, nil
}

// Tables tells what is known of the tables that a query may name.
type Tables interface {
	IsTable(name string) bool
	// IsPlain tells whether a column costs little to read: a recorded one, or
	// one in lower case.
	IsPlain(table, column string) bool
	// IsLate tells whether a column may be filled in after a row was read.
	IsLate(table, column string) bool
}

// setPredicate joins the filters that a branch puts on one table in several
// places: a row matters if it passes any of them.
func (n *Need) setPredicate(ctx context.Context, e *engine.Engine, predicates []any, tables Tables) error {
	var texts, actions []string
	for i, p := range predicates {
		n.Tested = append(n.Tested, columnNames(p)...)
		if i == 0 {
			n.Essential = essential(p)
		} else {
			n.Essential = common(n.Essential, essential(p))
		}
		text, err := unparse(ctx, e, p)
		if err != nil {
			return err
		}
		texts = append(texts, text)
		if err := n.addParts(ctx, e, p, tables); err != nil {
			return err
		}
	}
	for _, p := range predicates {
		if a := relax(p, asksAction); a != nil {
			text, err := unparse(ctx, e, a)
			if err != nil {
				return err
			}
			actions = append(actions, text)
		}
	}
	if len(actions) == len(texts) {
		n.Actions = strings.Join(actions, " or ")
	}
	loose, err := n.loose(ctx, e, predicates, tables)
	if err != nil {
		return err
	}
	n.Predicate, n.Loose = strings.Join(texts, " or "), loose
	return nil
}

// addParts takes one predicate apart.
func (n *Need) addParts(ctx context.Context, e *engine.Engine, predicate any, tables Tables) error {
	plain := func(column string) bool { return tables.IsPlain(n.Table, column) }
	for _, piece := range pieces(predicate) {
		text, err := unparse(ctx, e, piece)
		if err != nil {
			return err
		}
		part := Part{Predicate: text, Keys: keysOf(piece, plain)}
		if g := gate(piece, plain); g != nil {
			if part.Gate, err = unparse(ctx, e, g); err != nil {
				return err
			}
		}
		n.Parts = append(n.Parts, part)
	}
	return nil
}

// Gate is what costs little in the whole predicate, "" if not every part has it.
func (n *Need) Gate() string {
	var gates []string
	for _, p := range n.Parts {
		if p.Gate == "" {
			return ""
		}
		gates = append(gates, p.Gate)
	}
	return strings.Join(gates, " or ")
}

// asksAction tells whether a condition is about ActionType alone.
func asksAction(leaf map[string]any) bool {
	if !isComparison(leaf, func(string) bool { return true }) {
		return false
	}
	columns := columnNames(leaf)
	return len(columns) == 1 && strings.EqualFold(columns[0], "ActionType")
}

// loose is what the predicates ask beside what may be filled in later.
func (n *Need) loose(ctx context.Context, e *engine.Engine, predicates []any, tables Tables) (string, error) {
	late := func(node any) bool {
		return slices.ContainsFunc(columnNames(node), func(c string) bool { return tables.IsLate(n.Table, c) })
	}
	var texts []string
	for _, p := range predicates {
		if !late(p) {
			continue
		}
		for _, c := range columnNames(p) {
			if tables.IsLate(n.Table, c) {
				n.Late = append(n.Late, c)
			}
		}
		rest := relax(p, func(leaf map[string]any) bool { return !late(leaf) })
		if rest == nil {
			return "true", nil
		}
		text, err := unparse(ctx, e, rest)
		if err != nil {
			return "", err
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " or "), nil
}

type tableNeed struct {
	predicates []any
	whole      bool
}

type needsWalk struct {
	isTable func(string) bool
	byTable map[string]*tableNeed
	order   []string
}

// walk looks at every table a tree reads. One that is the FROM of a plain
// SELECT is read through its WHERE; one that is met anywhere else (a side of a
// join, a pivot) may matter in every row.
func (w *needsWalk) walk(node any) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			w.walk(child)
		}
	case map[string]any:
		if table, ok := w.baseTable(n); ok {
			w.need(table).whole = true
		}
		plain := n["type"] == "SELECT_NODE" && w.plainSelect(n)
		for _, key := range slices.Sorted(maps.Keys(n)) {
			if !plain || key != "from_table" {
				w.walk(n[key])
			}
		}
	}
}

// plainSelect notes the filter of a SELECT from one table, and tells whether
// it is one.
func (w *needsWalk) plainSelect(n map[string]any) bool {
	from, _ := n["from_table"].(map[string]any)
	table, ok := w.baseTable(from)
	where := n["where_clause"]
	if !ok || where == nil || hasSubquery(where) || !speaksOf(where, from) {
		return false
	}
	w.need(table).predicates = append(w.need(table).predicates, unqualified(where))
	return true
}

// baseTable is the table of the contract that a node reads. A CTE may have the
// name of one. Which is meant is not ours to work out: it counts, and what is
// taken for a further filter only makes a need larger.
func (w *needsWalk) baseTable(n map[string]any) (string, bool) {
	if n["type"] != "BASE_TABLE" {
		return "", false
	}
	name, _ := n["table_name"].(string)
	return name, w.isTable(name)
}

// speaksOf tells whether every qualified name of a predicate is of the table
// it filters. In a correlated subquery some are of the query around it, and
// then the predicate means nothing by itself.
func speaksOf(where any, from map[string]any) bool {
	table, _ := from["alias"].(string)
	if table == "" {
		table, _ = from["table_name"].(string)
	}
	all := true
	visit(where, func(n map[string]any) {
		if n["class"] != "COLUMN_REF" {
			return
		}
		names, _ := n["column_names"].([]any)
		if len(names) < 2 {
			return
		}
		qualifier, _ := names[len(names)-2].(string)
		all = all && len(names) == 2 && strings.EqualFold(qualifier, table)
	})
	return all
}

func (w *needsWalk) need(table string) *tableNeed {
	for _, known := range w.order {
		if strings.EqualFold(known, table) {
			return w.byTable[known]
		}
	}
	w.order = append(w.order, table)
	w.byTable[table] = &tableNeed{}
	return w.byTable[table]
}

// References tells which of the tables a query reads and which columns it
// mentions ("*" among them when it selects a star): what `smew query` loads.
func References(ctx context.Context, e *engine.Engine, query string, isTable func(string) bool) (tables, columns []string, err error) {
	root, err := parse(ctx, e, query)
	if err != nil {
		return nil, nil, err
	}
	visit(root, func(n map[string]any) {
		if name, ok := n["table_name"].(string); ok && n["type"] == "BASE_TABLE" && isTable(name) {
			tables = append(tables, name)
		}
	})
	slices.Sort(tables)
	return slices.Compact(tables), columnNames(root), nil
}
