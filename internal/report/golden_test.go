package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/finding"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// checkGolden compares got with a file of testdata.
func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; look at it, then run the test with -update\n%s", path, diff)
	}
}

func write(t *testing.T, format string, r *finding.Result, opts Options) []byte {
	t.Helper()
	writer, err := New(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := writer(&b, r, opts); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	quiet := fixture()
	quiet.Cases = nil
	quiet.Summary.Counts.BySeverity = nil
	quiet.Summary.Counts.BelowScore, quiet.Summary.Counts.BelowLimit = 0, 0
	tests := []struct {
		name   string
		format string
		result *finding.Result
		opts   Options
	}{
		{"table", "table", fixture(), Options{}},
		{"table_60", "table", fixture(), Options{Width: 60}},
		{"table_200", "table", fixture(), Options{Width: 200}},
		{"table_color", "table", fixture(), Options{Color: true}},
		{"table_nothing", "table", quiet, Options{}},
		{"table_empty", "table", &finding.Result{}, Options{}},
		{"json", "json", fixture(), Options{}},
		{"json_empty", "json", &finding.Result{}, Options{}},
		{"ndjson", "ndjson", fixture(), Options{}},
		{"csv", "csv", fixture(), Options{}},
		{"markdown", "markdown", fixture(), Options{}},
		{"markdown_empty", "markdown", &finding.Result{}, Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkGolden(t, tt.name, write(t, tt.format, tt.result, tt.opts))
		})
	}
}

func explained(t *testing.T, format string, c *finding.Case, opts Options) []byte {
	t.Helper()
	s := fixtureSummary()
	var b bytes.Buffer
	if err := Explain(&b, format, c, &s, opts); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

func TestExplainGolden(t *testing.T) {
	bases := map[string]int{"W01": 8, "W03": 45, "W04": 33}
	remote, lowered, bare := remoteCase(), loweredCase(), bareCase()
	tests := []struct {
		name   string
		format string
		c      *finding.Case
		opts   Options
	}{
		{"explain", "table", &remote, Options{Bases: bases}},
		{"explain_60", "table", &remote, Options{Width: 60, Bases: bases}},
		{"explain_200", "table", &remote, Options{Width: 200, Bases: bases}},
		{"explain_color", "table", &remote, Options{Color: true, Bases: bases}},
		{"explain_lowered", "table", &lowered, Options{}},
		{"explain_hidden", "table", &bare, Options{}},
		{"explain_empty", "table", &finding.Case{}, Options{}},
		{"explain_json", "json", &lowered, Options{}},
		{"explain_markdown", "markdown", &remote, Options{Bases: bases}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkGolden(t, tt.name, explained(t, tt.format, tt.c, tt.opts))
		})
	}
}
