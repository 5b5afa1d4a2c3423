package hunt_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smew/internal/hunt"
	smewsql "smew/sql"
)

func TestTheWindowIsHalfOpen(t *testing.T) {
	since, until := time.Date(2026, 9, 20, 10, 0, 0, 0, time.UTC), time.Date(2026, 9, 20, 11, 0, 0, 0, time.UTC)
	times := []string{"09:59:59.9999999", "10:00:00", "10:59:59.9999999", "11:00:00"}
	var text, columnar []event
	for i, at := range times {
		text = append(text, process(i, "Timestamp", "2026-09-20T"+at+"Z", "ProcessCommandLine", "sc create x"))
		columnar = append(columnar, process(10+i, "Timestamp", "2026-09-20T"+at+"Z", "ProcessCommandLine", "sc create x"))
	}
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"), text...)
	parquet(t, filepath.Join(dir, "b.parquet"), columnar...)
	result := run(t, hunt.Request{Since: &since, Until: &until}, dir)
	if diff := cmp.Diff([]int64{1, 2, 11, 12}, reports(result)); diff != "" {
		t.Error(diff)
	}
	if table := result.Summary.Tables[0]; table.Events != 4 || table.Outside != 4 {
		t.Errorf("got %+v", table)
	}
}

// TestNewestEventIsNotFromTheFuture: what --last counts back from.
func TestNewestEventIsNotFromTheFuture(t *testing.T) {
	dir := t.TempDir()
	newest := func() string {
		t.Helper()
		at, _, err := hunt.NewestEvent(t.Context(), []string{dir}, hunt.NewestRequest{SQL: smewsql.Files, AsOf: asOf, Threads: 1, TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if at == nil {
			return "none"
		}
		return at.Format(time.RFC3339Nano)
	}
	stream(t, filepath.Join(dir, "future.json"), process(1, "Timestamp", "2026-11-24T00:00:00.0000001Z"), registry(2, "Timestamp", "2031-01-01T00:00:00Z"))
	if got := newest(); got != "none" {
		t.Errorf("only the future: got %s", got)
	}
	// The instant itself is not later; older folders are not opened for it, and
	// a folder from the future does not make the others old.
	stream(t, filepath.Join(dir, "y=2026/m=11/d=23/h=23/m=00/PT1H.json"), process(3, "Timestamp", "2026-11-23T23:59:59.9999999Z"))
	stream(t, filepath.Join(dir, "y=2031/m=01/d=01/h=00/m=00/PT1H.json"), process(4, "Timestamp", "2031-01-01T00:00:00Z"))
	stream(t, filepath.Join(dir, "y=2026/m=11/d=01/h=00/m=00/PT1H.json"), process(5, "Timestamp", "2026-11-01T00:00:00Z"))
	if got := newest(); got != "2026-11-23T23:59:59.9999999Z" {
		t.Errorf("got %s", got)
	}
	parquet(t, filepath.Join(dir, "p.parquet"), process(6, "Timestamp", "2026-11-24T00:00:00Z"))
	if got := newest(); got != "2026-11-24T00:00:00Z" {
		t.Errorf("got %s", got)
	}
}

// TestWhatElseAFileHolds: columns that are no one's, columns that pretend to be
// ours, days without an event, and a clock that is wrong.
func TestWhatElseAFileHolds(t *testing.T) {
	dir := t.TempDir()
	hit := process(1, "ProcessCommandLine", "sc create x", "Case", "INC-7", "it's \"odd\"", "1")
	spoof := []event{
		process(2, "ProcessCommandLine", "sc create x", "FileNameLower", "calc.exe", "SourceFile", "elsewhere", "WholeRow", "9", "EventTime", "x"),
		process(3, "FileName", "calc.exe", "ProcessCommandLine", "sc create x", "FileNameLower", "sc.exe", "SourceFile", "elsewhere", "WholeRow", "9", "EventTime", "x"),
	}
	stream(t, filepath.Join(dir, "a.json"), hit, process(4, "Timestamp", "2026-09-23T00:00:00Z"), process(5, "Timestamp", "2026-09-24T00:00:00Z"))
	portal(t, filepath.Join(dir, "b.csv"), spoof[0], spoof[1])
	parquet(t, filepath.Join(dir, "c.parquet"), spoof[0].with("ReportId", 12), spoof[1].with("ReportId", 13))
	until := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	stream(t, filepath.Join(dir, "f.json"), registry(6, "Timestamp", "2026-11-25T00:00:00Z"))
	result := run(t, hunt.Request{Until: &until}, dir)
	if diff := cmp.Diff([]int64{1, 2, 12}, reports(result)); diff != "" {
		t.Errorf("%s\nrejected %v, skipped %v", diff, result.Summary.Rejected, result.Summary.Skipped)
	}
	for _, e := range events(t, result) {
		if !strings.HasPrefix(e.Source.File, dir) {
			t.Errorf("%d is said to be of %s", *e.ReportID, e.Source.File)
		}
	}
	if diff := cmp.Diff([]string{"2026-09-21", "2026-09-22"}, result.Summary.Tables[0].GapDays); diff != "" {
		t.Error(diff)
	}
	if len(result.Summary.Notes) != 1 || !strings.Contains(result.Summary.Notes[0], "DeviceRegistryEvents: events later than 2026-11-24: 1") {
		t.Errorf("notes: %q", result.Summary.Notes)
	}
}
