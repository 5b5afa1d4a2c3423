package hunt_test

import (
	"fmt"
	"strings"
	"testing"
)

const vendorAgent = `c:\program files\vendor\agent.exe`

func TestNewFile(t *testing.T) {
	file := func(when string, pairs ...any) event {
		return tells("file", "ws001", when, append([]any{"Path", vendorAgent, "InitiatingProcessPath", `c:\setup.exe`}, pairs...)...)
	}
	for _, c := range []struct {
		name  string
		files []event
		want  string
	}{
		{"a minute before", []event{file(day(1, "09:59:00"))}, `made 2026-09-02 09:59:00 UTC by c:\setup.exe`},
		{"an hour before", []event{file(day(1, "09:00:00"), "InitiatingProcessPath", nil)}, "made 2026-09-02 09:00:00 UTC"},
		{"longer before", []event{file(day(1, "08:59:59"))}, ""},
		{"afterwards", []event{file(day(1, "10:00:01"))}, ""},
		{"written anew", []event{file(day(0, "09:00:00")), file(day(1, "09:59:00"))}, ""},
		{"on another device", []event{file(day(1, "09:59:00"), "DeviceName", "ws002")}, ""},
		{"another file", []event{file(day(1, "09:59:00"), "Path", `c:\program files\vendor\agent.dll`)}, ""},
		{"loaded, not made", []event{file(day(1, "09:59:00"), "Kind", "load")}, ""},
		{"at no known time", []event{file(day(1, "09:59:00"), "Timestamp", nil)}, ""},
		{"no file events", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := signals(t)
			put(t, e, "cases", act("a", "ws001", day(1, "10:00:00"), "PayloadPath", vendorAgent, "PayloadStem", "agent"))
			put(t, e, "context", c.files...)
			if got := signalled(t, e, "surroundings.sql")["a"]["payload_new_file"]; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("a program of Windows' own", func(t *testing.T) {
		e := signals(t)
		put(t, e, "cases", act("a", "ws001", day(1, "10:00:00"), "PayloadPath", `c:\windows\system32\cmd.exe`, "PayloadStem", "cmd"))
		put(t, e, "context", file(day(1, "09:59:00"), "Path", `c:\windows\system32\cmd.exe`))
		if got := signalled(t, e, "surroundings.sql"); len(got) != 0 {
			t.Error(got)
		}
	})
	t.Run("a file that a branch hit", func(t *testing.T) {
		e := signals(t)
		put(t, e, "cases", act("a", "ws001", day(1, "10:00:00"), "PayloadPath", vendorAgent, "PayloadStem", "agent"))
		put(t, e, "found_events", hit("a", "file", "ws001", day(1, "10:00:00"), "ActionType", "FileCreated", "FolderPath", `C:\Program Files\Vendor`, "FileName", "Agent.exe"))
		if got := signalled(t, e, "surroundings.sql")["a"]["payload_new_file"]; got != "made 2026-09-02 10:00:00 UTC" {
			t.Errorf("got %q", got)
		}
	})
}

// across are acts of one account on devices, each so many minutes after the other.
func across(minutes int, devices int, pairs ...any) []event {
	var acts []event
	for n := range devices {
		when := day(1, fmt.Sprintf("%02d:%02d:00", 10+n*minutes/60, n*minutes%60))
		acts = append(acts, act(fmt.Sprint("c", n), fmt.Sprintf("ws%03d", n), when, append([]any{"ServiceName", fmt.Sprint("Agent", n)}, pairs...)...))
	}
	return acts
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		name string
		acts []event
		want string // reasons of c0, c1, …
	}{
		{"two devices", across(1, 2), ", "},
		{"three within an hour", across(30, 3), "spread, spread, spread"},
		{"three within more", across(31, 3), ", , "},
		{"an hour anywhere in a row", across(29, 5), "spread, spread, spread, spread, spread"},
		{"nobody's account", across(1, 3, "Account", `NT AUTHORITY\SYSTEM`, "AccountDomain", "NT AUTHORITY", "AccountName", "SYSTEM"), ", , "},
		{"nobody known", across(1, 3, "Account", "", "AccountDomain", "", "AccountName", ""), ", , "},
		{"a tool of management", across(1, 3, "Client", `c:\windows\ccm\ccmexec.exe`), "spread_managed, spread_managed, spread_managed"},
		{"called like one", across(1, 3, "Client", `c:\temp\ccmexec.exe`), "spread, spread, spread"},
		{"one device three times", []event{
			act("c0", "ws001", day(1, "10:00:00"), "ServiceName", "Agent"), act("c1", "ws001", day(1, "10:01:00"), "ServiceName", "Agent"),
			act("c2", "ws002", day(1, "10:02:00"), "ServiceName", "Agent"),
		}, ", , "},
		{"other services", []event{
			act("c0", "ws001", day(1, "10:00:00"), "ServiceName", "One"), act("c1", "ws002", day(1, "10:01:00"), "ServiceName", "Two"),
			act("c2", "ws003", day(1, "10:02:00"), "ServiceName", "Three"),
		}, ", , "},
		{"other services that run the same", []event{
			act("c0", "ws001", day(1, "10:00:00"), "ServiceName", "One", "PayloadPath", vendorAgent), act("c1", "ws002", day(1, "10:01:00"), "ServiceName", "Two", "PayloadPath", vendorAgent),
			act("c2", "ws003", day(1, "10:02:00"), "ServiceName", "Three", "PayloadPath", vendorAgent),
		}, "spread, spread, spread"},
		{"two accounts", []event{
			act("c0", "ws001", day(1, "10:00:00"), "ServiceName", "One"), act("c1", "ws002", day(1, "10:01:00"), "ServiceName", "One", "Account", `corp\bob`, "AccountName", "bob"),
			act("c2", "ws003", day(1, "10:02:00"), "ServiceName", "One"),
		}, ", , "},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := signals(t)
			put(t, e, "cases", c.acts...)
			got := signalled(t, e, "surroundings.sql")
			var reasons []string
			for n := range c.acts {
				reasons = append(reasons, signalsOf(got, fmt.Sprint("c", n)))
			}
			if all := strings.Join(reasons, ", "); all != c.want {
				t.Errorf("got %q, want %q", all, c.want)
			}
		})
	}
}

