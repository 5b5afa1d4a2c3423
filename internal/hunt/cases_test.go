package hunt_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/finding"
	"smew/internal/hunt"
	smewsql "smew/sql"
)

// every is all branches that come with smew.
func every(t testing.TB) []branch.Branch {
	t.Helper()
	branches, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	return branches
}

// after sets an event's time to so long after the others'.
func (e event) after(d time.Duration) event {
	return e.with("Timestamp", time.Date(2026, 9, 20, 10, 0, 0, 1234567*100, time.UTC).Add(d).Format(time.RFC3339Nano))
}

// payload is a program that users can replace: whatever shows it is hit.
const payload = `C:\Users\Public\svc.exe`

// What one service leaves behind: the command, the write and the record of the service
// manager, the file, the program as it runs.
func command(service, image string) event {
	return process(0, "ProcessCommandLine", `sc.exe create `+service+` binPath= "`+image+`"`)
}

func written(service, image string) event {
	return registry(0, "RegistryKey", services+service, "RegistryValueName", "ImagePath", "RegistryValueData", image,
		"InitiatingProcessFileName", "services.exe", "InitiatingProcessFolderPath", `C:\Windows\System32\services.exe`,
		"InitiatingProcessCommandLine", "services.exe", "InitiatingProcessParentFileName", "wininit.exe")
}

func recorded(service, image string) event {
	return installed(0, "pc1", service, image).with("InitiatingProcessAccountName", "system")
}

