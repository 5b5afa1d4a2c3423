// Command gen writes the telemetry of a fleet in which nothing bad happens; see
// package fleet.
//
//	go run ./internal/fleet/gen --dir DIR --devices 300 --days 30 --seed 1
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"smew/internal/fleet"
)

func main() {
	var opts fleet.Options
	flag.StringVar(&opts.Dir, "dir", "", "folder for the files (required)")
	flag.IntVar(&opts.Devices, "devices", 0, "how many devices (default 300)")
	flag.IntVar(&opts.Days, "days", 0, "how many days (default 30)")
	flag.Int64Var(&opts.Seed, "seed", 1, "another seed gives other rows")
	flag.StringVar(&opts.Format, "format", "parquet", "parquet or ndjson")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, opts); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, opts fleet.Options) error {
	began := time.Now()
	made, err := fleet.Write(ctx, opts)
	if err != nil {
		return err
	}
	for _, f := range made {
		fmt.Printf("%s\t%d rows\n", f.Path, f.Rows)
	}
	fmt.Fprintf(os.Stderr, "gen: done in %.1f s\n", time.Since(began).Seconds())
	return nil
}
