package fleet_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sheet is the arithmetic of a case, to be worked out again with other weights.
type sheet struct {
	ID     string
	Unit   string // what put into the fleet left it, none for the fleet's own
	Name   string // the positive that it is of; a scenario has all its cases under one
	Title  string
	Score  int // as the judgement has it
	Hidden bool
	Kinds  int
	Lines  []line
	Worst  bool // of several cases of one name the lowest counts, not the highest
	// Alone says that a change of the start type is all that the case has.
	Alone bool
}

type line struct {
	ID, Group string
	Points    int
	Floor     int
}

// rarityCap is what rarity and hours count together at most: score.sql.
const rarityCap = 30

// weighed is the score with some reasons' points changed: as score.sql and rank.sql
// have it. TestPrecision holds it to theirs.
func (s *sheet) weighed(points map[string]int) int {
	raw, rare, floor := 0, 0, 0
	startOnly := false
	for _, l := range s.Lines {
		p := l.Points
		if changed, ok := points[l.ID]; ok {
			p = changed
		}
		switch {
		case l.ID == "rarity_cap":
			continue
		case l.ID == "start_type_only":
			startOnly = s.Alone
			continue
		case (l.Group == "rarity" || l.ID == "off_hours") && p > 0:
			rare += p
		default:
			raw += p
		}
		floor = max(floor, l.Floor)
	}
	raw += min(rare, rarityCap)
	if startOnly {
		// Lowering comes after the cap.
		lowered := 0
		for _, l := range s.Lines {
			if strings.HasPrefix(l.ID, "allowlist:") {
				lowered += l.Points
			}
		}
		raw = min(raw-lowered, 12) + lowered
	}
	return max(int(math.Round(100*(1-math.Exp(-float64(max(raw, 0))/60)))), floor)
}

// sheets are the cases of the last judgement with their arithmetic.
func (w *world) sheets(units ...string) []*sheet {
	w.t.Helper()
	var list []*sheet
	index := map[string]*sheet{}
	for _, c := range w.cases(units...) {
		s := &sheet{ID: c.id, Unit: c.unit, Title: c.title, Score: c.score, Hidden: c.hidden, Kinds: c.kinds}
		list = append(list, s)
		index[c.id] = s
	}
	rows, err := w.e.Query(w.ctx(), `
		select CaseId, ReasonId, Grp, Points, Floor, ReasonId = 'start_type_only' and len(Events) = (select count(*) from case_events where case_events.CaseId = reasons.CaseId)
		from reasons
		union all
		select CaseId, 'allowlist:' || EntryId, 'benign', Points, 0, false from case_allowed where Points <> 0
		order by all`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var l line
		var alone bool
		if err := rows.Scan(&id, &l.ID, &l.Group, &l.Points, &l.Floor, &alone); err != nil {
			w.t.Fatal(err)
		}
		if s := index[id]; s != nil {
			s.Lines, s.Alone = append(s.Lines, l), s.Alone || alone
		}
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return list
}

// evaluate gives the figures of a set of points, and each positive's rank.
func evaluate(all []*sheet, points map[string]int) (figures, map[string]placed) {
	var benign []int
	best := map[string]placed{}
	for _, s := range all {
		if s.Unit != "" && s.Name != "" {
			if _, ok := best[s.Name]; !ok {
				best[s.Name] = placed{}
			}
		}
		if s.Hidden {
			continue
		}
		score := s.weighed(points)
		switch have := best[s.Name]; {
		case s.Unit == "":
			benign = append(benign, score)
		case s.Name != "" && (have.sheet == nil || (score > have.score) != s.Worst):
			best[s.Name] = placed{s, score, 0}
		}
	}
	slices.Sort(benign)
	var f figures
	var ranks []int
	for name, p := range best {
		p.rank = 1_000_000
		if p.sheet != nil {
			at, _ := slices.BinarySearch(benign, p.score)
			p.rank = len(benign) - at + 1
		}
		best[name] = p
		ranks = append(ranks, p.rank)
	}
	slices.Sort(ranks)
	at, _ := slices.BinarySearch(benign, high)
	f.alarms = len(benign) - at
	for _, r := range ranks {
		if r <= top {
			f.recall++
		}
		if r <= 20 {
			f.within20++
		}
	}
	n := float64(max(len(ranks), 1))
	f.recall, f.within20 = f.recall/n, f.within20/n
	if len(ranks) > 0 {
		f.median = ranks[len(ranks)/2]
	}
	f.precision20 = precisionAt20(benign, best)
	return f, best
}

// placed is a positive where it comes.
type placed struct {
	sheet *sheet
	score int
	rank  int // among the benign cases, ties in their favour
}

// keepSheets writes the arithmetic of all cases to the file that SMEW_SHEETS names, for
// whoever tunes the weights.
func keepSheets(t *testing.T, all []*sheet) {
	path := os.Getenv("SMEW_SHEETS")
	if path == "" {
		return
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Clean(path), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *sheet) String() string {
	var parts []string
	for _, l := range s.Lines {
		parts = append(parts, fmt.Sprintf("%s %+d", l.ID, l.Points))
	}
	return s.Title + " [" + strings.Join(parts, ", ") + "]"
}
