package hunt_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/branch"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/reference"
	smewsql "smew/sql"
)

func own(id, sql string) branch.Branch {
	return branch.Branch{Card: branch.Card{ID: id, Title: "t", Technique: "T1543", Score: 10}, Path: id, SQL: sql}
}

// TestABranchOverSeveralTablesRunsOverThoseThatAreThere, and says of which it knows
// nothing.
func TestABranchOverSeveralTablesRunsOverThoseThatAreThere(t *testing.T) {
	both := own("U01", "select "+key+" from DeviceProcessEvents where FileName = 'sc.exe' union all select "+key+" from DeviceRegistryEvents where RegistryValueName = 'Start'")
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"), process(1, "FileName", "sc.exe"), process(2, "FileName", "calc.exe"))
	result := run(t, hunt.Request{Branches: []branch.Branch{both}}, dir)
	if diff := cmp.Diff([]int64{1}, reports(result)); diff != "" {
		t.Error(diff)
	}
	want := []finding.BranchSkipped{{
		Name: "U01", Title: "t", Reason: "no DeviceRegistryEvents in the window of the files read", Files: []string{}, Extent: finding.ExtentTable,
	}}
	if diff := cmp.Diff(want, result.Summary.NotRun); diff != "" {
		t.Error(diff)
	}

	t.Run("none is there", func(t *testing.T) {
		dir := t.TempDir()
		stream(t, filepath.Join(dir, "a.json"), event{"table": "DeviceNetworkEvents", "Timestamp": at(1), "ReportId": 1, "DeviceId": "d", "DeviceName": "d", "ActionType": "ConnectionSuccess"})
		result := run(t, hunt.Request{Branches: []branch.Branch{both}}, dir)
		want := []finding.BranchSkipped{{
			Name: "U01", Title: "t", Files: []string{}, Extent: finding.ExtentAll,
			Reason: "no DeviceProcessEvents in the window of the files read; no DeviceRegistryEvents in the window of the files read",
		}}
		if diff := cmp.Diff(want, result.Summary.NotRun); diff != "" {
			t.Error(diff)
		}
	})

	// Blind in one table is no reason to be silent about the other, in the same file.
	t.Run("one lacks a column", func(t *testing.T) {
		dir := t.TempDir()
		stream(t, filepath.Join(dir, "a.json"), process(1, "FileName", "sc.exe"), registry(2, "RegistryValueName", "Start").without("RegistryValueName"))
		result := run(t, hunt.Request{Branches: []branch.Branch{both}}, dir)
		if diff := cmp.Diff([]int64{1}, reports(result)); diff != "" {
			t.Error(diff)
		}
		if len(result.Summary.NotRun) != 1 || result.Summary.NotRun[0].Extent != finding.ExtentAll || len(result.Summary.NotRun[0].Files) != 1 {
			t.Errorf("%+v", result.Summary.NotRun)
		}
	})
}

// TestWhatABranchCanDoWithoutNarrowsIt: one side of an OR is enough.
func TestWhatABranchCanDoWithoutNarrowsIt(t *testing.T) {
	renamed := own("U01", "select "+key+" from DeviceProcessEvents where (FileNameLower = 'sc.exe' or ProcessVersionInfoOriginalFileNameLower = 'sc.exe') and ProcessCommandLine <> ''")
	dir := t.TempDir()
	const original = "ProcessVersionInfoOriginalFileName"
	portal(t, filepath.Join(dir, "lacks.csv"), process(1, "FileName", "sc.exe").without(original), process(2, "FileName", "x.exe").without(original))
	portal(t, filepath.Join(dir, "has.csv"), process(3, "FileName", "x.exe", original, "sc.exe"))
	portal(t, filepath.Join(dir, "blind.csv"), process(4, "FileName", "sc.exe").without("ProcessCommandLine"))
	result := run(t, hunt.Request{Branches: []branch.Branch{renamed}}, dir)
	if diff := cmp.Diff([]int64{1, 3}, reports(result)); diff != "" {
		t.Error(diff)
	}
	got := map[string]string{}
	for _, b := range result.Summary.NotRun {
		for _, f := range b.Files {
			got[filepath.Base(f)+" "+b.Extent] = b.Reason
		}
	}
	want := map[string]string{
		"lacks.csv column": "DeviceProcessEvents there has no " + original,
		"blind.csv all":    "DeviceProcessEvents there has no ProcessCommandLine",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestABranchSaysItsReasons: points come from weights.csv; what that does not know
// is said, with none.
func TestABranchSaysItsReasons(t *testing.T) {
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"), process(1, "ProcessCommandLine", "sc.exe query a"), process(2, "ProcessCommandLine", "sc.exe query b"))
	first := own("U01", "select "+key+", case when ReportId = 1 then 'payload_unc' else '' end as Reasons from DeviceProcessEvents where FileName = 'sc.exe'")
	second := own("U02", "select "+key+", concat_ws(' ', 'payload_unc', 'no_such_reason') as Reasons from DeviceProcessEvents where ReportId = 1")
	found := alone(t, run(t, hunt.Request{Branches: []branch.Branch{first, second}}, dir))
	if diff := cmp.Diff(map[string]int{"branch:U02": 10, "payload_unc": 30, "no_such_reason": 0}, points(found[1])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"branch:U01": 10}, points(found[2])); diff != "" {
		t.Error(diff)
	}
}

// TestReferenceDataIsThere as a list and as a table, with a user's own rows.
func TestReferenceDataIsThere(t *testing.T) {
	data := t.TempDir()
	for name, text := range map[string]string{
		"lolbins.csv": "source,lolbin\nmine,our-runner\n",
		"mine.csv":    "word,points\nabc,1\n",
	} {
		if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := reference.Overlay(smewsql.Files, []string{data}, "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"), process(1, "FileName", "our-runner"), process(2, "FileName", "cmd"), process(3, "FileName", "abc"), process(4, "FileName", "x"))
	listed := own("U01", "select "+key+" from DeviceProcessEvents where in_i(FileName, reference_lolbins())")
	joined := own("U02", "with few as (select * from DeviceProcessEvents where FileName <> '') select "+key+" from few where exists (select 1 from reference_mine as m where m.word = few.FileName)")
	result := run(t, hunt.Request{Branches: []branch.Branch{listed, joined}, SQL: files}, dir)
	if diff := cmp.Diff([]int64{1, 2, 3}, reports(result)); diff != "" {
		t.Error(diff)
	}
}

// TestAProfileTimesEveryBranch and changes nothing of what is found.
func TestAProfileTimesEveryBranch(t *testing.T) {
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"), process(1, "ProcessCommandLine", "sc create x"), process(2), registry(3, "RegistryValueName", "Start", "RegistryValueData", "2"))
	plain, profiled := run(t, hunt.Request{}, dir), run(t, hunt.Request{Profile: true}, dir)
	if diff := cmp.Diff(plain.Cases, profiled.Cases); diff != "" || len(plain.Cases) != 2 || plain.Summary.Profile != nil {
		t.Error(diff)
	}
	for _, b := range profiled.Summary.Profile.Branches {
		want := map[string][2]int64{"W01": {1, 1}, "W02": {0, 0}, "W03": {0, 0}, "W04": {1, 1}}[b.Name]
		if b.Rows != want[0] || b.Hits != want[1] || b.Filter <= 0 {
			t.Errorf("%+v, want %v rows and hits", b, want)
		}
	}
	if p := profiled.Summary.Profile; len(p.Branches) != 4 || p.Total <= 0 || p.Together <= 0 {
		t.Errorf("%+v", p)
	}
}
