package hunt_test

import (
	"io/fs"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smew/internal/branch"
	"smew/internal/finding"
	"smew/internal/hunt"
	smewsql "smew/sql"
)

// rowsIn are rows with the branches that must hit them, "" for none. Each is of a
// service of its own, and so a case of its own.
var rowsIn = []struct {
	name string
	row  event
	want string
}{
	{"W01 sc create", process(1, "ProcessCommandLine", `sc.exe create vendor01 binPath= C:\vendor\x.exe`), "W01"},
	{"W01 sc config, file name in capitals", process(2, "FileName", "SC.EXE", "ProcessCommandLine", "sc  CONFIG vendor02 start= auto"), "W01"},
	{"W01 New-Service", process(3, "FileName", "pwsh.exe", "ProcessCommandLine", "pwsh -c New-Service -Name vendor03"), "W01"},
	{"W01 sc.exe create inside PowerShell", process(4, "FileName", "powershell.exe", "ProcessCommandLine", "powershell sc.exe create vendor04"), "W01"},
	{"W01 nobody knows who started it", process(5, "ProcessCommandLine", "sc create vendor05", "InitiatingProcessFileName", nil), "W01"},
	{"near W01: another word", process(6, "ProcessCommandLine", "sc.exe recreate vendor06"), ""},
	{"near W01: the cmdlet's name goes on", process(7, "FileName", "powershell.exe", "ProcessCommandLine", "Set-ServiceBinaryPath x"), ""},
	{"near W01: another program", process(8, "FileName", "net.exe", "ProcessCommandLine", "net create config New-Service"), ""},
	{"near W01: no file name", process(9, "FileName", nil, "ProcessCommandLine", "sc.exe create vendor09"), ""},
	{"near W01: no command line", process(10, "ProcessCommandLine", nil), ""},

	{"W03 Word", process(11, "ProcessCommandLine", "sc create vendor11", "InitiatingProcessFileName", "WINWORD.EXE"), "W01 W03"},
	{"W03 rundll32", process(12, "ProcessCommandLine", "sc.exe create vendor12", "InitiatingProcessFileName", "rundll32.exe"), "W01 W03"},
	{"near W03: config", process(13, "ProcessCommandLine", "sc.exe config vendor13", "InitiatingProcessFileName", "excel.exe"), "W01"},
	{"near W03: no service", process(14, "ProcessCommandLine", "sc.exe query", "InitiatingProcessFileName", "excel.exe"), ""},
	{"near W03: a name that begins alike", process(15, "ProcessCommandLine", "sc.exe create vendor15", "InitiatingProcessFileName", "excel.exe.exe"), "W01"},

	{"W02 Temp", registry(21, "RegistryValueName", "ImagePath", "RegistryValueData", `C:\Windows\Temp\x.exe`), "W02"},
	{"W02 LOLBin, another spelling of the key", registry(22, "RegistryKey", `HKLM\System\CurrentControlSet\services\other`, "RegistryValueName", "imagepath", "RegistryValueData", "cmd.exe /c x"), "W02"},
	{"W02 nobody knows who wrote it", registry(23, "RegistryValueName", "ImagePath", "RegistryValueData", `%TEMP%\x.exe`, "InitiatingProcessFileName", nil), "W02"},
	{"W02 a hyphen separates", registry(24, "RegistryValueName", "ImagePath", "RegistryValueData", `C:\vendor\my-cmd.exe`), "W02"},
	{"near W02: another folder", registry(25, "RegistryValueName", "ImagePath", "RegistryValueData", `C:\Temp2\x.exe`), ""},
	{"near W02: another word", registry(26, "RegistryValueName", "ImagePath", "RegistryValueData", `C:\vendor\mycmd.exe`), ""},
	{"near W02: another value", registry(27, "RegistryValueName", "ServiceDll", "RegistryValueData", `C:\Temp\x.dll`), ""},
	{"near W02: another key", registry(28, "RegistryKey", `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\x`, "RegistryValueName", "ImagePath", "RegistryValueData", `C:\Temp\x.exe`), ""},
	{"near W02: deleted, no data", registry(29, "RegistryValueName", "ImagePath", "RegistryValueData", nil), ""},

	{"W04 automatic", registry(31, "RegistryValueName", "Start", "RegistryValueData", "2"), "W04"},
	{"W04 boot, hexadecimal", registry(32, "RegistryValueName", "start", "RegistryValueData", "0x00000000"), "W04"},
	{"W04 nobody knows who wrote it", registry(33, "RegistryValueName", "Start", "RegistryValueData", "2", "InitiatingProcessFileName", nil), "W04"},
	{"W04 a writer without a name", registry(34, "RegistryValueName", "Start", "RegistryValueData", "2", "InitiatingProcessFileName", ""), "W04"},
	{"near W04: the service manager", registry(35, "RegistryValueName", "Start", "RegistryValueData", "2", "InitiatingProcessFileName", "Services.exe"), ""},
	{"near W04: an installer, in capitals", registry(36, "RegistryValueName", "Start", "RegistryValueData", "2", "InitiatingProcessFileName", "TRUSTEDINSTALLER.EXE"), ""},
	{"near W04: on demand", registry(37, "RegistryValueName", "Start", "RegistryValueData", "3"), ""},
	{"near W04: no number", registry(38, "RegistryValueName", "Start", "RegistryValueData", "two"), ""},
	{"near W04: another value", registry(39, "RegistryValueName", "StartOverride", "RegistryValueData", "2"), ""},
	{"near W04: another key", registry(40, "RegistryKey", `HKEY_LOCAL_MACHINE\SOFTWARE\x`, "RegistryValueName", "Start", "RegistryValueData", "2"), ""},

	// For the arithmetic below.
	{"a change of the start type alone", process(51, "ProcessCommandLine", "sc config vendor51 start= disabled", "InitiatingProcessFileName", "wscript.exe"), "W01"},
	{"a change of start type and more", process(52, "ProcessCommandLine", `sc config vendor52 start= auto binPath= \\srv\share\x.exe`, "InitiatingProcessFileName", "wscript.exe"), "W01"},
	{"an echo into a pipe", registry(53, "RegistryValueName", "ImagePath", "RegistryValueData", `%COMSPEC% /c cmd.exe /c echo abc > \\.\pipe\abc`, "InitiatingProcessFileName", "services.exe"), "W02"},
	{"everything at once", process(54, "ProcessCommandLine", `sc \\srv create vendor54 binPath= "\\10.0.0.1\a\mshta.exe https://x"`, "InitiatingProcessFileName", "outlook.exe"), "W01 W03"},
}

