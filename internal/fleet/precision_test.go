package fleet_test

import (
	order "cmp"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/finding"
	"smew/internal/scenario"
	smewsql "smew/sql"
)

const (
	devices, days = 300, 30
	// high is the score from which a case asks for somebody's attention.
	high = 60
	// perThousand is how many of these benign devices may raise in a day.
	perThousand = 1.0
	// top is how far down a list an analyst gets in the month.
	top = 50
	// minRecall is the share of positives that must stand above there.
	minRecall = 0.95
	// maxMedian bounds the rank of the median positive.
	maxMedian = 20
)

// TestPrecision hunts the fleet with everything that comes with smew, and looks where
// each positive comes that is put into it alone: the scenarios on devices of their own,
// and the recordings of the corpus where they are there.
func TestPrecision(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts a fleet")
	}
	w, positives := fullWorld(t)
	benign, ranked := w.inject(positives)
	t.Run("quiet", func(t *testing.T) { checkQuiet(t, benign) })
	t.Run("ranks", func(t *testing.T) { checkRanks(t, benign, ranked) })
}

// TestOtherFleetsAreQuiet: what one seed does not roll, another does.
func TestOtherFleetsAreQuiet(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts fleets")
	}
	for _, seed := range []int64{2, 3} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := &world{t: t}
			place := newFleet(t, seed, devices, days)
			w.found, w.e, w.req = hunted(t, place)
			w.exec("create or replace temp macro unit_of(file, device) as ''")
			checkQuiet(t, w.cases())
		})
	}
}

// TestWorldIsAHunt: a judgement of what is kept is what a hunt of the files gives: of the
// fleet with one scenario in it, and of the scenario as one of a group.
func TestWorldIsAHunt(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts a fleet")
	}
	all := positiveScenarios(t)
	place := newFleet(t, 1, 100, 9)
	attacks, names := render(t, all)
	w := openWorld(t, place, attacks, names, "")
	w.judge()
	alone := arithmetic(w.cases())
	for _, s := range []*scenario.Scenario{all[0], all[len(all)/2], all[len(all)-1]} {
		// The scenario's own file, as it is among the others.
		only, own := render(t, []*scenario.Scenario{s})
		other := openWorld(t, place, only, own, "")
		w.judge(s.ID)
		if diff := cmp.Diff(arithmetic(other.cases(), "id"), arithmetic(w.cases(), "id")); diff != "" {
			t.Errorf("%s: judged again it is not what a hunt gives (-hunt +judgement):\n%s", s.ID, diff)
		}
	}
	_ = alone
}

// fullWorld is the fleet with all positives to be put into it.
func fullWorld(t *testing.T) (*world, []string) {
	scenarios := positiveScenarios(t)
	attacks, names := render(t, scenarios)
	recordings, labels := truth(t)
	w := openWorld(t, newFleet(t, 1, devices, days), attacks, names, recordings)
	units := w.label(recordings, labels)
	for _, s := range scenarios {
		units = append(units, s.ID)
	}
	return w, units
}

// positive is a case that must be found, in the fleet with nothing else in it.
type positive struct {
	judged
	rank int // among the benign cases, ties in their favour
}

// inject puts every unit into the fleet and gives the benign cases, as they are without
// any, and where each positive comes: of a scenario the best case, of a recording every
// case that has a true record. What nothing is found of has the zero case.
func (w *world) inject(units []string) (benign []judged, ranked map[string]positive) {
	w.t.Helper()
	groups := w.groups(units)
	w.judge()
	benign = slices.DeleteFunc(w.cases(), func(c judged) bool { return c.hidden })
	ranked = map[string]positive{}
	for _, u := range units {
		if !filepath.IsAbs(u) {
			ranked[u] = positive{}
		}
	}
	for _, group := range groups {
		w.judge(group...)
		true := w.trueCases()
		for _, c := range w.cases(group...) {
			recorded := filepath.IsAbs(c.unit)
			if c.hidden || recorded && !true[c.id] {
				continue
			}
			name := c.unit
			if recorded {
				name = filepath.Base(c.unit) + " " + c.id
			}
			worst := recorded && strings.HasSuffix(filepath.ToSlash(c.unit), crowd)
			if worst {
				name = filepath.Base(c.unit)
			}
			if have, ok := ranked[name]; !ok || have.id == "" || (c.score > have.score) != worst {
				ranked[name] = positive{c, rankOf(c, benign)}
			}
		}
	}
	w.t.Logf("%d units in %d groups", len(units), len(groups))
	return benign, ranked
}

func rankOf(c judged, benign []judged) int {
	rank := 1
	for _, b := range benign {
		if b.score >= c.score {
			rank++
		}
	}
	return rank
}

func arithmetic(list []judged, _ ...string) map[string]string {
	lines := map[string]string{}
	for _, c := range list {
		lines[c.id] = fmt.Sprintf("%d: %s", c.score, c.reasons)
	}
	return lines
}

