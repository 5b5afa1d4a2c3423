package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

const (
	markdownListMost = 50    // entries of a list
	markdownColumns  = 2_000 // of one value
	markdownInTable  = 160   // of one value in a table
	markdownFile     = 1_800 // of a file's name, so that the record after it is not cut off
)

// writeMarkdown writes headings, tables and lists of GitHub-flavoured
// Markdown.
func writeMarkdown(w io.Writer, r *finding.Result, opts Options) error {
	m := markdown{w}
	m.line("# smew hunt")
	m.verdict(judge(&r.Summary, opts))
	if len(r.Cases) > 0 {
		m.overview(r.Cases)
		for i := range r.Cases {
			c := &r.Cases[i]
			m.line("\n## Case ", prose(c.ID), ": ", fmt.Sprint(c.Score), " ", prose(string(c.Severity)))
			m.details(c, opts)
		}
	}
	m.summary(&r.Summary)
	return nil
}

type markdown struct{ w io.Writer }

func (m markdown) line(parts ...string) {
	_, _ = io.WriteString(m.w, strings.Join(parts, "")+"\n")
}

// table writes a table of cells that are Markdown already.
func (m markdown) table(header []string, rows [][]string) {
	m.line("\n| ", strings.Join(header, " | "), " |")
	m.line("|", strings.Repeat(" --- |", len(header)))
	for _, row := range rows {
		m.line("| ", strings.Join(row, " | "), " |")
	}
}

func (m markdown) verdict(v verdict) {
	m.line("\n**", v.found, ".**")
	if len(v.out) > 0 {
		m.line("\nNot shown: ", strings.Join(v.out, ", "), ".")
	}
	if len(v.blind) > 0 {
		m.line("\nNot looked at: ", strings.Join(v.blind, ", "), ".")
	}
}

// item is one value from data; an empty one is left out.
func (m markdown) item(label, value string) {
	if value != "" {
		m.line("- ", label, ": ", code(value))
	}
}

func (m markdown) summary(s *finding.Summary) {
	m.line("\n## What was looked at")
	c := &s.Counts
	window := windowText(s.Window)
	if s.Window.Resolved != "" {
		window += "; " + cell(s.Window.Resolved)
	}
	m.table([]string{"", ""}, [][]string{
		{"window", window},
		{"files", filesText(s)},
		{"rows", keptText(c)},
		{"devices", number(c.Devices)},
		{"cases", casesText(c)},
	})
	m.versions(&s.Versions)
	m.tables(s.Tables)
	m.branchesRun(s.Branches)
	m.notRun(s.NotRun)
	m.allowlist(s)
	m.list("Rejected rows", len(s.Rejected), func(i int) string {
		r := &s.Rejected[i]
		return code(r.File) + ": " + count(r.Rows, "row") + ": " + prose(r.Reason) + recordsText(r)
	})
	m.list("Skipped files", len(s.Skipped), func(i int) string {
		return code(s.Skipped[i].File) + ": " + prose(s.Skipped[i].Reason)
	})
	m.list("Notes", len(s.Notes), func(i int) string { return prose(s.Notes[i]) })
	m.profile(s.Profile)
}

func (m markdown) versions(v *finding.Versions) {
	rows := [][]string{{"smew", cell(orUnknown(v.Smew))}}
	for _, part := range contents(v) {
		hash := "none"
		if part.hash != "" {
			hash = cell(part.hash)
		}
		rows = append(rows, []string{part.name, hash})
	}
	m.table([]string{"made with", "version"}, rows)
}

// list is a section of items, left out when there are none.
func (m markdown) list(heading string, n int, item func(i int) string) {
	m.listMost(heading, n, markdownListMost, item)
}

// listMost is list with another bound.
func (m markdown) listMost(heading string, n, most int, item func(i int) string) {
	if n == 0 {
		return
	}
	m.line("\n### ", heading, "\n")
	for i := range min(n, most) {
		m.line("- ", beginning(item(i)))
	}
	if n > most {
		m.line("- ", moreThan(n-most))
	}
}

// block matches what would begin a list or a heading at the beginning of an
// item.
var block = regexp.MustCompile(`^([0-9]*)([-+=.)])`)

// beginning is inline Markdown that stays inline at the beginning of a line.
func beginning(text string) string {
	return block.ReplaceAllString(strings.TrimLeft(text, " "), `${1}\${2}`)
}

func (m markdown) tables(list []finding.Table) {
	m.line("\n### Tables")
	if len(list) == 0 {
		m.line("\nNone.")
		return
	}
	var rows [][]string
	for i := range list {
		t := &list[i]
		rows = append(rows, []string{
			cell(t.Name), number(t.Events), number(t.Duplicates), number(t.Devices), number(t.Files), cell(spanText(t)),
		})
	}
	m.table([]string{"table", "events", "duplicates", "devices", "files", "when"}, rows)
}

func (m markdown) branchesRun(list []finding.BranchRun) {
	m.line("\n### Branches run")
	if len(list) == 0 {
		m.line("\nNone.")
		return
	}
	var rows [][]string
	for _, b := range list {
		rows = append(rows, []string{cell(b.Name), cell(b.Title), number(b.Hits)})
	}
	m.table([]string{"branch", "title", "hits"}, rows)
}

func (m markdown) allowlist(s *finding.Summary) {
	entries := ownFirst(s.Suppressed)
	m.listMost("Allowlist and change tickets", len(entries), max(markdownListMost, ownEntries(entries)), func(i int) string {
		return prose(entryText(&entries[i], 2*markdownInTable))
	})
	m.list("Allowlist entries past their date, not applied", len(s.Expired), func(i int) string { return prose(s.Expired[i]) })
}

// code is a value from data as a code span, in which Markdown knows no markup,
// no links and no mentions. Only a run of backticks ends it, so the fence is
// longer than any in the value.
func code(s string) string {
	s = term.Line(s, markdownColumns)
	if strings.Trim(s, " ") == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.ContainsRune("` ", rune(s[0])) || strings.ContainsRune("` ", rune(s[len(s)-1])) {
		s = " " + s + " "
	}
	return fence + s + fence
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// markup escapes every character that could begin markup, a link or HTML. The
// bar is an entity: a backslash before it means different things to different
// readers of tables.
var markup = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `&`, `\&`,
	`#`, `\#`, `~`, `\~`, `$`, `\$`, `!`, `\!`, `|`, `&#124;`, `://`, `\://`, `www.`, `www\.`, `WWW.`, `WWW\.`,
)

// prose is text in running Markdown or in a cell. Mentions cannot be escaped
// on the sites that have them, only put into code.
func prose(s string) string {
	s = term.Line(s, markdownColumns)
	if strings.ContainsRune(s, '@') {
		return code(strings.ReplaceAll(s, "|", `\x7c`))
	}
	return markup.Replace(s)
}

// cell is text in a table.
func cell(s string) string { return prose(term.Line(s, markdownInTable)) }
