package fleet

import (
	"fmt"
	"time"
)

// servicing are services and drivers that a cumulative update writes again.
var servicing = []struct{ name, start, image string }{
	{"UsoSvc", "2", `%systemroot%\system32\svchost.exe -k netsvcs -p`},
	{"BITS", "3", `%SystemRoot%\System32\svchost.exe -k netsvcs -p`},
	{"wuauserv", "3", `%systemroot%\system32\svchost.exe -k netsvcs -p`},
	{"CryptSvc", "2", `%SystemRoot%\system32\svchost.exe -k NetworkService -p`},
	{"Spooler", "2", `%SystemRoot%\System32\spoolsv.exe`},
	{"WaaSMedicSvc", "3", `%systemroot%\system32\svchost.exe -k wusvcs -p`},
	{"Tcpip", "0", `System32\drivers\tcpip.sys`},
	{"Ntfs", "1", `\SystemRoot\System32\drivers\ntfs.sys`},
	{"volmgr", "0", `System32\drivers\volmgr.sys`},
	{"srv2", "3", `System32\DRIVERS\srv2.sys`},
	{"afd", "1", `\SystemRoot\system32\drivers\afd.sys`},
	{"mpssvc", "2", `%SystemRoot%\system32\svchost.exe -k LocalServiceNoNetworkFirewall -p`},
	{"storahci", "0", `System32\drivers\storahci.sys`},
	{"W32Time", "3", `%SystemRoot%\system32\svchost.exe -k LocalService`},
	{"TrustedInstaller", "2", `%SystemRoot%\servicing\TrustedInstaller.exe`},
	{"WinRM", "3", `%SystemRoot%\System32\svchost.exe -k NetworkService -p`},
}

// patchDay: within three days of the second Tuesday Windows servicing writes service
// keys itself, behind the service manager's back: TiWorker while it installs,
// poqexec at the restart, drvinst for drivers.
func (h *host) patchDay() {
	if patchTuesday >= h.days() {
		return
	}
	s := h.at(h.moment(min(h.days()-1, patchTuesday+h.rng.IntN(3)), ""))
	s.start(h.standing["services"], `C:\Windows\servicing\TrustedInstaller.exe`, `C:\Windows\servicing\TrustedInstaller.exe`)
	tiworker := s.start(h.standing["dcom"], h.standing["tiworker"].path, h.standing["tiworker"].command)
	for _, c := range servicing {
		s.writeStock(tiworker, c.name, c.start, c.image)
		s.wait(.3)
	}
	s.configure("TrustedInstaller", "Start", "Dword", "2")
	for _, d := range []string{"netwtw10", "e2fn", "iaStorVD", "rtwlane"} {
		if h.chance(.3) {
			s.driverPackage(d)
		}
	}
	s.wait(600)
	poqexec := s.start(h.standing["system"], h.standing["poqexec"].path, `C:\Windows\System32\poqexec.exe /noreboot /transaction `+h.hex(32))
	for _, c := range servicing[:8] {
		s.writeStock(poqexec, c.name, c.start, c.image)
	}
	s.afterRestart()
}

// writeStock writes the key of a service of Windows as servicing does.
func (s *scene) writeStock(by *process, name, start, image string) {
	key := servicesKey + name
	s.set(by, key, "ImagePath", "ExpandString", image)
	s.set(by, key, "Start", "Dword", start)
	s.set(by, key, "ErrorControl", "Dword", "1")
	s.set(by, key, "DisplayName", "String", fmt.Sprintf(`@%%SystemRoot%%\system32\%s.dll,-100`, name))
	if s.h.chance(.3) {
		s.set(by, key+`\Parameters`, "ServiceDll", "ExpandString", `%systemroot%\system32\`+name+".dll")
		s.set(by, key+`\Security`, "Security", "Binary", "")
		s.set(by, key, "RequiredPrivileges", "MultiString", "SeChangeNotifyPrivilege SeImpersonatePrivilege")
	}
}

// driverPackage: drvinst writes the key of a driver.
func (s *scene) driverPackage(name string) {
	by := s.start(s.h.standing["devinst"], `C:\Windows\System32\drvinst.exe`, fmt.Sprintf(
		`DrvInst.exe "4" "1" "C:\Windows\System32\DriverStore\Temp\{%s}\%s.inf" "9" "4%s" "00000000000001C4" "WinSta0\Default"`, s.h.placeholder("guid"), name, s.h.hex(8)))
	key := servicesKey + name
	s.wait(2)
	s.file(by, "FileCreated", `C:\Windows\System32\drivers\`+name+".sys")
	s.set(by, key, "Type", "Dword", "1")
	s.set(by, key, "Start", "Dword", "3")
	s.set(by, key, "ErrorControl", "Dword", "1")
	s.set(by, key, "ImagePath", "ExpandString", `\SystemRoot\System32\drivers\`+name+".sys")
	s.set(by, key, "Owners", "MultiString", "oem41.inf")
	s.h.add(eventTable, "DriverLoad", s.tick(), s.h.standing["system"], name+".sys", `C:\Windows\System32\drivers\`+name+".sys",
		hashesOf(name)[0], hashesOf(name)[1], "", "", "", "")
}

// afterRestart: what starts with Windows.
func (s *scene) afterRestart() {
	s.t = s.t.Add(time.Minute)
	services := s.h.standing["services"]
	for _, group := range []string{"DcomLaunch -p", "RPCSS -p", "netsvcs -p -s gpsvc", "LocalService -p", "NetworkService -p", "UnistackSvcGroup"} {
		s.startAs(system, services, `C:\Windows\System32\svchost.exe`, `C:\Windows\system32\svchost.exe -k `+group)
	}
	for _, name := range []string{"spoolsv", "ccmexec", "msmpeng", "csfalcon"} {
		s.startAs(system, services, s.h.standing[name].path, s.h.standing[name].command)
	}
}
