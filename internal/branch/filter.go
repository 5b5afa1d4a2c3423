package branch

import (
	"maps"
	"slices"
	"strings"

	"smew/internal/engine"
)

// Filter is true where any of the parts is; if it is not to be exact, where any of
// their gates is. CASE asks a predicate only of rows that pass its gate, which AND does
// not: left to itself the optimiser may test a regular expression on every row before
// a comparison that one in a thousand passes.
func Filter(parts []Part, exact bool) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		switch {
		case p.Gate == "":
			texts[i] = p.Predicate
		case exact:
			texts[i] = "case when " + p.Gate + " then (" + p.Predicate + ") else false end"
		default:
			texts[i] = p.Gate
		}
	}
	return strings.Join(texts, " or ")
}

// Names is true wherever a filter of the parts is: one look at the columns that have
// keys, for all of them together, and the gates or predicates of parts that have none.
func Names(parts []Part) string {
	keys := Keys{}
	var texts []string
	for _, p := range parts {
		switch {
		case p.Keys != nil:
			keys.Add(p.Keys)
		case p.Gate != "":
			texts = append(texts, "case when "+p.Gate+" then ("+p.Predicate+") else false end")
		default:
			texts = append(texts, p.Predicate)
		}
	}
	if len(keys) > 0 {
		texts = append(texts, keyTest(keys))
	}
	return strings.Join(texts, " or ")
}

// Worth is true of a row that is worth running the branch for: where a part asks for
// names that few rows have, its gate; else the part itself.
func Worth(parts []Part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		if texts[i] = p.Predicate; p.Gate != "" && keysCost(p.Keys) < 100 && p.Keys != nil {
			texts[i] = p.Gate
		}
	}
	return strings.Join(texts, " or ")
}

// keyTest asks whether a row has any of the keys.
func keyTest(keys Keys) string {
	var tests []string
	for _, column := range slices.Sorted(maps.Keys(keys)) {
		values := make([]string, len(keys[column]))
		for i, v := range keys[column] {
			values[i] = engine.QuoteText(v)
		}
		tests = append(tests, engine.QuoteIdent(column)+" in ("+strings.Join(slices.Compact(values), ", ")+")")
	}
	return strings.Join(tests, " or ")
}
