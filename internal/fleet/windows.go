package fleet

import (
	"fmt"
	"strings"
	"time"
)

// liveWindows is the month of a Windows computer.
func (h *host) liveWindows(l *lists) {
	h.bootWindows()
	h.doServices(l)
	h.doCommands(l)
	h.doRegistry(l)
	h.logonServices()
	h.patchDay()
	h.defenderDrivers()
	h.management()
	h.administration()
	h.development()
}

// bootWindows is what runs on every Windows computer, and what the lists name.
func (h *host) bootWindows() {
	const sys = `C:\Windows\System32\`
	svchost := func(name, options string, user account) {
		h.runs(name, sys+"svchost.exe", `C:\Windows\system32\svchost.exe -k `+options, user, h.standing["services"])
	}
	own := func(name, path, command string) { h.runs(name, path, command, system, h.standing["services"]) }
	boot := h.runs("system", "System", "", system, nil)
	boot.id = 4
	wininit := h.runs("wininit", sys+"wininit.exe", "wininit.exe", system, nil)
	h.runs("services", sys+"services.exe", `C:\Windows\system32\services.exe`, system, wininit)
	h.runs("lsass", sys+"lsass.exe", `C:\Windows\system32\lsass.exe`, system, wininit)
	svchost("svchost", "netsvcs -p", system)
	svchost("taskeng", "netsvcs -p -s Schedule", system)
	svchost("wuauserv", "netsvcs -p -s wuauserv", system)
	svchost("gpsvc", "netsvcs -p -s gpsvc", system)
	svchost("dcom", "DcomLaunch -p", system)
	svchost("devinst", "DcomLaunch -p -s DeviceInstall", system)
	svchost("winrm", "NetworkService -p -s WinRM", network)
	svchost("dhcp", "LocalServiceNetworkRestricted -p -s Dhcp", local)
	svchost("w32time", "LocalService -s W32Time", local)
	svchost("mpssvc", "LocalServiceNoNetworkFirewall -p", local)
	own("vssvc", sys+"VSSVC.exe", `C:\Windows\system32\vssvc.exe`)
	own("msi", sys+"msiexec.exe", `C:\Windows\system32\msiexec.exe /V`)
	own("spoolsv", sys+"spoolsv.exe", `C:\Windows\System32\spoolsv.exe`)
	own("ccmexec", `C:\Windows\CCM\CcmExec.exe`, `C:\Windows\CCM\CcmExec.exe`)
	own("ime", `C:\Program Files (x86)\Microsoft Intune Management Extension\Microsoft.Management.Services.IntuneWindowsAgent.exe`, `"C:\Program Files (x86)\Microsoft Intune Management Extension\Microsoft.Management.Services.IntuneWindowsAgent.exe"`)
	own("msmpeng", `C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24080.9-0\MsMpEng.exe`, `"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24080.9-0\MsMpEng.exe"`)
	own("csfalcon", `C:\Program Files\CrowdStrike\CSFalconService.exe`, `"C:\Program Files\CrowdStrike\CSFalconService.exe"`)
	own("hexnode", `C:\Hexnode\Hexnode Agent\Current\HexnodeAgent.exe`, `"C:\Hexnode\Hexnode Agent\Current\HexnodeAgent.exe"`)
	own("sqlagent", `C:\Program Files\Microsoft SQL Server\MSSQL16.MSSQLSERVER\MSSQL\Binn\SQLAGENT.EXE`, `"C:\Program Files\Microsoft SQL Server\MSSQL16.MSSQLSERVER\MSSQL\Binn\SQLAGENT.EXE" -i MSSQLSERVER`)
	own("sense", `C:\ProgramData\Microsoft\Windows Defender Advanced Threat Protection\Platform\10.8760.27840.1002\SenseIR.exe`, `"SenseIR.exe" "OnlineSenseIR" "1124" "`+h.placeholder("guid")+`"`)
	dcom := h.standing["dcom"]
	h.runs("wmiprvse", sys+`wbem\WmiPrvSE.exe`, `C:\Windows\system32\wbem\wmiprvse.exe -Embedding`, system, dcom)
	tiworker := h.runs("tiworker", `C:\Windows\WinSxS\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.22621.4249_none_e5f1f7f0a5b8f2a1\TiWorker.exe`,
		`C:\Windows\winsxs\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.22621.4249_none_e5f1f7f0a5b8f2a1\TiWorker.exe -Embedding`, system, dcom)
	h.runs("lodctr", sys+"lodctr.exe", `C:\Windows\system32\lodctr.exe /R`, system, tiworker)
	h.runs("waasmedic", sys+"WaaSMedicAgent.exe", `C:\Windows\System32\WaaSMedicAgent.exe `+h.hex(32)+` `+h.hex(12), system, h.standing["svchost"])
	h.runs("gpscript", sys+"gpscript.exe", `gpscript.exe /Startup`, system, h.standing["gpsvc"])
	h.runs("poqexec", sys+"poqexec.exe", `C:\Windows\System32\poqexec.exe /noreboot /transaction `+h.hex(32), system, boot)
	h.runs("safetica", sys+"regsvr32.exe", `"C:\Windows\System32\regsvr32.exe" /s C:\Windows\System32\STAgent.dll`, system, h.standing["msi"])
	userinit := h.runs("userinit", sys+"userinit.exe", `C:\Windows\system32\userinit.exe`, h.user, nil)
	h.runs("explorer", `C:\Windows\explorer.exe`, `C:\Windows\Explorer.EXE`, h.user, userinit)
	hardening := h.runs("ccmcmd", sys+"cmd.exe", `C:\Windows\system32\cmd.exe /c C:\Windows\ccmcache\4e\harden.cmd`, system, h.standing["ccmexec"])
	h.runs("ccmreg", sys+"reg.exe", `reg  add HKLM\SYSTEM\CurrentControlSet\Services\USBSTOR /v Start /t REG_DWORD /d 4 /f`, system, hardening)
	adm := domainAccount("adm-weber")
	console := h.runs("admcmd", sys+"cmd.exe", `"C:\Windows\system32\cmd.exe"`, adm, h.standing["explorer"])
	h.runs("admreg", sys+"reg.exe", `reg  add HKLM\SYSTEM\CurrentControlSet\Services\Disk /v TimeOutValue /t REG_DWORD /d 60 /f`, adm, console)
}

// doServices installs and updates what the list of services has for this host.
func (h *host) doServices(l *lists) {
	for _, a := range l.services {
		if !a.of(h) {
			continue
		}
		times := h.times(a.monthly, "office")
		if strings.HasPrefix(a.values["action"], "install") && len(times) > 1 {
			times = times[:1]
		}
		for _, t := range times {
			h.doService(a, t)
		}
	}
}

func (h *host) doService(a act, t time.Time) {
	s, f := h.at(t), h.filler()
	v := func(column string) string { return f.fill(a.values[column]) }
	svc := service{v("service"), v("display"), v("image"), v("type"), v("start"), v("account")}
	parent := s.chain(f, a.values["parent"], system)
	if path := v("client"); path != "" {
		user := parent.user
		parent = s.startAs(user, parent, path, v("command"))
		s.wait(3)
	}
	switch a.values["action"] {
	case "config":
		s.configure(svc.name, "ImagePath", "ExpandString", svc.image)
		s.wait(1)
	case "replace":
		s.deleteService(svc.name)
		s.wait(1)
		s.newFile(parent, svc.image)
		s.createService(svc)
	case "install":
		s.newFile(parent, svc.image)
		s.createService(svc)
		if svc.kind == "own" && h.chance(.4) {
			s.configure(svc.name, "FailureActions", "Binary", "")
		}
	case "transient", "installer": // a service for the time of an update, or of its own installation
		s.newFile(parent, svc.image)
		s.createService(svc)
		s.wait(1)
		s.runService(svc)
		s.wait(90)
		s.deleteService(svc.name)
		return
	case "sysmon":
		s.installSysmon(svc)
		return
	case "defender":
		s.updateDefender(svc)
		return
	}
	if a.values["run"] == "yes" {
		s.wait(2)
		s.runService(svc)
	}
}

// newFile is the program that an installer writes before it makes the service.
func (s *scene) newFile(by *process, image string) {
	s.file(by, "FileCreated", program(image))
	s.wait(2)
}

// installSysmon is Sysmon64.exe -i out of a software deployment: it copies itself
// into the Windows folder and makes a service and a driver, whose image path is a
// bare file name.
func (s *scene) installSysmon(svc service) {
	cmd := s.start(s.h.standing["ccmexec"], `C:\Windows\System32\cmd.exe`, `C:\Windows\system32\cmd.exe /c C:\Windows\ccmcache\7b\install.cmd`)
	setup := s.start(cmd, `C:\Windows\ccmcache\7b\Sysmon64.exe`, `Sysmon64.exe  -accepteula -i sysmonconfig.xml`)
	s.wait(1)
	s.newFile(setup, svc.image)
	s.createService(svc)
	s.file(setup, "FileCreated", `C:\Windows\SysmonDrv.sys`)
	s.createService(service{"SysmonDrv", "SysmonDrv", "SysmonDrv.sys", "kernel", "boot", ""})
	s.set(setup, servicesKey+`SysmonDrv\Parameters`, "Options", "Dword", "0")
	s.set(setup, servicesKey+`SysmonDrv\Instances\Sysmon Instance`, "Altitude", "String", "385201")
	s.runService(svc)
}

// updateDefender is a platform update: services and drivers move into the folder
// of the new version.
func (s *scene) updateDefender(svc service) {
	s.start(s.h.standing["wuauserv"], `C:\Windows\SoftwareDistribution\Download\Install\updateplatform.amd64fre.exe`, `"C:\Windows\SoftwareDistribution\Download\Install\updateplatform.amd64fre.exe"`)
	s.wait(5)
	s.configure("WinDefend", "ImagePath", "ExpandString", svc.image)
	s.configure("WdNisSvc", "ImagePath", "ExpandString", strings.Replace(svc.image, "MsMpEng", "NisSrv", 1))
	s.configure("MDCoreSvc", "ImagePath", "ExpandString", strings.Replace(svc.image, "MsMpEng", "MpDefenderCoreService", 1))
	for _, d := range []string{"WdBoot", "WdFilter", "WdNisDrv"} {
		s.configure(d, "ImagePath", "ExpandString", `\SystemRoot\system32\drivers\wd\`+d+`.sys`)
	}
	s.wait(3)
	s.runService(svc)
}

// perUser are the services that Windows makes anew for each user at logon, with the
// logon's number in the name.
var perUser = [][2]string{
	{"CDPUserSvc", "2"},
	{"WpnUserService", "2"},
	{"OneSyncSvc", "2"},
	{"PimIndexMaintenanceSvc", "3"},
	{"UnistoreSvc", "3"},
	{"UserDataSvc", "3"},
	{"cbdhsvc", "3"},
	{"DevicesFlowUserSvc", "3"},
}

// logonServices: a few logons a week; the services of the last session go when it
// ends, sometimes within minutes.
func (h *host) logonServices() {
	often := 14.0
	if h.is("srv") {
		often = 2
	}
	for _, t := range h.times(often, "office") {
		s, luid := h.at(t), h.hex(5)
		s.logon(h.user, "Interactive", "Negotiate", "", "")
		for _, u := range perUser {
			if h.chance(.4) {
				continue
			}
			key := servicesKey + u[0] + "_" + luid
			by := h.standing["services"]
			image := fmt.Sprintf(`C:\Windows\system32\svchost.exe -k %s`, userGroup(u[0]))
			s.set(by, key, "Type", "Dword", "224")
			s.set(by, key, "Start", "Dword", u[1])
			s.set(by, key, "ErrorControl", "Dword", "0")
			s.set(by, key, "ImagePath", "ExpandString", image)
			s.set(by, key, "DisplayName", "String", u[0]+"_"+luid)
			if u[1] == "2" {
				s.startAs(h.user, by, `C:\Windows\System32\svchost.exe`, image+" -s "+u[0])
			}
		}
		if h.chance(.25) {
			s.wait(float64(120 + h.rng.IntN(8*3600)))
			for _, u := range perUser[:3] {
				s.deleteService(u[0] + "_" + luid)
			}
		}
	}
}

func userGroup(name string) string {
	switch name {
	case "cbdhsvc":
		return "ClipboardSvcGroup -p"
	case "DevicesFlowUserSvc":
		return "DevicesFlow"
	default:
		return "UnistackSvcGroup"
	}
}

// defenderDrivers: with new definitions comes a driver of the engine, which Defender
// registers out of the folder of definitions and removes again.
func (h *host) defenderDrivers() {
	for _, t := range h.times(4, "") {
		s := h.at(t)
		name := "MpKsl" + h.hex(8)
		folder := `C:\ProgramData\Microsoft\Windows Defender\Definition Updates\{` + h.placeholder("guid") + `}\`
		s.file(h.standing["msmpeng"], "FileCreated", folder+"MpKslDrv.sys")
		svc := service{name, name, `\??\` + folder + "MpKslDrv.sys", "kernel", "system", ""}
		s.createService(svc)
		s.h.add(eventTable, "DriverLoad", s.tick(), h.standing["system"], "MpKslDrv.sys", folder+"MpKslDrv.sys", hashesOf(`MpKslDrv.sys`)[0], hashesOf(`MpKslDrv.sys`)[1], "", "", "", "")
		s.wait(200)
		s.deleteService(name)
	}
}
