package hunt

import (
	"context"
	"errors"
	"strings"

	"smew/internal/engine"
)

// findIdle notes the branches that have nothing to look at: none of the rows that
// were kept passes the gate of their own filter. To bind and run those is most of a
// small hunt. A branch whose filter has no gate looks at every row of its table.
func (h *Hunt) findIdle(ctx context.Context) error {
	type question struct {
		branch *planned
		gate   string
	}
	byTable := map[*plannedTable][]question{}
	for _, b := range h.plan.branches {
		b.idle = true
		for _, n := range b.needs {
			gate := n.Gate()
			if gate == "" {
				gate = "true"
			}
			t := h.plan.table(n.Table)
			byTable[t] = append(byTable[t], question{b, gate})
		}
	}
	for _, t := range h.plan.tables {
		questions := byTable[t]
		selects, answers := make([]string, len(questions)), make([]bool, len(questions))
		into := make([]any, len(questions))
		for i, q := range questions {
			selects[i], into[i] = "count(*) filter (where "+q.gate+") > 0", &answers[i]
		}
		err := h.e.Scan(ctx, "select "+strings.Join(selects, ", ")+" from "+t.kept(), into...)
		var refused *engine.Error
		if errors.As(err, &refused) {
			// A gate that cannot be answered here is its branch's own trouble.
			for i := range answers {
				answers[i] = true
			}
		} else if err != nil {
			return err
		}
		for i, q := range questions {
			if answers[i] {
				q.branch.idle = false
			}
		}
	}
	return nil
}
