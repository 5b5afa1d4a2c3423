package hunt_test

import (
	"fmt"
	"testing"

	"smew/internal/engine"
)

// began is the first moment of the data in these tests, and day a moment so many days
// later.
const began = "2026-09-01 00:00:00"

func day(n int, clock string) string { return fmt.Sprintf("2026-09-%02d %s", 1+n, clock) }

// agent is a service with a program of its own.
func agent(name, path string) []any {
	return []any{"ServiceName", name, "Payload", path, "PayloadPath", path}
}

// installs puts a record of the installation of a service on the devices first to last,
// on a day each step of devices.
func installs(tb testing.TB, e *engine.Engine, name, path string, first, last int, when string) {
	tb.Helper()
	for n := first; n <= last; n++ {
		put(tb, e, "context", tells("install", fmt.Sprintf("ws%03d", n), when, "ServiceName", name, "Path", path, "Payload", path))
	}
}

func TestRarity(t *testing.T) {
	const path = `c:\program files\vendor\agent.exe`
	for _, c := range []struct {
		name         string
		fleet, on    int // devices there are, and that have it, the case's own among them
		since        string
		want, detail string
	}{
		{"a device alone tells nothing", 1, 1, day(10, "10:00:00"), "", ""},
		{"nor do nine", 9, 1, day(10, "10:00:00"), "", ""},
		{"one of ten", 10, 1, day(10, "10:00:00"), "new_in_fleet rare_one_device", "on 1 of 10 devices: ws001"},
		{"two of ten", 10, 2, day(5, "10:00:00"), "", ""},
		{"three of 49", 49, 3, day(5, "10:00:00"), "", ""},
		{"three of 50", 50, 3, day(5, "10:00:00"), "rare_few", "on 3 of 50 devices: ws001, ws002, ws003"},
		{"four of 399", 399, 4, day(5, "10:00:00"), "", ""},
		{"four of 400", 400, 4, day(5, "10:00:00"), "rare_percent", "on 4 of 400 devices: ws001, ws002, ws003, ws004"},
		{"a tenth, and now this one", 100, 11, day(5, "10:00:00"), "", ""},
		{"more than a tenth", 100, 12, day(5, "10:00:00"), "common_tenth", "on 12 of 100 devices: ws001, ws002, ws003, ws004, ws005, …"},
		{"a half, and now this one", 100, 51, day(5, "10:00:00"), "common_tenth", "on 51 of 100 devices: ws001, ws002, ws003, ws004, ws005, …"},
		{"more than a half", 100, 52, day(5, "10:00:00"), "common_half", "on 52 of 100 devices: ws001, ws002, ws003, ws004, ws005, …"},
		{"four devices are not many", 20, 4, day(5, "10:00:00"), "", ""},
		{"nor are nineteen a fleet", 19, 19, day(5, "10:00:00"), "", ""},
		{"everywhere within a day", 100, 90, day(10, "02:00:00"), "new_in_fleet", ""},
		{"everywhere a day before", 100, 90, day(9, "10:00:00"), "common_half new_in_fleet", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := signals(t)
			fleetOf(t, e, c.fleet, began)
			put(t, e, "cases", act("a", "ws001", day(10, "10:00:00"), agent("Agent", path)...))
			installs(t, e, "agent", path, 2, c.on, c.since)
			got := signalled(t, e, "fleet.sql")
			if signalsOf(got, "a") != c.want {
				t.Errorf("got %q, want %q", signalsOf(got, "a"), c.want)
			}
			for _, id := range []string{"rare_one_device", "rare_few", "rare_percent", "common_tenth", "common_half"} {
				if detail, ok := got["a"][id]; ok && c.detail != "" && detail != c.detail {
					t.Errorf("%s: %q, want %q", id, detail, c.detail)
				}
			}
			var devices, of int
			if err := e.Scan(t.Context(), `select Devices from case_fleet where CaseId = 'a'`, &devices); err != nil {
				t.Fatal(err)
			}
			if err := e.Scan(t.Context(), `select "Of" from case_fleet where CaseId = 'a'`, &of); err != nil {
				t.Fatal(err)
			}
			if devices != max(1, c.on) || of != c.fleet {
				t.Errorf("%d of %d", devices, of)
			}
		})
	}
}

