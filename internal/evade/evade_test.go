package evade_test

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/evade"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/scenario"
	"smew/internal/source"
	smewsql "smew/sql"
)

// tolerated is how much lower than the plain act a disguised one may score without
// being told of. Only what is not found at all fails: a disguise may take away what made
// the act worse.
const tolerated = 10

// exception is a disguise that hides an act from a kind of telemetry, and why. Each
// part but the reason is a pattern of path.Match; "*" is all.
type exception struct{ disguise, scenario, kind, reason string }

// ordinaryInstall: nobody's command line is left, and the service's program lies where
// programs lie.
const ordinaryInstall = "what is left is a new service whose program lies in an ordinary folder, as after every installer"

// unseeable are what the telemetry cannot show. The card of a branch says it too,
// under misses.
var unseeable = []exception{
	{"by-wmi", "T1543.003/driver_by_sc", "*", ordinaryInstall},
	{"by-wmi", "T1543.003/office_starts_sc", "*", ordinaryInstall},
	{"by-wmi", "T1543.003/remote_create_both_sides", "*", ordinaryInstall},
	{"by-wmi", "T1543.003/verb_in_quotes", "*", ordinaryInstall},
}

// unseen are what the branches could see and do not yet. An entry that is not needed
// any more is an error: take it out.
var unseen = []exception{}

// matches tells whether a pattern holds. An id has a slash, which * does not pass over.
func matches(pattern, text string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "|"), strings.ReplaceAll(text, "/", "|"))
	return ok && err == nil
}

// seen is the best case about a scenario in one kind of telemetry.
type seen struct {
	score    int
	branches []string
	hidden   bool // by the allowlist, and nothing else was found
}

// disguised is a scenario in disguise.
type disguised struct {
	*scenario.Scenario
	plain *scenario.Scenario
	as    string
}

// TestEveryDisguiseIsSeenThrough hunts every positive scenario in every disguise that
// fits it, with the built-in allowlist. Wherever the plain act is found, so is the
// disguised one.
func TestEveryDisguiseIsSeenThrough(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts some thousand scenarios")
	}
	plain := positives(t)
	var others []disguised
	for _, d := range evade.All() {
		for _, s := range plain {
			if c := d.On(s); c != nil {
				others = append(others, disguised{c, s, d.Name})
			}
		}
	}
	all := slices.Clone(plain)
	for _, d := range others {
		all = append(all, d.Scenario)
	}
	t.Logf("%d scenarios, %d in disguise", len(plain), len(others))
	used := map[exception]bool{}
	for _, kind := range scenario.Kinds() {
		found := search(t, kind, all, nil)
		for _, d := range others {
			if slices.Contains(d.Telemetry, kind) {
				compare(t, used, kind, d, found[d.plain.ID], found[d.ID])
			}
		}
	}
	for _, s := range evade.Spellings() {
		before, after := search(t, s.Kind, plain, nil), search(t, s.Kind, plain, s.Rewrite)
		for _, p := range plain {
			compare(t, used, s.Kind, disguised{p, p, s.Name}, before[p.ID], after[p.ID])
		}
	}
	for _, e := range slices.Concat(unseeable, unseen) {
		if !used[e] {
			t.Errorf("the exception %s of %s in %s is not needed", e.disguise, e.scenario, e.kind)
		}
	}
}

// compare holds a disguised act to the plain one.
func compare(t *testing.T, used map[exception]bool, kind string, d disguised, plain, got *seen) {
	t.Helper()
	if plain == nil || plain.hidden {
		return
	}
	lost := ""
	switch {
	case got == nil:
		lost = "not found"
	case got.hidden:
		lost = "hidden by the allowlist"
	case got.score < plain.score-tolerated:
		t.Logf("lower: %s as %s in %s: %d %v, plain %d %v", d.plain.ID, d.as, kind, got.score, got.branches, plain.score, plain.branches)
		return
	default:
		return
	}
	for _, e := range slices.Concat(unseeable, unseen) {
		if matches(e.disguise, d.as) && matches(e.scenario, d.plain.ID) && matches(e.kind, kind) {
			used[e] = true
			t.Logf("%s, as known: %s as %s in %s: %s", lost, d.plain.ID, d.as, kind, e.reason)
			return
		}
	}
	t.Errorf("%s: %s as %s in %s: plain %d %v", lost, d.plain.ID, d.as, kind, plain.score, plain.branches)
}

