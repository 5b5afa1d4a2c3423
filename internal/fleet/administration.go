package fleet

import (
	"encoding/base64"
	"time"
	"unicode/utf16"
)

// administration is what administrators do by hand, which is what intruders do too.
func (h *host) administration() {
	h.psexec()
	h.processExplorer()
	h.hardwareTools()
	h.openSSH()
	h.nssm()
	h.scripted()
}

// psexec: an administrator runs a command with PsExec on one server in sixteen, once
// in the month.
func (h *host) psexec() {
	if !h.is("app") || h.name[len(h.name)-len("x.corp.example")] != '7' {
		return
	}
	for _, t := range []time.Time{h.moment(h.rng.IntN(h.days()), "office")} {
		s, who := h.at(t), domainAccount("adm-weber")
		s.logon(who, "Network", "Kerberos", "pc-0017.corp.example", "10.20.1.27")
		s.copied(`C:\Windows\PSEXESVC.exe`, "ADMIN$", "10.20.1.27", who)
		s.copied(`C:\Windows\PSEXEC-PC-0017-`+h.placeholder("x8")+`.key`, "ADMIN$", "10.20.1.27", who)
		s.wait(.3)
		s.inbound(h.standing["services"], "10.20.1.27", 49667)
		svc := service{"PSEXESVC", "PSEXESVC", `%SystemRoot%\PSEXESVC.exe`, "own", "demand", "LocalSystem"}
		s.createService(svc)
		p := s.runService(svc)
		s.wait(.5)
		s.startAs(who, p, `C:\Windows\System32\cmd.exe`, `"cmd" /c "ipconfig /flushdns"`)
		s.wait(4)
		s.deleteService("PSEXESVC")
	}
}

