package hunt_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"smew/internal/allow"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/fleet"
	"smew/internal/hunt"
	"smew/internal/source"
	"smew/internal/testkit"
	smewsql "smew/sql"
)

// TestEqualInputGivesEqualBytes: files in another order, batches of another size, other
// numbers of threads give the same JSON, byte for byte: cases, arithmetic, evidence and
// summary.
func TestEqualInputGivesEqualBytes(t *testing.T) {
	places := map[string]string{
		"sampledata": filepath.Join("..", "..", "sampledata"),
		"scenarios":  severalTelemetries(t, "defender", "sysmon", "security", "system", "powershell", "auditd", "eslogger"),
	}
	if !testing.Short() {
		dir := t.TempDir()
		if _, err := fleet.Write(t.Context(), fleet.Options{Dir: dir, Devices: 40, Days: 14}); err != nil {
			t.Fatal(err)
		}
		places["fleet"] = dir
	}
	known, err := allow.Load(smewsql.Files, "allowlist", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			files := testkit.FilesBelow(t, place)
			random := rand.New(rand.NewPCG(1, uint64(len(files))))
			req := hunt.Request{Branches: every(t), Allow: known, ShowSuppressed: true}
			want := jsonOf(t, req, 2, files)
			if !bytes.Contains(want, []byte(`"reasons"`)) {
				t.Fatal("nothing was found")
			}
			for i, way := range []struct {
				threads int
				batch   int64
			}{{8, 64 << 10}, {1, 500}, {2, 1 << 20}} {
				if testing.Short() && i > 0 {
					break
				}
				random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
				req.BatchBytes = way.batch
				if got := jsonOf(t, req, way.threads, files); !bytes.Equal(want, got) {
					t.Errorf("%d threads, batches of %d bytes: not the same\n%s", way.threads, way.batch, testkit.FirstDifference(want, got))
				}
			}
		})
	}
}

// severalTelemetries renders the scenarios as several recorders would have them.
func severalTelemetries(t *testing.T, kinds ...string) string {
	dir := t.TempDir()
	for _, kind := range kinds {
		from := someScenarios(t, kind, 4)
		for _, f := range testkit.FilesBelow(t, from) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, kind, filepath.Base(f)), string(text))
		}
	}
	return dir
}

// jsonOf hunts the files in the order given.
func jsonOf(t *testing.T, req hunt.Request, threads int, files []string) []byte {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Threads: threads, Memory: "1GiB", TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	set, err := source.Open(ctx, files, source.Options{TempDir: e.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	req.Files, req.AsOf, req.SQL, req.Threads = set, asOf, smewsql.Files, threads
	result, err := hunt.Run(ctx, e, req)
	if err != nil {
		t.Fatal(err)
	}
	return testkit.JSON(t, result)
}

// TestAnotherDeviceChangesRarityAlone: a device more in the data leaves the cases of the
// others as they are, but for how rare their services are.
func TestAnotherDeviceChangesRarityAlone(t *testing.T) {
	base := t.TempDir()
	if _, err := fleet.Write(t.Context(), fleet.Options{Dir: base, Devices: 60, Days: 8, Format: "ndjson"}); err != nil {
		t.Fatal(err)
	}
	attacks := someScenarios(t, "defender", 12)
	known, err := allow.Load(smewsql.Files, "allowlist", nil)
	if err != nil {
		t.Fatal(err)
	}
	req := hunt.Request{Branches: every(t), Allow: known, ShowSuppressed: true}
	before := index(t, run(t, req, base, attacks).Cases)
	for name, other := range map[string][]event{
		// A service that the others have: common becomes more common.
		"one like the others": twin(before),
		// The same service and payload as an attacker's.
		"one with a service of its own": {command("Unheard", payload).with(on("pc1")...), ran(payload).after(1).with(on("pc1")...)},
	} {
		dir := t.TempDir()
		for i := range other {
			other[i] = other[i].with("ReportId", i+1)
		}
		stream(t, filepath.Join(dir, "other.json"), other...)
		after := index(t, run(t, req, base, attacks, dir).Cases)
		changed := 0
		for id, was := range before {
			is, ok := after[id]
			if !ok {
				t.Errorf("%s: the case %s is gone: %s %v", name, id, was.Title, was.Branches)
				continue
			}
			if was.Score != is.Score {
				changed++
			}
			if a, b := unrelated(was), unrelated(is); !slices.Equal(a, b) {
				t.Errorf("%s: %s: %v, without the device %v", name, was.Title, b, a)
			}
			if was.Score != is.Score && slices.Equal(rarity(was), rarity(is)) {
				t.Errorf("%s: %s: score %d, without the device %d, and rarity says the same", name, was.Title, is.Score, was.Score)
			}
		}
		t.Logf("%s: %d of %d cases have another score", name, changed, len(before))
	}
}

// twin is a device that has services which others have.
func twin(cases map[string]finding.Case) []event {
	var list []event
	for _, c := range cases {
		if c.ServiceName != "" && strings.HasPrefix(c.PayloadPath, `c:\`) && len(list) < 40 {
			list = append(list, recorded(c.ServiceName, c.PayloadPath).with(on("pc1")...).with("Timestamp", c.First.Format("2006-01-02T15:04:05.0000000Z")))
		}
	}
	return list
}

// unrelated is the arithmetic of a case without what other devices have to do with.
func unrelated(c finding.Case) []string {
	var list []string
	for _, r := range c.Reasons {
		if r.Group != "rarity" && r.ID != "off_hours" {
			list = append(list, fmt.Sprint(r.ID, r.Points, r.Detail, r.Events))
		}
	}
	return list
}

func rarity(c finding.Case) []string {
	var list []string
	for _, r := range c.Reasons {
		if r.Group == "rarity" {
			list = append(list, fmt.Sprint(r.ID, r.Points, r.Detail))
		}
	}
	return list
}
