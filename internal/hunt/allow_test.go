package hunt_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smew/internal/allow"
	"smew/internal/finding"
	"smew/internal/hunt"
)

const entries = `
entries:
  - id: hide-vendor
    class: installer
    match:
      initiating_process_path: 'C:\Program Files\Vendor\setup.exe'
      branches: [W01]
    action: suppress
    reason: test
    owner: test
    created: 2026-11-24
    expires: 2027-05-20
  - id: lower-vendor
    class: it_management
    match:
      initiating_process_path: 'C:\Program Files\Vendor\agent.exe'
    action: down-rank
    points: 5
    reason: test
    owner: test
    created: 2026-11-24
    expires: 2027-05-20
  - id: old
    class: installer
    match:
      initiating_process_path: 'C:\Program Files\Vendor\old.exe'
      branches: [W01]
    action: suppress
    reason: test
    owner: test
    created: 2026-01-01
    expires: 2026-06-01
`

// by makes an event the doing of a vendor's program.
func by(e event, program string) event {
	return e.with("InitiatingProcessFileName", program, "InitiatingProcessFolderPath", `C:\Program Files\Vendor\`+program)
}

func TestTheAllowlistHidesAndNothingIsLost(t *testing.T) {
	list, err := allow.Parse("test.yaml", []byte(entries))
	if err != nil {
		t.Fatal(err)
	}
	known := &allow.List{Entries: list}
	dir := t.TempDir()
	create := func(report int) event { return process(report, "ProcessCommandLine", "sc create x") }
	stream(t, filepath.Join(dir, "a.json"),
		by(create(1), "setup.exe"),
		by(create(2), "agent.exe"),
		by(process(3, "ProcessCommandLine", `sc create x binPath= \\srv\a\x.exe`), "setup.exe"), // a hard reason
		by(create(4), "old.exe"), // of an entry past its date
		create(5).with("InitiatingProcessFileName", "setup.exe", "InitiatingProcessFolderPath", `C:\Users\Public\setup.exe`),
		process(6, "ProcessCommandLine", "sc create x", "InitiatingProcessFileName", "winword.exe"),
	)
	hidden := run(t, hunt.Request{Allow: known}, dir)
	shown := run(t, hunt.Request{Allow: known, ShowSuppressed: true}, dir)
	without := run(t, hunt.Request{}, dir)

	if diff := cmp.Diff([]int64{2, 3, 4, 5, 6}, reports(hidden)); diff != "" {
		t.Errorf("hidden: %s", diff)
	}
	for name, r := range map[string]*finding.Result{"shown": shown, "without the allowlist": without} {
		if diff := cmp.Diff([]int64{1, 2, 3, 4, 5, 6}, reports(r)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// An id is of the event: the same hidden, lowered or left alone.
	before := byReport(t, without)
	for report, f := range byReport(t, shown) {
		if f.ID != before[report].ID {
			t.Errorf("%d is %s with the allowlist and %s without", report, f.ID, before[report].ID)
		}
		if f.Suppressed != (report == 1) {
			t.Errorf("%d suppressed: %t", report, f.Suppressed)
		}
	}
	if got := byReport(t, shown)[2]; got.Raw != 3 || before[2].Raw != 8 || len(got.Allowlist) != 1 || got.Allowlist[0].Points != -5 ||
		!slices.Contains(got.Reasons, finding.Reason{ID: "allowlist:lower-vendor", Points: -5, Text: "allowlist entry lower-vendor"}) {
		t.Errorf("the lowered one: %+v", got)
	}
	if got := byReport(t, shown)[3]; got.Raw != before[3].Raw || len(got.Allowlist) != 1 || got.Allowlist[0].Action != "pierced" {
		t.Errorf("the one with a hard reason: %+v", got)
	}
	var counted []string
	for _, c := range hidden.Summary.Suppressed {
		counted = append(counted, fmt.Sprintf("%s %s %d %s", c.Entry, c.Action, c.Events, c.Expires))
	}
	want := []string{"hide-vendor pierced 1 2027-05-20", "hide-vendor suppress 1 2027-05-20", "lower-vendor down-rank 1 2027-05-20"}
	if diff := cmp.Diff(want, counted); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"old"}, hidden.Summary.Expired); diff != "" {
		t.Error(diff)
	}
	for _, r := range []*finding.Result{hidden, shown} {
		if c := r.Summary.Counts; c.Total != 6 || c.Suppressed != 1 {
			t.Errorf("counts: %+v", c)
		}
	}

	t.Run("what is left out is counted", func(t *testing.T) { checkCounts(t, known, dir, shown) })
}

// checkCounts: every finding is given out, hidden, too low or too many.
func checkCounts(t *testing.T, known *allow.List, dir string, all *finding.Result) {
	for _, req := range []hunt.Request{
		{MinScore: 13},
		{MinScore: 12, Limit: 1},
		{MinScore: 100, ShowSuppressed: true},
		{MinScore: 12, Limit: 2, ShowSuppressed: true},
	} {
		var want []int64
		hidden := int64(0)
		for _, f := range all.Findings {
			switch {
			case f.Suppressed && (!req.ShowSuppressed || f.Score < req.MinScore):
				hidden++
			case f.Score >= req.MinScore && (req.Limit == 0 || len(want) < req.Limit):
				want = append(want, *f.ReportID)
			}
		}
		req.Allow = known
		r := run(t, req, dir)
		slices.Sort(want)
		name := fmt.Sprintf("min %d, limit %d, suppressed ones shown %t", req.MinScore, req.Limit, req.ShowSuppressed)
		if diff := cmp.Diff(want, reports(r), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if c := r.Summary.Counts; int64(len(r.Findings))+c.BelowScore+c.BelowLimit+hidden != c.Total || c.Total != 6 {
			t.Errorf("%s: %d given out, %d hidden, counts %+v", name, len(r.Findings), hidden, c)
		}
	}
}
