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
	found := map[string]finding.Finding{}
	for _, f := range result.Findings {
		name, err := filepath.Rel(sampledata, f.Source.File)
		if err != nil {
			t.Fatal(err)
		}
		found[fmt.Sprintf("%s:%d", filepath.ToSlash(name), f.Source.Record)] = f
	}
	if len(found) != len(result.Findings) {
		t.Errorf("%d findings of %d rows", len(result.Findings), len(found))
	}
	suppressed, duplicates := int64(0), int64(0)
	for _, want := range expectations(t) {
		f, ok := found[want.place]
		delete(found, want.place)
		switch {
		case want.verdict == "none":
			if ok {
				t.Errorf("%s is hit by %s: %s", want.place, ids(f), want.why)
			}
			continue
		case strings.HasPrefix(want.verdict, "duplicate of "):
			duplicates++
			if ok {
				t.Errorf("%s is a finding, though a %s", want.place, want.verdict)
			}
			continue
		case !ok:
			t.Errorf("%s is not hit: %s", want.place, want.why)
			continue
		}
		if ids(f) != want.branches || f.Table != want.table {
			t.Errorf("%s is hit by %s in %s, want %s: %s", want.place, ids(f), f.Table, want.branches, want.why)
		}
		if problem := judged(f, want.verdict); problem != "" {
			t.Errorf("%s %s, want %s: %s\n%+v", want.place, problem, want.verdict, want.why, f.Allowlist)
		}
		if f.Suppressed {
			suppressed++
		}
		if copies := f.Source.Copies; copies != 0 && want.place != "portal/DeviceProcessEvents.csv:1" {
			t.Errorf("%s has %d copies", want.place, copies)
		}
	}
	for place, f := range found {
		t.Errorf("%s is hit by %s, and expect.tsv does not know it: %s", place, ids(f), f.Title)
	}
	if c := result.Summary.Counts; c.Suppressed != suppressed || c.Total != int64(len(result.Findings)) {
		t.Errorf("%d suppressed of %d, the summary says %+v", suppressed, len(result.Findings), c)
	}
	var counted int64
	for _, table := range result.Summary.Tables {
		counted += table.Duplicates
	}
	if counted != duplicates {
		t.Errorf("%d duplicates counted, want %d", counted, duplicates)
	}
}

// judged says how the allowlist's verdict differs from the one wanted, "" if
// it does not.
func judged(f finding.Finding, want string) string {
	action, class, _ := strings.Cut(want, "-by ")
	acted := func(action string) bool {
		return slices.ContainsFunc(f.Allowlist, func(a finding.Applied) bool {
			return a.Class == class && a.Action == action && (action != "down-rank" || a.Points < 0)
		})
	}
	taken := 0
	for _, a := range f.Allowlist {
		taken += a.Points
	}
	switch {
	case action == "hit" && (f.Suppressed || taken != 0):
		return "is hidden or lowered"
	case action == "lowered" && (f.Suppressed || !acted("down-rank")):
		return "is hidden, or not lowered by that class"
	case action == "suppressed" && (!f.Suppressed || !acted("suppress")):
		return "is not suppressed by that class"
	}
	return ""
}
