package sources

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateUnix = flag.Bool("update-unix", false, "rewrite testdata/unix/*/*.rows")

// unixSamples are the files under testdata/unix that are to be read, in a folder for
// each source.
func unixSamples(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "unix", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var samples []string
	for _, name := range names {
		if !strings.HasSuffix(name, ".rows") {
			samples = append(samples, name)
		}
	}
	if len(samples) == 0 {
		t.Fatal("no samples")
	}
	return samples
}

// TestUnix reads every sample and compares what comes of it, row by row and in all
// columns, with what stands beside it. Each has events that must not become a row
// among those that must.
func TestUnix(t *testing.T) {
	samples := unixSamples(t)
	got := loadWindows(t, samples...)
	for _, sample := range samples {
		t.Run(filepath.ToSlash(strings.TrimPrefix(sample, "testdata/unix/")), func(t *testing.T) {
			text, path := got.text(sample), sample+".rows"
			if *updateUnix {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v: look at the rows, then run the test with -update-unix\n%s", err, text)
			}
			if diff := cmp.Diff(string(want), text); diff != "" {
				t.Errorf("%s (-want +got):\n%s", sample, diff)
			}
			if source := filepath.Base(filepath.Dir(sample)); !strings.HasPrefix(text, "source: "+source+"\n") {
				t.Errorf("%s: read as another source than %s", sample, source)
			}
		})
	}
}

// TestEveryUnixKindHasASample holds each table file to a sample that gives a row of
// its table, in every family that has samples.
func TestEveryUnixKindHasASample(t *testing.T) {
	for family, sources := range map[string][]string{
		"audit":     {"auditd", "log_analytics_audit"},
		"macos":     {"eslogger", "jamf", "santa"},
		"auditbeat": {"auditbeat"},
		"osquery":   {"osquery"},
	} {
		files, err := filepath.Glob(filepath.Join("..", "..", "sql", "sources", family, "Device*.sql"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no table files: %v", family, err)
		}
		for _, source := range sources {
			rows := ""
			names, _ := filepath.Glob(filepath.Join("testdata", "unix", source, "*.rows"))
			for _, name := range names {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				rows += string(text)
			}
			for _, file := range files {
				table, _, _ := strings.Cut(filepath.Base(file), ".")
				if !strings.Contains(rows, ": "+table+"\n") {
					t.Errorf("%s: no sample of %s gives a row of %s", file, source, table)
				}
			}
		}
	}
}