// What one device calls by another number, user or version is the same; what is called
// the same and runs something else is not.
func TestSameService(t *testing.T) {
	const path = `c:\users\ada\appdata\local\vendor\1.2.3\agent.exe`
	for _, c := range []struct {
		name   string
		others event
		want   int
	}{
		{"another version and user", tells("install", "ws002", day(5, "10:00:00"), "ServiceName", "AGENT_3f2a1", "Path", `c:\users\bob\appdata\local\vendor\1.3.0\agent.exe`), 2},
		{"another program", tells("install", "ws002", day(5, "10:00:00"), "ServiceName", "Agent_1b2c3", "Path", `c:\users\ada\appdata\local\other\agent.exe`), 1},
		{"another name", tells("install", "ws002", day(5, "10:00:00"), "ServiceName", "Other", "Path", path), 1},
		{"it runs there", tells("run", "ws002", day(5, "10:00:00"), "Path", path, "Payload", path+" -k 12"), 2},
		{"it runs there otherwise", tells("run", "ws002", day(5, "10:00:00"), "Path", path, "Payload", path+" -x"), 1},
		{"a file of that path runs nowhere", tells("file", "ws002", day(5, "10:00:00"), "Path", path, "Payload", path), 1},
		{"what is near tells of no service", tells("near", "ws002", day(5, "10:00:00"), "ServiceName", "Agent_1", "Path", path), 1},
		{"the same device by its id", tells("install", "", day(5, "10:00:00"), "DeviceId", "ws001", "ServiceName", "Agent_1b2c3", "Path", path), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := signals(t)
			fleetOf(t, e, 100, began)
			put(t, e, "cases", act("a", "ws001", day(10, "10:00:00"), "ServiceName", "Agent_0a1b2", "Payload", path+" -k 7", "PayloadPath", path))
			put(t, e, "context", c.others)
			signalled(t, e, "fleet.sql")
			var got int
			if err := e.Scan(t.Context(), `select Devices from case_fleet`, &got); err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("on %d devices, want %d", got, c.want)
			}
		})
	}
}

// A case may know no path, or no name, or neither.
func TestWhatIsKnownOfTheCase(t *testing.T) {
	e := signals(t)
	fleetOf(t, e, 100, began)
	installs(t, e, "Spooler", `c:\windows\system32\spoolsv.exe`, 2, 90, day(5, "10:00:00"))
	for n := 2; n <= 30; n++ {
		put(t, e, "context", tells("run", fmt.Sprintf("ws%03d", n), day(5, "10:00:00"), "Path", `c:\program files\vendor\tool.exe`, "Payload", `c:\program files\vendor\tool.exe`))
	}
	put(
		t, e, "cases",
		act("name", "ws001", day(10, "10:00:00"), "ServiceName", "spooler"),
		act("path", "ws001", day(10, "10:00:00"), "Payload", `"C:\Program Files\Vendor\tool.exe" -once`, "PayloadPath", `c:\program files\vendor\tool.exe`),
		act("neither", "ws001", day(10, "10:00:00")),
	)
	got := signalled(t, e, "fleet.sql")
	for id, want := range map[string]string{"name": "", "path": "common_tenth", "neither": ""} {
		if signalsOf(got, id) != want {
			t.Errorf("%s: %q, want %q", id, signalsOf(got, id), want)
		}
	}
	var counted int
	if err := e.Scan(t.Context(), "select count(*) from case_fleet", &counted); err != nil || counted != 2 {
		t.Error(counted, err)
	}
}

// What speaks against a payload keeps its spread from speaking for it.
func TestCommonIsNoExcuse(t *testing.T) {
	for reason, want := range map[string]string{"payload_lolbin": "", "harmless": "common_half", "pierces": "", "not_weighed": "common_half"} {
		e := signals(t)
		fleetOf(t, e, 100, began)
		put(t, e, "weights", event{"ReasonId": "payload_lolbin", "Grp": "payload", "Points": 20, "Pierces": false},
			event{"ReasonId": "harmless", "Grp": "benign", "Points": -10, "Pierces": false}, event{"ReasonId": "pierces", "Grp": "act", "Points": 0, "Pierces": true})
		put(t, e, "cases", act("a", "ws001", day(10, "10:00:00"), agent("Agent", `c:\windows\system32\cmd.exe`)...))
		put(t, e, "found_events", hit("a", "command", "ws001", day(10, "10:00:00"), "EventId", "e"))
		put(t, e, "event_reasons", event{"EventId": "e", "ReasonId": reason})
		installs(t, e, "Agent", `c:\windows\system32\cmd.exe`, 2, 90, day(5, "10:00:00"))
		if got := signalsOf(signalled(t, e, "fleet.sql"), "a"); got != want {
			t.Errorf("%s: %q, want %q", reason, got, want)
		}
	}
}

