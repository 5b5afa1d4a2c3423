package prooftest

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// unharmed is a lake that nobody killed, made once for all tests.
var unharmed struct {
	once    sync.Once
	dir     string
	in      string // its sources
	lake    string
	temp    string // for the processes' temporary files
	made    whole  // what making it was like
	content content
	hunted  []byte // what a hunt over its sources finds
}

// killing makes the lake that nobody killed, and refuses to run where nothing is to be
// killed.
func killing(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("kills processes for some twenty seconds")
	}
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps files locked for a while after their process was ended")
	}
	u := &unharmed
	u.once.Do(func() {
		var err error
		if u.dir, err = os.MkdirTemp("", "smew-proof-"); err != nil {
			t.Fatal(err)
		}
		u.in, u.lake, u.temp = filepath.Join(u.dir, "in"), filepath.Join(u.dir, "lake"), filepath.Join(u.dir, "temp")
		if err := os.Mkdir(u.temp, 0o755); err != nil {
			t.Fatal(err)
		}
		exports(t, u.in)
		u.made = measured(t, u.lake, ingesting(u.lake)...)
		u.content = contentOf(t, u.lake)
		u.hunted = found(t, u.in)
	})
	if len(u.content.rows) == 0 || len(u.content.rejected) == 0 || u.hunted == nil {
		t.Fatal("there is nothing to compare with")
	}
}

// TestKilledIngest kills ingests at random moments and runs them again until one comes to
// its end: the lake is the one that nobody killed.
func TestKilledIngest(t *testing.T) {
	killing(t)
	most := 5
	if *kills > 0 {
		most = *kills
	}
	t.Logf("not killed: %s, %d states of the folder, %d rows", unharmed.made.took, unharmed.made.states, len(unharmed.content.rows))
	if got := found(t, "--lake", unharmed.lake); !bytes.Equal(got, unharmed.hunted) {
		t.Errorf("never killed: hunted, the lake is not its files%s", whereTheyDiffer(unharmed.hunted, got))
	}
	r := rand.New(rand.NewPCG(*luck, 1))
	for n, lakes := 0, 1; n < most; lakes++ {
		lake := filepath.Join(t.TempDir(), "lake")
		for {
			was, _ := killed(t, someMoment(r, unharmed.made), lake, ingesting(lake)...)
			if was {
				n++
			}
			if was && *kills > 0 && !rightNow(t, lake) {
				t.Fatalf("right after kill %d; -luck %d", n, *luck)
			}
			if was && n == most { // the last one is finished
				must(t, ingesting(lake)...)
			}
			if !was || n == most {
				break
			}
		}
		if said := must(t, "lake", "verify", lake); !strings.Contains(said, ": all is right") || strings.Contains(said, "left over") {
			t.Errorf("lake %d: %s", lakes, said)
		}
		same(t, unharmed.content, contentOf(t, lake))
		if *kills > 0 && lakes%4 == 0 {
			if got := found(t, "--lake", lake); !bytes.Equal(got, unharmed.hunted) {
				t.Errorf("lake %d: hunted, it is not its files%s", lakes, whereTheyDiffer(unharmed.hunted, got))
			}
		}
		if t.Failed() {
			t.Fatalf("after %d kills; -luck %d", n, *luck)
		}
		_ = os.RemoveAll(lake)
	}
}

// rightNow holds a lake, as it was left by a run that was killed, to be right; what lies
// about beside it does no harm. There is none if the run was killed before it made it.
func rightNow(t *testing.T, lake string) bool {
	t.Helper()
	if _, err := os.Stat(filepath.Join(lake, "lake.json")); err != nil {
		return true
	}
	said := must(t, "lake", "verify", lake)
	if !strings.Contains(said, ": all is right") {
		t.Error(said)
	}
	return !t.Failed()
}

