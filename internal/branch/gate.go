package branch

// gate takes from a predicate what compares plain columns with constants, nil
// if nothing does. It is true wherever the predicate is.
func gate(node any, plain func(column string) bool) any {
	return relax(node, func(leaf map[string]any) bool { return isComparison(leaf, plain) })
}

// relax takes from a predicate the conditions that may stay, nil if none may. It
// is true wherever the predicate is: what is left out counts as true.
func relax(node any, stays func(leaf map[string]any) bool) any {
	n, ok := node.(map[string]any)
	if !ok {
		return nil
	}
	children, _ := n["children"].([]any)
	var kept []any
	switch n["type"] {
	case "CONJUNCTION_AND":
		for _, child := range children {
			if g := relax(child, stays); g != nil {
				kept = append(kept, g)
			}
		}
	case "CONJUNCTION_OR":
		for _, child := range children {
			g := relax(child, stays)
			if g == nil {
				return nil // this side may be true of any row
			}
			kept = append(kept, g)
		}
	default:
		if stays(n) {
			return node
		}
		return nil
	}
	return joined(n, kept)
}

// isComparison tells whether a node compares plain columns with constants and
// calls nothing.
func isComparison(n map[string]any, plain func(column string) bool) bool {
	if n["class"] != "COMPARISON" && n["type"] != "COMPARE_IN" {
		return false
	}
	ok := true
	visit(n, func(child map[string]any) {
		switch child["class"] {
		case nil, "COMPARISON", "OPERATOR", "CONSTANT":
		case "COLUMN_REF":
			names, _ := child["column_names"].([]any)
			ok = ok && len(names) == 1 && plain(names[0].(string))
		default:
			ok = false
		}
	})
	return ok
}