func ran(commandLine string) event {
	image, _, _ := strings.Cut(commandLine, " ")
	return process(0, "FileName", image[strings.LastIndex(image, `\`)+1:], "FolderPath", image, "ProcessCommandLine", commandLine,
		"AccountName", "system", "AccountDomain", "nt authority", "InitiatingProcessFileName", "services.exe",
		"InitiatingProcessFolderPath", `C:\Windows\System32\services.exe`, "InitiatingProcessCommandLine", "services.exe",
		"InitiatingProcessParentFileName", "wininit.exe")
}

func created(path string) event {
	return event{
		"table": "DeviceFileEvents", "ActionType": "FileCreated", "DeviceId": "id-pc1", "DeviceName": "pc1.corp.example",
		"FileName": path[strings.LastIndex(path, `\`)+1:], "FolderPath": path, "InitiatingProcessFileName": "curl.exe",
		"InitiatingProcessFolderPath": `C:\Windows\System32\curl.exe`, "InitiatingProcessCommandLine": "curl.exe -O", "InitiatingProcessAccountName": "ada",
	}.after(0)
}

// caseWords is a case in short: what it is about, what tells of it, who asked.
func caseWords(c finding.Case) string {
	return fmt.Sprintf("%s: %d events, %s; by %s (%s), %s", c.ServiceName, len(c.Evidence), strings.Join(c.Seen, " "), c.Account, c.AccountFrom, c.Client)
}

const (
	byAda    = `by corp\ada (process that asked), c:\windows\system32\cmd.exe`
	byNobody = "by  (), "
)

// TestCases: rows in, cases out. Each test is a device of its own in one hunt.
func TestCases(t *testing.T) {
	minute, hour := time.Minute, time.Hour
	two := command("Two", payload)
	tests := []struct {
		name   string
		events []event
		want   []string // by time
	}{
		{
			"everything of one service is one case",
			[]event{
				created(payload).after(-minute), command("One", payload), written("One", payload).after(100 * time.Millisecond),
				recorded("One", payload).after(200 * time.Millisecond), ran(payload).after(time.Second),
			},
			[]string{"One: 4 events, command registry install file run; " + byAda},
		},
		{
			"two hours later it is another",
			[]event{two, two.after(2 * hour), written("Two", payload).after(2*hour + time.Second)},
			[]string{"Two: 1 events, command; " + byAda, "Two: 2 events, command registry; " + byAda},
		},
		{
			"another service is another case",
			[]event{command("A", payload), command("B", `C:\Users\Public\b.exe`).after(time.Second)},
			[]string{"A: 1 events, command; " + byAda, "B: 1 events, command; " + byAda},
		},
		{
			"half an hour chains",
			[]event{two, two.after(29 * minute), two.after(58 * minute), two.after(88 * minute)},
			[]string{"Two: 4 events, command; " + byAda},
		},
		{
			"more than that does not",
			[]event{two, two.after(31 * minute)},
			[]string{"Two: 1 events, command; " + byAda, "Two: 1 events, command; " + byAda},
		},
		{
			"letters' case tells no two apart",
			[]event{
				command("UpKeep", payload), written("UPKEEP", payload).after(time.Second).with("DeviceName", "SAME"),
				recorded("upkeep", payload).after(2 * time.Second),
			},
			[]string{"UpKeep: 3 events, command registry install; " + byAda},
		},
		{
			"what names no service joins by what it runs",
			[]event{command("Joined", payload), ran(payload).after(5 * minute)},
			[]string{"Joined: 2 events, command run; " + byAda},
		},
		{
			"a shell by its arguments too",
			[]event{
				command("Shell", `C:\Windows\System32\cmd.exe /c one`), ran(`C:\Windows\System32\cmd.exe /c one`).after(time.Second),
				ran(`C:\Windows\System32\cmd.exe /c two`).after(2 * time.Second),
			},
			[]string{"Shell: 2 events, command run; " + byAda, ": 1 events, run; " + byNobody},
		},
		{
			"of two that run the same the nearest",
			[]event{command("Early", payload), command("Late", payload).after(hour), ran(payload).after(hour + minute)},
			[]string{"Early: 1 events, command; " + byAda, "Late: 2 events, command run; " + byAda},
		},
		{
			"the record of the installation knows the account best",
			[]event{
				command("Told", payload),
				recorded("Told", payload).after(time.Second).with("InitiatingProcessFileName", nil, "InitiatingProcessFolderPath", nil, "InitiatingProcessAccountName", "eve", "InitiatingProcessAccountDomain", "corp"),
			},
			[]string{`Told: 2 events, command install; by corp\eve (record of the installation), c:\windows\system32\cmd.exe`},
		},
		{
			"the service manager asks for nothing",
			[]event{written("Nobody", payload), recorded("Nobody", payload).after(time.Second), ran(payload).after(2 * time.Second)},
			[]string{"Nobody: 3 events, registry install run; " + byNobody},
		},
		{
			"a service manager elsewhere is somebody",
			[]event{written("Copy", payload).with("InitiatingProcessFolderPath", `C:\Users\Public\services.exe`, "InitiatingProcessAccountName", "eve")},
			[]string{`Copy: 1 events, registry; by eve (process that wrote it), c:\users\public\services.exe`},
		},
	}
	dir := t.TempDir()
	var rows []event
	for i, c := range tests {
		device := fmt.Sprintf("pc%d", i)
		for n, e := range c.events {
			name := device + ".corp.example"
			if e["DeviceName"] == "SAME" {
				name = strings.ToUpper(name)
			}
			rows = append(rows, e.with(on(device)...).with("DeviceName", name, "ReportId", n+1))
		}
	}
	stream(t, filepath.Join(dir, "a.json"), rows...)
	result := run(t, hunt.Request{Branches: every(t)}, dir)
	events(t, result)
	for i, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, casesOf(result, fmt.Sprintf("pc%d.", i))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// casesOf are the cases of a device in short, by time.
func casesOf(result *finding.Result, device string) []string {
	var found []finding.Case
	for _, c := range result.Cases {
		if strings.HasPrefix(strings.ToLower(c.DeviceName), device) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b finding.Case) int {
		if n := a.First.Compare(b.First); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	var list []string
	for _, c := range found {
		list = append(list, caseWords(c))
	}
	return list
}

// TestACaseEndsAfterADay: what comes every twenty minutes is no case for ever.
func TestACaseEndsAfterADay(t *testing.T) {
	dir := t.TempDir()
	var rows []event
	for i := range 3 * 30 {
		rows = append(rows, command("Often", payload).after(time.Duration(i)*20*time.Minute).with("ReportId", i))
	}
	stream(t, filepath.Join(dir, "a.json"), rows...)
	sizes := map[time.Time]int{}
	for _, c := range run(t, hunt.Request{Branches: core(t, "W07")}, dir).Cases {
		sizes[c.First] = len(c.Evidence)
		if c.Last.Sub(c.First) >= 24*time.Hour {
			t.Errorf("a case from %s to %s", c.First, c.Last)
		}
	}
	first := time.Date(2026, 9, 20, 10, 0, 0, 123456700, time.UTC)
	if diff := cmp.Diff(map[time.Time]int{first: 72, first.Add(24 * time.Hour): 18}, sizes); diff != "" {
		t.Error(diff)
	}
}

// TestWhatTheServiceManagerDoesItDoesForSomebody: for the client that came within a
// minute before it; else for nobody known.
func TestWhatTheServiceManagerDoesItDoesForSomebody(t *testing.T) {
	reg := registry(0, "RegistryKey", services+"Two", "RegistryValueName", "ImagePath", "RegistryValueData", payload, "InitiatingProcessAccountName", "eve")
	two, one := written("Two", payload), written("One", payload)
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"),
		command("Two", payload).with("ReportId", 1),
		two.after(10*time.Second).with("ReportId", 2),
		two.after(5*time.Minute).with("ReportId", 3),
		reg.after(10*time.Minute).with("ReportId", 4),
		two.after(10*time.Minute+30*time.Second).with("ReportId", 5),
		two.after(15*time.Minute).with("ReportId", 6),
		command("One", payload).after(time.Hour).with("ReportId", 7),
		one.after(time.Hour+20*time.Minute).with("ReportId", 8),
	)
	result, e := runOn(t, hunt.Request{Branches: every(t)}, dir)
	if len(result.Cases) != 2 {
		t.Errorf("%d cases: %v", len(result.Cases), casesOf(result, "pc1."))
	}
	var text string
	if err := e.Scan(t.Context(), `select string_agg(ReportId || ': ' || ClientPath || ' ' || ClientAccountName, chr(10) order by ReportId) from found_events`, &text); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(text, "\n")
	cmdExe, regExe := `c:\windows\system32\cmd.exe ada`, `c:\windows\system32\reg.exe eve`
	want := []string{"1: " + cmdExe, "2: " + cmdExe, "3:  ", "4: " + regExe, "5: " + regExe, "6:  ", "7: " + cmdExe, "8:  "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestACaseIsTheSameWhateverElseIsThere: its id and its evidence hang on no other
// device, on no event after it, on no branch and on no entry.
func TestACaseIsTheSameWhateverElseIsThere(t *testing.T) {
	own := []event{
		command("One", payload).with("ReportId", 1), written("One", payload).after(time.Second).with("ReportId", 2),
		ran(payload).after(2*time.Second).with("ReportId", 3),
	}
	place := func(events ...event) string {
		dir := t.TempDir()
		stream(t, filepath.Join(dir, "a.json"), events...)
		return dir
	}
	find := func(req hunt.Request, places ...string) finding.Case {
		t.Helper()
		if req.Branches == nil {
			req.Branches = every(t)
		}
		req.ShowSuppressed = true
		var found []finding.Case
		for _, c := range run(t, req, places...).Cases {
			if c.ServiceName == "One" && c.DeviceName == "pc1.corp.example" {
				found = append(found, c)
			}
		}
		if len(found) != 1 {
			t.Fatalf("%d cases", len(found))
		}
		return found[0]
	}
	alone := find(hunt.Request{}, place(own...))
	other := func(report int, e event) event { return e.with(on("pc2")...).with("ReportId", report) }
	for name, got := range map[string]finding.Case{
		"with another device": find(hunt.Request{}, place(own...), place(other(1, own[0]), other(2, command("Zwei", payload)))),
		"with a second file":  find(hunt.Request{}, place(own[2]), place(own[:2]...)),
		"with a later hit":    find(hunt.Request{}, place(append(own[:3:3], own[0].after(20*time.Minute).with("ReportId", 9))...)),
		"with fewer branches": find(hunt.Request{Branches: core(t, "W07")}, place(own...)),
		"with an entry":       find(hunt.Request{Allow: entries(t, lowering(40, `initiating_process_path: 'c:\windows\system32\cmd.exe'`, `service_name: One`))}, place(own...)),
	} {
		if got.ID != alone.ID {
			t.Errorf("%s: id %s, alone %s", name, got.ID, alone.ID)
		}
		if !got.First.Equal(alone.First) || got.DeviceID != alone.DeviceID {
			t.Errorf("%s: begins %s on %s, alone %s on %s", name, got.First, got.DeviceID, alone.First, alone.DeviceID)
		}
	}
	for _, otherwise := range []event{own[0].with("DeviceName", "pc9.corp.example"), own[0].with("ProcessCommandLine", `sc.exe create Uno binPath= "`+payload+`"`), own[0].after(time.Millisecond)} {
		for _, c := range run(t, hunt.Request{Branches: every(t)}, place(otherwise)).Cases {
			if c.ID == alone.ID {
				t.Errorf("another case has the id: %s", caseWords(c))
			}
		}
	}
}

// entries reads allowlist entries from YAML.
func entries(t testing.TB, texts ...string) *allow.List {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.yaml")
	write(t, path, "entries:\n"+strings.Join(texts, ""))
	list, err := allow.Load(nil, "", []string{path})
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(texts, ""))
	}
	return list
}

// lowering is an entry that lowers what matches.
func lowering(points int, match ...string) string {
	return fmt.Sprintf(`  - id: lower-%d-%d
    class: it_management
    match:
      %s
    action: down-rank %d
    reason: a test
    owner: tests
    created: 2026-11-01
    expires: 2027-02-01
`, points, len(strings.Join(match, "")), strings.Join(match, "\n      "), points)
}

// TestTitles: a case in one line.
func TestTitles(t *testing.T) {
	pipe := `cmd.exe /c echo qfhaer > \\.\pipe\qfhaer`
	remote := recorded("qfhaer", "").with(
		"FolderPath", `C:\Windows\System32\cmd.exe`, "AdditionalFields", `{"ServiceName":"qfhaer","ImagePath":"cmd.exe /c echo qfhaer > \\\\.\\pipe\\qfhaer","ClientProcessId":"0"}`,
		"InitiatingProcessFileName", nil, "InitiatingProcessFolderPath", nil, "InitiatingProcessAccountName", "x", "InitiatingProcessAccountDomain", "CORP")
	for _, c := range []struct {
		want   string
		events []event
	}{
		{`Service qfhaer runs cmd.exe through a named pipe, installed remotely by CORP\x`, []event{remote, written("qfhaer", pipe).after(time.Second)}},
		{`Service One runs ` + payload + `, installed by corp\ada`, []event{command("One", payload), written("One", payload).after(time.Second)}},
		{`Service Enc runs powershell.exe with code that is encoded, hidden or downloaded, installed by corp\ada`, []event{
			command("Enc", `powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAKQA=`),
		}},
		{`Service Net runs \\fs01\share\a.exe off the network, configured`, []event{written("Net", `\\fs01\share\a.exe`)}},
		{`Service manager started a shell or a program that users can replace`, []event{ran(payload)}},
		{`Service Fails runs ` + payload + ` when it fails`, []event{process(0, "ProcessCommandLine", `sc.exe failure Fails command= "`+payload+`"`)}},
		{`Service Fails runs ` + payload + ` when it fails, configured`, []event{written("Fails", payload).with("RegistryValueName", "FailureCommand")}},
		{`Permissions of a service changed: Open`, []event{process(0, "ProcessCommandLine", `reg.exe add HKLM\SYSTEM\CurrentControlSet\Services\Open\Security /v Security /t REG_BINARY /d fe340ead`).with("FileName", "reg.exe")}},
		{`Permissions of a service changed: Open`, []event{process(0, "ProcessCommandLine", `sc.exe sdset Open D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)`)}},
		{`Permissions of service Open changed by reg.exe`, []event{registry(0,
			"RegistryKey", services+`Open\Security`, "RegistryValueName", "Security", "RegistryValueData", "01001480", "RegistryValueType", "Binary")}},
	} {
		dir := t.TempDir()
		for i := range c.events {
			c.events[i] = c.events[i].with("ReportId", i+1)
		}
		stream(t, filepath.Join(dir, "a.json"), c.events...)
		result := run(t, hunt.Request{Branches: every(t)}, dir)
		if len(result.Cases) != 1 || result.Cases[0].Title != c.want {
			var titles []string
			for _, got := range result.Cases {
				titles = append(titles, got.Title)
			}
			t.Errorf("want %q, got %q", c.want, titles)
		}
	}
}

// TestEvidenceOfOneMomentIsInTheOrderOfItsRecords: an event's id says nothing of it.
func TestEvidenceOfOneMomentIsInTheOrderOfItsRecords(t *testing.T) {
	dir := t.TempDir()
	var list []event
	for i := range 12 {
		list = append(list, command("One", payload).with("ReportId", i+1))
	}
	stream(t, filepath.Join(dir, "a.json"), list...)
	for _, c := range run(t, hunt.Request{Branches: every(t)}, dir).Cases {
		for i, e := range c.Evidence {
			if e.Source.Record != int64(i+1) {
				t.Errorf("evidence %d is record %d", i+1, e.Source.Record)
			}
		}
		if len(c.Evidence) != len(list) {
			t.Errorf("%d events", len(c.Evidence))
		}
	}
}

// TestWhatIsMissingIsSaid: kinds of telemetry that the device has none of, that no branch
// looks at, and that nobody is known to have asked. A kind that is there and silent is
// not missing.
func TestWhatIsMissingIsSaid(t *testing.T) {
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"),
		command("One", payload).with("ReportId", 1),
		command("One", payload).with(on("pc2")...).with("ReportId", 1), registry(2, on("pc2")...), recorded("Other", `C:\Program Files\O\o.exe`).with(on("pc2")...).with("ReportId", 3),
		created(`C:\Users\ada\notes.txt`).with(on("pc2")...).with("ReportId", 4),
		ran(payload).with(on("pc3")...).with("ReportId", 1))
	missing := func(branches []branch.Branch) map[string][]string {
		got := map[string][]string{}
		for _, c := range run(t, hunt.Request{Branches: branches}, dir).Cases {
			if c.ServiceName == "One" || c.ServiceName == "" {
				got[c.DeviceName[:3]] = []string{}
				for _, m := range c.Missing {
					got[c.DeviceName[:3]] = append(got[c.DeviceName[:3]], m.Kind+": "+m.Text)
				}
			}
		}
		return got
	}
	config := "registry: no DeviceRegistryEvents of this device: changes of the configuration cannot be seen"
	install := "install: no DeviceEvents of this device: records of installations (4697, 7045) cannot be seen"
	file := "file: no DeviceFileEvents of this device: where the files came from cannot be seen"
	want := map[string][]string{
		"pc1": {config, install, file}, "pc2": {}, "pc3": {config, install, file, "account: no record tells who asked for it"},
	}
	if diff := cmp.Diff(want, missing(every(t))); diff != "" {
		t.Error(diff)
	}
	// W07 looks at processes and, for PowerShell's scripts, at DeviceEvents.
	narrow := strings.NewReplacer("no DeviceRegistryEvents of this device", "no branch of this hunt looks at DeviceRegistryEvents",
		"no DeviceFileEvents of this device", "no branch of this hunt looks at DeviceFileEvents")
	if diff := cmp.Diff(map[string][]string{
		"pc1": {narrow.Replace(config), install, narrow.Replace(file)}, "pc2": {narrow.Replace(config), narrow.Replace(file)},
	}, missing(core(t, "W07"))); diff != "" {
		t.Error(diff)
	}
}

// TestWhatHasNoTimeIsACaseByItself: nothing says that two such records belong together,
// and nothing lies within a minute of them.
func TestWhatHasNoTimeIsACaseByItself(t *testing.T) {
	dir := t.TempDir()
	one, two := started(5, scExe, 100, 77, create), started(6, scExe, 101, 77, create)
	delete(one, "TimeCreated")
	delete(two, "TimeCreated")
	flat(t, filepath.Join(dir, "a.json"), one, two, started(7, scExe, 102, 77, create))
	result := run(t, hunt.Request{Branches: every(t)}, dir)
	for _, c := range result.Cases {
		if timed := *c.Evidence[0].ReportID == 7; c.First.IsZero() == timed || c.Last.IsZero() == timed || len(c.Evidence) != 1 {
			t.Errorf("%s: from %s to %s", caseWords(c), c.First, c.Last)
		}
	}
	if len(result.Cases) != 3 {
		t.Errorf("%d cases, want 3: %v", len(result.Cases), casesOf(result, ""))
	}
	again := run(t, hunt.Request{Branches: every(t)}, dir)
	if diff := cmp.Diff(result.Cases, again.Cases); diff != "" {
		t.Error(diff)
	}
}

// TestARecordThatNoBranchHitsNamesTheService of what runs, and is shown beside it.
func TestARecordThatNoBranchHitsNamesTheService(t *testing.T) {
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"), written("Quiet", payload).after(-time.Second).with("ReportId", 1), ran(payload).with("ReportId", 2))
	result := run(t, hunt.Request{Branches: append(core(t, "W15"), core(t, "W10")...)}, dir)
	if diff := cmp.Diff([]string{"quiet: 1 events, registry run; " + byNobody}, casesOf(result, "pc1.")); diff != "" {
		t.Fatal(diff)
	}
	if r := result.Cases[0].Related; len(r) != 1 || r[0].Kind != "registry" || r[0].Text != "ImagePath = "+payload {
		t.Errorf("related: %+v", r)
	}
}
