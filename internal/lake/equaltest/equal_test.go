package equaltest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/hunt"
	"smew/internal/lake"
	"smew/internal/source"
	"smew/internal/testkit"
	"smew/internal/view"
	smewsql "smew/sql"
)

// poured is how files are taken into a lake in a test.
type poured struct {
	branches []branch.Branch // that lay it out
	flush    int64
	step     int64
}

// pour takes files into a lake.
func pour(t *testing.T, l *lake.Lake, p poured, files []string) *lake.Report {
	t.Helper()
	report, err := l.Ingest(t.Context(), lake.IngestRequest{
		Args: files, Source: source.Options{TempDir: t.TempDir()}, SQL: smewsql.Files,
		Gates: func(ctx context.Context, e *engine.Engine, contract *view.Contract) (map[string]lake.Gate, error) {
			return hunt.Gates(ctx, e, contract, smewsql.Files, p.branches)
		},
		Engine: func(ctx context.Context) (*engine.Engine, error) {
			return engine.Open(ctx, engine.Options{Threads: 2, Memory: "1GiB", TempDir: t.TempDir()})
		},
		Threads: 2, FlushRows: p.flush, StepBytes: p.step, Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := report.Stored + report.Duplicates + report.Rejected + report.Others + report.Before; got != report.Read {
		t.Errorf("%d rows read, and %d accounted for: %+v", report.Read, got, report)
	}
	return report
}

func newLake(t *testing.T) *lake.Lake {
	t.Helper()
	l, err := lake.Create(filepath.Join(t.TempDir(), "lake"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// lakeJSON hunts a lake.
func lakeJSON(t *testing.T, req hunt.Request, l *lake.Lake) []byte {
	t.Helper()
	ctx := t.Context()
	e, err := engine.Open(ctx, engine.Options{Threads: 2, Memory: "1GiB", TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := l.Read(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	req.Lake, req.AsOf, req.SQL, req.Threads, req.Version = r, asOf, smewsql.Files, 2, "test"
	result, err := hunt.Run(ctx, e, req)
	if err != nil {
		t.Fatal(err)
	}
	return testkit.JSON(t, result)
}

func same(t *testing.T, what string, want, got []byte) {
	t.Helper()
	if !bytes.Equal(want, got) {
		t.Errorf("%s: not the same\n%s", what, testkit.FirstDifference(want, got))
	}
}

// TestLakeEqualsFiles: a hunt over a lake gives what a hunt over its files gives, byte
// for byte: in one piece and in stretches, for the first time and out of the cache, by
// the branches that the lake was laid out for and by others.
func TestLakeEqualsFiles(t *testing.T) {
	places := map[string]string{
		"sampledata": filepath.Join("..", "..", "..", "sampledata"),
		"scenarios":  scenarios(t, "defender", "sysmon", "security", "system", "powershell", "auditd", "eslogger"),
	}
	recorded, _ := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "corpus", "*"))
	for _, dir := range recorded {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && !testing.Short() {
			places[filepath.Base(dir)] = dir
		}
	}
	if len(recorded) == 0 {
		t.Log("no recordings beside the repository: only our own data is compared")
	}
	known, err := allow.Load(smewsql.Files, "allowlist", nil)
	if err != nil {
		t.Fatal(err)
	}
	all := every(t)
	seed, err := branch.Select(all, nil, "seed")
	if err != nil {
		t.Fatal(err)
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			files := testkit.FilesBelow(t, place)
			req := hunt.Request{Branches: all, Allow: known, ShowSuppressed: true, Version: "test"}
			want := jsonOf(t, req, files)

			l := newLake(t)
			pour(t, l, poured{branches: all}, files)
			same(t, "the lake", want, lakeJSON(t, req, l))
			same(t, "out of the cache", want, lakeJSON(t, req, l))
			if testing.Short() || !slices.Contains([]string{"sampledata", "scenarios", "otrf"}, name) {
				return
			}
			// Many small files, laid out for other branches, read in stretches.
			l = newLake(t)
			pour(t, l, poured{branches: seed, flush: 60, step: 100_000}, files)
			req.StretchRows = 20
			same(t, "a lake laid out for others", want, lakeJSON(t, req, l))
			if name != "sampledata" {
				return // what follows is the same for all
			}
			same(t, "by what was put by", want, lakeJSON(t, req, l))
			req.NoCache = true
			same(t, "without the cache", want, lakeJSON(t, req, l))
		})
	}
}

// TestLakeInTwoRuns: files that come later change nothing but which of two copies of an
// event is kept.
func TestLakeInTwoRuns(t *testing.T) {
	files := testkit.FilesBelow(t, filepath.Join("..", "..", "..", "sampledata"))
	slices.Sort(files)
	known, err := allow.Load(smewsql.Files, "allowlist", nil)
	if err != nil {
		t.Fatal(err)
	}
	req := hunt.Request{Branches: every(t), Allow: known, ShowSuppressed: true, Version: "test"}
	want := jsonOf(t, req, files)
	l := newLake(t)
	for i := 0; i < len(files); i += 4 {
		pour(t, l, poured{branches: req.Branches}, files[i:min(i+4, len(files))])
		lakeJSON(t, req, l) // what is put by of some days must not be believed of others
	}
	same(t, "in several runs", want, lakeJSON(t, req, l))
	if again := pour(t, l, poured{branches: req.Branches}, files); again.Read != 0 {
		t.Errorf("read once more: %+v", again)
	}
}

// TestLakeWindow: the window cuts days, and hours of accounts, as it does over files.
func TestLakeWindow(t *testing.T) {
	// Without dated folders, which a hunt over files does not open outside the window.
	dir := t.TempDir()
	for i, f := range testkit.FilesBelow(t, filepath.Join("..", "..", "..", "sampledata")) {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, string(rune('a'+i))+filepath.Ext(f)), string(text))
	}
	files := testkit.FilesBelow(t, dir)
	known, err := allow.Load(smewsql.Files, "allowlist", nil)
	if err != nil {
		t.Fatal(err)
	}
	l := newLake(t)
	req := hunt.Request{Branches: every(t), Allow: known, ShowSuppressed: true, Version: "test"}
	pour(t, l, poured{branches: req.Branches, flush: 100}, files)
	at := func(text string) *time.Time {
		moment, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return &moment
	}
	for _, w := range []struct {
		name         string
		since, until *time.Time
	}{
		{"whole days", at("2026-09-19T00:00:00Z"), at("2026-09-20T00:00:00Z")},
		{"cut", at("2026-09-19T02:31:40.5Z"), at("2026-09-20T10:04:41.1234567Z")},
		{"open end", at("2026-09-20T09:00:00Z"), nil},
		{"open beginning", nil, at("2026-09-18T15:52:41Z")},
		{"nothing", at("2030-01-01T00:00:00Z"), nil},
	} {
		req.Since, req.Until, req.StretchRows = w.since, w.until, 0
		want := jsonOf(t, req, files)
		same(t, w.name, want, lakeJSON(t, req, l))
		if w.name == "cut" {
			req.StretchRows = 30
			same(t, "cut, in stretches", want, lakeJSON(t, req, l))
		}
	}
}

// TestBranchThatFails: a branch whose cast fails on the data costs the lake no row, and the
// hunt says of it what a hunt over the files says.
func TestBranchThatFails(t *testing.T) {
	all := every(t)
	own := all[slices.IndexFunc(all, func(b branch.Branch) bool { return b.ID == "W04" })]
	own.ID, own.Name = "X01", "CastsText"
	own.SQL = "select Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType, RegistryKey " +
		"from DeviceRegistryEvents where cast(RegistryValueData as integer) = 2"
	files := testkit.FilesBelow(t, filepath.Join("..", "..", "..", "sampledata"))
	known, err := allow.Load(smewsql.Files, "allowlist", nil)
	if err != nil {
		t.Fatal(err)
	}
	req := hunt.Request{Branches: append(all, own), Allow: known, ShowSuppressed: true, Version: "test"}
	want := jsonOf(t, req, files)
	if !bytes.Contains(want, []byte("it fails on this data")) {
		t.Fatal("the branch does not fail")
	}
	l := newLake(t)
	if report := pour(t, l, poured{branches: req.Branches, flush: 20}, files); report.Rejected > 1 {
		t.Errorf("rows lost to a branch: %+v", report)
	}
	// Which of the values it stumbles over first is anybody's guess.
	value := regexp.MustCompile(`Could not convert string '.*' to`)
	same(t, "with a branch that fails", value.ReplaceAll(want, nil), value.ReplaceAll(lakeJSON(t, req, l), nil))
}
