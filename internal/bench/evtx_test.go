package bench

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"www.velocidex.com/golang/evtx"
)

// evtxCopies is how often the recordings are copied: 2,244 files, 200,310 records.
const evtxCopies = 66

// recordings copies the event logs of ../shared/corpus into a folder, each many
// times under other names, and lists the copies.
func recordings(b *testing.B, dir string) []string {
	b.Helper()
	corpus := filepath.Join("..", "..", "..", "shared", "corpus")
	var logs []string
	_ = filepath.WalkDir(corpus, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".evtx") {
			logs = append(logs, path)
		}
		return nil
	})
	if len(logs) == 0 {
		b.Skip("no recordings: ../shared/corpus is not beside the repository")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	var copies []string
	for i, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			b.Fatal(err)
		}
		for n := range evtxCopies {
			name := filepath.Join(dir, fmt.Sprintf("%02d-%02d.evtx", n, i))
			if err := os.WriteFile(name, text, 0o600); err != nil {
				b.Fatal(err)
			}
			copies = append(copies, name)
		}
	}
	return copies
}

// BenchmarkEVTX compares a hunt with every branch over 2,244 event logs with what
// only reading them takes: the Go library on as many cores, and the Rust parser
// (PyPI evtx, a tool of measurement only) by the Python named in SMEW_EVTX_PYTHON.
func BenchmarkEVTX(b *testing.B) {
	dir := folder(b)
	logs := recordings(b, filepath.Join(dir, "evtx"))
	var hunts, libraries, rusts time.Duration
	var peak float64
	for b.Loop() {
		took, mib := smew(b, dir, "hunt", filepath.Join(dir, "evtx"), "--format", "ndjson", "--as-of", "2026-11-24")
		hunts += took
		peak = max(peak, mib)
		libraries += library(b, logs)
		rusts += rust(b, filepath.Join(dir, "evtx"))
	}
	b.ReportMetric(hunts.Seconds()/float64(b.N), "hunt-s")
	b.ReportMetric(libraries.Seconds()/float64(b.N), "library-s")
	b.ReportMetric(libraries.Seconds()/hunts.Seconds(), "library/hunt")
	if rusts > 0 {
		b.ReportMetric(rusts.Seconds()/float64(b.N), "rust-s")
		b.ReportMetric(hunts.Seconds()/rusts.Seconds(), "hunt/rust")
	}
	b.ReportMetric(peak, "peak-MiB")
	b.ReportMetric(0, "ns/op")
}

// library is the time the bare Go parser takes on every core.
func library(b *testing.B, logs []string) time.Duration {
	b.Helper()
	start := time.Now()
	names := make(chan string)
	var readers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for name := range names {
				f, err := os.Open(name)
				if err != nil {
					b.Error(err)
					continue
				}
				chunks, err := evtx.GetChunks(f)
				if err != nil {
					b.Error(err)
				}
				for _, chunk := range chunks {
					if _, err := chunk.Parse(0); err != nil {
						b.Error(err)
					}
				}
				_ = f.Close()
			}
		})
	}
	for _, name := range logs {
		names <- name
	}
	close(names)
	readers.Wait()
	return time.Since(start)
}

// rust is the time the Rust parser takes, as it measures itself; 0 without it.
func rust(b *testing.B, dir string) time.Duration {
	b.Helper()
	python := os.Getenv("SMEW_EVTX_PYTHON")
	if python == "" {
		return 0
	}
	out, err := exec.Command(python, "-c", `
import glob, sys, time
from evtx import PyEvtxParser
start = time.time()
for name in sorted(glob.glob(sys.argv[1] + "/*.evtx")):
    for record in PyEvtxParser(name).records_json():
        pass
print(time.time() - start)`, dir).Output()
	if err != nil {
		b.Fatalf("the Rust parser: %v", err)
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(seconds * float64(time.Second))
}

// BenchmarkStart is the time of a hunt over one event log of 1 MB: what a hunt
// costs before it reads much.
func BenchmarkStart(b *testing.B) {
	dir := folder(b)
	log := filepath.Join("..", "shared", "corpus", "evtx_omerbenamram", "2-vss_7-System.evtx")
	if _, err := os.Stat(filepath.Join("..", "..", log)); err != nil {
		b.Skip("no recordings: ../shared/corpus is not beside the repository")
	}
	var total time.Duration
	for b.Loop() {
		took, _ := smew(b, dir, "hunt", log)
		total += took
	}
	b.ReportMetric(total.Seconds()/float64(b.N), "hunt-s")
	b.ReportMetric(0, "ns/op")
}