// TestRowsIn is the seed pack, row by row, and then the arithmetic of what it
// found.
func TestRowsIn(t *testing.T) {
	dir := t.TempDir()
	var rows []event
	for _, c := range rowsIn {
		rows = append(rows, c.row)
	}
	stream(t, filepath.Join(dir, "rows.json"), rows...)
	result := run(t, hunt.Request{}, dir)
	found := byReport(t, result)
	hits := map[string]int64{}
	for _, c := range rowsIn {
		e := found[c.row["ReportId"].(int)]
		if got := ids(e); got != c.want {
			t.Errorf("%s: hit by %q, want %q", c.name, got, c.want)
		}
		for _, b := range e.Branches {
			hits[b.Name]++
		}
	}
	for _, b := range result.Summary.Branches {
		if b.Hits != hits[b.Name] {
			t.Errorf("the summary says that %s hit %d, the events %d", b.Name, b.Hits, hits[b.Name])
		}
	}
	t.Run("every branch file is in the union", func(t *testing.T) { checkUnion(t, result) })
	t.Run("arithmetic", func(t *testing.T) { checkArithmetic(t, result) })
	t.Run("points", func(t *testing.T) { checkPoints(t, alone(t, result)) })
}

// checkUnion holds what ran against the files, however they are loaded.
func checkUnion(t *testing.T, result *finding.Result) {
	var want, got []string
	err := fs.WalkDir(smewsql.Files, "branches", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".sql" {
			return err
		}
		text, err := fs.ReadFile(smewsql.Files, name)
		if err != nil {
			return err
		}
		b, err := branch.Parse(name, text)
		if slices.Contains(b.Pack, "seed") {
			want = append(want, b.ID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range result.Summary.Branches {
		got = append(got, b.Name)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("branches (-files +run):\n%s", diff)
	}
}

// checkArithmetic holds every case to its own lines, and their order to the scores.
func checkArithmetic(t *testing.T, result *finding.Result) {
	severities := map[finding.Severity]int64{finding.High: 0, finding.Medium: 0, finding.Low: 0, finding.Informational: 0}
	for i, c := range result.Cases {
		checkReasons(t, c)
		want := max(int(math.Round(100*(1-math.Exp(-float64(max(c.Raw, 0))/60)))), c.Floor)
		if c.Score != want {
			t.Errorf("%s: score %d of raw %d and floor %d, want %d", c.Title, c.Score, c.Raw, c.Floor, want)
		}
		severity := finding.Informational
		switch {
		case c.Score >= 60:
			severity = finding.High
		case c.Score >= 35:
			severity = finding.Medium
		case c.Score >= 15:
			severity = finding.Low
		}
		if c.Severity != severity {
			t.Errorf("%s: score %d is called %s", c.Title, c.Score, c.Severity)
		}
		severities[severity]++
		if i > 0 {
			before := result.Cases[i-1]
			if c.Score > before.Score || c.Score == before.Score && c.Raw > before.Raw ||
				c.Score == before.Score && c.Raw == before.Raw && c.Last.After(before.Last) {
				t.Errorf("%s comes after %s", c.Title, before.Title)
			}
		}
	}
	counts := result.Summary.Counts
	if diff := cmp.Diff(severities, counts.BySeverity); diff != "" {
		t.Errorf("severities (-cases +summary):\n%s", diff)
	}
	if counts.Total != int64(len(result.Cases)) || counts.Events != int64(len(events(t, result))) {
		t.Errorf("%d cases of %d events, the summary says %+v", len(result.Cases), len(events(t, result)), counts)
	}
}

// checkReasons: the lines of a case sum to its raw score, each is there once, the base is
// that of one branch, and evidence and lines name each other.
func checkReasons(t *testing.T, c finding.Case) {
	floors := map[string]int{"payload_pipe": 60}
	sum, floor, bases := 0, 0, 0
	seen, given := map[string]bool{}, map[string][]string{}
	for _, r := range c.Reasons {
		sum += r.Points
		floor = max(floor, floors[r.ID])
		if strings.HasPrefix(r.ID, "branch:") {
			bases++
		}
		if seen[r.ID] || r.Text == "" {
			t.Errorf("%s: the line %+v is there twice, or has no text", c.Title, r)
		}
		seen[r.ID] = true
		for _, id := range r.Events {
			given[id] = append(given[id], r.ID)
		}
	}
	if sum != c.Raw || bases != 1 || floor != c.Floor {
		t.Errorf("%s: %d bases, points sum to %d, raw is %d, floor is %d, want %d", c.Title, bases, sum, c.Raw, c.Floor, floor)
	}
	for _, e := range c.Evidence {
		if diff := cmp.Diff(given[e.ID], e.Reasons, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("reasons of %s (-said by the case's lines +by the event):\n%s", e.Title, diff)
		}
		delete(given, e.ID)
	}
	if len(given) > 0 {
		t.Errorf("%s: reasons rest on events that are not its own: %v", c.Title, given)
	}
}

// checkPoints has the reasons of a few cases of one event each, worked out by hand.
func checkPoints(t *testing.T, found map[int]finding.Case) {
	for report, want := range map[int]map[string]int{
		1:  {"branch:W01": 8},
		11: {"branch:W03": 35, "office_parent": 25},
		12: {"branch:W03": 35, "script_parent": 12},
		21: {"branch:W02": 30, "payload_user_writable": 20, "writer_script": 15},
		31: {"branch:W04": 15, "writer_script": 15},
		33: {"branch:W04": 15},
		// 8 + 12, held down to 12; the cap does not bind what also sets a path.
		51: {"branch:W01": 8, "script_parent": 12, "start_type_only": -8},
		52: {"branch:W01": 8, "script_parent": 12, "payload_unc": 30},
		53: {"branch:W02": 30, "payload_lolbin": 20, "payload_redirect": 30, "payload_pipe": 10},
		54: {"branch:W03": 35, "office_parent": 25, "payload_lolbin": 20, "payload_hidden": 25, "payload_unc": 30, "remote_target": 10},
	} {
		if diff := cmp.Diff(want, points(found[report])); diff != "" {
			t.Errorf("reasons of %d, %q:\n%s", report, found[report].Title, diff)
		}
	}
}
