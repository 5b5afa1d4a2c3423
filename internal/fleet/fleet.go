// Package fleet makes the telemetry of a fleet in which nothing bad happens: some
// hundred devices, a month, in the shape of Microsoft Defender's tables. It is what
// the branches must stay quiet on.
//
// What happens in it is whatever looks like T1543 and is somebody's work: the day
// the patches come, software deployment, installers, updaters and agents, services
// that Windows makes for each user at logon, hardening scripts, administrators,
// developers, package managers, configuration management, containers; and some of
// the ordinary run of processes between.
//
// Nothing is shaped to please a branch. What a program does is from the allowlist's
// sources, from the vendor's documentation or installer, or from public logs; each
// row of the lists in data says which. The lists hold what is one act of one
// program; what takes several steps is Go, a file a subject.
//
// Each device is made by itself from the seed and its own number, so the same seed
// gives the same rows, and a fleet of 100 is the beginning of one of 300.
package fleet

import (
	"context"
	"fmt"
	"os"
	"time"

	"smew/internal/engine"
)

// Options say what to make. Dir is required.
type Options struct {
	// Dir is where the files go; it is made if need be.
	Dir string
	// Devices is how many; 0 means 300.
	Devices int
	// Days is how long; 0 means 30.
	Days int
	// Seed chooses the rows. 0 means 1.
	Seed int64
	// Format is "parquet" (if empty) or "ndjson", the streaming API's shape.
	Format string
}

// File is a file that was made.
type File struct {
	Path  string
	Table string
	Rows  int
}

// Start is when the first day begins, a Thursday. The patches of the month come on
// the second Tuesday, the thirteenth day.
var Start = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

// patchTuesday counts from Start.
const patchTuesday = 12

// Write makes one file for each table.
func Write(ctx context.Context, opts Options) ([]File, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(opts.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("output folder: %w", err)
	}
	rows, err := live(opts)
	if err != nil {
		return nil, err
	}
	e, err := engine.Open(ctx, engine.Options{Memory: "1GiB", TempDir: opts.Dir})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	var made []File
	for _, t := range tables {
		if len(rows[t]) == 0 {
			continue
		}
		path, err := writeTable(ctx, e, t, rows[t], opts)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		made = append(made, File{Path: path, Table: t.name, Rows: len(rows[t])})
	}
	return made, nil
}

// complete fills in the defaults and refuses what makes no sense.
func (o *Options) complete() error {
	if o.Dir == "" {
		return fmt.Errorf("no output folder: name one with --dir")
	}
	if o.Devices < 0 || o.Days < 0 {
		return fmt.Errorf("a number of devices or days is negative")
	}
	if o.Format == "" {
		o.Format = "parquet"
	}
	if o.Format != "parquet" && o.Format != "ndjson" {
		return fmt.Errorf("unknown format %q: use parquet or ndjson", o.Format)
	}
	if o.Devices == 0 {
		o.Devices = 300
	}
	if o.Days == 0 {
		o.Days = 30
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	return nil
}

// live lets every device live through the days.
func live(opts Options) (map[*table][]row, error) {
	lists, err := readLists()
	if err != nil {
		return nil, err
	}
	rows := map[*table][]row{}
	for i := range opts.Devices {
		h := newHost(i, opts)
		switch h.os {
		case windows:
			h.liveWindows(lists)
		case linux:
			h.liveLinux(lists)
		case macos:
			h.liveMac(lists)
		}
		for t, list := range h.numbered() {
			rows[t] = append(rows[t], list...)
		}
	}
	return rows, nil
}
