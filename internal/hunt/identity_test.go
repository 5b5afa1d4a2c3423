package hunt_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/finding"
	"smew/internal/hunt"
)

// told is what cases say whatever file they were read from.
func told(t *testing.T, result *finding.Result) string {
	t.Helper()
	list := slices.Clone(result.Cases)
	for i := range list {
		list[i].Evidence, list[i].Related = slices.Clone(list[i].Evidence), slices.Clone(list[i].Related)
		for k := range list[i].Evidence {
			list[i].Evidence[k].Source = finding.Source{}
		}
		for k := range list[i].Related {
			list[i].Related[k].Source = finding.Source{}
		}
	}
	text, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestACaseIsTheSameHoweverItWasPacked reads the same rows in different
// formats, orders, batches and company.
func TestACaseIsTheSameHoweverItWasPacked(t *testing.T) {
	var processes, registries []event
	for _, c := range rowsIn {
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
	result.Cases = slices.DeleteFunc(result.Cases, func(c finding.Case) bool { return *c.Evidence[0].ReportID == 3000 })

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

// TestOneEventIsOnePieceOfEvidence has the same events in several exports, and events
// that only look the same.
func TestOneEventIsOnePieceOfEvidence(t *testing.T) {
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
	for _, e := range events(t, result) {
		report := int64(-1)
		if e.ReportID != nil {
			report = *e.ReportID
		}
		got = append(got, fmt.Sprintf("%d %s %s copies %d reasons %s", report, filepath.Base(e.Source.File), ids(e), e.Source.Copies, strings.Join(e.Reasons, " ")))
	}
	slices.Sort(got)
	want := []string{
		"-1 d.json W01 W03 copies 0 reasons branch:W03 office_parent",
		"-1 d.json W01 copies 1 reasons ",
		"1 a.json W01 copies 4 reasons branch:W01",
		"2 a.json W01 copies 0 reasons branch:W01",
		"3 a.json W01 copies 0 reasons branch:W01",
		"4 c.parquet W01 copies 0 reasons branch:W01",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Neither copies nor events of the same kind add up.
	var sums []string
	for _, c := range result.Cases {
		sums = append(sums, fmt.Sprintf("%s: %d events, raw %d, %d reasons", nameOf(c), len(c.Evidence), c.Raw, len(c.Reasons)))
	}
	slices.Sort(sums)
	want = []string{
		"id-other: 1 events, raw 8, 1 reasons",
		"pc1.corp.example: 3 events, raw 8, 1 reasons",
		"pc9: 2 events, raw 60, 2 reasons",
	}
	if diff := cmp.Diff(want, sums); diff != "" {
		t.Error(diff)
	}
	if n := result.Summary.Counts; n.Total != 3 || n.Events != 6 {
		t.Errorf("%d cases of %d events counted", n.Total, n.Events)
	}
}

// nameOf is how a case's device is known.
func nameOf(c finding.Case) string {
	if c.DeviceName != "" {
		return c.DeviceName
	}
	return c.DeviceID
}
