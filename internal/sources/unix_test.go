package sources

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
