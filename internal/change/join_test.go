package change

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestChanges(t *testing.T) {
	e := open(t)
	req := request(file(t, "cal.csv", `ticket,device,group,account,start,end,service
CHG1,ws01,,CORP\ann,2026-09-20T18:00Z,2026-09-20T20:00Z,
CHG2,ws01,,CORP\ann,2026-09-20T19:00Z,2026-09-20T20:00Z,Acme*
CHG3,,Servers,bob,2026-09-20T23:00Z,2026-09-21T02:00Z,
CHG3,,Servers,bob,2026-09-20T23:00Z,2026-09-21T01:00Z,Acme Agent
CHG4,10.0.0.5,,ann@corp.example,2026-09-20T18:00Z,2026-09-20T20:00Z,
CHG5,3f786850e387550fdab836ed7e6dc881de23001b,,ann,2026-09-20T18:00Z,2026-09-20T20:00Z,
`))
	req.Groups = file(t, "groups.csv", "device,group\nsrv1.corp.example,servers\nsrv2,SERVERS\n")
	cal, err := Load(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	when := func(text string) time.Time { return at(t, "2026-09-"+text+"Z") }
	found(t, e,
		event{"a begins", when("20T18:00:00"), "WS01.corp.example", "d1", "corp", "Ann", "x"},
		event{"b before", when("20T17:59:59.9999999"), "ws01", "", "CORP", "ann", "x"},
		event{"c last", when("20T18:59:59.9999999"), "WS01", "", "corp.example", "ANN", ""},
		event{"d after", when("20T20:00:00"), "ws01", "", "corp", "ann", "Acme Agent"},
		event{"e both", when("20T19:30:00"), "ws01", "", "corp", "ann", "ACME agent"},
		event{"f other service", when("20T19:30:00"), "ws01", "", "corp", "ann", "other"},
		event{"g unknown service", when("20T19:30:00"), "ws01", "", "corp", "ann", ""},
		event{"h no time", nil, "ws01", "", "corp", "ann", "x"},
		event{"i no account", when("20T18:30:00"), "ws01", "", "corp", "", "x"},
		event{"j null account", when("20T18:30:00"), "ws01", "", nil, nil, "x"},
		event{"k no domain", when("20T18:30:00"), "ws01", "", "", "ann", "x"},
		event{"l other domain", when("20T18:30:00"), "ws01", "", "ws01", "ann", "x"},
		event{"m no device", when("20T18:30:00"), nil, nil, "corp", "ann", "x"},
		event{"n other device", when("20T18:30:00"), "ws011", "", "corp", "ann", "x"},
		event{"o group", when("21T00:30:00"), "srv1", nil, "any", "Bob", "acme agent"},
		event{"p group, later", when("21T01:30:00"), "SRV2.other.example", nil, nil, "BOB", "acme agent"},
		event{"q group, other domain", when("21T01:30:00"), "srv1.other.example", nil, "x", "BOB", "acme agent"},
		event{"r address", when("20T18:30:00"), "10.0.0.5", "", "CORP", "ann", "x"},
		event{"s other address", when("20T18:30:00"), "10.0.0.6", "", "CORP", "ann", "x"},
		event{"t by id", when("20T18:30:00"), nil, "3F786850E387550FDAB836ED7E6DC881DE23001B", "x", "ann", "x"},
		event{"u name with domain", when("20T18:30:00"), "ws01", "", "azuread", "ann@corp.example", "x"},
	)
	const (
		chg1 = `change ticket CHG1 for CORP\ann, 2026-09-20 18:00 to 20:00 UTC`
		chg2 = `change ticket CHG2 for CORP\ann, 2026-09-20 19:00 to 20:00 UTC`
	)
	row := func(id, ticket string, points int, reason, owner, expires string) verdict {
		return verdict{id, ticket, "administrator", "change", points, "", reason, owner, expires}
	}
	want := []verdict{
		row("a begins", "CHG1", 10, chg1, `CORP\ann`, "2026-09-20"),
		row("c last", "CHG1", 10, chg1, `CORP\ann`, "2026-09-20"),
		row("e both", "CHG1", 10, chg1, `CORP\ann`, "2026-09-20"),
		row("e both", "CHG2", 25, chg2, `CORP\ann`, "2026-09-20"),
		row("f other service", "CHG1", 10, chg1, `CORP\ann`, "2026-09-20"),
		row("g unknown service", "CHG1", 10, chg1, `CORP\ann`, "2026-09-20"),
		row("o group", "CHG3", 25, "change ticket CHG3 for bob, 2026-09-20 23:00 to 2026-09-21 01:00 UTC", "bob", "2026-09-21"),
		row("p group, later", "CHG3", 10, "change ticket CHG3 for bob, 2026-09-20 23:00 to 2026-09-21 02:00 UTC", "bob", "2026-09-21"),
		row("r address", "CHG4", 10, "change ticket CHG4 for ann@corp.example, 2026-09-20 18:00 to 20:00 UTC", "ann@corp.example", "2026-09-20"),
		row("t by id", "CHG5", 10, "change ticket CHG5 for ann, 2026-09-20 18:00 to 20:00 UTC", "ann", "2026-09-20"),
		row("u name with domain", "CHG1", 10, chg1, `CORP\ann`, "2026-09-20"),
	}
	if diff := cmp.Diff(want, join(t, e, cal)); diff != "" {
		t.Errorf("allowed (-want +got):\n%s", diff)
	}
}

func TestAnEmptyCalendarAllowsNothing(t *testing.T) {
	e := open(t)
	found(t, e, event{"a", at(t, "2026-09-20T18:00:00Z"), "ws01", "", "corp", "ann", "x"})
	if got := join(t, e, load(t, "ticket,device,account,start,end\n")); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// The join against a second, independent reading of its rules, over random windows and
// events that meet often.
func TestChangesProperty(t *testing.T) {
	e := open(t)
	groups := map[string][]string{"g1": {"ws01", "ws02.a.example"}, "g2": {"ws01.b.example"}}
	rapid.Check(t, func(rt *rapid.T) {
		cal := &Calendar{Windows: drawWindows(rt), Groups: groups}
		events := drawEvents(rt)
		found(t, e, events...)
		got := []string{}
		for _, v := range join(t, e, cal) {
			if v.Action != "change" || v.Class != "administrator" {
				rt.Errorf("%+v", v)
			}
			got = append(got, fmt.Sprint(v.Event, " ", v.Entry, " ", v.Points))
		}
		slices.Sort(got)
		if diff := cmp.Diff(expected(cal, events), got); diff != "" {
			rt.Fatalf("windows %+v\nevents %+v\nmatches (-want +got):\n%s", cal.Windows, events, diff)
		}
	})
}

// expected gives "event ticket points", straight from the rules.
func expected(cal *Calendar, events []event) []string {
	points := map[string]int{}
	for _, v := range events {
		for _, w := range cal.Windows {
			if p := pointsOf(cal, w, v); p > 0 {
				key := v.ID + " " + w.Ticket
				points[key] = max(points[key], p)
			}
		}
	}
	list := []string{}
	for key, p := range points {
		list = append(list, fmt.Sprint(key, " ", p))
	}
	slices.Sort(list)
	return list
}

func pointsOf(cal *Calendar, w Window, v event) int {
	when, ok := v.At.(time.Time)
	if !ok || when.Before(w.Start) || !when.Before(w.End) {
		return 0
	}
	text := func(a any) string { s, _ := a.(string); return strings.ToLower(s) }
	devices := cal.Groups[w.Group]
	if w.Group == "" {
		devices = []string{strings.ToLower(w.Device)}
	}
	if !slices.ContainsFunc(devices, func(d string) bool { return alike(d, text(v.Device)) || d == text(v.DeviceID) }) {
		return 0
	}
	domain, name := text(v.Domain), text(v.Account)
	if before, after, found := strings.Cut(name, "@"); found {
		name, domain = before, after
	}
	if name == "" || name != w.Account.Name || w.Account.Domain != "" && !alike(w.Account.Domain, domain) {
		return 0
	}
	service := strings.ToLower(v.Service)
	switch {
	case w.Service == "":
		return 10
	case strings.HasSuffix(w.Service, "*"):
		if !strings.HasPrefix(service, strings.ToLower(strings.TrimSuffix(w.Service, "*"))) {
			return 0
		}
	case service != strings.ToLower(w.Service):
		return 0
	}
	return 25
}

// alike is sameName in other words.
func alike(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	return a == b ||
		!strings.Contains(a, ".") && strings.HasPrefix(b, a+".") && b[0] > '9' ||
		!strings.Contains(b, ".") && strings.HasPrefix(a, b+".") && a[0] > '9'
}

var base = time.Date(2026, 9, 20, 22, 0, 0, 0, time.UTC)

func drawWindows(rt *rapid.T) []Window {
	var list []Window
	for range rapid.IntRange(0, 8).Draw(rt, "windows") {
		w := Window{
			Ticket:  rapid.SampledFrom([]string{"CHG1", "CHG2", "CHG3"}).Draw(rt, "ticket"),
			Service: rapid.SampledFrom([]string{"", "", "Acme*", "svc1", "a.b_c%d"}).Draw(rt, "service"),
		}
		w.Device = rapid.SampledFrom([]string{"", "ws01", "WS01.a.example", "ws01.b.example", "ws02", "10.0.0.5", "10", "id1"}).Draw(rt, "device")
		if w.Device == "" {
			w.Group = rapid.SampledFrom([]string{"g1", "g2"}).Draw(rt, "group")
		}
		account, problem := parseAccount(rapid.SampledFrom([]string{"ann", `CORP\ann`, "ann@corp.example", `OTHER\ann`, "bob"}).Draw(rt, "account"))
		if problem != "" {
			rt.Fatal(problem)
		}
		w.Account = account
		w.Start = base.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "start")) * time.Hour)
		w.End = w.Start.Add(time.Duration(rapid.SampledFrom([]int64{1, int64(time.Hour), int64(3 * time.Hour), int64(40 * time.Hour)}).Draw(rt, "length")))
		list = append(list, w)
	}
	slices.SortFunc(list, byContent)
	return list
}

