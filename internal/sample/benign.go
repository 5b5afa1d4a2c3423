package sample

// The classes of the allowlist, which are the seed's false positives and what
// the operating system does itself.
const (
	classInstaller = "installer"
	classManaged   = "it_management"
	classSecurity  = "security_product"
	classDeveloper = "developer"
	classAdmin     = "administrator"
	classSystem    = "operating_system"
)

// benignProcesses look like W01 and W03 and are somebody's work.
func benignProcesses(f *fleet) []*Event {
	inst := f.ws163.Services.start(msiexecImage, `C:\Windows\system32\msiexec.exe /V`, at(20, "11:02:00"))
	ccm := f.ws155.Services.start(ccmImage, `C:\Windows\CCM\CcmExec.exe`, at(18, "06:00:00"))
	winrm := f.db01.Services.start(wsmImage, `C:\Windows\system32\wsmprovhost.exe -Embedding`, at(20, "11:20:00")).as(user("svc-ansible"))
	veeam := f.file01.Services.start(image(`C:\Windows\Veeam\Backup\VeeamDeploymentSvc.exe`, "Veeam Software Group GmbH", "Veeam Backup & Replication", "12.1.2.172", "Veeam Installer Service", 3126456), `"C:\Windows\Veeam\Backup\VeeamDeploymentSvc.exe" -port 6160`, at(18, "06:00:00"))
	sensor := f.app02.Services.start(image(`C:\Program Files\CrowdStrike\CSFalconService.exe`, "CrowdStrike, Inc.", "CrowdStrike Falcon Sensor", "7.18.18513.0", "CrowdStrike Falcon Sensor Service", 412464), `"C:\Program Files\CrowdStrike\CSFalconService.exe"`, at(18, "06:00:00"))
	studio := f.dev11.Explorer.start(devenvImage, `"C:\Program Files\Microsoft Visual Studio\2022\Professional\Common7\IDE\devenv.exe" "C:\Users\r.haddad\source\repos\Orders\Orders.sln"`, at(20, "11:30:00"))
	devShell := studio.start(cmdImage, `"C:\Windows\System32\cmd.exe" /k deploy-local.cmd`, at(20, "11:32:00"))
	admin := f.dc01.Explorer.start(cmdImage, `"C:\Windows\system32\cmd.exe"`, at(20, "11:40:00"))
	sc := func(d *Device, by *Process, command, clock string, label Label) *Event {
		return started(d, by.start(scImage, command, at(20, clock)), label)
	}
	return []*Event{
		started(f.ws163, inst, ordinary),
		sc(f.ws163, inst, `sc.exe create BrightsailPrint binPath= "C:\Program Files\Brightsail\Print Agent\bspagent.exe" start= auto`, "11:02:41",
			lowered(classInstaller, "Windows Installer registers the service of a package in Program Files", "W01")),
		sc(f.ws155, ccm, `sc.exe config wuauserv start= demand`, "11:10:03",
			lowered(classManaged, "Configuration Manager applies a baseline", "W01")),
		started(f.ws155, ccm.start(powershell, `powershell.exe -NoLogo -NonInteractive -NoProfile -ExecutionPolicy Bypass -Command "Set-Service -Name BITS -StartupType Manual"`, at(20, "11:11:20")),
			lowered(classManaged, "Configuration Manager runs a script", "W01")),
		started(f.db01, winrm, ordinary),
		started(f.db01, winrm.start(powershell, `powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -Command "Set-Service -Name LedgerSync -StartupType Automatic"`, at(20, "11:20:14")),
			lowered(classManaged, "Ansible, through Windows Remote Management, as its own account", "W01")),
		sc(f.file01, veeam, `sc.exe create VeeamLogShipper binPath= "C:\Windows\VeeamLogShipper\VeeamLogShipper.exe" start= demand`, "11:25:09",
			lowered(classSecurity, "backup software installs a helper", "W01")),
		sc(f.app02, sensor, `sc.exe config CSFalconService binPath= "C:\Program Files\CrowdStrike\CSFalconService.exe" start= auto`, "11:27:30",
			lowered(classSecurity, "an endpoint sensor updates itself", "W01")),
		started(f.dev11, studio, ordinary),
		sc(f.dev11, devShell, `sc.exe create Orders.Dev binPath= "C:\Users\r.haddad\source\repos\Orders\bin\Debug\net8.0\Orders.Service.exe"`, "11:32:30",
			lowered(classDeveloper, "a developer tries a service out of the build folder", "W01")),
		sc(f.dev11, devShell, `sc.exe delete Orders.Dev`, "11:34:00", near("near W01: deletes a service")),
		sc(f.dc01, admin, `sc.exe config Spooler start= disabled`, "11:41:25",
			lowered(classAdmin, "an administrator hardens a domain controller within change CHG-20417, 20 September 11:30 to 12:30", "W01")),
		started(f.dc01, admin.start(powershell, `powershell.exe -Command "Set-Service -Name RemoteRegistry -StartupType Disabled"`, at(20, "11:43:00")),
			lowered(classAdmin, "the same change", "W01")),
		sc(f.ws155, ccm, `sc.exe create AppUpd binPath= "%COMSPEC% /c powershell -nop -w hidden -enc SQBFAFgA" start= auto`, "11:50:12",
			hit("the management agent installs a hidden, encoded PowerShell: no allowlist entry may lower it", "W01")),
	}
}

