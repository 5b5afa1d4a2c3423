package fleet

import (
	"fmt"
	"strings"
	"time"
)

// process is a running program.
type process struct {
	host    *host
	path    string
	command string
	user    account
	id      int
	started time.Time
	parent  *process
}

// originals are the names that Windows programs have in their version resource,
// where that is not the file's name.
var originals = map[string]string{
	"cmd.exe": "Cmd.Exe", "powershell.exe": "PowerShell.EXE", "rundll32.exe": "RUNDLL32.EXE", "regsvr32.exe": "REGSVR32.EXE", "explorer.exe": "EXPLORER.EXE",
	"regedit.exe": "REGEDIT.EXE", "pwsh.exe": "pwsh.dll", "psexec.exe": "psexec.c", "psexec64.exe": "psexec.c", "psexesvc.exe": "psexesvc.exe",
	"wmiprvse.exe": "Wmiprvse.exe", "mmc.exe": "mmc.exe",
}

// original is the name in the version resource; "" where there is none.
func (p *process) original() string {
	if p.host.os != windows || p.company() == "" {
		return ""
	}
	name := baseName(p.path)
	if known, ok := originals[strings.ToLower(name)]; ok {
		return known
	}
	return name
}

// company is who made the program, as the version resource says.
func (p *process) company() string {
	lower := strings.ToLower(p.path)
	if p.host.os != windows || !strings.HasSuffix(lower, ".exe") {
		return ""
	}
	for _, c := range companies {
		if strings.Contains(lower, c[0]) {
			return c[1]
		}
	}
	return ""
}

