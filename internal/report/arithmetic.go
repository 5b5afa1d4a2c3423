package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

// squash is the score that a sum of points makes before any floor: sql/hunt/rank.sql
// counts the same.
func squash(raw int) int {
	return int(math.Round(100 * (1 - math.Exp(-float64(max(raw, 0))/60))))
}

// squashText is how a sum becomes a score.
func squashText(raw int) string {
	text := fmt.Sprintf("100 × (1 − e^(−%d/60)) = %d", max(raw, 0), squash(raw))
	if raw < 0 {
		text += ", for a sum below 0 counts as 0"
	}
	return text
}

// floorText says which reasons hold the score up and what came of it.
func floorText(c *finding.Case) string {
	if c.Floor == 0 {
		return "no floor: no reason holds the score up"
	}
	var by []string
	for _, r := range c.Reasons {
		if r.Floor == c.Floor {
			by = append(by, term.Line(r.Text, 100))
		}
	}
	text := fmt.Sprintf("held to at least %d", c.Floor)
	if squash(c.Raw) < c.Floor {
		text += fmt.Sprintf(", so %d becomes %d", squash(c.Raw), c.Floor)
	} else {
		text += fmt.Sprintf(", which %d is", squash(c.Raw))
	}
	if len(by) > 0 {
		text += ": " + strings.Join(by, "; ")
	}
	return text
}

// hardText says what hard reasons do, if the case has one.
func hardText(c *finding.Case) string {
	for _, r := range c.Reasons {
		if r.Pierces {
			return "a hard reason stands: no allowlist entry or ticket hides or lowers the case"
		}
	}
	return ""
}

// bands are the scores of each severity.
var bands = map[finding.Severity]string{
	finding.High: "60 and more", finding.Medium: "35 to 59", finding.Low: "15 to 34", finding.Informational: "below 15",
}

// scoreText is the score with its severity: "85, high (60 and more)".
func scoreText(c *finding.Case) string {
	text := fmt.Sprintf("%d, %s", c.Score, term.Line(string(c.Severity), 20))
	if band, ok := bands[c.Severity]; ok {
		text += " (" + band + ")"
	}
	return text
}

// uncounted are the branches that hit and whose base is not in the sum: branches that
// see the same act do not add up.
func uncounted(c *finding.Case, bases map[string]int) string {
	counted := map[string]bool{}
	for _, r := range c.Reasons {
		counted[r.ID] = true
	}
	var names []string
	for _, b := range c.Branches {
		if counted["branch:"+b.Name] {
			continue
		}
		name := term.Line(b.Name, 20)
		if base, ok := bases[b.Name]; ok {
			name += fmt.Sprintf(" %+d", base)
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	return "not added: " + strings.Join(names, ", ") + "; of branches that see one act only the largest base counts"
}

// places gives the evidence of a case its numbers, from 1, by event id.
func places(c *finding.Case) map[string]int {
	numbers := make(map[string]int, len(c.Evidence))
	for i := range c.Evidence {
		numbers[c.Evidence[i].ID] = i + 1
	}
	return numbers
}

// givenBy is what a reason rests on, by the numbers of the evidence: "evidence 1, 3".
func givenBy(r *finding.Reason, numbers map[string]int) string {
	var order []int
	for _, id := range r.Events {
		if n, ok := numbers[id]; ok {
			order = append(order, n)
		}
	}
	if len(order) == 0 {
		return ""
	}
	slices.Sort(order)
	list := make([]string, len(order))
	for i, n := range order {
		list[i] = fmt.Sprint(n)
	}
	return "evidence " + some(list, 10)
}

// reasonNote is what else is to be said of a line: its id, where it comes from, and that
// it holds against an allowlist or a low sum.
func reasonNote(r *finding.Reason, numbers map[string]int) string {
	parts := []string{term.Line(r.ID, 80)}
	if from := givenBy(r, numbers); from != "" {
		parts = append(parts, from)
	}
	if r.Floor > 0 {
		parts = append(parts, fmt.Sprintf("holds the score to %d", r.Floor))
	}
	if r.Pierces {
		parts = append(parts, "hard")
	}
	return strings.Join(parts, "; ")
}
