package validate

import (
	"fmt"
	"io"
	"strings"

	"smew/internal/report"
)

// marks are the cells of the Markdown table.
var marks = map[State]string{Fired: "✓", Silent: "·", NotVisible: ""}

// WriteMarkdown writes the matrix as tables with every cell, a technique each.
func WriteMarkdown(w io.Writer, m *Matrix) error {
	p := &page{w: w}
	p.line("# smew validate")
	p.line("")
	p.line("**" + strings.Join(p.verdict(m), "; ") + ".**")
	p.line("")
	p.line("✓ fired, · must not fire and did not, empty: not visible in this telemetry, ✗ broken. In brackets: nothing is promised.")
	if p.err != nil {
		return p.err
	}
	if err := markdownBroken(w, m); err != nil {
		return err
	}
	header := []string{"scenario", "telemetry"}
	for _, b := range m.Branches {
		header = append(header, b.ID)
	}
	for _, technique := range m.techniques() {
		var rows [][]string
		for i := range m.Rows {
			if r := &m.Rows[i]; r.Technique == technique {
				rows = append(rows, markdownRow(r))
			}
		}
		if len(rows) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, "\n## %s\n\n", technique); err != nil {
			return err
		}
		if err := report.WriteRows(w, "markdown", header, rows, report.Options{}); err != nil {
			return err
		}
	}
	return nil
}

func markdownRow(r *Row) []string {
	name := r.Scenario
	if r.Atomic != "" {
		name += " (" + r.Atomic + ")"
	}
	row := []string{name, r.Telemetry}
	for _, c := range r.Cells {
		mark := marks[c.State]
		switch {
		case c.Broken && c.State == Fired:
			mark = "✗ fired"
		case c.Broken:
			mark = "✗ missing"
		case c.Promise == "" && mark != "":
			mark = "(" + mark + ")"
		}
		row = append(row, mark)
	}
	return row
}

func markdownBroken(w io.Writer, m *Matrix) error {
	if len(m.Broken) == 0 {
		return nil
	}
	if _, err := io.WriteString(w, "\n## Broken promises\n\n"); err != nil {
		return err
	}
	rows := make([][]string, len(m.Broken))
	for i, b := range m.Broken {
		rows[i] = []string{b.Scenario, b.Telemetry, b.Branch, b.Message}
	}
	return report.WriteRows(w, "markdown", []string{"scenario", "telemetry", "branch", "what"}, rows, report.Options{})
}
