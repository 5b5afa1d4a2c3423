package fleet_test

import (
	order "cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/fleet"
	"smew/internal/hunt"
	"smew/internal/scenario"
	"smew/internal/source"
	smewsql "smew/sql"
)

const (
	devices, days = 300, 30
	// high is the score from which a finding asks for somebody's attention.
	high = 60
	// perThousand is how many of these benign devices may raise in a day.
	perThousand = 1.0
)

// TestPrecision hunts the fleet with everything that comes with smew, and each positive
// scenario on a device of its own among it.
//
// The scenarios are all hunted at once, and the rank that each would have alone is
// worked out: its place among the benign findings, ties in favour of the benign.
// That is right because a finding's score does not depend on other devices:
// [TestScoresAreOfTheDevice].
func TestPrecision(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts a fleet")
	}
	positives := positiveScenarios(t)
	attacks, names := render(t, positives)
	benign, best := split(search(t, newFleet(t, 1, devices, days), attacks), names)
	t.Run("quiet", func(t *testing.T) { checkQuiet(t, benign) })
	t.Run("ranks", func(t *testing.T) { checkRanks(t, benign, best, positives) })
}

// TestOtherFleetsAreQuiet: what one seed does not roll, another does.
func TestOtherFleetsAreQuiet(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts fleets")
	}
	for _, seed := range []int64{2, 3} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { checkQuiet(t, search(t, newFleet(t, seed, devices, days))) })
	}
}

// TestScoresAreOfTheDevice: what is found in the fleet is the same with the scenarios
// and without, and the other way round.
func TestScoresAreOfTheDevice(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts a fleet")
	}
	attacks, names := render(t, positiveScenarios(t))
	place := newFleet(t, 1, 100, 3)
	benign, best := split(search(t, place, attacks), names)
	for what, pair := range map[string][2]map[string]int{
		"the fleet":     {scores(benign), scores(search(t, place))},
		"the scenarios": {scores(slices.Collect(maps.Values(best))), scores(bestOf(search(t, attacks), names))},
	} {
		if diff := cmp.Diff(pair[1], pair[0]); diff != "" {
			t.Errorf("what is found in %s depends on other devices (-alone +together):\n%s", what, diff)
		}
	}
}

