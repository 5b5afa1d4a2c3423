package hunt_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/finding"
	"smew/internal/hunt"
)

// told is what findings say whatever file they were read from.
func told(t *testing.T, result *finding.Result) string {
	t.Helper()
	list := slices.Clone(result.Findings)
	for i := range list {
		list[i].Source = finding.Source{}
	}
	text, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAFindingIsTheSameHoweverItWasPacked reads the same rows in different
// formats, orders, batches and company.
func TestAFindingIsTheSameHoweverItWasPacked(t *testing.T) {
	var processes, registries []event
	for _, c := range cases {
		// An export without nulls cannot tell "" from nothing.
		row := c.row
		for column, value := range row {
			if value == "" {
				row = row.with(column, nil)
			}
		}
		if row["table"] == "DeviceProcessEvents" {
			processes = append(processes, row)
		} else {
			registries = append(registries, row)
		}
	}
	all := slices.Concat(processes, registries)

	one := t.TempDir()
	stream(t, filepath.Join(one, "all.json"), all...)
	want := told(t, run(t, hunt.Request{Threads: 1}, one))

	// In reverse, a few rows a file, a batch as small as can be, among ordinary
	// rows and one further hit, which comes last.
	scattered := t.TempDir()
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	i := 0
	for chunk := range slices.Chunk(reversed, 4) {
		rows := append([]event{process(1000 + i), registry(2000 + i)}, chunk...)
		stream(t, filepath.Join(scattered, fmt.Sprintf("%02d.json", i)), rows...)
		i++
	}
	further := process(3000, "Timestamp", "2026-09-01T00:00:00Z", "ProcessCommandLine", "sc create other")
	stream(t, filepath.Join(scattered, "other.json"), further)
	result := run(t, hunt.Request{BatchBytes: 1}, scattered)
	result.Findings = slices.DeleteFunc(result.Findings, func(f finding.Finding) bool { return *f.ReportID == 3000 })

	portals := t.TempDir()
	portal(t, filepath.Join(portals, "p.csv"), processes...)
	portal(t, filepath.Join(portals, "r.csv"), registries...)

	parquets := t.TempDir()
	parquet(t, filepath.Join(parquets, "p.parquet"), processes...)
	parquet(t, filepath.Join(parquets, "r0.parquet"), registries[:5]...)
	parquet(t, filepath.Join(parquets, "r1.parquet"), registries[5:]...)

	for name, got := range map[string]string{
		"scattered": told(t, result),
		"CSV":       told(t, run(t, hunt.Request{}, portals)),
		"Parquet":   told(t, run(t, hunt.Request{}, parquets)),
	} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-one file of lines +%s):\n%s", name, name, diff)
		}
	}
}

// TestOneEventOneFinding has the same events in several exports, and events
// that only look the same.
func TestOneEventOneFinding(t *testing.T) {
	dir := t.TempDir()
	hit := process(1, "ProcessCommandLine", "sc create x")
	rows := []event{hit, hit.with("ReportId", 2), hit.with("Timestamp", "2026-09-20T10:00:01.1234568Z", "ReportId", 3)}
	stream(t, filepath.Join(dir, "a.json"), append(rows, hit)...)
	portal(t, filepath.Join(dir, "b.csv"), hit.without("DeviceId").with("DeviceName", "PC1.corp.example"))
	parquet(t, filepath.Join(dir, "c.parquet"), hit, hit, hit.without("DeviceName").with("DeviceId", "id-other", "ReportId", 4))

	// Without a ReportId, equal rows are one event and different ones are two,
	// be the difference in what the id is not made of.
	bare := process(9, "ProcessCommandLine", "sc create bare", "DeviceName", "pc9", "DeviceId", nil).without("ReportId")
	stream(t, filepath.Join(dir, "d.json"), bare, bare, bare.with("InitiatingProcessFileName", "winword.exe"))

	result := run(t, hunt.Request{}, dir)
	var got []string
	seen := map[string]bool{}
	for _, f := range result.Findings {
		report := int64(-1)
		if f.ReportID != nil {
			report = *f.ReportID
		}
		got = append(got, fmt.Sprintf("%d %s %s copies %d raw %d reasons %d", report, filepath.Base(f.Source.File), ids(f), f.Source.Copies, f.Raw, len(f.Reasons)))
		if seen[f.ID] {
			t.Errorf("two findings have the id %s", f.ID)
		}
		seen[f.ID] = true
	}
	slices.Sort(got)
	want := []string{
		"-1 d.json W01 W03 copies 0 raw 60 reasons 2",
		"-1 d.json W01 copies 1 raw 8 reasons 1",
		"1 a.json W01 copies 4 raw 8 reasons 1",
		"2 a.json W01 copies 0 raw 8 reasons 1",
		"3 a.json W01 copies 0 raw 8 reasons 1",
		"4 c.parquet W01 copies 0 raw 8 reasons 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := result.Summary.Counts.Total; n != int64(len(want)) {
		t.Errorf("%d findings counted, want %d", n, len(want))
	}
}
