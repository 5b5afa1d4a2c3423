package allow

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smew/internal/engine"
)

// The join and what comes of it against a second, independent reading of their
// rules, over random entries and events that match each other often.
func TestJoinProperty(t *testing.T) {
	e := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		entries, events := drawEntries(rt), drawEvents(rt)
		before := judged(rt, t, e, entries, events)
		checkLaws(rt, events, before)
		if len(entries) == 0 {
			return
		}
		// Without one of the entries no case is lower, and none is hidden that was not.
		gone := rapid.IntRange(0, len(entries)-1).Draw(rt, "gone")
		after := judged(rt, t, e, slices.Delete(slices.Clone(entries), gone, gone+1), events)
		for id := range caseSizes(events) {
			if after.took(id) > before.took(id) || slices.Contains(after.hidden, id) && !slices.Contains(before.hidden, id) {
				rt.Errorf("without %s: %s loses %d and not %d", entries[gone].ID, id, after.took(id), before.took(id))
			}
		}
	})
}

// judgement is what came of a list for some events.
type judgement struct {
	applied []applied
	hidden  []string
}

// took is what the case lost.
func (j judgement) took(id string) int {
	sum := 0
	for _, a := range j.applied {
		if a.Case == id {
			sum -= a.Points
		}
	}
	return sum
}

func judged(rt *rapid.T, t *testing.T, e *engine.Engine, entries []Entry, events []event) judgement {
	if err := (&List{Entries: entries}).Attach(t.Context(), e, today); err != nil {
		rt.Fatal(err)
	}
	found(t, e, events...)
	if diff := cmp.Diff(expected(entries, events), keysOf(join(t, e))); diff != "" {
		rt.Fatalf("entries %+v\nevents %+v\nmatches (-want +got):\n%s", entries, events, diff)
	}
	var j judgement
	j.applied, j.hidden = weigh(t, e)
	took, hidden := expectedCases(entries, events)
	for id, want := range took {
		if got := j.took(id); got != want || slices.Contains(j.hidden, id) != hidden[id] {
			rt.Fatalf("%s loses %d, want %d; hidden %q, want %t\nentries %+v\nevents %+v", id, got, want, j.hidden, hidden[id], entries, events)
		}
	}
	return j
}

// checkLaws holds what must be true of any result.
func checkLaws(rt *rapid.T, events []event, j judgement) {
	hard := map[string]bool{}
	for _, v := range events {
		hard[v.caseID()] = hard[v.caseID()] || v.Hard != false
	}
	shown := 0
	for id, size := range caseSizes(events) {
		hidden := slices.Contains(j.hidden, id)
		if !hidden {
			shown++
		}
		if took := j.took(id); took < 0 || took > maxPoints || hard[id] && (took != 0 || hidden) {
			rt.Errorf("%s loses %d, hidden %t, hard %t", id, took, hidden, hard[id])
		}
		for _, a := range j.applied {
			if a.Case == id && (a.Covers < 1 || a.Covers > size || a.Points > 0 || (a.Action == "pierced") != (hard[id] && a.Action != "tag") ||
				a.Action == "suppress" && !hidden || a.Action == "tag" && a.Points != 0) {
				rt.Errorf("of %d events, hidden %t, hard %t: %+v", size, hidden, hard[id], a)
			}
		}
	}
	if shown+len(j.hidden) != len(caseSizes(events)) {
		rt.Errorf("%d shown and %d hidden of %d", shown, len(j.hidden), len(caseSizes(events)))
	}
}

func caseSizes(events []event) map[string]int {
	sizes := map[string]int{}
	for _, v := range events {
		sizes[v.caseID()]++
	}
	return sizes
}

// expectedCases is the law of lowering as it is written, event by event.
func expectedCases(entries []Entry, events []event) (took map[string]int, hidden map[string]bool) {
	took, hidden = map[string]int{}, map[string]bool{}
	for id := range caseSizes(events) {
		took[id], hidden[id] = maxPoints, true
	}
	for _, v := range events {
		id := v.caseID()
		byClass, covered := map[Class]int{}, false
		for _, e := range entries {
			switch {
			case !matches(e, v) || e.Action == Tag:
			case e.Action == Suppress:
				covered = covered || v.Signer != nil && v.Signer != ""
				byClass[e.Class] = maxPoints
			default:
				byClass[e.Class] = max(byClass[e.Class], e.Points)
			}
		}
		sum := 0
		for _, n := range byClass {
			sum += n
		}
		if v.Hard != false {
			sum, covered = 0, false
		}
		took[id] = min(took[id], sum)
		hidden[id] = hidden[id] && covered
	}
	return took, hidden
}

// expected gives "event entry" for each match, straight from the rules.
func expected(entries []Entry, events []event) []string {
	list := []string{}
	for _, v := range events {
		for _, e := range entries {
			if matches(e, v) {
				list = append(list, v.ID+" "+e.ID)
			}
		}
	}
	slices.Sort(list)
	return list
}

func keysOf(verdicts []verdict) []string {
	list := []string{}
	for _, v := range verdicts {
		list = append(list, v.Event+" "+v.Entry)
	}
	slices.Sort(list)
	return list
}

var disguise = regexp.MustCompile(`[. ]\\|[. ]$|..:`)

