package validate

import (
	"fmt"
	"slices"

	"smew/internal/branch"
	"smew/internal/scenario"
)

// judge makes the matrix of what was hit.
func (r *run) judge() *Matrix {
	m := &Matrix{Branches: []Branch{}, Rows: []Row{}, Broken: []Break{}, Unproven: []string{}}
	for i := range r.Branches {
		b := &r.Branches[i]
		m.Branches = append(m.Branches, Branch{ID: b.ID, Name: b.Name, Technique: b.Technique, Platform: b.Platform, Tests: slices.Concat([]string{}, b.Tests), Proven: []string{}})
	}
	m.Counts.Scenarios = len(r.Scenarios)
	for _, s := range r.Scenarios {
		m.Broken = append(m.Broken, r.unknownBranches(s)...)
		for _, kind := range s.Telemetry {
			m.Rows = append(m.Rows, r.row(m, s, kind))
		}
	}
	for i := range m.Branches {
		b := &m.Branches[i]
		m.Broken = append(m.Broken, r.judgeTests(b)...)
		if r.Whole && len(b.Proven) == 0 {
			m.Unproven = append(m.Unproven, b.ID)
		}
	}
	m.Counts.Broken = len(m.Broken)
	return m
}

// unknownBranches are the branches that a scenario names and that do not exist:
// nothing would ever be said of them.
func (r *run) unknownBranches(s *scenario.Scenario) []Break {
	var list []Break
	for _, id := range s.Promised() {
		if !slices.Contains(r.Known, id) {
			list = append(list, Break{Scenario: s.ID, Branch: id, Promise: MustFire, Message: id + " must fire, and there is no such branch"})
		}
	}
	for _, id := range s.Near {
		if !slices.Contains(r.Known, id) {
			list = append(list, Break{Scenario: s.ID, Branch: id, Message: "it is near to " + id + ", and there is no such branch"})
		}
	}
	return list
}

func (r *run) row(m *Matrix, s *scenario.Scenario, kind string) Row {
	row := Row{
		Scenario: s.ID, Title: s.Title, Technique: s.Technique, Atomic: s.Atomic, Platform: s.Platform, Telemetry: kind,
		Recorded: len(r.rendered[kind].Seen[s.ID]) > 0,
	}
	for i := range r.Branches {
		b := &r.Branches[i]
		c := Cell{Branch: b.ID, State: r.state(place{kind, s.ID}, b), Promise: r.promise(kind, s, b)}
		c.Broken = broken(c.State, c.Promise)
		row.Cells = append(row.Cells, c)
		m.count(c)
		if c.Broken {
			m.Broken = append(m.Broken, Break{
				Scenario: s.ID, Telemetry: kind, Branch: b.ID, Promise: c.Promise, State: c.State,
				Message: fmt.Sprintf("%s %s, and %s", b.ID, c.Promise, happened[c.State]),
			})
		}
		proof := c.State == Fired && (c.Promise == MustFire || slices.Contains(b.Tests, s.ID))
		if proof && !slices.Contains(m.Branches[i].Proven, s.ID) {
			m.Branches[i].Proven = append(m.Branches[i].Proven, s.ID)
		}
	}
	return row
}

// happened says what came of it.
var happened = map[State]string{
	Fired:      "it fired",
	Silent:     "it did not fire",
	NotVisible: "it cannot see the scenario in this telemetry",
}

func (m *Matrix) count(c Cell) {
	switch {
	case c.State == Fired:
		m.Counts.Fired++
	case c.State == Silent:
		m.Counts.Silent++
	default:
		m.Counts.NotVisible++
	}
	if c.Promise == "" {
		m.Counts.Unjudged++
	}
}

func (r *run) state(at place, b *branch.Branch) State {
	switch {
	case r.hits[at][b.ID]:
		return Fired
	case r.visible(at, b):
		return Silent
	}
	return NotVisible
}

// promise is what a scenario says of a branch. A built-in scenario knows the
// built-in branches alone.
func (r *run) promise(kind string, s *scenario.Scenario, b *branch.Branch) Promise {
	switch {
	case slices.Contains(s.Fires[kind], b.ID):
		return MustFire
	case slices.Contains(r.OwnScenarios, s.ID) || slices.Contains(r.BuiltIn, b.ID):
		return MustNotFire
	}
	return ""
}

// judgeTests holds a card's tests to what happened.
func (r *run) judgeTests(b *Branch) []Break {
	var list []Break
	for _, id := range b.Tests {
		at := slices.IndexFunc(r.Scenarios, func(s *scenario.Scenario) bool { return s.ID == id })
		switch {
		case at < 0 && r.Whole:
			list = append(list, Break{Branch: b.ID, Message: fmt.Sprintf("the card of %s names the test %s, which is no scenario", b.ID, id)})
		case at >= 0 && !slices.ContainsFunc(r.Scenarios[at].Telemetry, func(kind string) bool { return r.hits[place{kind, id}][b.ID] }):
			list = append(list, Break{Scenario: id, Branch: b.ID, Promise: MustFire, Message: fmt.Sprintf("the card of %s promises to fire on it, and it did in no telemetry", b.ID)})
		}
	}
	return list
}
