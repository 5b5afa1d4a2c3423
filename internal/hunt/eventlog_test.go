package hunt_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smew/internal/branch"
	"smew/internal/hunt"
)

// winEvent is a Windows event as flat JSON, a second after the one before.
func winEvent(number, id int, channel string, pairs ...any) event {
	at := time.Date(2026, 9, 20, 10, 0, number, 0, time.UTC)
	e := event{
		"EventID": id, "Channel": channel, "Hostname": "pc1.corp.example", "RecordNumber": number,
		"TimeCreated": at.Format(time.RFC3339Nano),
	}
	if channel == sysmon {
		e["UtcTime"] = at.Format("2006-01-02 15:04:05.000")
	}
	return e.with(pairs...)
}

const (
	sysmon   = "Microsoft-Windows-Sysmon/Operational"
	security = "Security"
)

// started is Security 4688 of a machine that does not record the parent's name.
func started(number int, image string, pid, parent int, command string, pairs ...any) event {
	return winEvent(number, 4688, security, append([]any{
		"NewProcessName", image, "NewProcessId", fmt.Sprintf("0x%x", pid), "ProcessId", fmt.Sprintf("0x%x", parent), "CommandLine", command,
		"SubjectUserName", "ada", "SubjectDomainName", "CORP",
	}, pairs...)...)
}

func flat(t testing.TB, path string, events ...event) {
	t.Helper()
	var text strings.Builder
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	write(t, path, text.String())
}

const (
	office = `C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE`
	scExe  = `C:\Windows\System32\sc.exe`
	create = `sc.exe  create Evil binPath= "C:\Users\Public\evil.exe"`
)

// The parent of a process is known by number only; its start, in another file and
// read later, says that it is Word.
func TestTheParentIsFoundByItsStart(t *testing.T) {
	for name, tt := range map[string]struct {
		starts   []event
		branches string
		note     string
	}{
		"found":          {[]event{started(1, office, 77, 9, "winword.exe /n")}, "W01 W03", "from its start, by process id"},
		"used again":     {[]event{started(1, office, 77, 9, "winword.exe"), started(2, `C:\Windows\System32\cmd.exe`, 77, 9, "cmd.exe")}, "W01", "from its start, by process id"},
		"after":          {[]event{started(9, office, 77, 9, "winword.exe")}, "W01", "unknown: its start is not in these files"},
		"another device": {[]event{started(1, office, 77, 9, "winword.exe").with("Hostname", "pc2")}, "W01", "unknown: its start is not in these files"},
		"itself":         {[]event{started(4, `C:\Windows\System32\cmd.exe`, 77, 77, "cmd.exe")}, "W01", "from its start, by process id"},
		"long ago":       {[]event{started(1, office, 77, 9, "winword.exe").with("TimeCreated", "2026-09-18T10:00:00Z")}, "W01", "unknown: its start is not in these files"},
		"another clock":  {[]event{started(1, office, 77, 9, "winword.exe").with("TimeCreated", "2026-09-20 10:00:01")}, "W01", "unknown: its start is not in these files"},
		"log started":    {[]event{started(1, office, 77, 9, "winword.exe"), winEvent(2, 6005, "System", "SourceName", "EventLog")}, "W01", "unknown: its start is not in these files"},
		"before a boot":  {[]event{started(1, office, 77, 9, "winword.exe"), started(2, `C:\Windows\System32\smss.exe`, 300, 4, "")}, "W01", "unknown: its start is not in these files"},
	} {
		dir := t.TempDir()
		flat(t, filepath.Join(dir, "a.json"), started(5, scExe, 100, 77, create))
		flat(t, filepath.Join(dir, "b.json"), tt.starts...)
		result := run(t, hunt.Request{}, dir)
		e := only(t, result)
		if ids(e) != tt.branches || e.InitiatingProcessNote != tt.note {
			t.Errorf("%s: %s, %q", name, ids(e), e.InitiatingProcessNote)
		}
		if tt.branches == "W01 W03" && (e.InitiatingProcessFileName != "WINWORD.EXE" || e.InitiatingProcessCommandLine != "winword.exe /n") {
			t.Errorf("%s: started by %q %q", name, e.InitiatingProcessFileName, e.InitiatingProcessCommandLine)
		}
		// W03 asks for the parent. Where that is not known anywhere, it cannot say no.
		blind := strings.Contains(strings.Join(notRun(result), "\n"), "W03")
		if blind != strings.HasPrefix(tt.note, "unknown") {
			t.Errorf("%s: not run: %v", name, notRun(result))
		}
	}
}

