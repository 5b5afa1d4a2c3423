package hunt_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smew/internal/hunt"
)

func TestABranchWithoutItsTableDidNotRun(t *testing.T) {
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"), process(1, "ProcessCommandLine", "sc create x"), registry(2, "Timestamp", "2026-01-01T00:00:00Z"))
	since := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	result := run(t, hunt.Request{Since: &since}, dir)
	want := []string{
		"W02: no DeviceRegistryEvents in the window of the files read",
		"W04: no DeviceRegistryEvents in the window of the files read",
	}
	if diff := cmp.Diff(want, notRun(result)); diff != "" {
		t.Error(diff)
	}
	var ran []string
	for _, b := range result.Summary.Branches {
		ran = append(ran, b.Name)
	}
	if diff := cmp.Diff([]string{"W01", "W03"}, ran); diff != "" {
		t.Error(diff)
	}
}

// TestABranchIsBlindWhereAColumnIsMissing: a file that lacks a column that a
// branch tests says nothing, neither hit nor clean; the others are evaluated,
// and so are other branches in that file.
func TestABranchIsBlindWhereAColumnIsMissing(t *testing.T) {
	dir := t.TempDir()
	start := []any{"RegistryValueName", "Start", "RegistryValueData", "2"}
	image := []any{"RegistryValueName", "ImagePath", "RegistryValueData", `C:\Windows\Temp\x.exe`}
	const writer = "InitiatingProcessFileName"
	portal(t, filepath.Join(dir, "lacks.csv"), registry(1, start...).without(writer), registry(2, image...).without(writer))
	parquet(t, filepath.Join(dir, "lacks.parquet"), registry(3, start...).without(writer), registry(4, image...).without(writer))
	stream(t, filepath.Join(dir, "never.json"), registry(5, start...).without(writer))
	portal(t, filepath.Join(dir, "has.csv"), registry(6, start...))

	// The opening of this one does not show the column; 200 KiB on it is there.
	late := []event{registry(7, start...).without(writer)}
	for i := range 400 {
		late = append(late, registry(1000+i).without(writer))
	}
	late = append(late, registry(8, start...))
	stream(t, filepath.Join(dir, "late.json"), late...)
	// A column without a value is there all the same.
	stream(t, filepath.Join(dir, "null.json"), registry(9, start...).with(writer, nil))

	for _, batch := range []int64{0, 1} {
		result := run(t, hunt.Request{BatchBytes: batch}, dir)
		if diff := cmp.Diff([]int64{2, 4, 6, 7, 8, 9}, reports(result)); diff != "" {
			t.Errorf("batches of %d: %s", batch, diff)
		}
		want := []string{
			"W01: no DeviceProcessEvents in the window of the files read",
			"W03: no DeviceProcessEvents in the window of the files read",
			"W04 lacks.csv lacks.parquet never.json: DeviceRegistryEvents there has no InitiatingProcessFileName",
		}
		if diff := cmp.Diff(want, notRun(result)); diff != "" {
			t.Error(diff)
		}
	}
}
