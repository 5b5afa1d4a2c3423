package branch

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"smew/internal/engine"
	"smew/internal/view"
)

// Portable holds a branch's text against what DuckDB and Trino both understand:
// the same text is to run on a cluster when the data outgrows one machine. What
// only one of them has is a fault, what they answer differently a warning. It looks
// at DuckDB's own parse tree, so that neither comments nor strings mislead it, and
// needs no cluster. Our own functions have a body for each engine and pass.
//
// The rules were found by running each form on DuckDB 1.5.6 and Trino 476.
func Portable(ctx context.Context, e *engine.Engine, contract *view.Contract, b Branch) ([]Problem, error) {
	root, err := parse(ctx, e, b.SQL)
	if err != nil {
		return nil, err
	}
	p := &portability{branch: b, ours: contract.IsFunction}
	p.walk(root, b.SQLLine, nil)
	slices.SortStableFunc(p.problems, func(a, b Problem) int { return a.Line - b.Line })
	return slices.Compact(p.problems), nil
}

// portability is one look through a tree.
type portability struct {
	branch   Branch
	ours     func(function string) bool
	problems []Problem
}

func (p *portability) refuse(line int, format string, args ...any) {
	p.problems = append(p.problems, Problem{Path: p.branch.Path, Line: line, Message: fmt.Sprintf(format, args...)})
}

func (p *portability) warn(line int, format string, args ...any) {
	p.problems = append(p.problems, Problem{Path: p.branch.Path, Line: line, Message: fmt.Sprintf(format, args...), Warning: true})
}

// walk goes through a tree, parents first. line is where the parent stands, for
// nodes that do not say where they do.
func (p *portability) walk(node any, line int, parent map[string]any) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			p.walk(child, line, parent)
		}
	case map[string]any:
		if at, ok := p.offset(n); ok {
			line = p.branch.SQLLine + strings.Count(p.branch.SQL[:at], "\n")
		}
		p.query(n, line)
		p.relation(n, line)
		p.expression(n, line, parent)
		if isInterval(n) {
			return // INTERVAL '5' MINUTE is to_minutes of a rounded number in the tree
		}
		for key, child := range sorted(n) {
			if key != "cast_type" {
				p.walk(child, line, n)
			}
		}
	}
}

// offset is where in the query a node stands.
func (p *portability) offset(n map[string]any) (int, bool) {
	number, ok := n["query_location"].(json.Number)
	if !ok {
		return 0, false
	}
	at, err := number.Int64()
	if err != nil || at < 0 || int(at) >= len(p.branch.SQL) {
		return 0, false
	}
	return int(at), true
}

// textAt tells whether the query has a text where a node stands, in any case.
func (p *portability) textAt(n map[string]any, text string) bool {
	at, ok := p.offset(n)
	return ok && len(p.branch.SQL)-at >= len(text) && strings.EqualFold(p.branch.SQL[at:at+len(text)], text)
}

// query looks at what is written around expressions.
func (p *portability) query(n map[string]any, line int) {
	if n["qualify"] != nil {
		p.refuse(line, "QUALIFY is DuckDB's alone: put the window into a CTE and filter it with WHERE")
	}
	if n["aggregate_handling"] == "FORCE_AGGREGATES" {
		p.refuse(line, "GROUP BY ALL is DuckDB's alone: name the columns")
	}
	if n["setop_type"] == "UNION_BY_NAME" {
		p.refuse(line, "UNION … BY NAME is DuckDB's alone: name the columns on both sides in one order")
	}
	if n["sample"] != nil {
		p.refuse(line, "a sample is drawn differently by each engine, and a branch looks at everything")
	}
	modifiers, _ := n["modifiers"].([]any)
	ordered, limited := false, false
	for _, m := range modifiers {
		modifier, _ := m.(map[string]any)
		switch modifier["type"] {
		case "ORDER_MODIFIER":
			ordered = true
		case "LIMIT_MODIFIER":
			limited = true
		case "LIMIT_PERCENT_MODIFIER":
			p.refuse(line, "LIMIT with a percentage is DuckDB's alone: count the rows")
		case "DISTINCT_MODIFIER":
			if on, _ := modifier["distinct_on_targets"].([]any); len(on) > 0 {
				p.refuse(line, "DISTINCT ON is DuckDB's alone: number the rows in a CTE with row_number() and keep the first")
			}
		}
	}
	if limited && !ordered {
		p.warn(line, "LIMIT without ORDER BY gives any rows: order by a total key")
	}
}

// relation looks at what is read.
func (p *portability) relation(n map[string]any, line int) {
	if n["type"] == "JOIN" {
		for _, kind := range []string{fmt.Sprint(n["join_type"]), fmt.Sprint(n["ref_type"])} {
			switch kind {
			case "SEMI", "ANTI":
				p.refuse(line, "%s JOIN is DuckDB's alone: write WHERE %sEXISTS (SELECT …) over a CTE", kind, map[string]string{"ANTI": "NOT "}[kind])
			case "ASOF":
				p.refuse(line, "ASOF JOIN is DuckDB's alone: join on a span of time and keep the nearest with row_number()")
			case "NATURAL":
				p.refuse(line, "NATURAL JOIN is not on both engines: write USING (…)")
			case "POSITIONAL":
				p.refuse(line, "POSITIONAL JOIN is DuckDB's alone: join on a key")
			}
		}
	}
	if n["type"] == "SHOW_REF" || n["type"] == "PIVOT" {
		p.refuse(line, "PIVOT and DESCRIBE are DuckDB's alone: write the columns out with CASE")
	}
}

