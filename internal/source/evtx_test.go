package source

import (
	"os"
	"path/filepath"
	"testing"
)

// Logs that were put together number their records from one, each: a record is known
// by its place all the same.
func TestRecordsOfALogHavePlacesOfTheirOwn(t *testing.T) {
	persistence := "corpus/evtx_mdecrevoisier/TA0003-Persistence/T1543.003-Create or Modify System Process-Windows Service/"
	one, err := os.ReadFile(shared(t, persistence+"ID4688-Service created (command).evtx"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(shared(t, persistence+"ID4688-Command SC to create service on remote host.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "both.evtx")
	if err := os.WriteFile(name, append(one[:4096+65536:4096+65536], two[4096:4096+65536]...), 0o600); err != nil {
		t.Fatal(err)
	}
	set := open(t, Options{}, name)
	rows := readOne(t, set.Files[0])
	seen := map[int64]bool{}
	for _, r := range rows {
		if seen[r.Number] {
			t.Errorf("two records of number %d", r.Number)
		}
		seen[r.Number] = true
	}
	if len(rows) < 2 {
		t.Errorf("%d records", len(rows))
	}
}

// A name that is not UTF-8 costs nothing: it is shown with its bytes escaped.
func TestNamesThatAreNoText(t *testing.T) {
	name := filepath.Join(t.TempDir(), "caf\xe9.json")
	if err := os.WriteFile(name, []byte(process), 0o600); err != nil {
		t.Skipf("this file system takes no such name: %v", err)
	}
	set := open(t, Options{}, name)
	if len(set.Files) != 1 || filepath.Base(set.Files[0].Name) != `caf\xe9.json` {
		t.Fatalf("%v, skipped %v", names(set), set.Skipped)
	}
	same(t, "records", readOne(t, set.Files[0]), []row{good(1, process)})
}
