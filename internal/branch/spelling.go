package branch

import (
	"slices"
	"strings"
)

// didYouMean is ": did you mean a, b?" with the words nearest to name, or
// nothing where none is near.
func didYouMean(name string, words []string) string {
	near := nearest(name, words)
	if len(near) == 0 {
		return ""
	}
	return ": did you mean " + strings.Join(near, ", ") + "?"
}

// nearest lists up to three of the words that name may be a misspelling of,
// the nearest first. A third of a word may be wrong, or it may be cut short.
func nearest(name string, words []string) []string {
	type candidate struct {
		word     string
		distance int
	}
	var found []candidate
	lower := strings.ToLower(name)
	if len(lower) > 64 {
		return nil
	}
	for _, word := range words {
		w := strings.ToLower(word)
		d := distance(lower, w)
		if d <= max(1, len(w)/3) || (len(lower) >= 4 && strings.Contains(w, lower)) {
			found = append(found, candidate{word, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var list []string
	for _, c := range found[:min(3, len(found))] {
		list = append(list, c.word)
	}
	return list
}

// distance is the number of letters to insert, delete or change (Levenshtein).
func distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	row := make([]int, len(rb)+1)
	for j := range row {
		row[j] = j
	}
	for i := range ra {
		diagonal := row[0]
		row[0] = i + 1
		for j := range rb {
			cost := diagonal
			if ra[i] != rb[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(rb)]
}
