package hunt

import (
	"context"
	"time"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/finding"
)

// profile measures what each branch costs: its filter over every batch by itself,
// which a hunt otherwise asks together with all others, and its query over what was
// kept. It costs about one more pass a branch, so it is made only when asked for.
type profile struct {
	began    time.Time
	branches map[string]*finding.BranchTime // by id
	together time.Duration                  // the pass that a hunt makes for all
}

func newProfile(branches []*planned) *profile {
	p := &profile{began: time.Now(), branches: map[string]*finding.BranchTime{}}
	for _, b := range branches {
		p.branches[b.ID] = &finding.BranchTime{Name: b.ID, Title: b.Title}
	}
	return p
}

// profileFilters times the filter of every branch over the attached batch of a table.
func (h *Hunt) profileFilters(ctx context.Context, t *plannedTable) error {
	for _, b := range h.plan.branches {
		for _, n := range b.needs {
			if h.plan.table(n.Table) != t {
				continue
			}
			where := "true"
			if n.Predicate != "" {
				where = "(" + branch.Filter(n.Parts, true) + ")"
			}
			if w := h.window(); w != "" {
				where = w + " and (" + where + ")"
			}
			start := time.Now()
			var rows int64
			if err := h.e.Scan(ctx, "select count(*) from "+t.Table.Name+" where "+where, &rows); err != nil {
				if engine.OfValue(err) {
					continue // the branch's own trouble, which the hunt tells of
				}
				return err
			}
			cost := h.profile.branches[b.ID]
			cost.Filter += time.Since(start).Seconds()
			cost.Rows += rows
		}
	}
	return nil
}

// profileResult is the profile for the summary, in the order of the branches' ids.
func (h *Hunt) profileResult() *finding.Profile {
	if h.profile == nil {
		return nil
	}
	p := &finding.Profile{Together: h.profile.together.Seconds(), Total: time.Since(h.profile.began).Seconds()}
	for _, b := range h.plan.branches {
		p.Branches = append(p.Branches, *h.profile.branches[b.ID])
	}
	return p
}
