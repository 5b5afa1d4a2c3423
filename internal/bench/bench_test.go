// Package bench measures whole hunts on generated data. Figures are ratios and
// sizes of one run, since machines differ; docs/performance.md has them.
//
//	go tool task bench
//
// makes the data, sets SMEW_BENCH to its folder and runs this.
package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smew/internal/engine"
)

// folder is where the generated data and the binary are.
func folder(b *testing.B) string {
	dir := os.Getenv("SMEW_BENCH")
	if dir == "" {
		b.Skip("SMEW_BENCH is not set: go tool task bench makes the data and sets it")
	}
	return dir
}

// smew runs the built binary and returns how long it took and its peak memory
// in MiB.
func smew(b *testing.B, dir string, args ...string) (time.Duration, float64) {
	b.Helper()
	cmd := exec.Command(filepath.Join(dir, "smew"), args...)
	cmd.Dir = filepath.Join("..", "..")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Start()
	var peak float64
	if err == nil {
		stop := Watch(cmd.Process.Pid)
		err = cmd.Wait()
		peak = stop().PeakMiB
	}
	if err != nil {
		b.Fatalf("smew %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	took := time.Since(start)
	if peak == 0 { // no Linux
		peak = peakMiB(cmd.ProcessState)
	}
	return took, peak
}

// floor is the time of one scan that reads the columns the seed pack needs:
// the least any hunt over them can take.
func floor(b *testing.B, parquet string) time.Duration {
	b.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	start := time.Now()
	for table, columns := range map[string][]string{
		"DeviceProcessEvents": {
			"DeviceId", "DeviceName", "ActionType", "AccountDomain", "AccountName", "FileName", "FolderPath",
			"ProcessCommandLine", "InitiatingProcessFileName", "InitiatingProcessFolderPath",
			"InitiatingProcessCommandLine", "InitiatingProcessParentFileName",
		},
		"DeviceRegistryEvents": {
			"DeviceId", "DeviceName", "ActionType", "RegistryKey", "RegistryValueName", "RegistryValueData",
			"InitiatingProcessAccountName", "InitiatingProcessFileName",
			"InitiatingProcessFolderPath", "InitiatingProcessCommandLine", "InitiatingProcessParentFileName",
		},
	} {
		query := "select count(*)"
		for _, c := range columns {
			query += ", sum(length(" + c + "))"
		}
		query += " from read_parquet(" + engine.QuoteText(filepath.Join(parquet, table+"*.parquet")) + ")"
		if err := e.Exec(ctx, query); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// BenchmarkSeedPackOverParquet compares the seed pack, a whole process from
// start to findings, with the floor.
func BenchmarkSeedPackOverParquet(b *testing.B) {
	dir := folder(b)
	parquet := filepath.Join(dir, "parquet")
	floor(b, parquet) // warm the page cache for both
	var hunts, floors time.Duration
	var peak float64
	for b.Loop() {
		took, mib := smew(b, dir, "hunt", parquet, "--pack", "seed", "--format", "ndjson")
		hunts += took
		peak = max(peak, mib)
		floors += floor(b, parquet)
	}
	b.ReportMetric(hunts.Seconds()/float64(b.N), "hunt-s")
	b.ReportMetric(floors.Seconds()/float64(b.N), "floor-s")
	b.ReportMetric(hunts.Seconds()/floors.Seconds(), "hunt/floor")
	b.ReportMetric(peak, "peak-MiB")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkCorePackOverParquet compares the core pack with the seed pack, whole
// processes over the same files.
func BenchmarkCorePackOverParquet(b *testing.B) {
	dir := folder(b)
	parquet := filepath.Join(dir, "parquet")
	var core, seed time.Duration
	var peak float64
	for b.Loop() {
		took, mib := smew(b, dir, "hunt", parquet, "--pack", "core", "--format", "ndjson")
		core, peak = core+took, max(peak, mib)
		took, _ = smew(b, dir, "hunt", parquet, "--pack", "seed", "--format", "ndjson")
		seed += took
	}
	b.ReportMetric(core.Seconds()/float64(b.N), "core-s")
	b.ReportMetric(seed.Seconds()/float64(b.N), "seed-s")
	b.ReportMetric(core.Seconds()/seed.Seconds(), "core/seed")
	b.ReportMetric(peak, "peak-MiB")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkMemoryParquet gives the peak memory of a hunt with --memory 1GiB.
func BenchmarkMemoryParquet(b *testing.B) { memory(b, "parquet") }

// BenchmarkMemoryNDJSON gives the same over newline-delimited JSON.
func BenchmarkMemoryNDJSON(b *testing.B) { memory(b, "ndjson") }

func memory(b *testing.B, format string) {
	dir := folder(b)
	var peak float64
	var total time.Duration
	for b.Loop() {
		took, mib := smew(b, dir, "hunt", filepath.Join(dir, format), "--memory", "1GiB", "--format", "ndjson")
		peak = max(peak, mib)
		total += took
	}
	b.ReportMetric(peak, "peak-MiB")
	b.ReportMetric(total.Seconds()/float64(b.N), "hunt-s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkNDJSON compares a hunt over newline-delimited JSON with DuckDB's own
// reader taking the same columns from the same files.
func BenchmarkNDJSON(b *testing.B) {
	dir := folder(b)
	files := filepath.Join(dir, "ndjson")
	var hunts, reads time.Duration
	for b.Loop() {
		took, _ := smew(b, dir, "hunt", files, "--format", "ndjson")
		hunts += took
		reads += readJSON(b, files)
	}
	b.ReportMetric(hunts.Seconds()/float64(b.N), "hunt-s")
	b.ReportMetric(reads.Seconds()/float64(b.N), "read_json-s")
	b.ReportMetric(hunts.Seconds()/reads.Seconds(), "hunt/read_json")
	b.ReportMetric(0, "ns/op")
}

func readJSON(b *testing.B, files string) time.Duration {
	b.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	start := time.Now()
	if err := e.Exec(ctx, `select count(*), sum(length(p.ProcessCommandLine)), sum(length(p.InitiatingProcessCommandLine))
		from (select properties as p from read_json(`+engine.QuoteText(files+"/**/*.json")+`, format = 'newline_delimited', columns = {
			category: 'VARCHAR', properties: 'STRUCT("Timestamp" VARCHAR, DeviceId VARCHAR, DeviceName VARCHAR, ReportId VARCHAR,
			ActionType VARCHAR, AccountDomain VARCHAR, AccountName VARCHAR, FileName VARCHAR, FolderPath VARCHAR,
			ProcessCommandLine VARCHAR, InitiatingProcessFileName VARCHAR, InitiatingProcessFolderPath VARCHAR,
			InitiatingProcessCommandLine VARCHAR, InitiatingProcessParentFileName VARCHAR)'}))`); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkSampleData is the first thing anybody runs.
func BenchmarkSampleData(b *testing.B) {
	dir := folder(b)
	var total time.Duration
	for b.Loop() {
		took, _ := smew(b, dir, "hunt", "sampledata")
		total += took
	}
	b.ReportMetric(total.Seconds()/float64(b.N), "hunt-s")
	b.ReportMetric(0, "ns/op")
}
