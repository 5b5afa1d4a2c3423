package sample

import "time"

// story is the intrusion, in two acts, by the table that saw it. A workbook
// from a mail starts it on ws-0141 on Friday afternoon; the next night it
// reaches srv-file-01 over the network and srv-app-02 through the registry.
type story struct {
	phishProcesses, phishRegistry, phishOther []*Event
	nightSource, nightTargets                 []*Event
	// create is the event that two exports hold.
	create *Event
}

// The tools of the intruder, as files.
const (
	implant = `C:\Users\Public\Libraries\updsync.exe`
	tool    = `C:\Windows\Temp\rsh.exe`
	second  = `C:\Users\Public\Music\wlms64.exe`
)

func tellStory(f *fleet) story {
	var s story
	s.phish(f.ws141)
	s.night(f)
	return s
}

// phish is Friday afternoon on ws-0141.
func (s *story) phish(d *Device) {
	outlook := d.Explorer.start(outlookImage, `"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE"`, at(18, "15:39:02"))
	excel := outlook.start(excelImage, `"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "C:\Users\j.moreno\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\7Q2\Supplier_terms_Q3.xlsm"`, at(18, "15:41:27"))
	create := excel.start(scImage, `sc.exe create WinUpdSync binPath= "`+implant+` -s" start= auto DisplayName= "Windows Update Sync"`, at(18, "15:42:11"))
	run := excel.start(scImage, `sc.exe start WinUpdSync`, at(18, "15:42:15"))
	payload := d.Services.start(unknown(implant, 412672), implant+" -s", at(18, "15:42:16"))
	shell := d.Services.start(cmdImage, `cmd.exe /c echo qfhaer > \\.\pipe\qfhaer`, at(18, "15:52:41"))

	s.create = started(d, create, hit("a workbook creates a service that runs from the public profile", "W01", "W03"))
	s.phishProcesses = []*Event{
		started(d, outlook, ordinary), started(d, excel, ordinary), s.create,
		started(d, run, near("near W01 and W03: starts a service, creates none")),
		started(d, payload, ordinary), started(d, shell, ordinary),
	}
	key := hive(`SYSTEM\ControlSet001\Services\WinUpdSync`)
	pipe := hive(`SYSTEM\ControlSet001\Services\qfhaer`)
	s.phishRegistry = []*Event{
		valueSet(d, at(18, "15:42:11"), d.Services, key, "Type", "Dword", "16", ordinary),
		valueSet(d, at(18, "15:42:12"), d.Services, key, "Start", "Dword", "2", near("near W04: the service manager wrote it")),
		valueSet(d, at(18, "15:42:12"), d.Services, key, "ImagePath", "ExpandString", implant+" -s", hit("the new service runs from the public profile", "W02")),
		valueSet(d, at(18, "15:42:12"), d.Services, key, "ObjectName", "String", "LocalSystem", ordinary),
		valueSet(d, at(18, "15:52:40"), d.Services, pipe, "Start", "Dword", "3", ordinary),
		valueSet(d, at(18, "15:52:40"), d.Services, pipe, "ImagePath", "ExpandString", `cmd.exe /c echo qfhaer > \\.\pipe\qfhaer`, hit("a service that echoes into a named pipe, to become the system account", "W02")),
		valueSet(d, at(18, "15:52:44"), d.Services, pipe, "Start", "Dword", "4", ordinary),
		keyDeleted(d, at(18, "15:52:45"), d.Services, pipe, ordinary),
	}
	s.phishOther = []*Event{
		fileCreated(d, at(18, "15:41:58"), excel, implant, 412672, ordinary),
		serviceInstalled(d, at(18, "15:42:12"), "WinUpdSync", implant, "2"),
		connected(d, at(18, "15:42:19"), payload, "203.0.113.77", 443, "cdn.update-sync.example"),
		serviceInstalled(d, at(18, "15:52:40"), "qfhaer", `C:\Windows\System32\cmd.exe`, "3"),
	}
}

