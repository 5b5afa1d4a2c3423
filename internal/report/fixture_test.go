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
	return &finding.Result{Findings: fixtureFindings(), Summary: fixtureSummary()}
}

func fixtureFindings() []finding.Finding {
	return []finding.Finding{
		{
			ID: "3fa2b1c0d9e8", Score: 91, Raw: 145, Severity: finding.High,
			Title:     "Service UpdSvc created by WINWORD.EXE to run powershell.exe -nop -w hidden -enc JABzAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAEkATwAuAE0AZQBtAG8AcgB5AFMAdAByAGUAYQBtAA==",
			Timestamp: at("2026-09-20T10:11:12.1234567Z"), DeviceName: "ws01.corp.example", DeviceID: "5f0c" + strings.Repeat("0", 36),
			Account: `CORP\alice`, Table: "DeviceProcessEvents", ReportID: ptr(int64(4711)), ActionType: "ProcessCreated",
			Branches: []finding.Branch{
				{Name: "W01", DetectionType: "New Service Creation", Technique: "T1543.003"},
				{Name: "W03", DetectionType: "Unusual Parent Service", Technique: "T1543.003"},
			},
			Reasons: []finding.Reason{
				{ID: "branch:W03", Points: 45, Text: "base of W03"},
				{ID: "office_parent", Points: 25, Text: "started by an Office program"},
				{ID: "payload_lolbin", Points: 20, Text: "payload is a Windows program that runs other code"},
				{ID: "payload_hidden", Points: 25, Text: "payload is encoded, hidden or downloaded"},
				{ID: "payload_redirect", Points: 30, Text: "payload is a shell that echoes to a pipe or file"},
			},
			ServiceName: "UpdSvc", Payload: "powershell.exe -nop -w hidden -enc JABzAD0A", FileName: "sc.exe",
			ProcessCommandLine:           `sc.exe create UpdSvc binPath= "powershell.exe -nop -w hidden -enc JABzAD0ATgBlAHcALQBPAGIAagBlAGMAdAA=" start= auto`,
			InitiatingProcessFileName:    "WINWORD.EXE",
			InitiatingProcessFolderPath:  `C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE`,
			InitiatingProcessCommandLine: `"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "C:\Users\alice\Downloads\invoice.docm"`,
			Source:                       finding.Source{File: "exports/mde/DeviceProcessEvents/y=2026/m=09/d=20/PT1H.json", Record: 118, Copies: 1, Telemetry: "Sysmon 1"},
			Also:                         []finding.Source{{File: "Security.evtx", Record: 354577, Telemetry: "Security 4688"}},
			InitiatingProcessNote:        "from its start, by GUID",
		},
		{
			ID: "0b7766554433", Score: 47, Raw: 38, Severity: finding.Medium,
			Title:     `Service WinDefendHelper set to run %COMSPEC% /c start /b C:\Users\Public\h.exe`,
			Timestamp: at("2026-09-19T23:59:59Z"), DeviceName: "srv-file-02.emea.corp.example",
			Table: "DeviceRegistryEvents", ReportID: ptr(int64(99)), ActionType: "RegistryValueSet",
			Branches: []finding.Branch{{Name: "W04", DetectionType: "Autostart Service Registered", Technique: "T1543.003"}},
			Reasons: []finding.Reason{
				{ID: "branch:W04", Points: 33, Text: "base of W04"},
				{ID: "writer_script", Points: 15, Text: "written by a script host or registry tool"},
				{ID: "allowlist:helper", Points: -10, Text: "allowlist entry helper"},
			},
			ServiceName: "WinDefendHelper", Payload: `%COMSPEC% /c start /b C:\Users\Public\h.exe`,
			RegistryKey:                  `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\WinDefendHelper`,
			RegistryValueName:            "ImagePath",
			RegistryValueData:            `%COMSPEC% /c start /b C:\Users\Public\h.exe`,
			InitiatingProcessFileName:    "reg.exe",
			InitiatingProcessCommandLine: `reg  add HKLM\SYSTEM\CurrentControlSet\Services\WinDefendHelper /v ImagePath /f`,
			Allowlist: []finding.Applied{{
				Entry: "helper", Class: "management agents", Action: "down-rank", Points: -10,
				Reason: "the help desk's agent writes services with reg.exe", Owner: "soc@corp.example",
			}},
			Source:        finding.Source{File: "exports/registry.zip!events.csv", Record: 7, Telemetry: "Sysmon 13"},
			TimestampNote: "no zone: taken as UTC",
		},
		{
			ID: "aaaabbbbcccc", Score: 4, Raw: 0, Severity: finding.Informational,
			Title:     "Service 打印 created by msiexec.exe",
			Timestamp: at("2026-09-14T06:00:00.5Z"), DeviceName: "日本語-pc", Account: `NT AUTHORITY\SYSTEM`,
			Table: "DeviceProcessEvents", ActionType: "ProcessCreated",
			Branches:                  []finding.Branch{{Name: "W01", DetectionType: "New Service Creation", Technique: "T1543.003"}},
			Reasons:                   []finding.Reason{{ID: "branch:W01", Points: 35, Text: "base of W01"}, {ID: "allowlist:msi", Points: -35, Text: "allowlist entry msi"}},
			ServiceName:               "打印",
			FileName:                  "sc.exe",
			ProcessCommandLine:        `sc create 打印 binPath= "C:\Program Files\打印\svc.exe"`,
			InitiatingProcessFileName: "msiexec.exe",
			Source:                    finding.Source{File: "a.csv", Record: 1},
		},
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
			{Entry: "seed-sccm", Class: "management agents", Action: "suppress", Events: 4, Reason: "SCCM's client installs its own service", Owner: "soc", Expires: "2027-05-20"},
			{Entry: "helper", Class: "management agents", Action: "down-rank", Events: 1, Reason: "the help desk's agent writes services with reg.exe", Owner: "soc@corp.example", Expires: "2027-01-01"},
		},
		Expired: []string{"old-scanner", "pilot-2025"},
		Rejected: []finding.Rejected{
			{File: "exports/mde/DeviceProcessEvents/y=2026/m=09/d=20/PT1H.json", Reason: "half a line: the blob was still being written", Rows: 1, Records: []int64{120331}},
			{File: "exports/portal.csv", Reason: "Timestamp is no time", Rows: 44, Records: []int64{2, 9, 17, 18, 19}},
		},
		Skipped: []finding.Skipped{{File: "exports/readme.txt", Reason: "no telemetry: plain text"}},
		Files:   finding.Files{Given: 16, Read: 12, Opened: 13, Pruned: 2},
		Counts: finding.Counts{
			Total: 19, BySeverity: map[finding.Severity]int64{finding.High: 3, finding.Medium: 4, finding.Low: 5, finding.Informational: 3},
			Suppressed: 4, BelowScore: 2, BelowLimit: 10, Devices: 413, RowsRead: 1235938, RowsKept: 15, Rejected: 45, Others: 12, Doubtful: 7,
		},
		Versions: finding.Versions{Smew: "0.1.0", Branches: "3fa2b1c09d8e", Allowlist: "77aa00bb11cc", Weights: "0123456789ab", Reference: "9c8b7a6f5e4d"},
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
	for i := range r.Findings {
		f := &r.Findings[i]
		for _, field := range []*string{
			&f.ID, &f.Title, &f.DeviceName, &f.DeviceID, &f.Account, &f.Table, &f.ActionType, &f.ServiceName, &f.Payload, &f.FileName,
			&f.ProcessCommandLine, &f.RegistryKey, &f.RegistryValueName, &f.RegistryValueData, &f.InitiatingProcessFileName,
			&f.InitiatingProcessFolderPath, &f.InitiatingProcessCommandLine, &f.Source.File, &f.FolderPath,
		} {
			*field = text
		}
		f.Severity = finding.Severity(text)
		f.Branches = []finding.Branch{{Name: text, DetectionType: text, Technique: text}}
		f.Reasons = []finding.Reason{{ID: text, Points: 1, Text: text}}
		f.Allowlist = []finding.Applied{{Entry: text, Class: text, Action: text, Reason: text, Owner: text}}
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
		s.Suppressed[i] = finding.EntryCount{Entry: text, Class: text, Action: text, Events: 1, Reason: text, Owner: text, Expires: text}
	}
	s.Expired = []string{text}
	for i := range s.Rejected {
		s.Rejected[i].File, s.Rejected[i].Reason = text, text
	}
	for i := range s.Skipped {
		s.Skipped[i] = finding.Skipped{File: text, Reason: text}
	}
	s.Notes = []string{text}
	s.Versions = finding.Versions{Smew: text, Branches: text, Allowlist: text, Weights: text, Reference: text}
	return r
}