// checkQuiet holds the cases of the fleet to the promised number.
func checkQuiet(t *testing.T, cases []judged) {
	severities, branches := map[finding.Severity]int{}, map[string][2]int{}
	alarms, corroborated := 0, 0
	for _, c := range cases {
		if c.hidden {
			continue
		}
		severities[c.severity]++
		if c.score >= high {
			alarms++
		}
		if c.kinds > 1 {
			corroborated++
		}
		for _, b := range strings.Fields(c.branches) {
			n := branches[b]
			n[0]++
			if c.score >= high {
				n[1]++
			}
			branches[b] = n
		}
	}
	rate := float64(alarms) / devices / days * 1000
	t.Logf("%d cases in %d devices over %d days: %v; score %d or more: %d, %.2f per 1,000 devices per day; %d with two kinds of telemetry or more",
		len(cases), devices, days, severities, high, alarms, rate, corroborated)
	for _, name := range slices.Sorted(maps.Keys(branches)) {
		t.Logf("  %s: %d, of them %d high", name, branches[name][0], branches[name][1])
	}
	for _, kind := range topKinds(cases, 25) {
		t.Log(kind)
	}
	if rate > perThousand {
		t.Errorf("%.2f cases of %d or more per 1,000 devices per day, at most %.0f", rate, high, perThousand)
	}
}

// differing is what differs between cases of one kind of act.
var differing = regexp.MustCompile(`[0-9a-f]*[0-9][0-9a-f]*|by \S+\\\S+|/Users/\w+|\\Users\\[\w.]+`)

// topKinds are the kinds of benign cases that score highest: cases that tell of the
// same act are one line.
func topKinds(cases []judged, limit int) []string {
	type kind struct {
		score, count int
		text         string
	}
	kinds := map[string]*kind{}
	for _, c := range cases {
		key := fmt.Sprint(c.score, c.reasons, differing.ReplaceAllString(c.title, "#"))
		if kinds[key] == nil {
			kinds[key] = &kind{c.score, 0, c.title + " [" + c.reasons + "]"}
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

// checkRanks prints where each positive comes, and holds the whole to its bounds.
func checkRanks(t *testing.T, benign []judged, ranked map[string]positive) {
	f := figuresOf(benign, ranked)
	for _, unit := range slices.Sorted(maps.Keys(ranked)) {
		p := ranked[unit]
		t.Logf("  rank %4d, score %3d, %s: %s [%s]", p.rank, p.score, unit, p.title, p.reasons)
	}
	t.Logf("%d positives, each alone among %d benign cases: %v", len(ranked), len(benign), f)
	if f.recall < minRecall {
		t.Errorf("%.1f %% of the positives are within the first %d, want %.0f %%", f.recall*100, top, minRecall*100)
	}
	if f.median > maxMedian {
		t.Errorf("median rank %d, at most %d", f.median, maxMedian)
	}
}

// figures are what a set of weights is judged by.
type figures struct {
	recall      float64 // share of positives within the first 50, each put in alone
	within20    float64 // within the first 20
	median      int
	precision20 float64 // share of positives among the first 20 of all together
	alarms      int     // benign cases of 60 or more
}

func (f figures) String() string {
	return fmt.Sprintf("recall at 50 %.3f, at 20 %.3f, median rank %d, precision at 20 of the mix %.2f, benign of %d or more %d",
		f.recall, f.within20, f.median, f.precision20, high, f.alarms)
}

func figuresOf(benign []judged, ranked map[string]positive) figures {
	var f figures
	var ranks []int
	within50, within20 := 0, 0
	for _, p := range ranked {
		r := p.rank
		if p.id == "" {
			r = 1_000_000 // not found at all
		}
		ranks = append(ranks, r)
		if r <= top {
			within50++
		}
		if r <= 20 {
			within20++
		}
	}
	for _, b := range benign {
		if b.score >= high {
			f.alarms++
		}
	}
	slices.Sort(ranks)
	n := float64(max(len(ranks), 1))
	f.recall, f.within20, f.precision20 = float64(within50)/n, float64(within20)/n, precisionAt20(benign, ranked)
	if len(ranks) > 0 {
		f.median = ranks[len(ranks)/2]
	}
	return f
}

// precisionAt20 is the share of positives among the first 20 of all cases, with one
// case for each positive and ties in favour of the benign.
func precisionAt20(benign []judged, ranked map[string]positive) float64 {
	type place struct {
		score    int
		positive bool
	}
	var mix []place
	for _, b := range benign {
		mix = append(mix, place{b.score, false})
	}
	for _, p := range ranked {
		mix = append(mix, place{p.score, true})
	}
	slices.SortFunc(mix, func(a, b place) int {
		if a.score != b.score || a.positive == b.positive {
			return b.score - a.score
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