func TestSpreadSaysWhere(t *testing.T) {
	e := signals(t)
	put(t, e, "cases", across(10, 4)...)
	if got := signalled(t, e, "surroundings.sql")["c1"]["spread"]; got != `corp\ada did the same on 4 devices within an hour, ws000 and ws003 among them` {
		t.Errorf("got %q", got)
	}
}

// Names drawn at random are one to the spread: each device has another.
func TestSpreadOfRandomNames(t *testing.T) {
	e := signals(t)
	for n, name := range []string{"qzxkvwJp", "xvkqjzWb", "zqjxkvHt"} {
		put(t, e, "cases", act(fmt.Sprint("c", n), fmt.Sprint("ws", n), day(1, "10:00:00"), "ServiceName", name))
	}
	got := signalled(t, e, "fleet.sql", "surroundings.sql")
	if signalsOf(got, "c1") != "random_name spread" {
		t.Error(got)
	}
}

func TestBlinding(t *testing.T) {
	command := func(program, text string) event {
		return tells("near", "ws001", day(1, "10:20:00"), "SourceTable", "DeviceProcessEvents", "Payload", program, "Text", text)
	}
	tests := []struct {
		record event
		want   string
	}{
		{tells("near", "ws001", day(1, "10:20:00"), "ActionType", "SecurityLogCleared", "Text", "SecurityLogCleared"), "traces_removed 2026-09-02 10:20:00 UTC: SecurityLogCleared"},
		{command("wevtutil.exe", "wevtutil cl Security"), "traces_removed 2026-09-02 10:20:00 UTC: wevtutil cl Security"},
		{command("wevtutil.exe", `"C:\Windows\System32\wevtutil.exe" Clear-Log "System"`), `traces_removed 2026-09-02 10:20:00 UTC: "C:\Windows\System32\wevtutil.exe" Clear-Log "System"`},
		{command("wevtutil.exe", "wevtutil qe Security /f:text"), ""},
		{command("vssadmin.exe", "vssadmin  Delete Shadows /all /quiet"), "traces_removed"},
		{command("vssadmin.exe", "vssadmin list shadows"), ""},
		{command("wmic.exe", "wmic shadowcopy where x=1 delete"), "traces_removed"},
		{command("wbadmin.exe", "wbadmin delete catalog -quiet"), "traces_removed"},
		{command("fsutil.exe", "fsutil usn deletejournal /D C:"), "traces_removed"},
		{command("journalctl", "journalctl --rotate --vacuum-time=1s"), "traces_removed"},
		{command("powershell.exe", "powershell Clear-EventLog -LogName Security"), "traces_removed"},
		{command("powershell.exe", "powershell Clear-Host"), ""},
		{command("net.exe", "net stop WinDefend"), "security_service_stopped 2026-09-02 10:20:00 UTC, Microsoft Defender Antivirus: net stop WinDefend"},
		{command("net1.exe", `net1 stop "Windows Defender Firewall" /y`), "security_service_stopped"},
		{command("net.exe", "net stop spooler"), ""},
		{command("net.exe", "net start WinDefend"), ""},
		{command("sc.exe", "sc.exe stop sysmon64"), "security_service_stopped"},
		{command("sc.exe", "sc config WinDefend start= disabled"), "security_service_stopped"},
		{command("sc.exe", "sc config WinDefend start= auto"), ""},
		{command("sc.exe", `sc \\srv01 stop WinDefend`), ""},
		{command("sc.exe", "sc delete CSAgent"), "security_service_stopped"},
		{command("fltmc.exe", "fltmc unload SysmonDrv"), "security_service_stopped"},
		{command("wmic.exe", `wmic service where name="WinDefend" call StopService`), "security_service_stopped"},
		{command("powershell.exe", "powershell -c Stop-Service -Name 'Sophos MCS Agent' -Force"), "security_service_stopped"},
		{command("powershell.exe", "powershell Set-Service Sense -StartupType Disabled"), "security_service_stopped"},
		{command("powershell.exe", "powershell Set-Service Sense -StartupType Automatic"), ""},
		{command("powershell.exe", "powershell Set-MpPreference -DisableRealtimeMonitoring $true"), "security_service_stopped"},
		{command("systemctl", "systemctl disable --now falcon-sensor.service"), "security_service_stopped"},
		{command("systemctl", "systemctl restart auditd"), ""},
		{command("service", "service auditd stop"), "security_service_stopped"},
		{command("launchctl", "launchctl bootout system/com.crowdstrike.falcond"), "security_service_stopped"},
		{command("launchctl", "launchctl unload -w /Library/LaunchDaemons/com.sentinelone.agent.plist"), "security_service_stopped"},
		{command("cmd.exe", "cmd /c net stop WinDefend"), ""},
		{command("net.exe", "net stop WinDefend").with("Timestamp", day(1, "10:30:00")), "security_service_stopped"},
		{command("net.exe", "net stop WinDefend").with("Timestamp", day(1, "10:30:01")), ""},
		{command("net.exe", "net stop WinDefend").with("Timestamp", day(1, "09:30:00")), "security_service_stopped"},
		{command("net.exe", "net stop WinDefend").with("Timestamp", day(1, "09:29:59")), ""},
		{command("net.exe", "net stop WinDefend").with("DeviceName", "elsewhere"), ""},
		{command("net.exe", "net stop WinDefend").with("SourceRecord", 1000), ""}, // the case's own event
		{command("net.exe", "net stop Huntressagent"), ""},                        // the case's own service
	}
	e := signals(t)
	for n, c := range tests {
		id, device := fmt.Sprint(n), fmt.Sprintf("ws%03d", n)
		put(t, e, "cases", act(id, device, day(1, "10:00:00"), "ServiceName", "HuntressAgent", "AccountName", ""))
		put(t, e, "found_events", hit(id, "command", device, day(1, "10:00:00")))
		if c.record["DeviceName"] == "ws001" {
			c.record["DeviceName"] = device
		}
		put(t, e, "context", c.record)
	}
	got := signalled(t, e, "surroundings.sql")
	for n, c := range tests {
		var all string
		for id, detail := range got[fmt.Sprint(n)] {
			all += id + " " + detail
		}
		if id, detail, _ := strings.Cut(c.want, " "); c.want == "" && all != "" || !strings.HasPrefix(all, id) || detail != "" && all != c.want {
			t.Errorf("%v %q: got %q, want %q", c.record["Timestamp"], c.record["Text"], all, c.want)
		}
	}
}

