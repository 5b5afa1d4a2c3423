package source

import (
	"os"
	"path/filepath"
	"testing"
)

// addRecordings gives a fuzz target the beginnings of the recorded logs that are text,
// if they are there, to be mutated.
func addRecordings(f *testing.F) {
	for _, pattern := range []string{"linux_pberba/*", "msticpy/auditd_log.txt", "otrf_log4shell_sentinel/*", "macos_santa_fixtures/*", "otrf/*.json"} {
		names, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text[:min(len(text), 4096)])
		}
	}
}
