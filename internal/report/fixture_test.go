package report

import (
	"strings"
	"time"

	"smew/internal/finding"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func ptr[T any](v T) *T { return &v }

// fixture is a hunt with something of everything to say.
func fixture() *finding.Result {
	return &finding.Result{Cases: fixtureCases(), Summary: fixtureSummary()}
}

func fixtureCases() []finding.Case {
	return []finding.Case{remoteCase(), loweredCase(), bareCase()}
}

// remoteCase is a case with several events, of several kinds of telemetry.
func remoteCase() finding.Case {
	w01 := finding.Branch{Name: "W01", DetectionType: "New Service Creation", Technique: "T1543.003"}
	w03 := finding.Branch{Name: "W03", DetectionType: "Unusual Parent Service", Technique: "T1543.003"}
	w06 := finding.Branch{Name: "W06", DetectionType: "Suspicious Service Binary", Technique: "T1543.003"}
	payload := `powershell.exe -nop -w hidden -enc JABzAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAEkATwAuAE0AZQBtAG8AcgB5AFMAdAByAGUAYQBtAA==`
	device, id := "ws01.corp.example", "5f0c"+strings.Repeat("0", 36)
	return finding.Case{
		ID: "3fa2b1c0d9e85544", Score: 92, Raw: 153, Floor: 60, Severity: finding.High,
		Title: `Service UpdSvc runs powershell.exe with code that is encoded, hidden or downloaded, installed remotely by CORP\alice`,
		First: at("2026-09-20T10:11:12.1234567Z"), Last: at("2026-09-20T10:11:14Z"), DeviceName: device, DeviceID: id,
		Account: `CORP\alice`, AccountFrom: "process that asked",
		Client:      `C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE`,
		ServiceName: "UpdSvc", Payload: payload, PayloadPath: `c:\windows\system32\windowspowershell\v1.0\powershell.exe`,
		Branches: []finding.Branch{w01, w03, w06},
		Seen:     []string{"command", "registry", "install"},
		Missing:  []finding.Missing{{Kind: "file", Text: "no DeviceFileEvents of this device: where the files came from cannot be seen"}},
		Fleet:    finding.Fleet{Devices: 2, Of: 413, Names: []string{"ws01.corp.example", "ws02.corp.example"}, Since: ptr(at("2026-09-19T08:00:00Z"))},
		Reasons: []finding.Reason{
			{ID: "branch:W03", Group: "base", Points: 45, Text: "base of W03", Events: []string{"e100000000000001"}},
			{ID: "payload_lolbin", Group: "payload", Points: 20, Text: "payload is a Windows program that runs other code", Pierces: true, Events: []string{"e100000000000001", "e100000000000002"}},
			{ID: "payload_hidden", Group: "payload", Points: 25, Text: "payload is encoded, hidden or downloaded", Pierces: true, Events: []string{"e100000000000001", "e100000000000002"}},
			{ID: "payload_redirect", Group: "payload", Points: 30, Text: "payload is a shell that echoes to a pipe or file", Pierces: true, Floor: 60, Events: []string{"e100000000000002"}},
			{ID: "office_parent", Group: "actor", Points: 25, Text: "started by an Office program", Events: []string{"e100000000000001"}},
			{ID: "rare_few", Group: "rarity", Points: 8, Text: "few devices have such a service", Detail: "on 2 of 413 devices: ws01.corp.example, ws02.corp.example"},
		},
		Allowlist: []finding.Applied{{
			Entry: "office-updates", Class: "installer", Action: "pierced", Covers: 1, Reason: "Office installs its updater", Owner: "soc@corp.example",
			Note: "a hard reason stands: payload is encoded, hidden or downloaded",
		}},
		Evidence: []finding.Event{
			{
				ID: "e100000000000001", Kind: "command", Title: "Service UpdSvc created by WINWORD.EXE to run " + payload,
				Timestamp: at("2026-09-20T10:11:12.1234567Z"), DeviceName: device, DeviceID: id, Account: `CORP\alice`,
				Table: "DeviceProcessEvents", ReportID: ptr(int64(4711)), ActionType: "ProcessCreated",
				Branches: []finding.Branch{w01, w03, w06}, Reasons: []string{"branch:W03", "payload_lolbin", "payload_hidden", "office_parent"},
				ServiceName: "UpdSvc", Payload: payload, FileName: "sc.exe",
				ProcessCommandLine:           `sc.exe create UpdSvc binPath= "powershell.exe -nop -w hidden -enc JABzAD0ATgBlAHcALQBPAGIAagBlAGMAdAA=" start= auto`,
				InitiatingProcessFileName:    "WINWORD.EXE",
				InitiatingProcessFolderPath:  `C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE`,
				InitiatingProcessCommandLine: `"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "C:\Users\alice\Downloads\invoice.docm"`,
				Allowlist:                    []string{"office-updates"},
				Source:                       finding.Source{File: "exports/mde/DeviceProcessEvents/y=2026/m=09/d=20/PT1H.json", Record: 118, Copies: 1, Telemetry: "Sysmon 1"},
				Also:                         []finding.Source{{File: "Security.evtx", Record: 354577, Telemetry: "Security 4688"}},
				InitiatingProcessNote:        "from its start, by GUID",
			},
			{
				ID: "e100000000000002", Kind: "registry", Title: "Service UpdSvc set to run " + payload,
				Timestamp: at("2026-09-20T10:11:14Z"), DeviceName: device, DeviceID: id,
				Table: "DeviceRegistryEvents", ActionType: "RegistryValueSet",
				Branches: []finding.Branch{w06}, Reasons: []string{"payload_lolbin", "payload_hidden", "payload_redirect"},
				ServiceName: "UpdSvc", Payload: payload,
				RegistryKey: `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\UpdSvc`, RegistryValueName: "ImagePath", RegistryValueData: payload,
				InitiatingProcessFileName: "services.exe",
				Source:                    finding.Source{File: "exports/registry.zip!events.csv", Record: 7, Telemetry: "Sysmon 13"},
			},
		},
		Related: []finding.Related{{
			Kind: "install", Timestamp: at("2026-09-20T10:11:13Z"), Table: "DeviceEvents", ActionType: "ServiceInstalled",
			Text: "UpdSvc: powershell.exe -nop -w hidden", Account: `CORP\alice`, Source: finding.Source{File: "System.evtx", Record: 91, Telemetry: "System 7045"},
		}},
	}
}

// loweredCase is lowered by an allowlist entry and a ticket, though a floor holds it.
func loweredCase() finding.Case {
	w04 := finding.Branch{Name: "W04", DetectionType: "Autostart Service Registered", Technique: "T1543.003"}
	payload := `%COMSPEC% /c start /b C:\Users\Public\h.exe`
	moment := at("2026-09-19T23:59:59Z")
	return finding.Case{
		ID: "0b77665544330011", Score: 35, Raw: 13, Floor: 35, Severity: finding.Medium,
		Title: "Service WinDefendHelper runs " + payload + ", configured by reg.exe",
		First: moment, Last: moment, DeviceName: "srv-file-02.emea.corp.example",
		Client: `C:\Windows\System32\reg.exe`, ServiceName: "WinDefendHelper", Payload: payload, PayloadPath: `c:\windows\system32\cmd.exe`,
		Branches: []finding.Branch{w04}, Seen: []string{"registry"},
		Missing: []finding.Missing{
			{Kind: "command", Text: "no branch of this hunt looks at DeviceProcessEvents: what was asked on the command line cannot be seen"},
			{Kind: "install", Text: "no DeviceEvents of this device: records of installations (4697, 7045) cannot be seen"},
			{Kind: "account", Text: "no record tells who asked for it"},
		},
		Fleet: finding.Fleet{Devices: 1, Of: 413, Names: []string{"srv-file-02.emea.corp.example"}},
		Reasons: []finding.Reason{
			{ID: "branch:W04", Group: "base", Points: 33, Text: "base of W04", Floor: 35, Events: []string{"e200000000000001"}},
			{ID: "writer_script", Group: "actor", Points: 15, Text: "written by a script host or registry tool", Events: []string{"e200000000000001"}},
			{ID: "allowlist:helper", Group: "benign", Points: -10, Text: "allowlist entry helper"},
			{ID: "change:CHG0031", Group: "benign", Points: -25, Text: "change ticket CHG0031"},
		},
		Allowlist: []finding.Applied{
			{Entry: "CHG0031", Class: "administrator", Action: "change", Points: -25, Covers: 1, Reason: `change ticket CHG0031 for CORP\ops, 2026-09-19 22:00 to 2026-09-20 02:00 UTC`, Owner: `CORP\ops`},
			{
				Entry: "helper", Class: "it_management", Action: "down-rank", Points: -10, Covers: 1,
				Reason: "the help desk's agent writes services with reg.exe", Owner: "soc@corp.example", Note: "asks to hide, and no signer is recorded",
			},
			{Entry: "wide", Class: "it_management", Action: "down-rank", Covers: 1, Reason: "reg.exe", Owner: "soc@corp.example", Note: "another entry of its class counts"},
		},
		Evidence: []finding.Event{{
			ID: "e200000000000001", Kind: "registry", Title: "Service WinDefendHelper set to run " + payload,
			Timestamp: moment, DeviceName: "srv-file-02.emea.corp.example",
			Table: "DeviceRegistryEvents", ReportID: ptr(int64(99)), ActionType: "RegistryValueSet",
			Branches: []finding.Branch{w04}, Reasons: []string{"branch:W04", "writer_script"}, ServiceName: "WinDefendHelper", Payload: payload,
			RegistryKey:                  `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\WinDefendHelper`,
			RegistryValueName:            "ImagePath",
			RegistryValueData:            payload,
			InitiatingProcessFileName:    "reg.exe",
			InitiatingProcessCommandLine: `reg  add HKLM\SYSTEM\CurrentControlSet\Services\WinDefendHelper /v ImagePath /f`,
			Allowlist:                    []string{"CHG0031", "helper", "wide"},
			Source:                       finding.Source{File: "exports/registry.zip!events.csv", Record: 7, Telemetry: "Sysmon 13"},
			TimestampNote:                "no zone: taken as UTC",
		}},
	}
}

// bareCase has little to say, a sum below 0 and no time.
func bareCase() finding.Case {
	w01 := finding.Branch{Name: "W01", DetectionType: "New Service Creation", Technique: "T1543.003"}
	return finding.Case{
		ID: "aaaabbbbcccc0000", Score: 0, Raw: -5, Severity: finding.Informational,
		Title: "Service 打印 created by msiexec.exe", DeviceName: "日本語-pc", Account: `NT AUTHORITY\SYSTEM`,
		ServiceName: "打印", Branches: []finding.Branch{w01}, Seen: []string{"command"},
		Reasons: []finding.Reason{
			{ID: "branch:W01", Group: "base", Points: 35, Text: "base of W01", Events: []string{"e300000000000001"}},
			{ID: "allowlist:msi", Group: "benign", Points: -40, Text: "allowlist entry msi"},
		},
		Suppressed: true,
		Allowlist:  []finding.Applied{{Entry: "msi", Class: "installer", Action: "suppress", Points: -40, Covers: 1, Reason: "installers install services", Owner: "soc"}},
		Evidence: []finding.Event{{
			ID: "e300000000000001", Kind: "command", Title: "Service 打印 created by msiexec.exe",
			DeviceName: "日本語-pc", Account: `NT AUTHORITY\SYSTEM`,
			Table: "DeviceProcessEvents", ActionType: "ProcessCreated", Branches: []finding.Branch{w01}, Reasons: []string{"branch:W01"},
			ServiceName: "打印", FileName: "sc.exe",
			ProcessCommandLine:        `sc create 打印 binPath= "C:\Program Files\打印\svc.exe"`,
			InitiatingProcessFileName: "msiexec.exe",
			Suppressed:                true, Allowlist: []string{"msi"},
			Source: finding.Source{File: "a.csv", Record: 1},
		}},
	}
}

func fixtureSummary() finding.Summary {
	return finding.Summary{
		Window: finding.Window{
			Since: ptr(at("2026-09-13T10:11:13Z")), Until: ptr(at("2026-09-20T10:11:13Z")),
			Resolved: "--last 7d, counted back from the newest event",
		},
		Tables: []finding.Table{
			{
				Name: "DeviceProcessEvents", Events: 1234567, Duplicates: 1200, Outside: 38, Devices: 412, Files: 12,
				First: ptr(at("2026-09-13T10:11:13.0000001Z")), Last: ptr(at("2026-09-20T10:11:12.1234567Z")),
				GapDays: []string{"2026-09-15", "2026-09-16"},
			},
			{
				Name: "DeviceRegistryEvents", Events: 88, Devices: 3, Files: 1,
				First: ptr(at("2026-09-19T00:00:00Z")), Last: ptr(at("2026-09-20T01:02:03Z")),
			},
			{Name: "DeviceFileEvents"},
		},
		Branches: []finding.BranchRun{
			{Name: "W01", Title: "New service created", Hits: 12},
			{Name: "W02", Title: "Suspicious service binary", Hits: 0},
			{Name: "W03", Title: "Service created by an unusual parent", Hits: 3},
		},
		NotRun: []finding.BranchSkipped{
			{Name: "W04", Title: "Autostart service registered", Reason: "column RegistryValueData is missing", Files: []string{"exports/old.csv", "exports/older.csv"}, Extent: finding.ExtentAll},
			{Name: "W09", Title: "Driver loaded from a folder users can write", Reason: "no DeviceEvents in these files", Extent: finding.ExtentAll},
			{Name: "W05", Title: "Service installed from an unusual place", Reason: "no DeviceImageLoadEvents in these files", Files: []string{}, Extent: finding.ExtentTable},
			{Name: "W06", Title: "Service set to run something suspicious", Reason: "no DeviceImageLoadEvents in these files", Files: []string{}, Extent: finding.ExtentTable},
			{Name: "W07", Title: "Service created by a command", Reason: "DeviceProcessEvents there has no ProcessVersionInfoOriginalFileName", Files: []string{"exports/old.csv"}, Extent: finding.ExtentColumn},
		},
		Suppressed: []finding.EntryCount{
			{Entry: "seed-sccm", BuiltIn: true, Class: "it_management", Action: "suppress", Cases: 4, Events: 7, Reason: "SCCM's client installs its own service", Owner: "soc", Expires: "2027-05-20"},
			{Entry: "helper", Class: "it_management", Action: "down-rank", Cases: 1, Events: 1, Reason: "the help desk's agent writes services with reg.exe", Owner: "soc@corp.example", Expires: "2027-01-01"},
			{Entry: "CHG0031", Class: "administrator", Action: "change", Cases: 2, Events: 3, Reason: `change ticket CHG0031 for CORP\ops`, Owner: `CORP\ops`},
		},
		Expired: []string{"old-scanner", "pilot-2025"},
		Rejected: []finding.Rejected{
			{File: "exports/mde/DeviceProcessEvents/y=2026/m=09/d=20/PT1H.json", Reason: "half a line: the blob was still being written", Rows: 1, Records: []int64{120331}},
			{File: "exports/portal.csv", Reason: "Timestamp is no time", Rows: 44, Records: []int64{2, 9, 17, 18, 19}},
		},
		Skipped: []finding.Skipped{{File: "exports/readme.txt", Reason: "no telemetry: plain text"}},
		Files:   finding.Files{Given: 16, Read: 12, Opened: 13, Pruned: 2},
		Counts: finding.Counts{
			Total: 19, Events: 31, BySeverity: map[finding.Severity]int64{finding.High: 3, finding.Medium: 4, finding.Low: 5, finding.Informational: 3},
			Suppressed: 4, BelowScore: 2, BelowLimit: 10, Devices: 413, RowsRead: 1235938, RowsKept: 15, Rejected: 45, Others: 12, Doubtful: 7,
		},
		Versions: finding.Versions{Smew: "0.1.0", Branches: "3fa2b1c09d8e", Allowlist: "77aa00bb11cc", Changes: "c4a9e1d2f3b0", Weights: "0123456789ab", Reference: "9c8b7a6f5e4d"},
		Notes:    []string{"DeviceProcessEvents: 3 events are later than 2026-09-21: a clock is wrong, or somebody set it"},
	}
}

// hostileTexts is what an attacker may have put anywhere.
var hostileTexts = map[string]string{
	"clear screen":    "a\x1b[2Jb",
	"title":           "\x1b]0;owned\x07",
	"c1":              "\u009b31m\u0085",
	"override":        "gpj.\u202eexe.scr",
	"zero width":      "a\u200b\ufeff\u2060b",
	"newline":         "a\r\n\n# smew: nothing found\tb",
	"bar":             "a|b\\|c|",
	"formula":         "=cmd|'/C calc'!A0",
	"spaced formula":  "  \t=1+1",
	"wide formula":    "＝1+1",
	"split formula":   "x; @SUM(1)\";=1",
	"html":            "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;",
	"markdown":        "**b** _i_ `c` ```` [l](http://e.example) ![i](x) <http://e.example> http://e.example www.e.example @team #1 ~~s~~ $x$ \\",
	"backticks":       "`",
	"list":            "- a",
	"numbers":         "1. a",
	"long":            strings.Repeat("A", 10_000),
	"long word lines": strings.Repeat("wört ", 2_000),
	"marks":           "\u0301" + strings.Repeat("a\u0301\u0301\u0301\u0301\u0301\u0301", 50),
	"not utf-8":       "a\xff\xfe\xed\xa0\x80b",
	"nul":             "\x00\x7f",
	"wide":            strings.Repeat("日本", 100),
	"empty":           "",
	"space":           "   ",
	"private":         "\ue000\U000e0041\U0010fffd",
	"separator":       "a\u2028b\u2029c",
}

// poisoned is the fixture with text in every place where data can reach.
func poisoned(text string) *finding.Result {
	r := fixture()
	for i := range r.Cases {
		poison(&r.Cases[i], text)
	}
	s := &r.Summary
	s.Window.Resolved = text
	for i := range s.Tables {
		s.Tables[i].Name = text
		s.Tables[i].GapDays = []string{text, text}
	}
	for i := range s.Branches {
		s.Branches[i].Name, s.Branches[i].Title = text, text
	}
	for i := range s.NotRun {
		s.NotRun[i] = finding.BranchSkipped{Name: text, Title: text, Reason: text, Files: []string{text}, Extent: s.NotRun[i].Extent}
		if i == 1 {
			s.NotRun[i].Files = nil
		}
	}
	for i := range s.Suppressed {
		s.Suppressed[i] = finding.EntryCount{Entry: text, Class: text, Action: text, Cases: 1, Events: 1, Reason: text, Owner: text, Expires: text}
	}
	s.Expired = []string{text}
	for i := range s.Rejected {
		s.Rejected[i].File, s.Rejected[i].Reason = text, text
	}
	for i := range s.Skipped {
		s.Skipped[i] = finding.Skipped{File: text, Reason: text}
	}
	s.Notes = []string{text}
	s.Versions = finding.Versions{Smew: text, Branches: text, Allowlist: text, Changes: text, Weights: text, Reference: text}
	return r
}

// poison puts text into every place of a case.
func poison(c *finding.Case, text string) {
	for _, field := range []*string{
		&c.ID, &c.Title, &c.DeviceName, &c.DeviceID, &c.Account, &c.AccountFrom, &c.Client, &c.ServiceName, &c.Payload, &c.PayloadPath,
	} {
		*field = text
	}
	c.Severity = finding.Severity(text)
	c.Branches = []finding.Branch{{Name: text, DetectionType: text, Technique: text}}
	c.Seen = []string{text, "run", text}
	c.Missing = []finding.Missing{{Kind: text, Text: text}}
	c.Fleet.Names = []string{text, text}
	c.Reasons = []finding.Reason{
		{ID: text, Group: text, Points: 1, Text: text, Detail: text, Floor: c.Floor, Events: []string{text}},
		{ID: "rare", Group: "rarity", Points: 1, Text: text, Detail: text},
	}
	c.Allowlist = nil
	for _, action := range []string{text, "suppress", "pierced", "down-rank", "change", "tag"} {
		c.Allowlist = append(c.Allowlist, finding.Applied{Entry: text, Class: text, Action: action, Points: -1, Reason: text, Owner: text, Note: text})
	}
	for i := range c.Evidence {
		poisonEvent(&c.Evidence[i], text)
	}
	c.Related = []finding.Related{{
		Kind: text, Table: text, ActionType: text, Text: text, Account: text, Source: finding.Source{File: text, Telemetry: text},
	}}
}

func poisonEvent(e *finding.Event, text string) {
	for _, field := range []*string{
		&e.ID, &e.Kind, &e.Title, &e.DeviceName, &e.DeviceID, &e.Account, &e.Table, &e.ActionType, &e.ServiceName, &e.Payload, &e.FileName,
		&e.FolderPath, &e.ProcessCommandLine, &e.RegistryKey, &e.RegistryValueName, &e.RegistryValueData, &e.InitiatingProcessFileName,
		&e.InitiatingProcessFolderPath, &e.InitiatingProcessCommandLine, &e.Source.File, &e.Source.Telemetry, &e.TimestampNote, &e.InitiatingProcessNote,
	} {
		*field = text
	}
	e.Branches = []finding.Branch{{Name: text, DetectionType: text, Technique: text}}
	e.Reasons, e.Allowlist = []string{text, text}, []string{text}
	e.Also = []finding.Source{{File: text, Telemetry: text}}
}
