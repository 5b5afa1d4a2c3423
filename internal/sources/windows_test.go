package sources

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryWindowsKindHasASample holds each table file to a sample that gives a
// row of it.
func TestEveryWindowsKindHasASample(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "sql", "sources", "windows", "Device*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no table files: %v", err)
	}
	for _, file := range files {
		table, kind, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".sql"), ".")
		rows, err := os.ReadFile(filepath.Join("testdata", "windows", "kinds", kind+".xml.rows"))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if !strings.Contains(string(rows), ": "+table+"\n") {
			t.Errorf("%s: its sample gives no row of %s", file, table)
		}
	}
}