// Sysmon gives processes GUIDs: a process id that was used again does not mislead.
func TestTheParentIsFoundByGUID(t *testing.T) {
	dir := t.TempDir()
	flat(t, filepath.Join(dir, "a.json"),
		winEvent(1, 1, sysmon, "Image", office, "CommandLine", "winword.exe /n", "ProcessGuid", "{A}", "ProcessId", "77", "User", `CORP\ada`),
		winEvent(2, 1, sysmon, "Image", scExe, "CommandLine", "sc query", "ProcessGuid", "{B}", "ProcessId", "77", "User", `CORP\eve`),
		winEvent(3, 13, sysmon, "EventType", "SetValue", "Image", office, "ProcessGuid", "{A}", "ProcessId", "77",
			"TargetObject", `HKLM\System\CurrentControlSet\Services\Evil\ImagePath`, "Details", `C:\Users\Public\evil.exe`),
	)
	result := run(t, hunt.Request{}, dir)
	e := only(t, result)
	if ids(e) != "W02" {
		t.Fatalf("%+v", e)
	}
	if e.InitiatingProcessCommandLine != "winword.exe /n" || e.InitiatingProcessNote != "from its start, by GUID" {
		t.Errorf("%q, %q", e.InitiatingProcessCommandLine, e.InitiatingProcessNote)
	}
}