// TestKilledCompact kills what puts files together, which changes no row at any moment.
func TestKilledCompact(t *testing.T) {
	killing(t)
	most := 2
	if *kills > 0 {
		most = (*kills*3 + 9) / 10
	}
	r := rand.New(rand.NewPCG(*luck, 3))
	var w whole
	for n := -1; n < most; { // the first is measured
		lake := filepath.Join(t.TempDir(), "lake")
		if err := os.CopyFS(lake, os.DirFS(unharmed.lake)); err != nil {
			t.Fatal(err)
		}
		compact := []string{"lake", "compact", lake, "--memory", "512MiB", "--threads", "2", "--temp-dir", unharmed.temp}
		if n < 0 {
			w = measured(t, lake, compact...)
			n++
		} else {
			for was := true; was && n < most; {
				if was, _ = killed(t, someMoment(r, w), lake, compact...); was {
					n++
				}
				same(t, unharmed.content, contentOf(t, lake))
				if !rightNow(t, lake) {
					t.Fatalf("after kill %d; -luck %d", n, *luck)
				}
			}
			must(t, compact...)
		}
		if said := must(t, "lake", "verify", lake); !strings.Contains(said, ": all is right") || strings.Contains(said, "left over") {
			t.Errorf("-luck %d: %s", *luck, said)
		}
		same(t, unharmed.content, contentOf(t, lake))
	}
	t.Logf("not killed: %s, %d states of the folder", w.took, w.states)
}

// TestKilledHunt kills hunts over a lake and has them go on until one comes to its end: it
// finds what one over the files finds.
func TestKilledHunt(t *testing.T) {
	killing(t)
	most, rows := 5, "60"
	if *kills > 0 {
		most, rows = (*kills*3+9)/10, "20"
	}
	out := filepath.Join(unharmed.temp, "killed.json")
	hunt := append(hunting(out), "--lake", unharmed.lake, "--stretch-rows", rows, "--resume")
	cache := filepath.Join(unharmed.lake, "cache")
	_ = os.RemoveAll(cache)
	w := measured(t, cache, hunt...)
	if w.states < 5 {
		t.Fatalf("the cache was seen in %d states: the hunt was not read in stretches", w.states)
	}
	r := rand.New(rand.NewPCG(*luck, 2))
	resumed := 0
	for n := 0; n < most; {
		_ = os.RemoveAll(cache)
		_ = os.Remove(out)
		for {
			was, said := killed(t, someMoment(r, w), cache, hunt...)
			if was {
				n++
			}
			if was && n == most {
				said = must(t, hunt...)
			}
			if strings.Contains(said, "going on: ") {
				resumed++
			}
			if !was || n == most {
				break
			}
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(unharmed.hunted, got) {
			t.Fatalf("after %d kills; -luck %d: not what the files give%s", n, *luck, whereTheyDiffer(unharmed.hunted, got))
		}
	}
	t.Logf("not killed: %s, %d states of the cache; %d hunts went on from where another was killed", w.took, w.states, resumed)
	if resumed == 0 {
		t.Error("no hunt went on from another")
	}
}

// ingesting is the command line of an ingest of the exports, in several steps.
func ingesting(lake string) []string {
	step := "400KB"
	if *kills > 0 {
		step = "100KB"
	}
	return []string{
		"ingest", unharmed.in, "--lake", lake, "--branches", "W02", "--step", step,
		"--memory", "512MiB", "--threads", "2", "--temp-dir", unharmed.temp,
	}
}

// hunting is a hunt's command line without what it hunts.
func hunting(out string) []string {
	// The day is given so that nothing depends on today.
	return []string{
		"hunt", "--branches", "W02", "--as-of", "2026-11-25", "--json", "--output", out,
		"--memory", "512MiB", "--threads", "2", "--temp-dir", unharmed.temp,
	}
}

// found is what a hunt finds, as JSON.
func found(t testing.TB, where ...string) []byte {
	t.Helper()
	out := filepath.Join(unharmed.temp, "found.json")
	must(t, append(hunting(out), where...)...)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(`"raw_score"`)) {
		t.Fatal("the hunt found nothing")
	}
	return text
}

// whereTheyDiffer shows the first line that two texts do not share.
func whereTheyDiffer(want, got []byte) string {
	a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "\n- " + a[i] + "\n+ " + b[i]
		}
	}
	return ": one is longer"
}
