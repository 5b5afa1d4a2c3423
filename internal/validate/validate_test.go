package validate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/scenario"
)

// messages are the broken promises of a matrix.
func messages(m *Matrix) []string {
	list := []string{}
	for _, b := range m.Broken {
		list = append(list, b.String())
	}
	return list
}

// TestBreaks: each way in which a promise can be broken is told, and no other.
func TestBreaks(t *testing.T) {
	kept := parse(t, "kept", "windows", startSC, "{defender: [A01], sysmon: [A01], security: [A01]}")
	missing := parse(t, "missing", "windows", startReg, "{defender: [A01], system: [A01]}")
	unexpected := parse(t, "unexpected", "windows", startSC, "{defender: [A01]}")
	unknown := parse(t, "unknown", "windows", startReg, "{defender: [Z99], sysmon: [Z99]}")
	branches := []*scenario.Scenario{kept, missing, unexpected, unknown}

	a := everyStart(t, "A01", "sc.exe", "T1543.003/kept", "T1543.003/missing", "T1543.003/nowhere")
	b := everyStart(t, "B01", "other.exe")
	req := request(t, nil, branches)
	req.Branches = append(req.Branches, a, b)
	req.Known, req.BuiltIn = []string{"A01", "B01"}, []string{"A01", "B01"}
	m := validate(t, req)
	want := []string{
		"T1543.003/missing defender: A01 must fire, and it did not fire",
		"T1543.003/missing system: A01 must fire, and it cannot see the scenario in this telemetry",
		"T1543.003/unexpected sysmon: A01 must not fire, and it fired",
		"T1543.003/unexpected security: A01 must not fire, and it fired",
		"T1543.003/unknown: Z99 must fire, and there is no such branch",
		"T1543.003/missing: the card of A01 promises to fire on it, and it did in no telemetry",
		"the card of A01 names the test T1543.003/nowhere, which is no scenario",
	}
	if diff := cmp.Diff(want, messages(m)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"B01"}, m.Unproven); diff != "" {
		t.Errorf("unproven: %s", diff)
	}
	if diff := cmp.Diff([]string{"T1543.003/kept", "T1543.003/unexpected"}, m.Branches[0].Proven); diff != "" {
		t.Errorf("what proves A01: %s", diff)
	}
}

// TestAPartSaysNothingOfTheRest: with a choice of scenarios, a test that was left
// out is not missed.
func TestAPartSaysNothingOfTheRest(t *testing.T) {
	req := request(t, nil, []*scenario.Scenario{parse(t, "other", "windows", startReg, "{}")})
	req.Branches, req.Whole = append(req.Branches, everyStart(t, "A01", "sc.exe", "T1543.003/kept")), false
	m := validate(t, req)
	if len(m.Broken)+len(m.Unproven) > 0 {
		t.Errorf("broken %v, unproven %v", m.Broken, m.Unproven)
	}
}

// TestOwnBranches: a built-in scenario does not judge a branch it cannot know,
// except by the branch's own tests; a scenario of the user's judges all.
func TestOwnBranches(t *testing.T) {
	old := parse(t, "old", "windows", startSC, "{defender: [A01], sysmon: [A01], security: [A01]}")
	own := parse(t, "own", "windows", startSC, "{defender: [A01]}")
	req := request(t, nil, []*scenario.Scenario{old, own})
	req.Branches = append(req.Branches, everyStart(t, "A01", "sc.exe"), everyStart(t, "U01", "sc.exe", "T1543.003/old"), everyStart(t, "U02", "reg.exe", "T1543.003/old"))
	req.Known, req.BuiltIn, req.OwnScenarios = []string{"A01", "U01", "U02"}, []string{"A01"}, []string{own.ID}
	m := validate(t, req)
	want := []string{
		"T1543.003/own defender: U01 must not fire, and it fired",
		"T1543.003/own sysmon: A01 must not fire, and it fired",
		"T1543.003/own sysmon: U01 must not fire, and it fired",
		"T1543.003/own security: A01 must not fire, and it fired",
		"T1543.003/own security: U01 must not fire, and it fired",
		"T1543.003/old: the card of U02 promises to fire on it, and it did in no telemetry",
	}
	if diff := cmp.Diff(want, messages(m)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"U02"}, m.Unproven); diff != "" {
		t.Errorf("unproven: %s", diff)
	}
}

// TestNotVisible: what a telemetry does not record is not held against a branch
// that needs it, nor told as silence.
func TestNotVisible(t *testing.T) {
	s := parse(t, "s", "windows", startSC+"  - create_service: {service: X, image: 'C:\\x.exe', by: sc}\n", "{}")
	key := card(t, "K01", nil, "DeviceRegistryEvents", `select Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, 'Made' as DetectionType
from DeviceRegistryEvents where RegistryValueNameLower = 'nothing'`)
	original := card(t, "O01", nil, "DeviceProcessEvents", `select Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, 'Made' as DetectionType
from DeviceProcessEvents where ProcessVersionInfoOriginalFileName = 'nothing'`)
	req := request(t, nil, []*scenario.Scenario{s})
	req.Branches = append(req.Branches, key, original)
	m := validate(t, req)
	got := map[string]string{}
	for _, r := range m.Rows {
		for _, c := range r.Cells {
			got[c.Branch] += " " + r.Telemetry + "=" + string(c.State)
		}
	}
	want := map[string]string{
		"K01": " defender=silent sysmon=silent security=silent system=not visible powershell=not visible",
		// 4688 has no version information: the branch is blind there.
		"O01": " defender=silent sysmon=silent security=not visible system=not visible powershell=not visible",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRanges(t *testing.T) {
	for ids, want := range map[string]string{
		"":                        "",
		"W01":                     "W01",
		"W01 W02":                 "W01 W02",
		"W01 W02 W03 W05 L18 L19": "W01–W03 W05 L18 L19",
		"W09 W10 W11":             "W09–W11",
		"W99 W100":                "W99 W100",
		"U-A U-B":                 "U-A U-B",
	} {
		if got := ranges(strings.Fields(ids)); got != want {
			t.Errorf("ranges(%s) = %q, want %q", ids, got, want)
		}
	}
}
