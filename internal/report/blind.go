package report

import (
	"slices"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

// blindGroup is what several branches lack in the same places, told once: with two
// dozen branches the same reason would otherwise fill a page.
type blindGroup struct {
	names  []string
	title  string // of the branch, if it is one
	reason string
	files  []string
}

// blindSections are the degrees of not seeing, the gravest first.
var blindSections = []struct {
	heading string
	holds   func(b *finding.BranchSkipped) bool
}{
	{"Branches that could not run: what they would find is unknown", func(b *finding.BranchSkipped) bool {
		return !partial(b) && len(b.Files) == 0
	}},
	{"Branches that could not run over everything: unknown there", func(b *finding.BranchSkipped) bool {
		return !partial(b) && len(b.Files) > 0 || b.Extent == finding.ExtentTable
	}},
	{"Branches that would see more if it were recorded", func(b *finding.BranchSkipped) bool {
		return b.Extent == finding.ExtentColumn
	}},
}

// partial tells whether the branch ran all the same.
func partial(b *finding.BranchSkipped) bool {
	return b.Extent == finding.ExtentTable || b.Extent == finding.ExtentColumn
}

// blindGroups are the branches of one degree, put together by reason and place.
func blindGroups(list []finding.BranchSkipped, holds func(*finding.BranchSkipped) bool) []blindGroup {
	var groups []blindGroup
	for i := range list {
		b := &list[i]
		if !holds(b) {
			continue
		}
		at := slices.IndexFunc(groups, func(g blindGroup) bool { return g.reason == b.Reason && slices.Equal(g.files, b.Files) })
		if at < 0 {
			groups = append(groups, blindGroup{title: b.Title, reason: b.Reason, files: b.Files})
			at = len(groups) - 1
		}
		groups[at].names = append(groups[at].names, b.Name)
	}
	return groups
}

// who names the branches of a group, each cut to length; one alone has its title.
func (g *blindGroup) who(width int) string {
	names := make([]string, len(g.names))
	for i, n := range g.names {
		names[i] = term.Line(n, 20)
	}
	if len(names) == 1 {
		return names[0] + "  " + term.Line(g.title, width)
	}
	return strings.Join(names, ", ")
}

func (p *page) notRun(list []finding.BranchSkipped) {
	for _, section := range blindSections {
		groups := blindGroups(list, section.holds)
		if len(groups) == 0 {
			continue
		}
		p.heading(section.heading)
		p.capped(len(groups), listMost, func(i int) {
			g := &groups[i]
			p.hanging("  ", g.who(p.width)+": "+term.Line(g.reason, 3*p.width), 2*itemLines)
			if len(g.files) > 0 {
				p.hanging("        ", "in "+some(g.files, 2*p.width), itemLines)
			}
		})
	}
}

func (m markdown) notRun(list []finding.BranchSkipped) {
	for _, section := range blindSections {
		groups := blindGroups(list, section.holds)
		m.list(section.heading, len(groups), func(i int) string {
			g := &groups[i]
			text := prose(g.who(markdownInTable)) + ": " + prose(g.reason)
			if len(g.files) > 0 {
				text += ", in " + prose(some(g.files, markdownInTable))
			}
			return text
		})
	}
}

// blindBranches counts the branches that could run nowhere, and those that could
// not run over some of what is there. A branch may be listed once for each reason;
// one that only would see more is neither.
func blindBranches(list []finding.BranchSkipped) (unable, partly int64) {
	everywhere := map[string]bool{}
	for i := range list {
		b := &list[i]
		if b.Extent == finding.ExtentColumn {
			continue
		}
		everywhere[b.Name] = everywhere[b.Name] || len(b.Files) == 0 && !partial(b)
	}
	for _, all := range everywhere {
		if all {
			unable++
		} else {
			partly++
		}
	}
	return unable, partly
}