func TestNewInFleet(t *testing.T) {
	const path = `c:\program files\vendor\agent.exe`
	for _, c := range []struct{ name, since, when, want string }{
		{"a day before", day(9, "10:00:00"), day(10, "10:00:00"), "new_in_fleet"},
		{"longer before", day(9, "09:59:59"), day(10, "10:00:00"), ""},
		{"in the first days of the data", day(2, "10:00:00"), day(3, "09:00:00"), ""},
		{"just after them", day(3, "00:00:00"), day(3, "09:00:00"), "new_in_fleet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := signals(t)
			fleetOf(t, e, 10, began)
			put(t, e, "cases", act("a", "ws001", c.when, agent("Agent", path)...))
			installs(t, e, "Agent", path, 2, 2, c.since)
			got := signalled(t, e, "fleet.sql")
			if signalsOf(got, "a") != c.want {
				t.Errorf("got %q, want %q", signalsOf(got, "a"), c.want)
			}
			if c.name == "a day before" && got["a"]["new_in_fleet"] != "first seen 2026-09-10 10:00:00 UTC on ws002" {
				t.Error(got["a"]["new_in_fleet"])
			}
		})
	}
}

// A table that begins later than others has no history then.
func TestHistoryBeginsWithTheLastTable(t *testing.T) {
	e := signals(t)
	fleetOf(t, e, 10, began)
	put(t, e, "accounts", event{"SourceTable": "DeviceRegistryEvents", "InWindow": 5, "First": day(9, "00:00:00")}, event{"SourceTable": "DeviceFileEvents", "InWindow": 5, "First": day(14, "00:00:00")})
	put(t, e, "cases", act("early", "ws001", day(11, "10:00:00"), agent("One", `c:\one.exe`)...), act("late", "ws001", day(12, "10:00:00"), agent("Two", `c:\two.exe`)...))
	got := signalled(t, e, "fleet.sql")
	if signalsOf(got, "early") != "rare_one_device" || signalsOf(got, "late") != "new_in_fleet rare_one_device" {
		t.Error(got)
	}
}

func TestRandomNameOfACase(t *testing.T) {
	e := signals(t)
	fleetOf(t, e, 40, began)
	put(
		t, e, "cases",
		act("random", "ws001", day(10, "10:00:00"), "ServiceName", "qzxkvwJp"),
		act("person", "ws001", day(10, "10:00:00"), "ServiceName", "LedgerSync"),
		act("windows", "ws001", day(10, "10:00:00"), "ServiceName", "DXGKrnl"),
		act("user's", "ws001", day(10, "10:00:00"), "ServiceName", "CDPUserSvc_3f2a1"),
		act("unix", "ws001", day(10, "10:00:00"), "ServiceName", "qzxkvwJp", "Technique", "T1543.002"),
		act("two have it", "ws001", day(10, "10:00:00"), "ServiceName", "zqxjkvb"),
		act("three have it", "ws001", day(10, "10:00:00"), "ServiceName", "vbkjxqz"),
	)
	installs(t, e, "zqxjkvb", `c:\a.exe`, 1, 2, day(5, "10:00:00"))
	installs(t, e, "vbkjxqz", `c:\a.exe`, 1, 3, day(5, "10:00:00"))
	got := signalled(t, e, "fleet.sql")
	for id, want := range map[string]bool{"random": true, "person": false, "windows": false, "user's": false, "unix": false, "two have it": true, "three have it": false} {
		if _, random := got[id]["random_name"]; random != want {
			t.Errorf("%s: %v, want %v", id, random, want)
		}
	}
	t.Log(got["random"]["random_name"])
}
