package allow

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The join against a second, independent reading of its rules, over random
// entries and events that match each other often.
func TestJoinProperty(t *testing.T) {
	e := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		list := &List{Entries: drawEntries(rt)}
		events := drawEvents(rt)
		if err := list.Attach(t.Context(), e, today); err != nil {
			rt.Fatal(err)
		}
		found(t, e, events...)
		got := join(t, e)
		if diff := cmp.Diff(expected(list.Entries, events), keysOf(got)); diff != "" {
			rt.Fatalf("entries %+v\nevents %+v\nmatches (-want +got):\n%s", list.Entries, events, diff)
		}
		checkLaws(rt, events, got)
	})
}

// checkLaws holds what must be true of any result.
func checkLaws(rt *rapid.T, events []event, got []verdict) {
	lowered, suppressed := map[string]int{}, map[string]bool{}
	for _, v := range got {
		hard := slices.ContainsFunc(events, func(e event) bool { return e.ID == v.Event && e.Hard != false })
		if hard && (v.Points != 0 || v.Action == "suppress" || v.Action == "down-rank") {
			rt.Errorf("an event with a hard reason is touched: %+v", v)
		}
		if !hard && v.Action == "pierced" {
			rt.Errorf("pierced without a hard reason: %+v", v)
		}
		if v.Points > 0 || v.Points < 0 && v.Action != "down-rank" {
			rt.Errorf("points: %+v", v)
		}
		lowered[v.Event] += v.Points
		suppressed[v.Event] = suppressed[v.Event] || v.Action == "suppress"
	}
	shown, hidden := 0, 0
	for _, e := range events {
		if lowered[e.ID] < -maxPoints {
			rt.Errorf("%s loses %d", e.ID, lowered[e.ID])
		}
		if suppressed[e.ID] {
			hidden++
		} else {
			shown++
		}
	}
	if shown+hidden != len(events) || hidden != countTrue(suppressed) {
		rt.Errorf("%d shown and %d suppressed of %d", shown, hidden, len(events))
	}
}

func countTrue(m map[string]bool) int {
	n := 0
	for _, v := range m {
		if v {
			n++
		}
	}
	return n
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
	for key, globs := range e.Match {
		value := map[string]string{
			InitiatingProcessPath: v.Path, PayloadPath: v.Payload, ServiceName: v.Service, Device: v.Device,
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
		Device:                   {"pc*", "srv1"},
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
		entries = append(entries, e)
	}
	return entries
}

func drawEvents(rt *rapid.T) []event {
	one := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(rt, name) }
	paths := []string{"", `c:\w\x\a.exe`, `c:\w\x\y\a.exe`, `c:\p\a.exe`, `c:\p\..\a.exe`, `c:\w\a.exe `, `c:\p\a:b.exe`, "a.exe"}
	var events []event
	for i := range rapid.IntRange(0, 5).Draw(rt, "events") {
		events = append(events, event{
			ID:          fmt.Sprintf("v%d", i),
			Branches:    rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"W01", "W02", "W03"}), 1, 3, rapid.ID).Draw(rt, "branches"),
			Device:      one("device", "", "PC1", "srv1"),
			Domain:      one("domain", "", "CORP", "x"),
			Account:     one("account", "", "Ann", "bob"),
			Service:     one("service", "", "Svc1", "svc2"),
			Command:     one("command", "", "sc create x", "SC CREATE\nx", "sc"),
			Path:        one("path", paths...),
			InitCommand: one("init", "", "Setup.exe"),
			Payload:     one("payload", paths...),
			Hard:        rapid.SampledFrom([]any{false, false, true, nil}).Draw(rt, "hard"),
		})
	}
	return events
}
