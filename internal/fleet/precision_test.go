package fleet_test

import (
	order "cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	all := w.inject(positives)
	keepSheets(t, all)
	for _, s := range all {
		if got := s.weighed(nil); got != s.Score {
			t.Errorf("%s: worked out again the score is %d, the judgement has %d", s, got, s.Score)
		}
	}
	t.Run("quiet", func(t *testing.T) { checkQuiet(t, ours(all)) })
	t.Run("ranks", func(t *testing.T) { checkRanks(t, all) })
}

// ours are the fleet's own cases.
func ours(all []*sheet) []*sheet {
	return slices.DeleteFunc(slices.Clone(all), func(s *sheet) bool { return s.Unit != "" })
}

// TestOtherFleetsAreQuiet: what one seed does not roll, another does.
func TestOtherFleetsAreQuiet(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts fleets")
	}
	for _, seed := range []int64{2, 3, 4} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := &world{t: t}
			place := newFleet(t, seed, devices, days)
			w.found, w.e, w.req = hunted(t, place)
			w.exec("create or replace temp macro unit_of(file, device) as ''")
			checkQuiet(t, w.sheets())
		})
	}
}

// TestWorldIsAHunt: a judgement of what was kept is what a hunt of the files gives: of the
// fleet by itself, of the fleet with one scenario in it, and of that scenario as one of a
// group with only what can have to do with it.
func TestWorldIsAHunt(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts a fleet")
	}
	all := positiveScenarios(t)
	place := newFleet(t, 1, 100, 9)
	attacks, names := render(t, all)
	w := openWorld(t, place, attacks, names, "")
	var units []string
	for _, s := range all {
		units = append(units, s.ID)
	}
	groups := w.groups(units)
	for i := 0; i < len(all); i += len(all)/3 + 1 {
		id := all[i].ID
		alone, device := only(t, attacks, names, id)
		other := openWorld(t, place, alone, device, "")
		w.judge(id)
		compare(t, id+": judged alone", other.cases(), w.cases())
		group := groups[slices.IndexFunc(groups, func(g []string) bool { return slices.Contains(g, id) })]
		w.judgeThese(group...)
		compare(t, id+": judged in a group", other.cases(id), w.cases(id))
		if i == 0 {
			other.judge()
			w.judge()
			compare(t, "the fleet", other.cases(), w.cases())
		}
	}
}

// compare holds the arithmetic of a judgement to that of a hunt. The fleet's size in the
// words of rarity is no matter: of so few devices more no number of points comes.
func compare(t *testing.T, what string, want, got []judged) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: nothing was found", what)
	}
	if diff := cmp.Diff(arithmetic(want), arithmetic(got)); diff != "" {
		t.Errorf("%s is not what a hunt gives (-hunt +judgement):\n%s", what, diff)
	}
}

// only copies from a rendering what is of one scenario's device.
func only(t *testing.T, attacks string, names map[string]string, id string) (string, map[string]string) {
	t.Helper()
	dir, devices := t.TempDir(), map[string]string{}
	for device, of := range names {
		if of == id {
			devices[device] = of
		}
	}
	err := filepath.WalkDir(attacks, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var lines []string
		for line := range strings.Lines(string(text)) {
			for device := range devices {
				if strings.Contains(strings.ToLower(line), strings.ToLower(device)) {
					lines = append(lines, line)
				}
			}
		}
		return os.WriteFile(filepath.Join(dir, filepath.Base(path)), []byte(strings.Join(lines, "")), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, devices
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

// inject puts every unit into the fleet and gives the arithmetic of all cases: of the
// fleet's own as they are without any, and of each unit's as they are with it. Of a
// scenario the best case must be found, of a recording every case that has a true record.
func (w *world) inject(units []string) []*sheet {
	w.t.Helper()
	groups := w.groups(units)
	w.judge()
	all := w.sheets()
	found := map[string]bool{}
	for _, group := range groups {
		w.judgeThese(group...)
		isTrue := w.trueCases()
		for _, s := range w.sheets(group...) {
			s.Name = s.Unit
			if filepath.IsAbs(s.Unit) {
				s.Name, s.Worst = filepath.Base(s.Unit)+" "+s.ID, strings.HasSuffix(filepath.ToSlash(s.Unit), crowd)
				if s.Worst {
					s.Name = filepath.Base(s.Unit)
				}
				if !isTrue[s.ID] {
					continue
				}
			}
			found[s.Unit] = true
			all = append(all, s)
		}
	}
	for _, u := range units {
		if !found[u] {
			w.t.Errorf("nothing is found of %s", u)
		}
	}
	w.t.Logf("%d units in %d groups", len(units), len(groups))
	return all
}

func arithmetic(list []judged) map[string]string {
	lines := map[string]string{}
	for _, c := range list {
		lines[c.id] = fmt.Sprintf("%d: %s", c.score, c.reasons)
	}
	return lines
}

// checkQuiet holds the cases of the fleet to the promised number.
func checkQuiet(t *testing.T, cases []*sheet) {
	reasons := map[string][2]int{}
	alarms, shown, corroborated := 0, 0, 0
	for _, c := range cases {
		if c.Hidden {
			continue
		}
		shown++
		if c.Score >= high {
			alarms++
		}
		if c.Kinds > 1 {
			corroborated++
		}
		for _, l := range c.Lines {
			n := reasons[l.ID]
			n[0]++
			if c.Score >= high {
				n[1]++
			}
			reasons[l.ID] = n
		}
	}
	rate := float64(alarms) / devices / days * 1000
	t.Logf("%d cases in %d devices over %d days; score %d or more: %d, %.2f per 1,000 devices per day; %d with two kinds of telemetry or more",
		shown, devices, days, high, alarms, rate, corroborated)
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("  %s: %d, of them %d high", name, reasons[name][0], reasons[name][1])
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
func topKinds(cases []*sheet, limit int) []string {
	type kind struct {
		score, count int
		text         string
	}
	kinds := map[string]*kind{}
	for _, c := range cases {
		key := differing.ReplaceAllString(c.String(), "#")
		if kinds[key] == nil {
			kinds[key] = &kind{c.Score, 0, c.String()}
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
func checkRanks(t *testing.T, all []*sheet) {
	f, best := evaluate(all, nil)
	for _, name := range slices.Sorted(maps.Keys(best)) {
		t.Logf("  rank %4d, score %3d, %s: %v", best[name].rank, best[name].score, name, best[name].sheet)
	}
	t.Logf("%d positives, each alone among %d benign cases: %v", len(best), len(ours(all)), f)
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

// precisionAt20 is the share of positives among the first 20 of all cases, with one
// case for each positive and ties in favour of the benign.
func precisionAt20(benign []int, best map[string]placed) float64 {
	type place struct {
		score    int
		positive bool
	}
	var mix []place
	for _, score := range benign {
		mix = append(mix, place{score, false})
	}
	for _, p := range best {
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