// night is Saturday after two o'clock: the stolen account of a deployment tool.
func (s *story) night(f *fleet) {
	src, file, app := f.ws141, f.file01, f.app02
	stolen := user("svc-deploy")
	implantRun := src.Services.start(unknown(implant, 412672), implant+" -s", at(18, "15:42:16"))
	shell := implantRun.start(cmdImage, `C:\Windows\system32\cmd.exe`, at(19, "02:11:05")).as(stolen)
	remote := shell.start(scImage, `sc  \\srv-file-01 create RemSvcHost binPath= "`+tool+`" start= demand`, at(19, "02:13:38"))
	begin := shell.start(scImage, `sc  \\srv-file-01 start RemSvcHost`, at(19, "02:13:52"))
	remove := shell.start(scImage, `sc  \\srv-file-01 delete RemSvcHost`, at(19, "02:19:20"))
	s.nightSource = []*Event{
		started(src, shell, ordinary),
		started(src, remote, hit("creates a service on another computer, in Windows\\Temp", "W01")),
		started(src, begin, near("near W01: starts a remote service")),
		started(src, remove, near("near W01: deletes a remote service")),
	}

	key := hive(`SYSTEM\CurrentControlSet\Services\RemSvcHost`)
	payload := file.Services.start(unknown(tool, 88064), tool, at(19, "02:13:53"))
	winrm := app.Services.start(wsmImage, `C:\Windows\system32\wsmprovhost.exe -Embedding`, at(19, "02:31:02")).as(stolen)
	regPath := winrm.start(regImage, `reg  add HKLM\SYSTEM\ControlSet001\Services\WlmsHelper /v ImagePath /t REG_EXPAND_SZ /d `+second+` /f`, at(19, "02:31:40"))
	regStart := winrm.start(regImage, `reg  add HKLM\SYSTEM\ControlSet001\Services\WlmsHelper /v Start /t REG_DWORD /d 2 /f`, at(19, "02:31:44"))
	helper := hive(`SYSTEM\ControlSet001\Services\WlmsHelper`)
	s.nightTargets = []*Event{
		loggedOn(file, at(19, "02:13:30"), stolen, "Network", src),
		smbFile(file, src, at(19, "02:13:33"), stolen),
		valueSet(file, at(19, "02:13:38"), file.Services, key, "Start", "Dword", "3", ordinary),
		valueSet(file, at(19, "02:13:38"), file.Services, key, "ImagePath", "ExpandString", tool, hit("a service installed over the network runs from Windows\\Temp", "W02")),
		serviceInstalled(file, at(19, "02:13:38"), "RemSvcHost", tool, "3"),
		started(file, payload, ordinary),
		connected(file, at(19, "02:14:10"), payload, "203.0.113.77", 443, ""),
		valueSet(file, at(19, "02:19:20"), file.Services, key, "Start", "Dword", "4", ordinary),
		loggedOn(app, at(19, "02:31:01"), stolen, "Network", src),
		started(app, winrm, ordinary),
		fileCreated(app, at(19, "02:31:20"), winrm, second, 96256, ordinary),
		started(app, regPath, ordinary),
		started(app, regStart, ordinary),
		valueSet(app, at(19, "02:31:40"), regPath, helper, "ImagePath", "ExpandString", second, hit("reg.exe makes a service run from the public profile", "W02")),
		valueSet(app, at(19, "02:31:44"), regStart, helper, "Start", "Dword", "2", hit("reg.exe makes it start with Windows, behind the service manager's back", "W04")),
	}
}

// smbFile is the tool that was copied to srv-file-01 before it was run.
func smbFile(d, from *Device, t time.Time, who *Account) *Event {
	system := *d.System
	e := fileCreated(d, t, &system, tool, 88064, ordinary)
	e.Values["RequestProtocol"], e.Values["RequestSourceIP"], e.Values["RequestSourcePort"] = "SMB", from.IP, int64(51877)
	e.Values["RequestAccountDomain"], e.Values["RequestAccountName"], e.Values["RequestAccountSid"] = who.Domain, who.Name, who.SID
	e.Values["ShareName"] = "ADMIN$"
	return e
}