// seedsOwn are the seed's branches: they hit what servicing and administrators do too.
var seedsOwn = []string{"W01", "W02", "W03", "W04"}

// positives are the scenarios that some branch must hit, not only one of the seed's.
func positives(t *testing.T) []*scenario.Scenario {
	all, err := scenario.LoadAll(smewsql.Files, "fixtures", nil)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(s *scenario.Scenario) bool {
		for _, branches := range s.Fires {
			if slices.ContainsFunc(branches, func(b string) bool { return !slices.Contains(seedsOwn, b) }) {
				return false
			}
		}
		return true
	})
}

// search renders scenarios into a kind of telemetry and hunts; the answer has the best
// case of each scenario.
func search(t *testing.T, kind string, scenarios []*scenario.Scenario, rewrite func([]byte) []byte) map[string]*seen {
	t.Helper()
	rendered := scenario.Render(kind, scenarios)
	if len(rendered.Files) == 0 {
		return nil
	}
	dir := t.TempDir()
	for _, f := range rendered.Files {
		data := f.Data
		if rewrite != nil {
			data = rewrite(data)
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	best := map[string]*seen{}
	for _, c := range cases(t, dir) {
		id, ok := rendered.Devices[strings.ToLower(c.DeviceName)]
		if !ok {
			name, _ := filepath.Rel(dir, c.Evidence[0].Source.File)
			id = rendered.Sources[filepath.ToSlash(name)]
		}
		now := &seen{score: c.Score, hidden: c.Suppressed}
		for _, b := range c.Branches {
			now.branches = append(now.branches, b.Name)
		}
		old := best[id]
		if old == nil || rank(now) > rank(old) {
			best[id] = now
		}
	}
	return best
}

// rank puts what the allowlist hides behind everything else.
func rank(s *seen) int {
	if s.hidden {
		return s.score - 1000
	}
	return s.score
}

func cases(t *testing.T, dir string) []finding.Case {
	t.Helper()
	ctx := t.Context()
	e, err := engine.Open(ctx, engine.Options{TempDir: t.TempDir(), Memory: "1GiB"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	set, err := source.Open(ctx, []string{dir}, source.Options{TempDir: e.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	branches, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	known, err := allow.Load(smewsql.Files, "allowlist", nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := hunt.Run(ctx, e, hunt.Request{
		Files: set, SQL: smewsql.Files, Branches: branches, Allow: known, ShowSuppressed: true,
		AsOf: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := result.Summary.Counts.Rejected; n > 0 {
		t.Errorf("%d records were rejected", n)
	}
	return result.Cases
}

// A disguise must change something and leave the original alone.
func TestDisguisesChangeCopies(t *testing.T) {
	for _, s := range positives(t) {
		before := fmt.Sprint(dump(s))
		for _, d := range evade.All() {
			c := d.On(s)
			if c == nil {
				continue
			}
			if after := fmt.Sprint(dump(s)); after != before {
				t.Fatalf("%s changed the scenario %s itself:\n%s\n%s", d.Name, s.ID, before, after)
			}
			if dump(c) == dump(s) && cmp.Or(len(d.Kinds), 0) == 0 {
				t.Errorf("%s leaves %s as it was", d.Name, s.ID)
			}
		}
	}
}

func dump(s *scenario.Scenario) string {
	var out strings.Builder
	for _, e := range s.Events {
		fmt.Fprintf(&out, "%v %T %+v\n", e.At, e.Act, e.Act)
	}
	return out.String()
}
