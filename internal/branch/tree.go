package branch

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"smew/internal/engine"
)

// parse gives the tree of the one SELECT in query.
func parse(ctx context.Context, e *engine.Engine, query string) (map[string]any, error) {
	tree, err := e.ParseTree(ctx, query)
	if err != nil {
		return nil, err
	}
	var parsed struct {
		Error      bool             `json:"error"`
		Message    string           `json:"error_message"`
		Statements []map[string]any `json:"statements"`
	}
	if err := decode(tree, &parsed); err != nil {
		return nil, err
	}
	if parsed.Error {
		return nil, &engine.Error{Message: parsed.Message}
	}
	if len(parsed.Statements) != 1 {
		return nil, fmt.Errorf("has %d statements, want one select", len(parsed.Statements))
	}
	return parsed.Statements[0], nil
}

func hasSubquery(node any) bool {
	found := false
	visit(node, func(n map[string]any) { found = found || n["class"] == "SUBQUERY" })
	return found
}

// unqualified copies a tree with p.FileName written as FileName.
func unqualified(node any) any {
	switch n := node.(type) {
	case []any:
		out := make([]any, len(n))
		for i := range n {
			out[i] = unqualified(n[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(n))
		for key, child := range n {
			out[key] = unqualified(child)
		}
		if names, ok := n["column_names"].([]any); ok && n["class"] == "COLUMN_REF" && len(names) > 1 {
			out["column_names"] = names[len(names)-1:]
		}
		return out
	}
	return node
}

// columnNames lists every column a tree mentions; "*" when it selects a star.
func columnNames(node any) []string {
	var names []string
	visit(node, func(n map[string]any) {
		switch n["class"] {
		case "COLUMN_REF":
			if list, ok := n["column_names"].([]any); ok && len(list) > 0 {
				names = append(names, list[len(list)-1].(string))
			}
		case "STAR":
			names = append(names, "*")
		}
		if using, ok := n["using_columns"].([]any); ok {
			for _, u := range using {
				if s, ok := u.(string); ok {
					names = append(names, s)
				}
			}
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// visit calls f for every object of a tree, parents first, in a fixed order.
func visit(node any, f func(map[string]any)) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			visit(child, f)
		}
	case map[string]any:
		f(n)
		for _, key := range slices.Sorted(maps.Keys(n)) {
			visit(n[key], f)
		}
	}
}

// decode reads JSON and leaves its numbers as they are written: positions in
// a parse tree do not fit a float.
func decode(text string, v any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// unparse writes a predicate's tree as SQL, by way of a SELECT around it.
func unparse(ctx context.Context, e *engine.Engine, predicate any) (string, error) {
	shell, err := e.ParseTree(ctx, "select 1 where true")
	if err != nil {
		return "", err
	}
	var tree map[string]any
	if err := decode(shell, &tree); err != nil {
		return "", err
	}
	statement := tree["statements"].([]any)[0].(map[string]any)
	statement["node"].(map[string]any)["where_clause"] = predicate
	text, err := json.Marshal(tree)
	if err != nil {
		return "", err
	}
	query, err := e.Unparse(ctx, string(text))
	if err != nil {
		return "", err
	}
	_, where, ok := strings.Cut(query, " WHERE ")
	if !ok {
		return "", fmt.Errorf("predicate lost in %q", query)
	}
	return "(" + where + ")", nil
}
