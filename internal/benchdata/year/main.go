// Command year makes a lake of a year's telemetry, month by month so that no more than a
// month of it lies beside the lake, hunts it, and says what that took.
//
//	go run ./internal/benchdata/year --dir DIR --smew ./smew --rows 200000000
//
// The lake stays in DIR; whoever started this deletes it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"smew/internal/bench"
	"smew/internal/benchdata"
)

// year is what is to be done.
type year struct {
	dir, smew, memory, pack string
	rows                    int64 // of each table
}

// first is the first day of the year: the twelve months end with September 2026.
var first = time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)

const days = 365

func main() {
	var y year
	flag.StringVar(&y.dir, "dir", "", "folder for the lake and a month's files (required)")
	flag.StringVar(&y.smew, "smew", "", "the binary that is measured (required)")
	flag.Int64Var(&y.rows, "rows", 200_000_000, "rows of each of the two tables")
	flag.StringVar(&y.memory, "memory", "1GiB", "most memory that smew's engine may use")
	flag.StringVar(&y.pack, "pack", "core", "branches that hunt")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := y.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "year:", err)
		os.Exit(1)
	}
}

func (y year) run(ctx context.Context) error {
	if y.dir == "" || y.smew == "" {
		return fmt.Errorf("--dir and --smew are needed")
	}
	lake := filepath.Join(y.dir, "lake")
	var ingests taken
	for day := 0; day < days; {
		month := first.AddDate(0, 0, day)
		n := int(month.AddDate(0, 1, 0).Sub(month).Hours() / 24)
		took, err := y.month(ctx, lake, month, day, n)
		if err != nil {
			return err
		}
		ingests.add(took)
		day += n
		size, err := sizeOf(lake)
		if err != nil {
			return err
		}
		fmt.Printf("%s  ingest %s, peak %.0f MiB; the lake has %.2f GB\n", month.Format("2006-01"), took.time.Round(time.Second/10), took.PeakMiB, gb(size))
	}
	stored, err := sizeOf(filepath.Join(lake, "tables"))
	if err != nil {
		return err
	}
	fmt.Printf("%s  all ingests, %d rows, largest peak %.0f MiB (--memory %s)\n", ingests.time.Round(time.Second), 2*y.rows, ingests.PeakMiB, y.memory)
	fmt.Printf("%.2f GB stored, %.1f bytes a row\n", gb(stored), float64(stored)/float64(2*y.rows))
	for _, hunt := range []struct{ what, flag string }{
		{"without a cache", "--no-cache"},
		{"that fills the cache", "--resume"},
		{"out of the cache", "--resume"},
	} {
		if err := y.hunt(ctx, lake, hunt.what, hunt.flag, stored); err != nil {
			return err
		}
	}
	return nil
}

// month makes the files of a month, takes them into the lake and deletes them.
func (y year) month(ctx context.Context, lake string, month time.Time, day, n int) (taken, error) {
	files := filepath.Join(y.dir, "month")
	defer os.RemoveAll(files)
	share := y.rows*int64(day+n)/days - y.rows*int64(day)/days
	if _, err := benchdata.Write(ctx, benchdata.Options{
		Dir: files, Process: share, Registry: share, First: month, Days: n, Seed: int64(day) + 1,
	}); err != nil {
		return taken{}, err
	}
	return y.measure(ctx, "ingest", files, "--lake", lake, "--memory", y.memory)
}

// hunt says what a hunt over the whole year takes.
func (y year) hunt(ctx context.Context, lake, what, option string, stored int64) error {
	out := filepath.Join(y.dir, "found.json")
	took, err := y.measure(ctx, "hunt", "--lake", lake, option, "--pack", y.pack, "--memory", y.memory, "--as-of", "2026-11-25", "--json", "--output", out)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	var found struct {
		Cases []json.RawMessage `json:"cases"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	fmt.Printf("hunt %s: %s, peak %.0f MiB, %d cases; read %.3f GB (rchar; %.3f GB of them from the disk, read_bytes) of %.2f GB stored: %.1f %%\n",
		what, took.time.Round(time.Second/10), took.PeakMiB, len(found.Cases), gb(took.Read), gb(took.Fetched), gb(stored), 100*float64(took.Read)/float64(stored))
	return nil
}

// taken is what a run of smew took.
type taken struct {
	bench.Usage
	time time.Duration
}

func (t *taken) add(more taken) {
	t.time += more.time
	t.PeakMiB = max(t.PeakMiB, more.PeakMiB)
}

// measure runs smew and looks on.
func (y year) measure(ctx context.Context, args ...string) (taken, error) {
	cmd := exec.CommandContext(ctx, y.smew, args...)
	var said strings.Builder
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return taken{}, err
	}
	stop := bench.Watch(cmd.Process.Pid)
	err := cmd.Wait()
	took := taken{stop(), time.Since(began)}
	if err != nil {
		return took, fmt.Errorf("smew %s: %w\n%s", strings.Join(args, " "), err, said.String())
	}
	return took, nil
}

// sizeOf adds up the files of a folder.
func sizeOf(dir string) (int64, error) {
	var n int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}

func gb(bytes int64) float64 { return float64(bytes) / 1e9 }