func matches(e Entry, v event) bool {
	if !holdsOn(e.Scope, v) {
		return false
	}
	for key, globs := range e.Match {
		signer, _ := v.Signer.(string)
		if key == Signer && signer == "" && e.Action == Suppress {
			continue // it lowers
		}
		value := map[string]string{
			InitiatingProcessPath: v.Path, PayloadPath: v.Payload, ServiceName: v.Service, Signer: signer,
			ProcessCommand: v.Command, InitiatingProcessCommand: v.InitCommand,
		}[key]
		if key == Branches {
			if !branchesHold(e, v) {
				return false
			}
			continue
		}
		if strings.HasSuffix(key, "_path") && disguise.MatchString(value) {
			return false
		}
		if !slices.ContainsFunc(globs, func(glob string) bool {
			if key == Account {
				value = v.Account
				if strings.Contains(glob, `\`) {
					value = v.Domain + `\` + v.Account
				}
				if v.Account == "" {
					return false
				}
			}
			return value != "" && globMatch([]rune(fold(glob)), []rune(fold(value)))
		}) {
			return false
		}
	}
	return true
}

// holdsOn reports whether the event's device is of the scope.
func holdsOn(s Scope, v event) bool {
	if s.fleet() {
		return true
	}
	for _, device := range []string{v.Device, v.DeviceID} {
		host, _, _ := strings.Cut(device, ".")
		for _, glob := range s.Devices {
			if device != "" && (globMatch([]rune(fold(glob)), []rune(fold(device))) ||
				!strings.Contains(glob, ".") && globMatch([]rune(fold(glob)), []rune(fold(host)))) {
				return true
			}
		}
	}
	return false
}

func branchesHold(e Entry, v event) bool {
	inside, outside := 0, 0
	for _, b := range v.Branches {
		if slices.Contains(e.Match[Branches], b) {
			inside++
		} else {
			outside++
		}
	}
	return inside > 0 && (e.Action != Suppress || outside == 0)
}

func drawEntries(rt *rapid.T) []Entry {
	pools := map[string][]string{
		InitiatingProcessPath:    {`C:\W\*\a.exe`, `c:\w\**`, `c:\p\a.exe`, `c:\w\x\a.exe`},
		PayloadPath:              {`c:\P\**.exe`, `c:\p\*`, `c:\w\x\a.exe`},
		Account:                  {`corp\*`, "ann", `*\ann`, "a*"},
		ServiceName:              {"svc*", "svc1", "**1"},
		Signer:                   {"Vendor*", "acme"},
		ProcessCommand:           {"**create**", "sc *"},
		InitiatingProcessCommand: {"**setup**"},
		Branches:                 {"W01", "W02", "W03"},
	}
	var entries []Entry
	for i := range rapid.IntRange(0, 6).Draw(rt, "entries") {
		e := Entry{
			ID: fmt.Sprintf("e%d", i), Enabled: true, Created: today, Expires: today.AddDate(0, 0, 9), Match: Match{},
			Class:  rapid.SampledFrom(Classes).Draw(rt, "class"),
			Action: rapid.SampledFrom(Actions).Draw(rt, "action"),
		}
		if e.Action == DownRank {
			e.Points = rapid.IntRange(1, maxPoints).Draw(rt, "points")
		}
		for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(matchKeyNames()), 1, 3, rapid.ID).Draw(rt, "keys") {
			e.Match[k] = rapid.SliceOfNDistinct(rapid.SampledFrom(pools[k]), 1, 2, rapid.ID).Draw(rt, k)
		}
		e.Scope.Devices = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"pc*", "srv1", "pc1.a", "id-*"}), 0, 2, rapid.ID).Draw(rt, "scope")
		entries = append(entries, e)
	}
	return entries
}

func drawEvents(rt *rapid.T) []event {
	one := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(rt, name) }
	paths := []string{"", `c:\w\x\a.exe`, `c:\w\x\y\a.exe`, `c:\p\a.exe`, `c:\p\..\a.exe`, `c:\w\a.exe `, `c:\p\a:b.exe`, "a.exe"}
	var events []event
	for i := range rapid.IntRange(0, 6).Draw(rt, "events") {
		events = append(events, event{
			ID:          fmt.Sprintf("v%d", i),
			Case:        one("case", "a", "b", "c"),
			Branches:    rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"W01", "W02", "W03"}), 1, 3, rapid.ID).Draw(rt, "branches"),
			Device:      one("device", "", "PC1", "srv1", "Srv1.x", "pc1.a"),
			DeviceID:    one("device id", "", "ID-1", "srv1"),
			Signer:      rapid.SampledFrom([]any{nil, "", "Vendor Inc", "ACME"}).Draw(rt, "signer"),
			Domain:      one("domain", "", "CORP", "x"),
			Account:     one("account", "", "Ann", "bob"),
			Service:     one("service", "", "Svc1", "svc2"),
			Command:     one("command", "", "sc create x", "SC CREATE\nx", "sc"),
			Path:        one("path", paths...),
			InitCommand: one("init", "", "Setup.exe"),
			Payload:     one("payload", paths...),
			Hard:        rapid.SampledFrom([]any{false, false, false, false, false, true, nil}).Draw(rt, "hard"),
		})
	}
	return events
}
