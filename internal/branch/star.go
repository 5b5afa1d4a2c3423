package branch

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// neededNames lists the columns that a query takes from its tables: every name it
// mentions, and "*" if a star stands where its columns matter by number or by being
// all. A plain star within a CTE or subquery hands on what is named further out, so
// the names say it all; one in the outermost SELECT is the query's answer.
func neededNames(root map[string]any) []string {
	names := slices.DeleteFunc(columnNames(root), func(n string) bool { return n == "*" })
	if starMatters(root) {
		names = append(names, "*")
	}
	return names
}

func starMatters(root map[string]any) bool {
	if comparesRows(root) {
		return len(starsOf(root)) > 0
	}
	// Stars that only hand on are found first; any other one matters.
	passing := map[any]bool{}
	outermost := outerSelects(root["node"])
	visit(root, func(n map[string]any) {
		// UNION, EXCEPT and INTERSECT compare the rows of their sides.
		if n["type"] == "SET_OPERATION_NODE" && n["setop_all"] != true {
			maps.Copy(outermost, outerSelects(n))
		}
	})
	visit(root, func(n map[string]any) {
		if n["type"] != "SELECT_NODE" || outermost[key(n)] || distinct(n) {
			return
		}
		list, _ := n["select_list"].([]any)
		for _, item := range list {
			if star, _ := item.(map[string]any); isPlainStar(star) {
				passing[key(star)] = true
			}
		}
	})
	return slices.ContainsFunc(starsOf(root), func(star map[string]any) bool { return !passing[key(star)] })
}

func starsOf(root map[string]any) []map[string]any {
	var stars []map[string]any
	visit(root, func(n map[string]any) {
		if n["class"] == "STAR" {
			stars = append(stars, n)
		}
	})
	return stars
}

// comparesRows tells whether a query may take rows as wholes: a natural join, a pivot,
// a table's name where a column's stands.
func comparesRows(root map[string]any) bool {
	relations, columns := map[string]bool{}, map[string]bool{}
	found := false
	visit(root, func(n map[string]any) {
		if alias, _ := n["alias"].(string); n["class"] != nil {
			columns[strings.ToLower(alias)] = true
		}
		for _, name := range []string{"alias", "table_name", "key"} {
			text, _ := n[name].(string)
			if isRelation(n) || name == "key" {
				relations[strings.ToLower(text)] = true
			}
		}
		found = found || n["ref_type"] == "NATURAL" || n["type"] == "PIVOT"
	})
	visit(root, func(n map[string]any) {
		names, _ := n["column_names"].([]any)
		if n["class"] == "COLUMN_REF" && len(names) == 1 {
			text, _ := names[0].(string)
			name := strings.ToLower(text)
			found = found || relations[name] && !columns[name] // a column hides a relation of its name
		}
	})
	return found
}

// isRelation tells whether a node is something in a FROM.
func isRelation(n map[string]any) bool {
	_, ok := n["column_name_alias"]
	return ok || n["type"] == "JOIN"
}

// outerSelects are the SELECTs whose columns are the query's answer.
func outerSelects(node any) map[any]bool {
	found := map[any]bool{}
	n, _ := node.(map[string]any)
	switch n["type"] {
	case "SELECT_NODE":
		found[key(n)] = true
	case "SET_OPERATION_NODE":
		for _, side := range []string{"left", "right"} {
			for k := range outerSelects(n[side]) {
				found[k] = true
			}
		}
		// Sides that are a list, as later versions write them.
		children, _ := n["children"].([]any)
		for _, child := range children {
			for k := range outerSelects(child) {
				found[k] = true
			}
		}
	default:
		// A form not known here: all of its stars matter.
		visit(node, func(c map[string]any) {
			if c["type"] == "SELECT_NODE" {
				found[key(c)] = true
			}
		})
	}
	return found
}

func isPlainStar(n map[string]any) bool {
	if n["class"] != "STAR" || n["columns"] == true {
		return false
	}
	for _, list := range []string{"exclude_list", "qualified_exclude_list", "replace_list", "rename_list"} {
		if entries, _ := n[list].([]any); len(entries) > 0 {
			return false
		}
	}
	return true
}

// distinct tells whether a SELECT compares its rows: then all their columns count.
func distinct(n map[string]any) bool {
	modifiers, _ := n["modifiers"].([]any)
	return slices.ContainsFunc(modifiers, func(m any) bool {
		modifier, _ := m.(map[string]any)
		return modifier["type"] == "DISTINCT_MODIFIER"
	})
}

// key tells one node of a tree from another.
func key(n map[string]any) any { return reflect.ValueOf(n).Pointer() }