// companies by a part of the path, the first that is in it. A program of which
// nothing is known has no version information: what people build themselves.
var companies = [][2]string{
	{`\psexesvc.exe`, "Sysinternals - www.sysinternals.com"},
	{`\sysinternals\`, "Sysinternals - www.sysinternals.com"},
	{`\procexp`, "Sysinternals - www.sysinternals.com"},
	{`\veeam`, "Veeam Software Group GmbH"},
	{`\adminarsenal\`, "PDQ.com"},
	{`\drivers\crowdstrike\`, "CrowdStrike, Inc."},
	{`\source\repos\`, ""},
	{`\installshield`, "Flexera"},
	{`\nv_disp`, "NVIDIA Corporation"},
	{`\windows\temp\`, ""},
	{`\windows\`, "Microsoft Corporation"},
	{`\windows defender`, "Microsoft Corporation"},
	{`\microsoft`, "Microsoft Corporation"},
	{`\google\`, "Google LLC"},
	{`\zoom`, "Zoom Video Communications, Inc."},
	{`\dell\`, "Dell Inc."},
	{`\hp\`, "HP Inc."},
	{`\lenovo\`, "Lenovo"},
	{`\crowdstrike\`, "CrowdStrike, Inc."},
	{`\adobe\`, "Adobe Inc."},
	{`\mozilla`, "Mozilla Corporation"},
	{`\git\`, "The Git Development Community"},
	{`\program files`, "Vendor Ltd."},
	{`mbaminstallerservice`, "Malwarebytes"},
	{`\intel\`, "Intel Corporation"},
}

// integrity is how far Windows trusts the process.
func (p *process) integrity() string {
	switch {
	case p.host.os != windows:
		return ""
	case p.user.domain == "nt authority":
		return "System"
	case strings.HasPrefix(p.user.name, "adm-") || strings.HasPrefix(p.user.name, "svc-") || p.host.is("dev"):
		return "High"
	default:
		return "Medium"
	}
}

// runs notes a process that was started before, of which there is no event.
func (h *host) runs(name, path, command string, user account, parent *process) *process {
	p := &process{host: h, path: path, command: command, user: user, id: h.pid(), started: h.from.Add(-time.Duration(1+h.rng.IntN(72)) * time.Hour), parent: parent}
	if parent != nil && p.started.Before(parent.started) {
		p.started = parent.started.Add(time.Duration(1+h.rng.IntN(600)) * time.Second)
	}
	h.standing[name] = p
	return p
}

func (h *host) pid() int {
	if h.os == windows {
		return 1000 + 4*h.rng.IntN(5000)
	}
	return 700 + h.rng.IntN(90_000)
}

// scene is an act on a device: its clock goes on with every step.
type scene struct {
	h *host
	t time.Time
}

func (h *host) at(t time.Time) *scene { return &scene{h: h, t: t} }

// wait lets some seconds pass, up to half as many again.
func (s *scene) wait(seconds float64) {
	s.t = s.t.Add(time.Duration(seconds * (1 + s.h.rng.Float64()/2) * float64(time.Second)))
}

// tick is the time of the next step, some milliseconds later.
func (s *scene) tick() time.Time {
	s.t = s.t.Add(time.Duration(1+s.h.rng.IntN(40))*time.Millisecond + time.Duration(s.h.rng.IntN(10_000))*100)
	return s.t
}

// start starts a program as a child of parent, by the same account.
func (s *scene) start(parent *process, path, command string) *process {
	return s.startAs(parent.user, parent, path, command)
}

// startAs starts a program as a child of parent, by another account.
func (s *scene) startAs(user account, parent *process, path, command string) *process {
	p := &process{host: s.h, path: path, command: command, user: user, id: s.h.pid(), started: s.tick(), parent: parent}
	sums := hashesOf(path)
	s.h.add(processTable, "ProcessCreated", p.started, parent, baseName(path), path, sums[0], sums[1], p.original(), p.company(), fmt.Sprint(p.id), command,
		p.integrity(), ticks(p.started), user.domain, user.name, user.sid)
	return p
}

// set writes a value of the registry. Binary data is not recorded.
func (s *scene) set(by *process, key, value, kind, data string) {
	s.h.add(registryTable, "RegistryValueSet", s.tick(), by, key, value, kind, data, key, value, "")
}

// deleteKey removes a key: its name is in the column for what was there before.
func (s *scene) deleteKey(by *process, key string) {
	s.h.add(registryTable, "RegistryKeyDeleted", s.tick(), by, "", "", "", "", key, "", "")
}

// file does something with a file: FileCreated, FileModified, FileDeleted.
func (s *scene) file(by *process, action, path string) {
	sums := hashesOf(path)
	s.h.add(fileTable, action, s.tick(), by, baseName(path), path, sums[0], sums[1], "", "", "Local", "", by.user.name, "")
}

// rename moves a file.
func (s *scene) rename(by *process, from, to string) {
	sums := hashesOf(to)
	s.h.add(fileTable, "FileRenamed", s.tick(), by, baseName(to), to, sums[0], sums[1], folder(from), baseName(from), "Local", "", by.user.name, "")
}

// copied is a file that came over SMB: the kernel writes it for who is connected.
func (s *scene) copied(path, share, ip string, who account) {
	sums := hashesOf(path)
	s.h.add(fileTable, "FileCreated", s.tick(), s.h.standing["system"], baseName(path), path, sums[0], sums[1], "", "", "SMB", ip, who.name, share)
}

// logon is a logon from another computer.
func (s *scene) logon(who account, kind, protocol, from, ip string) {
	s.h.add(logonTable, "LogonSuccess", s.tick(), s.h.standing["lsass"], kind, who.domain, who.name, who.sid, protocol, fmt.Sprint(100_000+s.h.rng.IntN(9_000_000)), from, ip, "Private")
}

// inbound is a connection from another computer.
func (s *scene) inbound(by *process, ip string, port int) {
	s.h.add(networkTable, "InboundConnectionAccepted", s.tick(), by, ip, fmt.Sprint(49_152+s.h.rng.IntN(16_000)), s.h.ip, fmt.Sprint(port), "Tcp", "")
}
