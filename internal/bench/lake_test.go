package bench

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// lakeOf is a lake of one of the data's folders, made when it is asked for first. A
// folder that is not there is passed over: not every set of data is made every time.
func lakeOf(b *testing.B, dir, data string) string {
	b.Helper()
	lake := filepath.Join(dir, "lake-"+data)
	if _, err := os.Stat(filepath.Join(dir, data)); err != nil {
		b.Skipf("%s is not there: go tool task bench makes it", filepath.Join(dir, data))
	}
	// Known files cost nothing, and a run that was stopped goes on.
	smew(b, dir, "ingest", filepath.Join(dir, data), "--lake", lake)
	return lake
}

// BenchmarkLakeSeedPack compares the seed pack over the lake with the same rows as plain
// Parquet, whole processes: without what earlier hunts found, and out of it.
func BenchmarkLakeSeedPack(b *testing.B) { lakeAgainstParquet(b, "seed") }

// BenchmarkLakeCorePack compares the core pack.
func BenchmarkLakeCorePack(b *testing.B) { lakeAgainstParquet(b, "core") }

func lakeAgainstParquet(b *testing.B, pack string) {
	dir := folder(b)
	lake, parquet := lakeOf(b, dir, "parquet"), filepath.Join(dir, "parquet")
	hunt := []string{"hunt", "--pack", pack, "--format", "ndjson"}
	smew(b, dir, append(hunt, "--lake", lake)...) // what the cache is to have, and warm pages
	var files, cold, cached time.Duration
	for b.Loop() {
		took, _ := smew(b, dir, append(hunt, parquet)...)
		files += took
		took, _ = smew(b, dir, append(hunt, "--lake", lake, "--no-cache")...)
		cold += took
		took, _ = smew(b, dir, append(hunt, "--lake", lake)...)
		cached += took
	}
	b.ReportMetric(files.Seconds()/float64(b.N), "parquet-s")
	b.ReportMetric(cold.Seconds()/float64(b.N), "lake-s")
	b.ReportMetric(cached.Seconds()/float64(b.N), "cached-s")
	b.ReportMetric(files.Seconds()/cold.Seconds(), "parquet/lake")
	b.ReportMetric(files.Seconds()/cached.Seconds(), "parquet/cached")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLakeTenTimes compares a hunt over ten times the rows with one over a tenth of
// them that has as many rows to find: the folders ten and one.
func BenchmarkLakeTenTimes(b *testing.B) {
	dir := folder(b)
	one, ten := lakeOf(b, dir, "one"), lakeOf(b, dir, "ten")
	hunt := []string{"hunt", "--pack", "core", "--format", "ndjson", "--no-cache", "--lake"}
	smew(b, dir, append(hunt, ten)...) // warm the page cache for both
	smew(b, dir, append(hunt, one)...)
	var few, many time.Duration
	for b.Loop() {
		took, _ := smew(b, dir, append(hunt, one)...)
		few += took
		took, _ = smew(b, dir, append(hunt, ten)...)
		many += took
	}
	b.ReportMetric(few.Seconds()/float64(b.N), "one-s")
	b.ReportMetric(many.Seconds()/float64(b.N), "ten-s")
	b.ReportMetric(many.Seconds()/few.Seconds(), "ten/one")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLakeMemory gives the peak memory of an ingest and of a hunt with --memory 1GiB,
// of each form of the data that there is; gz is for whoever has gzipped lines to measure.
func BenchmarkLakeMemory(b *testing.B) {
	dir := folder(b)
	for _, data := range []string{"parquet", "ndjson", "gz"} {
		b.Run(data, func(b *testing.B) {
			sources, lake := filepath.Join(dir, data), filepath.Join(dir, "lake-memory")
			if _, err := os.Stat(sources); err != nil {
				b.Skip(sources + " is not there")
			}
			var ingest, hunt float64
			var ingests, hunts time.Duration
			for b.Loop() {
				removed(b, lake)
				took, mib := smew(b, dir, "ingest", sources, "--lake", lake, "--memory", "1GiB")
				ingest, ingests = max(ingest, mib), ingests+took
				took, mib = smew(b, dir, "hunt", "--lake", lake, "--memory", "1GiB", "--no-cache", "--format", "ndjson")
				hunt, hunts = max(hunt, mib), hunts+took
			}
			removed(b, lake)
			b.ReportMetric(ingest, "ingest-peak-MiB")
			b.ReportMetric(hunt, "hunt-peak-MiB")
			b.ReportMetric(ingests.Seconds()/float64(b.N), "ingest-s")
			b.ReportMetric(hunts.Seconds()/float64(b.N), "hunt-s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// removed takes away a folder of an earlier round.
func removed(b *testing.B, dir string) {
	b.Helper()
	if err := os.RemoveAll(dir); err != nil {
		b.Fatal(err)
	}
}