func drawEvents(rt *rapid.T) []event {
	one := func(name string, values ...any) any { return rapid.SampledFrom(values).Draw(rt, name) }
	var list []event
	for i := range rapid.IntRange(0, 6).Draw(rt, "events") {
		v := event{
			ID:       fmt.Sprintf("v%d", i),
			Device:   one("device", nil, "", "WS01", "ws01", "ws01.a.example", "ws01.b.example", "ws02.a.example", "10.0.0.5", "10", "10.0.0.6"),
			DeviceID: one("id", nil, "", "ID1", "ws01"),
			Domain:   one("domain", nil, "", "corp", "CORP.example", "corp.other", "other"),
			Account:  one("account", nil, "", "Ann", "ann", "bob", "ann@corp.example"),
			Service:  rapid.SampledFrom([]string{"", "ACME agent", "SVC1", "svc12", "a.b_c%d", "axbxcxd"}).Draw(rt, "service"),
		}
		if rapid.IntRange(0, 9).Draw(rt, "timed") > 0 {
			v.At = base.Add(time.Duration(rapid.IntRange(-1, 12).Draw(rt, "half hours"))*30*time.Minute + time.Duration(rapid.IntRange(-1, 1).Draw(rt, "ns")))
		}
		list = append(list, v)
	}
	return list
}

// Numbers are given by content, so that which of a ticket's lines counts does not
// depend on the order of files.
func TestTheOrderOfFilesDoesNotMatter(t *testing.T) {
	e := open(t)
	const header = "ticket,device,account,start,end\n"
	a := file(t, "a.csv", header+"CHG1,ws01,ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n")
	b := file(t, "b.csv", header+"CHG1,ws01,CORP\\ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n")
	found(t, e, event{"a", at(t, "2026-09-20T18:00:00Z"), "ws01", "", "corp", "ann", "x"})
	var both [][]verdict
	for _, files := range [][]string{{a, b}, {b, a}} {
		cal, err := Load(t.Context(), request(files...))
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, join(t, e, cal))
	}
	if diff := cmp.Diff(both[0], both[1]); diff != "" || len(both[0]) != 1 {
		t.Errorf("%v\n%s", both, diff)
	}
}