// benignRegistry look like W02 and W04 and are Windows's or a product's work.
func benignRegistry(f *fleet) []*Event {
	worker := func(d *Device) *Process {
		return d.Svchost.start(tiworkerImage, `C:\Windows\winsxs\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.22621.3950_none_e5f1f7f0a5b8f2a1\TiWorker.exe -Embedding`, at(20, "03:00:00"))
	}
	poq := f.lt219.System.start(windows(`System32\poqexec.exe`, "Primitive Operations Queue Executor", 192512), `C:\Windows\System32\poqexec.exe /display_progress \SystemRoot\WinSxS\pending.xml`, at(20, "03:20:00"))
	drv := f.ws177.Svchost.start(drvinstImage, `DrvInst.exe "4" "0" "C:\Windows\System32\DriverStore\FileRepository\netbxnda.inf_amd64_1f2c\netbxnda.inf" "9" "4d14a44ff"`, at(20, "04:10:00"))
	ccm := f.ws163.Services.start(ccmImage, `C:\Windows\CCM\CcmExec.exe`, at(18, "06:00:00"))
	start := func(d *Device, by *Process, service, data, clock string, label Label) *Event {
		return valueSet(d, at(20, clock), by, hive(`SYSTEM\ControlSet001\Services\%s`, service), "Start", "Dword", data, label)
	}
	path := func(d *Device, service, data, clock string, label Label) *Event {
		return valueSet(d, at(20, clock), d.Services, hive(`SYSTEM\ControlSet001\Services\%s`, service), "ImagePath", "ExpandString", data, label)
	}
	return []*Event{
		start(f.ws141, worker(f.ws141), "UsoSvc", "2", "03:04:11", lowered(classSystem, "Windows servicing, on the night of updates", "W04")),
		start(f.ws155, worker(f.ws155), "UsoSvc", "2", "03:06:40", lowered(classSystem, "Windows servicing, on the night of updates", "W04")),
		start(f.file01, worker(f.file01), "LanmanServer", "2", "03:12:02", lowered(classSystem, "Windows servicing, on the night of updates", "W04")),
		start(f.lt219, poq, "WinDefend", "2", "03:20:30", lowered(classSystem, "what servicing had put off until the restart", "W04")),
		start(f.ws177, drv, "netbxnda", "0", "04:10:05", lowered(classSystem, "a network driver is installed", "W04")),
		start(f.ws163, ccm, "CcmUsrCse", "2", "05:15:00", lowered(classManaged, "Configuration Manager writes its own service", "W04")),
		path(f.lt202, "MBAMInstallerService", `"C:\Users\m.ferrari\AppData\Local\Temp\MBAMInstallerService.exe"`, "05:31:08", lowered(classSecurity, "a security product's installer runs from the temporary folder", "W02")),
		path(f.lt219, "ZoomCptService", `"C:\Program Files\Common Files\Zoom\Support\CptService.exe" -user_path "C:\Users\s.nakamura\AppData\Roaming\Zoom"`, "05:40:19", lowered(classInstaller, "Zoom's sharing service: only its argument names a profile", "W02")),
		path(f.lt202, "edgeupdate", `"C:\Program Files (x86)\Microsoft\EdgeUpdate\MicrosoftEdgeUpdate.exe" /svc`, "05:45:00", ordinary),
		path(f.file01, "VeeamLogShipper", `C:\Windows\VeeamLogShipper\VeeamLogShipper.exe`, "05:50:00", ordinary),
		start(f.dc01, f.dc01.Services, "Spooler", "4", "05:55:00", ordinary),
	}
}