// expression looks at one expression.
func (p *portability) expression(n map[string]any, line int, parent map[string]any) {
	switch n["class"] {
	case "CAST":
		p.cast(n, line)
	case "STAR":
		p.star(n, line)
	case "LAMBDA":
		p.lambda(n, line, parent)
	case "FUNCTION", "WINDOW":
		p.call(n, line)
	case "COLLATE":
		p.refuse(line, "COLLATE is DuckDB's alone: write lower on both sides")
	case "OPERATOR":
		if n["type"] == "ARRAY_SLICE" {
			p.refuse(line, "a slice [a:b] is DuckDB's alone: write substr for text")
		}
	}
}

func (p *portability) star(n map[string]any, line int) {
	for _, key := range []string{"exclude_list", "qualified_exclude_list", "replace_list", "rename_list"} {
		if list, _ := n[key].([]any); len(list) > 0 {
			p.refuse(line, "* EXCLUDE, REPLACE and RENAME are DuckDB's alone: name the columns")
			return
		}
	}
	if n["columns"] == true {
		p.refuse(line, "COLUMNS(…) is DuckDB's alone: name the columns")
	}
	if p.textAt(n, "from") {
		p.refuse(line, "FROM without SELECT is DuckDB's alone: write SELECT … FROM")
	}
}

// lambda lets pass what is handed to filter: every other function over a list has
// another name on the other engine.
func (p *portability) lambda(n map[string]any, line int, parent map[string]any) {
	switch {
	case !p.textAt(n, "->"):
		p.refuse(line, "lambda x: … is DuckDB's alone: write x -> … within filter(ARRAY[…], …)")
	case parent["function_name"] != "filter":
		p.refuse(line, "-> outside filter(ARRAY[…], x -> …) is DuckDB's alone: write a function of sql/functions")
	}
}

// sharedTypes are the types both engines have by the same name.
var sharedTypes = []string{"VARCHAR", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "DOUBLE", "FLOAT", "BOOLEAN", "DATE", "DECIMAL", "TIMESTAMP"}

func (p *portability) cast(n map[string]any, line int) {
	cast, _ := n["cast_type"].(map[string]any)
	name, _ := cast["id"].(string)
	if p.textAt(n, "::") {
		p.refuse(line, "x::%s is DuckDB's alone: write CAST(x AS %s)", strings.ToLower(name), name)
	}
	child, _ := n["child"].(map[string]any)
	constant := child["class"] == "CONSTANT"
	switch {
	case name == "INTERVAL":
		p.refuse(line, "an interval in one text is DuckDB's alone: write INTERVAL '10' SECOND")
	case !slices.Contains(sharedTypes, name):
		p.refuse(line, "the type %s is DuckDB's alone: there are %s", name, strings.Join(sharedTypes, ", "))
	case name == "TIMESTAMP" && !constant:
		p.warn(line, "CAST to TIMESTAMP keeps microseconds on DuckDB, milliseconds on Trino: times are made in sources, not in branches")
	}
}

func (p *portability) call(n map[string]any, line int) {
	name, _ := n["function_name"].(string)
	name = strings.ToLower(name)
	children, _ := n["children"].([]any)
	switch {
	case name == "date_part" && !p.textAt(n, "extract"):
		p.refuse(line, "date_part is DuckDB's alone: write extract(… FROM …)")
	case name == "log" && len(children) == 1:
		p.warn(line, "log: with one argument it is to base 10 on DuckDB and unknown to Trino: write log10")
	case name == "list_value":
		p.refuse(line, "[…] is DuckDB's alone: write ARRAY[…]")
	case oneEngine[name] != "":
		p.refuse(line, "%s is DuckDB's alone: %s", shownFunction(name), oneEngine[name])
	case differs[name] != "":
		p.warn(line, "%s: %s", shownFunction(name), differs[name])
	case isInterval(n):
		p.interval(children[0], line)
	case shared[name] || p.ours(name):
	default:
		p.refuseUnknown(name, line)
	}
	if name == "array_agg" && !hasOrder(n) {
		p.warn(line, "array_agg without ORDER BY gives any order: write array_agg(x ORDER BY …)")
	}
}

// isInterval tells a node that an interval is written as: to_seconds of a number.
func isInterval(n map[string]any) bool {
	name, _ := n["function_name"].(string)
	children, _ := n["children"].([]any)
	return n["class"] == "FUNCTION" && strings.HasPrefix(name, "to_") && shared[name] && len(children) == 1
}

// interval refuses INTERVAL 10 SECOND, whose number the other engine wants quoted.
func (p *portability) interval(amount any, line int) {
	quoted := false
	visit(amount, func(n map[string]any) {
		value, _ := n["value"].(map[string]any)
		kind, _ := value["type"].(map[string]any)
		quoted = quoted || n["class"] == "CONSTANT" && kind["id"] == "VARCHAR"
	})
	if !quoted {
		p.refuse(line, "an interval's number must be quoted: write INTERVAL '10' SECOND")
	}
}

// refuseUnknown is about a function that is on no list. A family of DuckDB's own is
// refused; of others it is only not known.
func (p *portability) refuseUnknown(name string, line int) {
	for _, f := range oneEngineFamilies {
		if strings.HasPrefix(name, f.prefix) {
			p.refuse(line, "%s is not on both engines: %s", name, f.instead)
			return
		}
	}
	p.warn(line, "%s is not on the list of what both engines are known to answer alike: use a function of sql/functions", shownFunction(name))
}

func hasOrder(n map[string]any) bool {
	by, _ := n["order_bys"].(map[string]any)
	orders, _ := by["orders"].([]any)
	return len(orders) > 0
}
