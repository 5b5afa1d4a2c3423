package report

import (
	"fmt"
	"strings"

	"smew/internal/finding"
)

// verdict is the outcome in words: how many cases, which of them are not
// shown, and that not everything could be looked at. It holds no text from
// data.
type verdict struct {
	found string   // "12 cases: 3 high, …" or "Nothing found in …"
	out   []string // what is not shown
	blind []string // what was not looked at
}

func judge(s *finding.Summary, opts Options) verdict {
	return verdict{found: foundText(s), out: leftOut(&s.Counts, opts), blind: blindness(s)}
}

func foundText(s *finding.Summary) string {
	var found, events, tables int64
	var parts []string
	for _, severity := range finding.Severities {
		n := s.Counts.BySeverity[severity]
		found += n
		parts = append(parts, fmt.Sprintf("%s %s", number(n), severity))
	}
	if found > 0 {
		return count(found, "case") + ": " + strings.Join(parts, ", ")
	}
	for _, t := range s.Tables {
		events += t.Events
		if t.Events > 0 {
			tables++
		}
	}
	if events == 0 {
		return "Nothing was looked at: there are no events" + inWindow(s.Window)
	}
	what := "Nothing found"
	if s.Counts.Suppressed > 0 {
		what = "Nothing found that the allowlist does not suppress,"
	}
	return fmt.Sprintf("%s in %s of %s on %s%s", what, count(events, "event"), count(tables, "table"),
		count(s.Counts.Devices, "device"), inWindow(s.Window))
}

func inWindow(w finding.Window) string {
	if w.Since == nil && w.Until == nil {
		return ""
	}
	return " in the window"
}

func leftOut(c *finding.Counts, opts Options) []string {
	var parts []string
	if c.BelowScore > 0 {
		parts = append(parts, number(c.BelowScore)+" below --min-score")
	}
	if c.BelowLimit > 0 {
		parts = append(parts, number(c.BelowLimit)+" beyond --limit")
	}
	if c.Folded > 0 {
		parts = append(parts, number(c.Folded)+" like others that are shown")
	}
	if c.Suppressed > 0 && !opts.ShowSuppressed {
		parts = append(parts, number(c.Suppressed)+" suppressed by the allowlist")
	}
	return parts
}

func blindness(s *finding.Summary) []string {
	var parts []string
	unable, partly := blindBranches(s.NotRun)
	if unable > 0 {
		parts = append(parts, count(unable, "branch")+" could not run")
	}
	if partly > 0 {
		parts = append(parts, count(partly, "branch")+" could not run over everything")
	}
	if n := s.Counts.Rejected; n > 0 {
		parts = append(parts, count(n, "row")+" rejected")
	}
	var skipped int64
	for _, f := range s.Skipped {
		if !f.Harmless {
			skipped++
		}
	}
	if skipped > 0 {
		parts = append(parts, count(skipped, "file")+" skipped")
	}
	return parts
}
