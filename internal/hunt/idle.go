package hunt

import (
	"context"
	"errors"
	"slices"
	"strings"

	"smew/internal/branch"
	"smew/internal/engine"
)

// findIdle notes the branches that have nothing to look at: none of the rows that
// were kept passes what their own filter asks of names. To bind and run those is most of
// a small hunt. A branch without a filter looks at every row of its table.
func (h *Hunt) findIdle(ctx context.Context) error {
	type question struct {
		asked *planned
		text  string
	}
	byTable := map[*plannedTable][]question{}
	for _, b := range slices.Concat(h.plan.branches, h.plan.context) {
		b.idle = true
		for _, n := range b.needs {
			ask := "true"
			if n.Predicate != "" {
				ask = branch.Worth(n.Parts)
			}
			t := h.plan.table(n.Table)
			byTable[t] = append(byTable[t], question{b, ask})
		}
	}
	for _, t := range h.plan.tables {
		questions := byTable[t]
		selects, answers := make([]string, len(questions)), make([]bool, len(questions))
		into := make([]any, len(questions))
		for i, q := range questions {
			selects[i], into[i] = "count(*) filter (where "+q.text+") > 0", &answers[i]
		}
		err := h.e.Scan(ctx, "select "+strings.Join(selects, ", ")+" from "+t.kept(), into...)
		var refused *engine.Error
		if errors.As(err, &refused) {
			// A filter that cannot be answered here is its branch's own trouble.
			for i := range answers {
				answers[i] = true
			}
		} else if err != nil {
			return err
		}
		for i, q := range questions {
			if answers[i] {
				q.asked.idle = false
			}
		}
	}
	return nil
}