// newFleet writes a fleet and gives its folder.
func newFleet(t *testing.T, seed int64, devices, days int) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := fleet.Write(t.Context(), fleet.Options{Dir: dir, Devices: devices, Days: days, Seed: seed}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// render writes scenarios as Defender's exports; it gives their folder, and the
// scenarios by the names of their devices.
func render(t *testing.T, scenarios []*scenario.Scenario) (string, map[string]string) {
	t.Helper()
	rendered, dir := scenario.Render("defender", scenarios), t.TempDir()
	for _, f := range rendered.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, rendered.Devices
}

// split takes the best finding of each scenario out of the benign ones.
func split(findings []finding.Finding, names map[string]string) (benign []finding.Finding, best map[string]finding.Finding) {
	best = map[string]finding.Finding{}
	for _, f := range findings {
		id, ours := names[strings.ToLower(f.DeviceName)]
		switch {
		case !ours:
			benign = append(benign, f)
		case f.Score > best[id].Score || best[id].ID == "":
			best[id] = f
		}
	}
	return benign, best
}

func bestOf(findings []finding.Finding, names map[string]string) []finding.Finding {
	_, best := split(findings, names)
	return slices.Collect(maps.Values(best))
}

// search hunts with all branches and the built-in allowlist.
func search(t *testing.T, places ...string) []finding.Finding {
	t.Helper()
	ctx := t.Context()
	e, err := engine.Open(ctx, engine.Options{TempDir: t.TempDir(), Memory: "1GiB"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	set, err := source.Open(ctx, places, source.Options{TempDir: e.TempDir()})
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
		Files: set, SQL: smewsql.Files, Branches: branches, Allow: known, AsOf: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := result.Summary.Counts; c.Rejected > 0 {
		t.Errorf("%d rows were rejected", c.Rejected)
	}
	return result.Findings
}

// checkQuiet holds the findings in the fleet to the promised number.
func checkQuiet(t *testing.T, findings []finding.Finding) {
	severities, branches := map[finding.Severity]int{}, map[string][2]int{}
	var alarms []finding.Finding
	for _, f := range findings {
		severities[f.Severity]++
		if f.Score >= high {
			alarms = append(alarms, f)
		}
		for _, b := range f.Branches {
			n := branches[b.Name]
			n[0]++
			if f.Score >= high {
				n[1]++
			}
			branches[b.Name] = n
		}
	}
	rate := float64(len(alarms)) / devices / days * 1000
	t.Logf("%d findings in %d devices over %d days: %v; score %d or more: %d, %.2f per 1,000 devices per day", len(findings), devices, days, severities, high, len(alarms), rate)
	for _, name := range slices.Sorted(maps.Keys(branches)) {
		t.Logf("  %s: %d, of them %d high", name, branches[name][0], branches[name][1])
	}
	for _, group := range topKinds(findings, 25) {
		t.Log(group)
	}
	if rate > perThousand {
		t.Errorf("%.2f findings of %d or more per 1,000 devices per day, at most %.0f", rate, high, perThousand)
	}
}

// topKinds are the kinds of benign findings that score highest: findings that tell of
// the same act are one line.
func topKinds(findings []finding.Finding, limit int) []string {
	type kind struct {
		score, count int
		text         string
	}
	kinds := map[string]*kind{}
	for _, f := range findings {
		var names, reasons []string
		for _, b := range f.Branches {
			names = append(names, b.Name)
		}
		for _, r := range f.Reasons {
			reasons = append(reasons, fmt.Sprintf("%s %+d", r.ID, r.Points))
		}
		what := order.Or(f.ServiceName, f.FileName)
		key := fmt.Sprint(f.Score, names, reasons, strings.TrimRight(what, "0123456789abcdef._"), f.Table)
		if kinds[key] == nil {
			kinds[key] = &kind{f.Score, 0, fmt.Sprintf("%s %s | %s [%s] by %s", f.Table, what, order.Or(f.Payload, f.ProcessCommandLine), strings.Join(reasons, ", "), f.InitiatingProcessFileName)}
		}
		kinds[key].count++
	}
	list := slices.SortedFunc(maps.Values(kinds), func(a, b *kind) int {
		return order.Or(order.Compare(b.score, a.score), order.Compare(b.count, a.count), order.Compare(a.text, b.text))
	})
	var out []string
	for _, k := range list[:min(limit, len(list))] {
		out = append(out, fmt.Sprintf("  score %d, %d times: %s", k.score, k.count, k.text))
	}
	return out
}

// seedsOwn are the seed's branches: they hit what servicing and administrators do too.
var seedsOwn = []string{"W01", "W02", "W03", "W04"}

// positiveScenarios are those that a branch must hit in Defender's telemetry, not only
// one of the seed's.
func positiveScenarios(t *testing.T) []*scenario.Scenario {
	all, err := scenario.LoadAll(smewsql.Files, "fixtures", nil)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(s *scenario.Scenario) bool {
		return !slices.ContainsFunc(s.Fires["defender"], func(b string) bool { return !slices.Contains(seedsOwn, b) })
	})
}

// checkRanks prints where each positive would come, and holds the whole to a bound.
func checkRanks(t *testing.T, benign []finding.Finding, best map[string]finding.Finding, positives []*scenario.Scenario) {
	var ranks []int
	within := 0
	for _, s := range positives {
		f, ok := best[s.ID]
		if !ok {
			t.Errorf("%s: not found", s.ID)
			continue
		}
		rank := 1
		for _, b := range benign {
			if b.Score >= f.Score {
				rank++
			}
		}
		if rank <= 20 {
			within++
		}
		ranks = append(ranks, rank)
		t.Logf("  rank %4d, score %3d, %s: %s", rank, f.Score, s.ID, f.Title)
	}
	if len(ranks) == 0 {
		t.Fatal("no positive was found")
	}
	slices.Sort(ranks)
	median := ranks[len(ranks)/2]
	t.Logf("%d positives among %d benign findings: median rank %d, %d within the first 20 when injected alone; precision at 20 of the mix %.2f",
		len(ranks), len(benign), median, within, precisionAt20(benign, best))
	if median > maxMedian {
		t.Errorf("median rank %d, at most %d", median, maxMedian)
	}
}

// precisionAt20 is the share of positives among the first 20 of all findings, with one
// finding for each positive and ties in favour of the benign.
func precisionAt20(benign []finding.Finding, best map[string]finding.Finding) float64 {
	type place struct {
		score    int
		positive bool
	}
	var mix []place
	for _, b := range benign {
		mix = append(mix, place{b.Score, false})
	}
	for _, b := range best {
		mix = append(mix, place{b.Score, true})
	}
	slices.SortStableFunc(mix, func(a, b place) int {
		if a.score != b.score {
			return b.score - a.score
		}
		if a.positive == b.positive {
			return 0
		}
		if a.positive {
			return 1
		}
		return -1
	})
	hits := 0
	for _, p := range mix[:min(20, len(mix))] {
		if p.positive {
			hits++
		}
	}
	return float64(hits) / 20
}

// maxMedian bounds the rank of the median positive.
const maxMedian = 20

func scores(findings []finding.Finding) map[string]int {
	list := map[string]int{}
	for _, f := range findings {
		list[f.ID] = f.Score
	}
	return list
}