func TestKinds(t *testing.T) {
	related := func(kind, when string) event {
		return event{"CaseId": "a", "Kind": kind, "Timestamp": when, "Path": vendorAgent}
	}
	for _, c := range []struct {
		name    string
		events  []event
		related []event
		want    string
	}{
		{"one kind", []event{hit("a", "command", "ws001", day(1, "10:00:00"))}, []event{related("command", day(1, "10:00:01"))}, ""},
		{"two", []event{hit("a", "command", "ws001", day(1, "10:00:00"))}, []event{related("registry", day(1, "10:00:01"))}, "kinds_two"},
		{"two, ten minutes apart", []event{hit("a", "command", "ws001", day(1, "10:00:00"))}, []event{related("registry", day(1, "09:50:00"))}, "kinds_two"},
		{"two, further apart", []event{hit("a", "command", "ws001", day(1, "10:00:00"))}, []event{related("registry", day(1, "09:49:59"))}, ""},
		{"three", []event{hit("a", "command", "ws001", day(1, "10:00:00")), hit("a", "registry", "ws001", day(1, "10:00:00"))}, []event{related("install", day(1, "10:00:00"))}, "kinds_three"},
		{"three, never within ten minutes", []event{hit("a", "command", "ws001", day(1, "10:00:00")), hit("a", "registry", "ws001", day(1, "10:08:00"))}, []event{related("install", day(1, "10:16:00"))}, "kinds_two"},
		{"it ran", []event{hit("a", "command", "ws001", day(1, "10:00:00"))}, []event{related("run", day(1, "10:00:00"))}, "kinds_two"},
		{"it was loaded", []event{hit("a", "registry", "ws001", day(1, "10:00:00"))}, []event{related("load", day(1, "10:08:00"))}, "kinds_two"},
		{"it ran before", []event{hit("a", "command", "ws001", day(1, "10:00:00"))}, []event{related("run", day(1, "09:59:59"))}, "kinds_two"},
		{"nobody asked", []event{hit("a", "run", "ws001", day(1, "10:00:00"))}, []event{related("file", day(1, "09:59:59"))}, "kinds_two"},
		{"at no known time", []event{hit("a", "command", "ws001", day(1, "10:00:00"))}, []event{related("run", day(1, "09:59:59")).with("Timestamp", nil)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := signals(t)
			put(t, e, "cases", act("a", "ws001", day(1, "10:00:00")))
			put(t, e, "found_events", c.events...)
			put(t, e, "case_related", c.related...)
			got := signalled(t, e, "surroundings.sql")
			if signalsOf(got, "a") != c.want {
				t.Errorf("got %q, want %q", signalsOf(got, "a"), c.want)
			}
			if c.name == "it ran" {
				if got["a"]["kinds_two"] != "command 2026-09-02 10:00:00 UTC, run 2026-09-02 10:00:00 UTC" {
					t.Error(got["a"])
				}
			}
		})
	}
}
