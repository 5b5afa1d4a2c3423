package bench

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smew/internal/engine"
	"smew/internal/fields"
	"smew/internal/source"
)

// wanted are the columns that the readers of JSON are compared on.
var wanted = []string{
	"Timestamp", "DeviceId", "DeviceName", "ReportId", "ActionType", "AccountDomain", "AccountName", "FileName", "FolderPath",
	"ProcessCommandLine", "InitiatingProcessFileName", "InitiatingProcessFolderPath", "InitiatingProcessCommandLine", "InitiatingProcessParentFileName",
}

// jsonFiles are the files of a folder, as both readers are given them.
func jsonFiles(b *testing.B, folder string) []string {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		b.Fatalf("no JSON in %s: %v", folder, err)
	}
	return files
}

// query runs a statement on a fresh engine in which relation is what a reader
// gives, and returns how long it took.
func query(b *testing.B, prepare func(*engine.Engine) string, statement string) time.Duration {
	b.Helper()
	e, err := engine.Open(context.Background(), engine.Options{TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	relation := prepare(e)
	start := time.Now()
	if err := e.Exec(context.Background(), strings.ReplaceAll(statement, "relation", relation)); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// withDuckDB reads files with DuckDB's own reader.
func withDuckDB(files []string) func(*engine.Engine) string {
	return func(*engine.Engine) string {
		return "(select category, unnest(properties) from read_json(" + engine.QuoteTexts(files) +
			", format = 'newline_delimited', columns = {category: 'VARCHAR', properties: 'STRUCT(" + strings.Join(wanted, " VARCHAR, ") + " VARCHAR)'}))"
	}
}

// withSmew reads files as a load does: cut into records, each with its place, and
// taken apart.
func withSmew(b *testing.B, files []string) func(*engine.Engine) string {
	return func(e *engine.Engine) string {
		list := make([]*source.File, len(files))
		for i, path := range files {
			list[i] = &source.File{ID: int32(i + 1), Name: path, Path: path, Format: source.Lines}
		}
		stream := source.NewStream(context.Background(), list, source.StreamOptions{})
		b.Cleanup(func() { stream.Close() })
		shape := fields.Shape{Inside: "properties", Beside: []string{"category"}, Fields: wanted}
		err := e.ServeFields("read_fields", stream, func() engine.Fields {
			return engine.Fields{
				Columns: append(slices.Clone(wanted), "category"), Identity: slices.Index(wanted, "ReportId"),
				Reader: func() engine.FieldReader { return fields.New(shape) },
			}
		}, 64)
		if err != nil {
			b.Fatal(err)
		}
		return "read_fields()"
	}
}

// BenchmarkJSONReader compares smew's reader of JSON lines with DuckDB's, the same
// columns of the same files: counted, which keeps nothing, and kept in a table, as
// a load must. A rate of 1 is DuckDB's own.
func BenchmarkJSONReader(b *testing.B) {
	files := jsonFiles(b, filepath.Join(folder(b), "ndjson"))
	count := "select count(" + strings.Join(wanted, "), count(") + "), count(category) from relation"
	keep := "create temp table kept as select * from relation"
	query(b, withDuckDB(files), count) // warm the page cache for both
	var smewCount, duckCount, smewKeep, duckKeep time.Duration
	for b.Loop() {
		duckCount += query(b, withDuckDB(files), count)
		smewCount += query(b, withSmew(b, files), count)
		duckKeep += query(b, withDuckDB(files), keep)
		smewKeep += query(b, withSmew(b, files), keep)
	}
	n := float64(b.N)
	b.ReportMetric(smewCount.Seconds()/n, "count-s")
	b.ReportMetric(duckCount.Seconds()/n, "read_json-count-s")
	b.ReportMetric(duckCount.Seconds()/smewCount.Seconds(), "count-rate")
	b.ReportMetric(smewKeep.Seconds()/n, "keep-s")
	b.ReportMetric(duckKeep.Seconds()/n, "read_json-keep-s")
	b.ReportMetric(duckKeep.Seconds()/smewKeep.Seconds(), "keep-rate")
	b.ReportMetric(0, "ns/op")
}