// processExplorer loads its driver without the service manager: it writes the key
// itself, asks the kernel, and removes it.
func (h *host) processExplorer() {
	if !h.is("win") || !h.chance(.02) {
		return
	}
	for _, t := range h.times(1, "office") {
		s := h.at(t)
		p := s.start(h.standing["explorer"], `C:\Tools\Sysinternals\procexp64.exe`, `"C:\Tools\Sysinternals\procexp64.exe" `)
		s.wait(1)
		const driver = `C:\Windows\system32\Drivers\PROCEXP152.SYS`
		s.file(p, "FileCreated", driver)
		key := servicesKey + "PROCEXP152"
		s.set(p, key, "Type", "Dword", "1")
		s.set(p, key, "ErrorControl", "Dword", "1")
		s.set(p, key, "Start", "Dword", "3")
		s.set(p, key, "ImagePath", "String", `\??\`+driver)
		s.h.add(eventTable, "DriverLoad", s.tick(), h.standing["system"], "PROCEXP152.SYS", driver, hashesOf(driver)[0], hashesOf(driver)[1], "", "", "", "")
		s.deleteKey(p, key)
	}
}

// hardwareTools lay their driver into a temporary folder: CPU-Z on one computer in
// some hundred.
func (h *host) hardwareTools() {
	if !h.is("dev") || !h.chance(.04) {
		return
	}
	times := h.times(1, "office")
	if len(times) == 0 {
		return
	}
	s := h.at(times[0])
	p := s.start(h.standing["explorer"], `C:\Program Files\CPUID\CPU-Z\cpuz.exe`, `"C:\Program Files\CPUID\CPU-Z\cpuz.exe"`)
	s.file(p, "FileCreated", `C:\Windows\Temp\cpuz159\cpuz159_x64.sys`)
	s.createService(service{"cpuz159", "cpuz159", `\??\C:\Windows\temp\cpuz159\cpuz159_x64.sys`, "kernel", "demand", ""})
	s.wait(600)
	s.deleteService("cpuz159")
}

// openSSH is the installation script of OpenSSH for Windows: it makes two services
// and writes out their descriptors and privileges.
func (h *host) openSSH() {
	if !h.is("srv") || !h.chance(.15) {
		return
	}
	times := h.times(.5, "office")
	if len(times) == 0 {
		return
	}
	s, who := h.at(times[0]), domainAccount("adm-weber")
	ps := s.startAs(who, h.standing["explorer"], `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`, `powershell.exe  -ExecutionPolicy Bypass -File "C:\Program Files\OpenSSH\install-sshd.ps1"`)
	s.wait(2)
	s.createService(service{"ssh-agent", "OpenSSH Authentication Agent", `"C:\Program Files\OpenSSH\ssh-agent.exe"`, "own", "demand", "LocalSystem"})
	cmd := s.start(ps, `C:\Windows\System32\cmd.exe`, `"C:\Windows\system32\cmd.exe" /c "sc.exe sdset ssh-agent D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCSWLOCRRC;;;IU)(A;;CCLCSWLOCRRC;;;SU)(A;;RP;;;AU)"`)
	s.start(cmd, `C:\Windows\System32\sc.exe`, `sc.exe  sdset ssh-agent D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCSWLOCRRC;;;IU)(A;;CCLCSWLOCRRC;;;SU)(A;;RP;;;AU)`)
	s.set(h.standing["services"], servicesKey+`ssh-agent\Security`, "Security", "Binary", "")
	s.createService(service{"sshd", "OpenSSH SSH Server", `"C:\Program Files\OpenSSH\sshd.exe"`, "own", "demand", "LocalSystem"})
	s.start(ps, `C:\Windows\System32\sc.exe`, `"C:\Windows\system32\sc.exe" privs sshd SeAssignPrimaryTokenPrivilege/SeTcbPrivilege/SeBackupPrivilege/SeRestorePrivilege/SeImpersonatePrivilege`)
	s.start(ps, `C:\Windows\System32\sc.exe`, `"C:\Windows\system32\sc.exe" config sshd start= auto`)
}

// nssm makes a service of a program that is none; its parameters it writes itself.
func (h *host) nssm() {
	if !h.is("app") || !h.chance(.1) {
		return
	}
	times := h.times(1, "office")
	if len(times) == 0 {
		return
	}
	s, who := h.at(times[0]), domainAccount("adm-weber")
	cmd := s.startAs(who, h.standing["explorer"], `C:\Windows\System32\cmd.exe`, `"C:\Windows\system32\cmd.exe"`)
	p := s.start(cmd, `C:\Program Files\nssm\nssm.exe`, `nssm  install orders-web "C:\Program Files\nodejs\node.exe" D:\apps\orders\server.js`)
	s.createService(service{"orders-web", "orders-web", `"C:\Program Files\nssm\nssm.exe"`, "own", "auto", "LocalSystem"})
	key := servicesKey + `orders-web\Parameters`
	s.set(p, key, "Application", "ExpandString", `C:\Program Files\nodejs\node.exe`)
	s.set(p, key, "AppParameters", "ExpandString", `D:\apps\orders\server.js`)
	s.set(p, key, "AppDirectory", "ExpandString", `C:\Program Files\nodejs`)
}

// scripted: an administrator creates a service of the house by hand.
func (h *host) scripted() {
	if !h.is("app") || !h.chance(.4) {
		return
	}
	for _, t := range h.times(.7, "office") {
		s, who := h.at(t), domainAccount("adm-weber")
		svc := service{"LedgerSync", "Ledger Sync", `C:\Program Files\Corp\LedgerSync\LedgerSync.exe`, "own", "auto", `corp\svc-ledger`}
		if h.chance(.5) {
			cmd := s.startAs(who, h.standing["explorer"], `C:\Windows\System32\cmd.exe`, `"C:\Windows\system32\cmd.exe"`)
			s.start(cmd, `C:\Windows\System32\sc.exe`, `sc  create LedgerSync binPath= "C:\Program Files\Corp\LedgerSync\LedgerSync.exe" start= auto obj= corp\svc-ledger password= ********`)
		} else {
			s.startAs(who, h.standing["explorer"], `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`,
				`powershell.exe  -NoProfile -Command "New-Service -Name LedgerSync -BinaryPathName 'C:\Program Files\Corp\LedgerSync\LedgerSync.exe' -StartupType Automatic"`)
		}
		s.createService(svc)
		s.wait(2)
		s.start(h.standing["services"], program(svc.image), svc.image)
	}
}

// development: developers try services out of the folder of the build.
func (h *host) development() {
	if !h.is("dev") || !h.chance(.4) {
		return
	}
	for _, t := range h.times(2, "office") {
		s := h.at(t)
		exe := `C:\Users\` + h.user.name + `\source\repos\Orders\bin\Debug\net8.0\Orders.Service.exe`
		studio := s.start(h.standing["explorer"], `C:\Program Files\Microsoft Visual Studio\2022\Professional\Common7\IDE\devenv.exe`, `"C:\Program Files\Microsoft Visual Studio\2022\Professional\Common7\IDE\devenv.exe"`)
		cmd := s.start(studio, `C:\Windows\System32\cmd.exe`, `"C:\Windows\System32\cmd.exe" /k "C:\Program Files\Microsoft Visual Studio\2022\Professional\Common7\Tools\VsDevCmd.bat"`)
		s.wait(30)
		s.start(cmd, `C:\Windows\System32\sc.exe`, `sc  create Orders.Dev binPath= "`+exe+`"`)
		svc := service{"Orders.Dev", "Orders.Dev", exe, "own", "demand", "LocalSystem"}
		s.createService(svc)
		s.wait(5)
		s.start(cmd, `C:\Windows\System32\sc.exe`, `sc  start Orders.Dev`)
		s.runService(svc)
		s.wait(float64(300 + h.rng.IntN(7000)))
		s.start(cmd, `C:\Windows\System32\sc.exe`, `sc  delete Orders.Dev`)
		s.deleteService("Orders.Dev")
	}
}

// encoded is a script as PowerShell takes it on the command line.
func encoded(script string) string {
	var bytes []byte
	for _, unit := range utf16.Encode([]rune(script)) {
		bytes = append(bytes, byte(unit), byte(unit>>8))
	}
	return base64.StdEncoding.EncodeToString(bytes)
}
