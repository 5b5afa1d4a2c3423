package hunt_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/engine"
)

// works puts an account's hours: so many events in each of the hours given.
func works(tb testing.TB, e *engine.Engine, account string, days int, counts map[int]int) {
	tb.Helper()
	for hour, n := range counts {
		put(tb, e, "account_hours", event{"Account": account, "Hour": hour, "Events": n, "HourDays": days, "Days": days})
	}
}

// officeHours are nine to five; nightHours ten to six, over midnight.
var (
	officeHours = map[int]int{9: 50, 10: 50, 11: 50, 12: 50, 13: 50, 14: 50, 15: 50, 16: 50, 2: 14}
	nightHours  = map[int]int{22: 50, 23: 50, 0: 50, 1: 50, 2: 50, 3: 50, 4: 50, 5: 50, 14: 3}
)

func TestOffHours(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts map[int]int
		days   int
		when   string
		want   string
	}{
		{"at night", officeHours, 20, "02:10:00", "14 of its 414 active minutes fall between 02 and 03 UTC"},
		{"at an hour that it never had", officeHours, 20, "23:10:00", "0 of its 414 active minutes fall between 23 and 00 UTC"},
		{"in the office", officeHours, 20, "15:59:59", ""},
		{"the night shift at night", nightHours, 20, "00:10:00", ""},
		{"the night shift by day", nightHours, 20, "14:10:00", "3 of its 403 active minutes fall between 14 and 15 UTC"},
		{"four days are too few", officeHours, 4, "02:10:00", ""},
		{"nineteen events are too few", map[int]int{9: 19}, 20, "02:10:00", ""},
		{"twenty are not", map[int]int{9: 20}, 20, "02:10:00", "0 of its 20 active minutes fall between 02 and 03 UTC"},
		{"awake around the clock", map[int]int{
			0: 9, 1: 9, 2: 9, 3: 9, 4: 9, 5: 9, 6: 9, 7: 9, 8: 9, 9: 9, 10: 9, 11: 9, 12: 9, 13: 9, 14: 9, 15: 9, 16: 9, 17: 9, 18: 9, 19: 9, 20: 9, 21: 9, 22: 9, 23: 9,
		}, 20, "02:10:00", ""},
		{"the edge of two stretches that are as good", map[int]int{8: 10, 9: 80, 10: 10}, 20, "10:10:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := signals(t)
			works(t, e, `corp\ada`, c.days, c.counts)
			put(t, e, "cases", act("a", "ws001", day(10, c.when), "Account", `CORP\Ada`, "AccountDomain", "CORP", "AccountName", "Ada"))
			if got := signalled(t, e, "hours.sql")["a"]["off_hours"]; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhoseHours(t *testing.T) {
	e := signals(t)
	for _, account := range []string{`corp\ada`, `nt authority\system`, `corp\pc1$`, "root", "eve", `pc1\bob`, `pc2\bob`} {
		works(t, e, account, 20, officeHours)
	}
	who := func(id, account, domain, name string) event {
		return act(id, "ws001", day(10, "02:10:00"), "Account", account, "AccountDomain", domain, "AccountName", name)
	}
	put(
		t, e, "cases", who("ada", `CORP\ada`, "CORP", "ada"), who("system", `NT AUTHORITY\SYSTEM`, "NT AUTHORITY", "SYSTEM"), who("machine", `CORP\PC1$`, "CORP", "PC1$"),
		who("root", "root", "", "root"), who("eve", "eve", "", "eve"), who("without her domain", "ada", "", "ada"), who("one of two", "bob", "", "bob"),
		who("another domain", `other\ada`, "other", "ada"), who("nobody", "", "", ""), who("no time", `corp\ada`, "corp", "ada").with("First", nil),
	)
	got := signalled(t, e, "hours.sql")
	for id, want := range map[string]bool{
		"ada": true, "eve": true, "without her domain": true, "system": false, "machine": false, "root": false, "one of two": false, "another domain": false,
		"nobody": false, "no time": false,
	} {
		if _, off := got[id]["off_hours"]; off != want {
			t.Errorf("%s: %v, want %v", id, off, want)
		}
	}
}

// What the case itself adds to its account's hours does not make them usual.
func TestTheCaseItselfIsNoHabit(t *testing.T) {
	e := signals(t)
	works(t, e, `corp\ada`, 20, map[int]int{9: 60, 10: 60, 2: 40})
	put(t, e, "cases", act("a", "ws001", day(10, "02:10:00")), act("b", "ws001", day(12, "02:10:00")))
	for n := range 35 {
		put(t, e, "found_events", hit("a", "command", "ws001", day(10, fmt.Sprintf("02:10:%02d", n)), "AccountName", "Ada"))
	}
	got := signalled(t, e, "hours.sql")
	if got["a"]["off_hours"] != "5 of its 125 active minutes fall between 02 and 03 UTC" || got["b"]["off_hours"] != "" {
		t.Error(got)
	}
}

// The rule once more, by trying every stretch of the day.
func TestHoursByTheRule(t *testing.T) {
	e := signals(t)
	rapid.Check(t, func(rt *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(0, 12), 24, 24).Draw(rt, "counts")
		for range rapid.IntRange(0, 20).Draw(rt, "empty") {
			counts[rapid.IntRange(0, 23).Draw(rt, "hour")] = 0
		}
		if err := e.Exec(t.Context(), "delete from account_hours; delete from cases; delete from case_signals"); err != nil {
			t.Fatal(err)
		}
		sum := 0
		for hour, n := range counts {
			sum += n
			if n > 0 {
				put(t, e, "account_hours", event{"Account": `corp\ada`, "Hour": hour, "Events": n, "HourDays": 9, "Days": 9})
			}
			put(t, e, "cases", act(fmt.Sprint(hour), "ws001", day(10, fmt.Sprintf("%02d:30:00", hour))))
		}
		got := signalled(t, e, "hours.sql")
		for hour := range counts {
			_, off := got[fmt.Sprint(hour)]["off_hours"]
			if want := sum >= 20 && outside(counts, hour, sum); off != want {
				rt.Fatalf("hour %d of %v: %v, want %v", hour, counts, off, want)
			}
		}
	})
}

// outside reports whether no shortest stretch that holds nine tenths has the hour.
func outside(counts []int, hour, sum int) bool {
	for length := 1; length <= 24; length++ {
		found, with := false, false
		for start := range 24 {
			held := 0
			for i := range length {
				held += counts[(start+i)%24]
			}
			if held*10 >= sum*9 {
				found = true
				with = with || (hour-start+24)%24 < length
			}
		}
		if found {
			return !with
		}
	}
	return false
}
