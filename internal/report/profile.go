package report

import (
	"fmt"
	"slices"

	"smew/internal/finding"
	"smew/internal/term"
)

const profileNote = "filter: reading the tables for that branch alone; query: over the rows that were kept"

// dearest sorts branches by what they cost, the dearest first.
func dearest(p *finding.Profile) []finding.BranchTime {
	list := slices.Clone(p.Branches)
	slices.SortStableFunc(list, func(a, b finding.BranchTime) int {
		switch x, y := a.Filter+a.Query, b.Filter+b.Query; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return list
}

func seconds(s float64) string { return fmt.Sprintf("%.3f s", s) }

func profileTotals(p *finding.Profile) string {
	return fmt.Sprintf("all filters in one pass %s; the whole hunt, with this measuring, %s", seconds(p.Together), seconds(p.Total))
}

func (p *page) profile(profile *finding.Profile) {
	if profile == nil {
		return
	}
	p.heading("Time by branch")
	g := grid{header: []string{"", "FILTER", "QUERY", "ROWS", "HITS"}, right: []bool{false, true, true, true, true}}
	for _, b := range dearest(profile) {
		g.rows = append(g.rows, []string{term.Line(b.Name, 20), seconds(b.Filter), seconds(b.Query), number(b.Rows), number(b.Hits)})
	}
	for _, l := range g.lines(p.width-2, p.color) {
		p.line("  ", l)
	}
	p.hanging("  ", profileNote, itemLines)
	p.hanging("  ", profileTotals(profile), itemLines)
}

func (m markdown) profile(profile *finding.Profile) {
	if profile == nil {
		return
	}
	list := dearest(profile)
	m.list("Time by branch", len(list)+1, func(i int) string {
		if i == len(list) {
			return profileNote + "; " + profileTotals(profile)
		}
		b := &list[i]
		return prose(b.Name) + ": filter " + seconds(b.Filter) + ", query " + seconds(b.Query) + ", " + count(b.Rows, "row") + ", " + count(b.Hits, "hit")
	})
}
