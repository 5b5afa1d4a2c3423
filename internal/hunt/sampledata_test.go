package hunt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"smew/internal/allow"
	"smew/internal/finding"
	"smew/internal/hunt"
	smewsql "smew/sql"
)

const sampledata = "../../sampledata"

// expectation is one row of expect.tsv.
type expectation struct {
	place    string // file:record
	table    string
	branches string // "W01 W03"
	verdict  string
	why      string
}

func expectations(t *testing.T) []expectation {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sampledata, "expect.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var list []expectation
	for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		c := strings.Split(line, "\t")
		if len(c) != 6 {
			t.Fatalf("expect.tsv:%d has %d columns", n+2, len(c))
		}
		list = append(list, expectation{c[0] + ":" + c[1], c[2], strings.ReplaceAll(c[3], ",", " "), c[4], c[5]})
	}
	return list
}

// TestSampledata hunts sampledata as a newcomer would, and holds the findings
// against expect.tsv, row by row and both ways.
func TestSampledata(t *testing.T) {
	builtin, err := allow.Load(smewsql.Files, "allowlist", nil)
	if err != nil {
		t.Fatal(err)
	}
	result := run(t, hunt.Request{Allow: builtin, ShowSuppressed: true}, sampledata)
	found := map[string]finding.Event{}
	for _, e := range events(t, result) {
		name, err := filepath.Rel(sampledata, e.Source.File)
		if err != nil {
			t.Fatal(err)
		}
		found[fmt.Sprintf("%s:%d", filepath.ToSlash(name), e.Source.Record)] = e
	}
	if all := len(events(t, result)); len(found) != all {
		t.Errorf("%d events of %d rows", all, len(found))
	}
	duplicates := int64(0)
	for _, want := range expectations(t) {
		e, ok := found[want.place]
		delete(found, want.place)
		switch {
		case want.verdict == "none":
			if ok {
				t.Errorf("%s is hit by %s: %s", want.place, ids(e), want.why)
			}
			continue
		case strings.HasPrefix(want.verdict, "duplicate of "):
			duplicates++
			if ok {
				t.Errorf("%s is evidence, though a %s", want.place, want.verdict)
			}
			continue
		case !ok:
			t.Errorf("%s is not hit: %s", want.place, want.why)
			continue
		}
		if ids(e) != want.branches || e.Table != want.table {
			t.Errorf("%s is hit by %s in %s, want %s: %s", want.place, ids(e), e.Table, want.branches, want.why)
		}
		c := caseOf(t, result, e.ID)
		if problem := judged(c, want.verdict); problem != "" {
			t.Errorf("%s %s, want %s: %s\n%+v", want.place, problem, want.verdict, want.why, c.Allowlist)
		}
		if c.Suppressed && !e.Suppressed {
			t.Errorf("%s is hidden with its case, and nothing covers it", want.place)
		}
		if copies := e.Source.Copies; copies != 0 && want.place != "portal/DeviceProcessEvents.csv:1" {
			t.Errorf("%s has %d copies", want.place, copies)
		}
	}
	for place, e := range found {
		t.Errorf("%s is hit by %s, and expect.tsv does not know it: %s", place, ids(e), e.Title)
	}
	suppressed := int64(0)
	for _, c := range result.Cases {
		if c.Suppressed {
			suppressed++
		}
	}
	if c := result.Summary.Counts; c.Suppressed != suppressed || c.Total != int64(len(result.Cases)) {
		t.Errorf("%d suppressed of %d, the summary says %+v", suppressed, len(result.Cases), c)
	}
	var counted int64
	for _, table := range result.Summary.Tables {
		counted += table.Duplicates
	}
	if counted != duplicates {
		t.Errorf("%d duplicates counted, want %d", counted, duplicates)
	}
}

// judged says how the allowlist's verdict on a case differs from the one wanted of its
// event, "" if it does not.
func judged(c finding.Case, want string) string {
	action, class, _ := strings.Cut(want, "-by ")
	acted := func(action string) bool {
		return slices.ContainsFunc(c.Allowlist, func(a finding.Applied) bool {
			return a.Class == class && a.Action == action && (action != "down-rank" || a.Points < 0)
		})
	}
	taken := 0
	for _, a := range c.Allowlist {
		taken += a.Points
	}
	switch {
	case action == "hit" && (c.Suppressed || taken != 0):
		return "is hidden or lowered"
	case action == "lowered" && (c.Suppressed || !acted("down-rank")):
		return "is hidden, or not lowered by that class"
	case action == "suppressed" && (!c.Suppressed || !acted("suppress")):
		return "is not suppressed by that class"
	}
	return ""
}
