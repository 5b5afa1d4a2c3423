// Package benchdata makes telemetry to measure with: any number of process and
// registry events in the shape of Microsoft Defender's tables, with the
// frequencies of a fleet.
//
// 2,000 devices over 30 days. Of the process rows 0.05 % start sc.exe and 1 %
// PowerShell; of the registry rows 0.5 % are below a Services key, Start and
// ImagePath among them; command lines are about 110 bytes long. About twenty
// rows of each kind of attack are strewn in, however many rows there are.
//
// The rows are computed by SQL from a seed, so the same seed and counts give
// the same rows, sorted by time, on any number of threads. They are written as
// they are made, in bounded memory.
package benchdata

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"smew/internal/engine"
)

//go:embed sql
var files embed.FS

// Format is a file format of [Write].
type Format string

// The formats that [Write] knows.
const (
	// Parquet has exactly the columns and types of the table's schema, in row
	// groups of 122,880 rows.
	Parquet Format = "parquet"
	// NDJSON is what the streaming API leaves in a storage account: one
	// {"time","tenantId","category","properties"} object a line.
	NDJSON Format = "ndjson"
)

// Options say what to make. Dir is required.
type Options struct {
	// Dir is where the files go; it is made if need be.
	Dir string
	// Process and Registry are the numbers of rows. A table of 0 rows has no file.
	Process, Registry int64
	// First is the day that the rows begin with, and Days how many they are spread over;
	// nothing means the 30 days that end with 20 September 2026.
	First time.Time
	Days  int
	// Thin leaves one in so many of the rows that hunts look for; in the place of the others
	// there are a browser's. 0 means all of them.
	Thin int64
	// Format is Parquet if empty.
	Format Format
	// Seed chooses the rows. 0 means 1.
	Seed int64
	// Files is into how many files a table is split, by time. 0 means one for
	// Parquet, four for NDJSON.
	Files int
	// Compression of Parquet: "snappy" (if empty) or "zstd".
	Compression string
	// Memory and Threads limit the engine; empty and 0 mean 2GiB and every core.
	Memory  string
	Threads int
}

// File is a file that was made.
type File struct {
	Path  string
	Table string
	Rows  int64
	Bytes int64
}

// days is how many days the rows are spread over.
const days = 30

// start is when the first row happens: the days end with 20 September 2026.
var start = time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)

// table is one of the two tables and the query that computes its rows.
type table struct {
	name, query string
	rows        int64
}

// Write makes the files and returns them in the order of table and time.
func Write(ctx context.Context, opts Options) ([]File, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(opts.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("output folder: %w", err)
	}
	e, err := engine.Open(ctx, engine.Options{Memory: opts.Memory, Threads: opts.Threads, TempDir: opts.Dir})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	if err := setUp(ctx, e, opts.Seed); err != nil {
		return nil, err
	}
	var made []File
	for _, t := range []table{
		{"DeviceProcessEvents", "sql/process.sql", opts.Process},
		{"DeviceRegistryEvents", "sql/registry.sql", opts.Registry},
	} {
		if t.rows == 0 {
			continue
		}
		list, err := writeTable(ctx, e, t, opts)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		made = append(made, list...)
	}
	return made, nil
}

// complete fills in the defaults and refuses what makes no sense.
func (o *Options) complete() error {
	if o.Dir == "" {
		return fmt.Errorf("no output folder: name one with --dir")
	}
	if o.Process < 0 || o.Registry < 0 || o.Files < 0 || o.Days < 0 || o.Thin < 0 {
		return fmt.Errorf("a number of rows, files or days is negative")
	}
	if o.First.IsZero() {
		o.First = start
	}
	if o.Days == 0 {
		o.Days = days
	}
	if o.Thin == 0 {
		o.Thin = 1
	}
	if o.Format == "" {
		o.Format = Parquet
	}
	if o.Format != Parquet && o.Format != NDJSON {
		return fmt.Errorf("unknown format %q: use parquet or ndjson", o.Format)
	}
	if o.Compression == "" {
		o.Compression = "snappy"
	}
	if o.Compression != "snappy" && o.Compression != "zstd" {
		return fmt.Errorf("unknown compression %q: use snappy or zstd", o.Compression)
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Files == 0 {
		o.Files = 1
		if o.Format == NDJSON {
			o.Files = 4
		}
	}
	if o.Memory == "" {
		o.Memory = "2GiB"
	}
	return nil
}

// setUp makes the fleet and the kinds of events.
func setUp(ctx context.Context, e *engine.Engine, seed int64) error {
	for name, file := range map[string]string{"process_kinds": "sql/processes.tsv", "registry_kinds": "sql/registry.tsv"} {
		text, err := files.ReadFile(file)
		if err != nil {
			return err
		}
		path := filepath.Join(e.TempDir(), name+".tsv")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
		// No quoting: command lines are full of quotes, and none has a tab.
		if err := e.Exec(ctx, "create or replace temp table "+name+" as select * from read_csv("+engine.QuotePaths([]string{path})+
			", delim = '\t', header = true, quote = '', escape = '', all_varchar = true, parallel = false)"); err != nil {
			return err
		}
	}
	text, err := files.ReadFile("sql/setup.sql")
	if err != nil {
		return err
	}
	// Files hold their rows in the order of time, as an export does.
	//
	// The queries join the rows to small tables, in the order written. Left to
	// itself the planner takes the rows for few and keeps all of them in memory.
	return e.Exec(ctx, fmt.Sprintf("set preserve_insertion_order = true; set disabled_optimizers = 'join_order,build_side_probe_side'; set variable seed = %d;\n%s", seed, text))
}
