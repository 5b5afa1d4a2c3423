package hunt_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/finding"
	"smew/internal/hunt"
	smewsql "smew/sql"
)

const vendorEntries = `
entries:
  - id: hide-vendor
    class: installer
    match:
      initiating_process_path: 'C:\Program Files\Vendor\setup.exe'
      payload_path: 'C:\Program Files\Vendor\*.sys'
      service_name: 'vendor*'
      signer: 'Vendor Inc'
    action: suppress
    reason: test
    owner: test
    created: 2026-11-24
    expires: 2027-05-20
  - id: lower-vendor
    class: it_management
    match:
      initiating_process_path: 'C:\Program Files\Vendor\agent.exe'
    action: down-rank 5
    reason: test
    owner: test
    created: 2026-11-24
    expires: 2027-05-20
  - id: old
    class: installer
    match:
      initiating_process_path: 'C:\Program Files\Vendor\old.exe'
    action: down-rank 5
    reason: test
    owner: test
    created: 2026-01-01
    expires: 2026-06-01
`

func known(t *testing.T) *allow.List {
	t.Helper()
	list, err := allow.Parse("test.yaml", []byte(vendorEntries))
	if err != nil {
		t.Fatal(err)
	}
	return &allow.List{Entries: list}
}

// by makes an event the doing of a vendor's program.
func by(e event, program string) event {
	return e.with("InitiatingProcessFileName", program, "InitiatingProcessFolderPath", `C:\Program Files\Vendor\`+program)
}

// vendor is a driver of the vendor's, registered as a service of its own.
func vendor(report int, driver string) event {
	return process(report, "ProcessCommandLine", fmt.Sprintf(`sc create vendor%02d type= kernel binPath= "C:\Program Files\Vendor\%s"`, report, driver))
}

// loaded is a driver as it is loaded, with who signed it.
func loaded(report int, driver, signer string) event {
	fields, _ := json.Marshal(map[string]string{"SignatureStatus": "Valid", "Signature": signer})
	return event{
		"table": "DeviceEvents", "Timestamp": at(report), "ReportId": report, "ActionType": "DriverLoad", "FileName": driver,
		"FolderPath": `C:\Program Files\Vendor\` + driver, "AdditionalFields": string(fields), "InitiatingProcessFileName": nil,
		"DeviceId": "id-pc1", "DeviceName": "pc1.corp.example",
	}
}

// vendorHunt is what the tests below hunt through, and with which branches: W01, and one
// that has the events of drivers read and says a hard reason of ReportId 3.
func vendorHunt(t *testing.T) (string, []branch.Branch) {
	t.Helper()
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"),
		by(vendor(1, "a.sys"), "setup.exe"),
		by(vendor(2, "a.sys"), "agent.exe"),
		by(vendor(3, "a.sys"), "setup.exe"), // a hard reason, by U01
		by(vendor(4, "a.sys"), "old.exe"),   // of an entry past its date
		vendor(5, "a.sys").with("InitiatingProcessFileName", "setup.exe", "InitiatingProcessFolderPath", `C:\Users\Public\setup.exe`),
		vendor(6, "a.sys").with("InitiatingProcessFileName", "winword.exe"),
		by(process(7, "ProcessCommandLine", `sc create vendor07 binPath= \\srv\a\x.exe`), "agent.exe"), // a hard reason
		by(vendor(8, "unsigned.sys"), "setup.exe"),                                                     // nobody recorded who signed it
		by(vendor(9, "a.sys"), "setup.exe"),                                                            // one case with the next
		vendor(10, "a.sys").with("ProcessCommandLine", "sc config vendor09 start= auto"),
		by(vendor(11, "other.sys"), "setup.exe"), // signed by somebody else
		loaded(7200, "a.sys", "Vendor Inc"),
		loaded(7201, "other.sys", "Another Inc"),
	)
	hard := own("U01", "select "+key+", 'payload_unc' as Reasons from DeviceEvents where ActionType = 'None' union all "+
		"select "+key+", 'payload_unc' as Reasons from DeviceProcessEvents where FileName = 'sc.exe' and ReportId = 3")
	hard.Score = 1
	return dir, append(seed(t), hard)
}

func TestTheAllowlistHidesAndNothingIsLost(t *testing.T) {
	dir, branches := vendorHunt(t)
	hidden := run(t, hunt.Request{Branches: branches, Allow: known(t)}, dir)
	shown := run(t, hunt.Request{Branches: branches, Allow: known(t), ShowSuppressed: true}, dir)
	without := run(t, hunt.Request{Branches: branches}, dir)

	if diff := cmp.Diff([]int64{2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, reports(hidden)); diff != "" {
		t.Errorf("hidden: %s", diff)
	}
	for name, r := range map[string]*finding.Result{"shown": shown, "without the allowlist": without} {
		if diff := cmp.Diff([]int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, reports(r)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// Ids are of the event and of the case: the same hidden, lowered or left alone.
	before := byReport(t, without)
	for report, e := range byReport(t, shown) {
		if e.ID != before[report].ID || caseOf(t, shown, e.ID).ID != caseOf(t, without, before[report].ID).ID {
			t.Errorf("%d has other ids with the allowlist than without", report)
		}
		if want := slices.Contains([]int{1, 3, 9}, report); e.Suppressed != want {
			t.Errorf("%d is covered by an entry that hides: %t", report, e.Suppressed)
		}
		if c := caseOf(t, shown, e.ID); c.Suppressed != (report == 1) {
			t.Errorf("the case of %d is hidden: %t", report, c.Suppressed)
		}
	}
	checkApplied(t, shown, without)
	checkEntryCounts(t, hidden)
	for _, r := range []*finding.Result{hidden, shown} {
		if c := r.Summary.Counts; c.Total != 10 || c.Suppressed != 1 || c.Events != 11 {
			t.Errorf("counts: %+v", c)
		}
	}
	t.Run("what is left out is counted", func(t *testing.T) { checkCounts(t, branches, dir, shown) })
}

// checkApplied holds what each case lost, and to what, against what the entries ask.
func checkApplied(t *testing.T, shown, without *finding.Result) {
	before := byReport(t, without)
	for report, want := range map[int]string{
		1:  "hide-vendor suppress -40 of 1: ",
		2:  "lower-vendor down-rank -5 of 1: ",
		3:  "hide-vendor pierced 0 of 1: a hard reason stands: payload lies on the network",
		4:  "",
		5:  "",
		6:  "",
		7:  "lower-vendor pierced 0 of 1: a hard reason stands: payload lies on the network",
		8:  "hide-vendor down-rank -40 of 1: no signer",
		9:  "hide-vendor down-rank 0 of 1: matches 1 of the case's 2 events",
		11: "",
	} {
		c, plain := caseOf(t, shown, before[report].ID), caseOf(t, without, before[report].ID)
		got, taken := []string{}, 0
		for _, a := range c.Allowlist {
			taken += a.Points
			got = append(got, fmt.Sprintf("%s %s %d of %d: %s", a.Entry, a.Action, a.Points, a.Covers, a.Note))
		}
		if text := strings.Join(got, ", "); want == "" && text != "" || !strings.HasPrefix(text, want) {
			t.Errorf("%d: %q, want %q", report, text, want)
		}
		if c.Raw != plain.Raw+taken {
			t.Errorf("%d: raw %d, without the allowlist %d, and %d taken", report, c.Raw, plain.Raw, taken)
		}
		checkReasons(t, c)
	}
	got := caseOf(t, shown, before[2].ID)
	if plain := caseOf(t, without, before[2].ID); got.Raw != 3 || plain.Raw != 8 || points(got)["allowlist:lower-vendor"] != -5 {
		t.Errorf("the lowered one: %+v", got)
	}
}

func checkEntryCounts(t *testing.T, result *finding.Result) {
	var counted []string
	for _, c := range result.Summary.Suppressed {
		counted = append(counted, fmt.Sprintf("%s %s %d cases %d events %s", c.Entry, c.Action, c.Cases, c.Events, c.Expires))
	}
	want := []string{
		"hide-vendor down-rank 1 cases 1 events 2027-05-20",
		"hide-vendor none 1 cases 1 events 2027-05-20", // it matches one of the case's two events
		"hide-vendor pierced 1 cases 1 events 2027-05-20",
		"hide-vendor suppress 1 cases 1 events 2027-05-20",
		"lower-vendor down-rank 1 cases 1 events 2027-05-20",
		"lower-vendor pierced 1 cases 1 events 2027-05-20",
	}
	if diff := cmp.Diff(want, counted); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"old"}, result.Summary.Expired); diff != "" {
		t.Error(diff)
	}
}

// checkCounts: every case is given out, hidden, too low or too many.
func checkCounts(t *testing.T, branches []branch.Branch, dir string, all *finding.Result) {
	for _, req := range []hunt.Request{
		{MinScore: 13},
		{MinScore: 12, Limit: 1},
		{MinScore: 100, ShowSuppressed: true},
		{MinScore: 12, Limit: 2, ShowSuppressed: true},
	} {
		var want []string
		hidden := int64(0)
		for _, c := range all.Cases {
			switch {
			case c.Suppressed && (!req.ShowSuppressed || c.Score < req.MinScore):
				hidden++
			case c.Score >= req.MinScore && (req.Limit == 0 || len(want) < req.Limit):
				want = append(want, c.ID)
			}
		}
		req.Allow, req.Branches = known(t), branches
		r := run(t, req, dir)
		var got []string
		for _, c := range r.Cases {
			got = append(got, c.ID)
		}
		name := fmt.Sprintf("min %d, limit %d, suppressed ones shown %t", req.MinScore, req.Limit, req.ShowSuppressed)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if c := r.Summary.Counts; int64(len(r.Cases))+c.BelowScore+c.BelowLimit+hidden != c.Total || c.Total != int64(len(all.Cases)) {
			t.Errorf("%s: %d given out, %d hidden, counts %+v", name, len(r.Cases), hidden, c)
		}
	}
}

// TestJudgedAgainIsAsHuntedWithThatList: what an entry would do can be told without
// reading the files once more, and leaves nothing of the entries before.
func TestJudgedAgainIsAsHuntedWithThatList(t *testing.T) {
	dir, branches := vendorHunt(t)
	req := hunt.Request{SQL: smewsql.Files, Branches: branches, ShowSuppressed: true}
	without, e := runOn(t, req, dir)
	req.Allow, req.AsOf = known(t), asOf
	with := run(t, req, dir)
	for _, step := range []struct {
		name string
		list *allow.List
		want *finding.Result
	}{{"with the entries", known(t), with}, {"without them again", &allow.List{}, without}} {
		again, err := hunt.Again(t.Context(), e, req, step.list)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want.Cases, again.Cases); diff != "" {
			t.Errorf("%s (-hunted +judged again):\n%s", step.name, diff)
		}
	}
}
