package branch

import "slices"

// essential lists the columns without which a predicate cannot be true of a row:
// AND asks all that its parts ask, OR only what each of its sides asks. A branch
// that looks for sc.exe by its name or by its original name sees something where
// either is recorded, and nothing where no command line is.
func essential(node any) []string {
	n, ok := node.(map[string]any)
	if !ok {
		return nil
	}
	children, _ := n["children"].([]any)
	var columns []string
	switch n["type"] {
	case "CONJUNCTION_AND":
		for _, child := range children {
			columns = append(columns, essential(child)...)
		}
	case "CONJUNCTION_OR":
		for i, child := range children {
			of := essential(child)
			if i == 0 {
				columns = of
				continue
			}
			columns = common(columns, of)
		}
	default:
		columns = columnNames(n)
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

func common(a, b []string) []string {
	var both []string
	for _, c := range a {
		if slices.Contains(b, c) {
			both = append(both, c)
		}
	}
	return both
}
