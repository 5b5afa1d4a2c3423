package branch

import (
	"maps"
	"slices"
	"strings"
)

// Keys are values that columns must have: a row matters only if one of the columns
// has one of its values.
type Keys map[string][]string

// Add takes further keys in: a row then matters for those too.
func (k Keys) Add(more Keys) {
	for column, values := range more {
		k[column] = append(k[column], values...)
		slices.Sort(k[column])
		k[column] = slices.Compact(k[column])
	}
}

// keysOf gives the keys that a predicate implies, nil if it implies none. Of what AND
// joins one part is enough, and the one that asks least columns is taken; ActionType,
// which most rows of a table share, only where there is no other. Of OR every side
// must have keys.
func keysOf(node any, plain func(column string) bool) Keys {
	n, ok := node.(map[string]any)
	if !ok {
		return nil
	}
	children, _ := n["children"].([]any)
	switch n["type"] {
	case "CONJUNCTION_AND":
		var best Keys
		for _, child := range children {
			if k := keysOf(child, plain); k != nil && (best == nil || keysCost(k) < keysCost(best)) {
				best = k
			}
		}
		return best
	case "CONJUNCTION_OR":
		all := Keys{}
		for _, child := range children {
			k := keysOf(child, plain)
			if k == nil {
				return nil
			}
			all.Add(k)
		}
		return all
	case "COMPARE_EQUAL":
		if column, ok := plainColumn(n["left"], plain); ok {
			return keyOf(column, []any{n["right"]})
		}
		if column, ok := plainColumn(n["right"], plain); ok {
			return keyOf(column, []any{n["left"]})
		}
	case "COMPARE_IN":
		if len(children) > 1 {
			if column, ok := plainColumn(children[0], plain); ok {
				return keyOf(column, children[1:])
			}
		}
	}
	return nil
}

func keysCost(k Keys) int {
	cost := len(k)
	for column := range k {
		if strings.EqualFold(column, "ActionType") {
			cost += 100
		}
	}
	return cost
}

func plainColumn(node any, plain func(column string) bool) (string, bool) {
	n, _ := node.(map[string]any)
	names, _ := n["column_names"].([]any)
	if n["class"] != "COLUMN_REF" || len(names) != 1 {
		return "", false
	}
	column, _ := names[0].(string)
	// Half of all processes are started by a handful of programs: who started
	// something is no key.
	return column, plain(column) && !strings.HasPrefix(column, "InitiatingProcess")
}

// keyOf is a column with the texts it may be; nil if one of them is no text, or is
// empty, which is what many rows of any table have in common.
func keyOf(column string, constants []any) Keys {
	var values []string
	for _, c := range constants {
		n, _ := c.(map[string]any)
		value, _ := n["value"].(map[string]any)
		kind, _ := value["type"].(map[string]any)
		text, ok := value["value"].(string)
		if n["class"] != "CONSTANT" || kind["id"] != "VARCHAR" || !ok || text == "" {
			return nil
		}
		values = append(values, text)
	}
	return Keys{column: values}
}

// pieces parts a predicate into what OR joins at its top, so that a piece that several
// branches share is asked once.
func pieces(node any) []any {
	n, _ := node.(map[string]any)
	if n["type"] != "CONJUNCTION_OR" {
		return []any{node}
	}
	children, _ := n["children"].([]any)
	var list []any
	for _, child := range children {
		list = append(list, pieces(child)...)
	}
	return list
}

// joined is a conjunction like n of other parts.
func joined(n map[string]any, parts []any) any {
	switch len(parts) {
	case 0:
		return nil
	case 1:
		return parts[0]
	}
	of := maps.Clone(n)
	of["children"] = parts
	return of
}
