package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be smew: under that name it runs main.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"smew": main})
}

// TestScript runs the command line as a user would, one theme a script. Beside
// testscript's own commands there are those of [commands]. Every script finds
//
//   - good.json, one event that two branches hit: the case whose id is $HIT;
//   - $REPO, the root of the repository, whose sampledata it may hunt.
//
// The condition [corpus] holds where the recordings of ../shared are there.
//
// So that nothing depends on the day, a hunt that shows allowlist entries says
// --as-of.
func TestScript(t *testing.T) {
	repo, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Cmds:                commands,
		RequireUniqueNames:  true,
		RequireExplicitExec: false,
		Condition: func(name string) (bool, error) {
			if name == "corpus" {
				_, err := os.Stat(filepath.Join(repo, "..", "shared", "corpus", "truth.tsv"))
				return err == nil, nil
			}
			return name == "root" && os.Geteuid() == 0, nil
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("REPO", repo)
			env.Setenv("HIT", hitID)
			env.Setenv("COLUMNS", "80")
			return os.WriteFile(filepath.Join(env.WorkDir, "good.json"), []byte(eventLine(nil)), 0o644)
		},
	})
}
