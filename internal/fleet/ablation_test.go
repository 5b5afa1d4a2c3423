package fleet_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

var ablation = flag.Bool("ablation", false, "print what each reason's points are worth")

// TestAblation prints, as a table for docs/ranking.md, what becomes of the figures when a
// group of reasons, or one reason, has no points. It is no part of the ordinary tests: the
// weights are judged by TestPrecision.
//
//	go tool task ablation
func TestAblation(t *testing.T) {
	if !*ablation {
		t.Skip("run by go tool task ablation")
	}
	w, positives := fullWorld(t)
	all := w.inject(positives)
	keepSheets(t, all)
	reasons, groups := reasonsOf(all)
	fmt.Println("| without | recall at 50 | recall at 20 | median rank | precision at 20 | benign ≥ 60 | recall at 50, no rarity | cases |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	// Most positives stand high for several reasons at once. What a reason is worth where
	// rarity says nothing (few devices, the first days) is asked too.
	row := func(name string, without []string, cases ...int) string {
		f, _ := evaluate(all, nothing(without))
		bare, _ := evaluate(all, nothing(slices.Concat(without, groups["rarity"])))
		figures := fmt.Sprintf("%.3f | %.3f | %d | %.2f | %d | %.3f", f.recall, f.within20, f.median, f.precision20, f.alarms, bare.recall)
		if name != "" {
			fmt.Printf("| %s | %s | %s |\n", name, figures, strings.Trim(fmt.Sprint(cases), "[]"))
		}
		return figures
	}
	base := row("nothing", nil, len(all))
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		row("group "+g, groups[g])
	}
	row("names of tools", []string{"tool_malware", "tool_dual_use", "rmm"})
	var idle []string
	for _, id := range slices.Sorted(maps.Keys(reasons)) {
		if row("", []string{id}) == base {
			idle = append(idle, fmt.Sprintf("`%s` (%d)", id, reasons[id]))
			continue
		}
		row("`"+id+"`", []string{id}, reasons[id])
	}
	fmt.Println("\nNo figure changes without:", strings.Join(idle, ", "))
}

// reasonsOf counts the cases that have each reason, and lists the reasons of each group.
func reasonsOf(all []*sheet) (map[string]int, map[string][]string) {
	counts, groups := map[string]int{}, map[string][]string{}
	for _, s := range all {
		for _, l := range s.Lines {
			if strings.Contains(l.ID, ":") || l.ID == "rarity_cap" || l.ID == "start_type_only" {
				continue
			}
			if counts[l.ID] == 0 {
				groups[l.Group] = append(groups[l.Group], l.ID)
			}
			counts[l.ID]++
		}
	}
	return counts, groups
}

func nothing(ids []string) map[string]int {
	points := map[string]int{}
	for _, id := range ids {
		points[id] = 0
	}
	return points
}
