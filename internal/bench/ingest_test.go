package bench

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smew/internal/defender"
	"smew/internal/engine"
)

// sortedBy is what a lake's rows are sorted by, of the tables that are measured.
var sortedBy = map[string]string{
	"DeviceProcessEvents":  "lower(FileName)",
	"DeviceRegistryEvents": "lower(RegistryValueName)",
}

// BenchmarkIngestParquet compares an ingest of the Parquet files with DuckDB's own COPY of
// the same rows, sorted and parted the same way. A rate of 1 is DuckDB's.
func BenchmarkIngestParquet(b *testing.B) {
	dir := folder(b)
	ingestAgainstCopy(b, dir, "parquet", func(table string) string {
		return "select * from read_parquet(" + engine.QuoteText(filepath.Join(dir, "parquet", table+"*.parquet")) + ")"
	}, "DeviceProcessEvents", "DeviceRegistryEvents")
}

// BenchmarkIngestNDJSON compares an ingest of the JSON lines, whose columns DuckDB is told.
func BenchmarkIngestNDJSON(b *testing.B) {
	dir := folder(b)
	ingestAgainstCopy(b, dir, "ndjson", func(table string) string { return linesOf(b, filepath.Join(dir, "ndjson"), table) }, "DeviceProcessEvents")
}

// linesOf are the rows of a folder of streamed lines, with the schema's columns and types.
func linesOf(b *testing.B, dir, table string) string {
	b.Helper()
	schema, ok := defender.Lookup(table)
	if !ok {
		b.Fatal("no such table: " + table)
	}
	var read, typed []string
	for _, c := range schema.Columns {
		kind := defender.SQLType(c.Type)
		if kind == "TIMESTAMP_NS" { // read_json takes no zone
			typed = append(typed, "cast(p."+engine.QuoteIdent(c.Name)+" as timestamp) as "+engine.QuoteIdent(c.Name))
			kind = "VARCHAR"
		} else {
			typed = append(typed, "p."+engine.QuoteIdent(c.Name)+" as "+engine.QuoteIdent(c.Name))
		}
		read = append(read, engine.QuoteIdent(c.Name)+" "+kind)
	}
	return "select " + strings.Join(typed, ", ") + " from (select properties as p from read_json(" + engine.QuoteTexts(jsonFiles(b, dir)) +
		", format = 'newline_delimited', columns = {category: 'VARCHAR', properties: 'STRUCT(" + strings.Join(read, ", ") + ")'}) where category = 'AdvancedHunting-" + table + "')"
}

func ingestAgainstCopy(b *testing.B, dir, data string, rows func(table string) string, tables ...string) {
	lake, copied := filepath.Join(dir, "lake-ingested"), filepath.Join(dir, "copied")
	var ingests, copies time.Duration
	for b.Loop() {
		removed(b, lake)
		took, _ := smew(b, dir, "ingest", filepath.Join(dir, data), "--lake", lake)
		ingests += took
		removed(b, lake)
		for _, table := range tables {
			copies += copyTable(b, filepath.Join(copied, table), rows(table), sortedBy[table])
		}
		removed(b, copied)
	}
	b.ReportMetric(ingests.Seconds()/float64(b.N), "ingest-s")
	b.ReportMetric(copies.Seconds()/float64(b.N), "copy-s")
	b.ReportMetric(copies.Seconds()/ingests.Seconds(), "rate")
	b.ReportMetric(0, "ns/op")
}

// copyTable is how long DuckDB takes to write rows as a lake has them: by month, sorted,
// compressed the same way.
func copyTable(b *testing.B, to, rows, sorted string) time.Duration {
	b.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	if err := os.MkdirAll(to, 0o755); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := e.Exec(ctx, "copy (select *, strftime(Timestamp, '%Y-%m') as Month from ("+rows+") order by Month, "+sorted+", Timestamp) to "+engine.QuoteText(to)+
		" (format parquet, compression zstd, compression_level 1, partition_by (Month), overwrite_or_ignore)"); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}
