// Command gen writes telemetry to measure with; see package benchdata.
//
//	go run ./internal/benchdata/gen --dir DIR --process 20000000 --registry 20000000
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"smew/internal/benchdata"
)

func main() {
	var opts benchdata.Options
	flag.StringVar(&opts.Dir, "dir", "", "folder for the files (required)")
	flag.Int64Var(&opts.Process, "process", 0, "rows of DeviceProcessEvents")
	flag.Int64Var(&opts.Registry, "registry", 0, "rows of DeviceRegistryEvents")
	flag.StringVar((*string)(&opts.Format), "format", "parquet", "parquet or ndjson")
	flag.Int64Var(&opts.Seed, "seed", 1, "another seed gives other rows")
	flag.Func("first", "the first day, such as 2026-01-01 (default 2026-08-22)", func(text string) (err error) {
		opts.First, err = time.Parse(time.DateOnly, text)
		return err
	})
	flag.IntVar(&opts.Days, "days", 0, "over how many days the rows are spread (default 30)")
	flag.Int64Var(&opts.Thin, "thin", 0, "of the rows that hunts look for, leave one in so many")
	flag.IntVar(&opts.Files, "files", 0, "files per table, split by time (default 1, ndjson 4)")
	flag.StringVar(&opts.Compression, "compression", "snappy", "of parquet: snappy or zstd")
	flag.StringVar(&opts.Memory, "memory", "", "most memory the engine may use (default 2GiB)")
	flag.IntVar(&opts.Threads, "threads", 0, "worker threads (default one per core)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, opts); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, opts benchdata.Options) error {
	began := time.Now()
	made, err := benchdata.Write(ctx, opts)
	if err != nil {
		return err
	}
	for _, f := range made {
		fmt.Printf("%s\t%d rows\t%d bytes\n", f.Path, f.Rows, f.Bytes)
	}
	fmt.Fprintf(os.Stderr, "gen: done in %.1f s\n", time.Since(began).Seconds())
	return nil
}
