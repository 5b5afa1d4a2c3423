package hunt

import (
	"strings"

	"smew/internal/branch"
	"smew/internal/load"
)

// fewRows is a batch small enough to be kept by its gates alone: to compile the
// regular expressions of the predicates would take longer than to carry on a
// few rows that the branches then look at anyway.
const fewRows = 100_000

// where is true for every row of a batch that any branch may hit.
func (t *plannedTable) where(b load.Batch) string {
	if t.whole {
		return "true"
	}
	return t.orLoose(branch.Filter(t.parts, b.Rows > fewRows), b)
}

// mayMatter is true wherever where is, and costs one look at a row's names.
func (t *plannedTable) mayMatter(b load.Batch) string {
	return t.orLoose(branch.Names(t.parts), b)
}

// orLoose takes in the rows of events of which may yet be found who started them, when
// all files have been read.
func (t *plannedTable) orLoose(where string, b load.Batch) string {
	if b.Events && len(t.loose) > 0 {
		where = "(" + where + ") or " + strings.Join(t.loose, " or ")
	}
	return where
}
