package hunt

import (
	"context"
	"time"

	"smew/internal/finding"
	"smew/internal/load"
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
func (h *Hunt) profileFilters(ctx context.Context, t *plannedTable, b load.Batch) error {
	for _, branch := range h.plan.branches {
		for _, n := range branch.needs {
			if h.plan.table(n.Table) != t {
				continue
			}
			where := n.Predicate
			switch {
			case where == "":
				where = "true"
			case n.Gate != "":
				where = "(" + n.Gate + ") and " + filter{where, n.Gate}.guarded()
			}
			if w := h.window(); w != "" {
				where = w + " and (" + where + ")"
			}
			start := time.Now()
			var rows int64
			if err := h.e.Scan(ctx, "select count(*) from "+t.Table.Name+" where "+where, &rows); err != nil {
				if ofFilter(err) {
					continue // the branch's own trouble, which the hunt tells of
				}
				return err
			}
			cost := h.profile.branches[branch.ID]
			cost.Filter += time.Since(start).Seconds()
			cost.Rows += rows
		}
	}
	return nil
}

// profileBranches times each branch's query over the rows that were kept.
func (h *Hunt) profileBranches(ctx context.Context) error {
	for _, b := range h.plan.branches {
		if b.unable != "" || b.idle {
			continue
		}
		start := time.Now()
		cost := h.profile.branches[b.ID]
		if err := h.e.Scan(ctx, "select count(*) from (\n"+b.part()+"\n)", &cost.Hits); err != nil && ctx.Err() != nil {
			return err
		}
		cost.Query = time.Since(start).Seconds()
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