// A launch that Sysmon and Windows both recorded is one event with two sources,
// and has what each of them says.
func TestOneLaunchIsOneEvent(t *testing.T) {
	windows := started(6, scExe, 100, 77, create)
	itself := winEvent(5, 1, sysmon, "Image", scExe, "CommandLine", create, "ProcessGuid", "{C}", "ProcessId", "100", "User", `CORP\ada`,
		"ParentImage", office, "ParentCommandLine", "winword.exe", "ParentProcessGuid", "{A}", "ParentProcessId", "77")
	for name, tt := range map[string]struct {
		other event
		want  int
	}{
		"the same":        {windows, 1},
		"another command": {windows.with("CommandLine", create+" type= own"), 2},
		"another process": {windows.with("NewProcessId", "0x65"), 2},
		"another program": {windows.with("NewProcessName", `C:\Temp\sc.exe`).with("CommandLine", "sc.exe create x"), 2},
		"much later":      {windows.with("TimeCreated", "2026-09-20T10:00:30Z"), 2},
		"another device":  {windows.with("Hostname", "pc2"), 2},
		"another parent":  {windows.with("ParentProcessName", `C:\Temp\evil.exe`), 2},
		"a day's clock":   {windows.with("TimeCreated", "2026-09-19 18:00:06"), 1},
		"months later":    {windows.with("TimeCreated", "2026-11-20 10:00:06"), 2},
	} {
		dir := t.TempDir()
		flat(t, filepath.Join(dir, "a.json"), itself)
		flat(t, filepath.Join(dir, "b.json"), tt.other)
		result := run(t, hunt.Request{}, dir)
		found := events(t, result)
		if len(found) != tt.want {
			t.Errorf("%s: %d events", name, len(found))
			continue
		}
		if tt.want > 1 {
			continue
		}
		e := found[0]
		if ids(e) != "W01 W03" || e.Source.Telemetry != "Sysmon 1" || len(e.Also) != 1 || e.Also[0].Telemetry != "Security 4688" || e.Also[0].Record != 6 {
			t.Errorf("%s: %s from %+v and %+v", name, ids(e), e.Source, e.Also)
		}
		// The record that was joined to it is no further evidence of the case either.
		if c := caseOf(t, result, e.ID); len(c.Related) > 0 {
			t.Errorf("%s: related %+v", name, c.Related)
		}
		if n := result.Summary.Counts; n.Total != 1 || n.Events != 1 || n.RowsKept != 2 {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

// What Windows does not record is unknown in its events, while Sysmon's, in the
// same file, are judged.
func TestABranchIsBlindToOneKindOfTelemetry(t *testing.T) {
	dir := t.TempDir()
	silent := started(1, scExe, 100, 77, "")
	delete(silent, "CommandLine")
	flat(t, filepath.Join(dir, "a.json"), silent,
		winEvent(2, 1, sysmon, "Image", scExe, "CommandLine", create, "ProcessGuid", "{C}", "ProcessId", "101", "ParentImage", `C:\Windows\System32\cmd.exe`,
			"ParentCommandLine", "cmd.exe", "ParentProcessGuid", "{A}", "ParentProcessId", "77"))
	result := run(t, hunt.Request{}, dir)
	if e := only(t, result); e.Source.Telemetry != "Sysmon 1" {
		t.Errorf("%+v", e)
	}
	want := "W01 a.json: DeviceProcessEvents of Security 4688 there has no ProcessCommandLine"
	if list := notRun(result); !strings.Contains(strings.Join(list, "\n"), want) {
		t.Errorf("not run: %v", list)
	}
}

// One event that two exporters wrote down is one, though their clocks differ; two
// events of one number, before and after a log was cleared, are two.
func TestAnEventIsKnownByItsNumber(t *testing.T) {
	dir := t.TempDir()
	one := started(5, scExe, 100, 77, create)
	flat(t, filepath.Join(dir, "a.json"), one)
	flat(t, filepath.Join(dir, "b.json"), one.with("TimeCreated", "2026-09-20 12:00:05").with("Keywords", "0x8020000000000000"))
	flat(t, filepath.Join(dir, "c.json"), started(5, scExe, 100, 77, create).with("TimeCreated", "2026-09-24T10:00:05Z"))
	result := run(t, hunt.Request{}, dir)
	found := events(t, result)
	if len(found) != 2 {
		t.Fatalf("%d events", len(found))
	}
	copies := int64(0)
	for _, e := range found {
		copies += e.Source.Copies
		if e.TimestampNote != "" {
			t.Errorf("the copy whose clock is in doubt was kept: %q", e.TimestampNote)
		}
	}
	if copies != 1 {
		t.Errorf("%d copies", copies)
	}
}

// Evidence without a time is in every window, and says that it has none.
func TestEvidenceWithoutATimeIsKept(t *testing.T) {
	dir := t.TempDir()
	timeless := started(5, scExe, 100, 77, create)
	delete(timeless, "TimeCreated")
	flat(t, filepath.Join(dir, "a.json"), timeless, started(6, scExe, 101, 77, create))
	since := time.Date(2026, 9, 21, 0, 0, 0, 0, time.UTC)
	result := run(t, hunt.Request{Since: &since}, dir)
	e := only(t, result)
	if !e.Timestamp.IsZero() || e.TimestampNote != "no time recorded" {
		t.Fatalf("%+v", e)
	}
	if c := caseOf(t, result, e.ID); !c.First.IsZero() || !c.Last.IsZero() {
		t.Errorf("its case is said to be of %s to %s", c.First, c.Last)
	}
	if n := result.Summary.Counts; n.Doubtful != 1 || n.RowsKept != 2 {
		t.Errorf("%+v", n)
	}
}

// A branch may ask for what only the start of the initiating process says, of events
// that name the process themselves.
func TestABranchMayAskForTheInitiatorsCommand(t *testing.T) {
	dir := t.TempDir()
	flat(t, filepath.Join(dir, "a.json"),
		winEvent(3, 13, sysmon, "EventType", "SetValue", "Image", `C:\Windows\System32\reg.exe`, "ProcessGuid", "{A}", "ProcessId", "77",
			"TargetObject", `HKLM\System\CurrentControlSet\Services\Evil\Description`, "Details", "x"))
	flat(t, filepath.Join(dir, "b.json"),
		winEvent(1, 1, sysmon, "Image", `C:\Windows\System32\reg.exe`, "CommandLine", "reg add evilthing", "ProcessGuid", "{A}", "ProcessId", "77"))
	card, err := branch.Parse("x.sql", []byte(strings.NewReplacer("ASKED", "has(InitiatingProcessCommandLine, 'evilthing')").Replace(ownBranch)))
	if err != nil {
		t.Fatal(err)
	}
	result := run(t, hunt.Request{Branches: []branch.Branch{card}}, dir)
	if e := only(t, result); e.InitiatingProcessCommandLine != "reg add evilthing" {
		t.Errorf("%+v, not run: %v", e, notRun(result))
	}
}

// Two events of one number and kind, before and after the log was cleared, are two,
// though no branch asks for what tells them apart.
func TestTwoInstallsOfOneNumberAreTwo(t *testing.T) {
	dir := t.TempDir()
	install := winEvent(5, 7045, "System", "SourceName", "Service Control Manager", "ServiceName", "AAA", "ImagePath", `C:\a.exe`)
	flat(t, filepath.Join(dir, "a.json"), install, install.with("ServiceName", "EVIL").with("TimeCreated", "2026-10-01T10:00:05Z"))
	card, err := branch.Parse("x.sql", []byte(strings.NewReplacer("ASKED", "ActionType = 'ServiceInstalled'", "DeviceRegistryEvents", "DeviceEvents").Replace(ownBranch)))
	if err != nil {
		t.Fatal(err)
	}
	result := run(t, hunt.Request{Branches: []branch.Branch{card}}, dir)
	if found := events(t, result); len(found) != 2 {
		t.Errorf("%d events", len(found))
	}
}

// ownBranch is a branch of the test's own; ASKED is its filter.
const ownBranch = `/*
id: X01
name: Asked
title: What the test asks
detection_type: Asked
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceRegistryEvents]
score: 20
description: a test
misses: [all else]
falsepositives: [none]
references: [https://attack.mitre.org/techniques/T1543/003/]
*/
select Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, 'Asked' as DetectionType, ActionType,
    InitiatingProcessFileName, InitiatingProcessCommandLine
from DeviceRegistryEvents
where ASKED
`
