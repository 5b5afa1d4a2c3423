// Package equaltest holds hunts over a lake to hunts over the files that it was made of:
// the same bytes.
package equaltest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/hunt"
	"smew/internal/scenario"
	"smew/internal/source"
	"smew/internal/testkit"
	smewsql "smew/sql"
)

var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// every lists the built-in branches.
func every(t *testing.T) []branch.Branch {
	t.Helper()
	branches, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	return branches
}

// scenarios renders every scenario as several recorders would have it.
func scenarios(t *testing.T, kinds ...string) string {
	t.Helper()
	all, err := scenario.LoadAll(smewsql.Files, "fixtures", nil)
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		all = all[:20]
	}
	dir := t.TempDir()
	for _, kind := range kinds {
		for _, f := range scenario.Render(kind, all).Files {
			write(t, filepath.Join(dir, kind, filepath.FromSlash(f.Name)), string(f.Data))
		}
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// jsonOf hunts files.
func jsonOf(t *testing.T, req hunt.Request, files []string) []byte {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Threads: 2, Memory: "1GiB", TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	set, err := source.Open(t.Context(), files, source.Options{TempDir: e.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	req.Files, req.AsOf, req.SQL, req.Threads = set, asOf, smewsql.Files, 2
	result, err := hunt.Run(t.Context(), e, req)
	if err != nil {
		t.Fatal(err)
	}
	return testkit.JSON(t, result)
}
