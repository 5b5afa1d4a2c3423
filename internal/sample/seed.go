package sample

// seedProcesses are hits and near misses of the branches that read process
// events, W01 and W03, away from the intrusion.
func seedProcesses(f *fleet) []*Event {
	lt, ws, db := f.lt202, f.ws155, f.db01
	admin := db.Explorer.start(cmdImage, `"C:\Windows\system32\cmd.exe"`, at(20, "09:58:10"))
	shell := ws.Explorer.start(cmdImage, `"C:\Windows\system32\cmd.exe"`, at(20, "09:40:00"))
	ps := func(d *Device, parent *Process, image *Image, command, clock string, label Label) *Event {
		return started(d, parent.start(image, command, at(20, clock)), label)
	}
	sc := func(d *Device, parent *Process, command, clock string, label Label) *Event {
		return ps(d, parent, scImage, command, clock, label)
	}
	script := lt.Explorer.start(wscriptImage, `"C:\Windows\System32\WScript.exe" "C:\Users\m.ferrari\Downloads\invoice_88213.js"`, at(20, "10:04:30"))
	word := ws.Explorer.start(winwordImage, `"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "C:\Users\a.lindqvist\Documents\minutes.docx"`, at(20, "09:41:12"))
	excel := f.ws163.Explorer.start(excelImage, `"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "\\srv-file-01\share\stock.xlsm"`, at(20, "10:15:00"))
	excelShell := excel.start(cmdImage, `cmd.exe /c sc create StockSync binPath= C:\ProgramData\Stock\sync.exe`, at(20, "10:15:21"))
	custom := f.lt219.Services.start(rundllImage, `rundll32.exe "C:\Windows\Installer\MSI4E1B.tmp",zzzzInvokeManagedCustomActionOutOfProc SfxCA_318062 12 Setup!Setup.Actions.Register`, at(20, "10:22:05"))
	renamed := ws.Explorer.start(image(`C:\Users\a.lindqvist\svcctl.exe`, "Microsoft Corporation", "Microsoft® Windows® Operating System", "10.0.22621.1", "Service Control Manager Configuration Tool", 98304), `svcctl.exe create Hidden binPath= C:\Users\Public\h.exe`, at(20, "10:49:30"))
	renamed.Image.Original = "sc.exe"
	return []*Event{
		sc(lt, script, `sc.exe create InvSvc binPath= "C:\Users\m.ferrari\AppData\Roaming\inv\inv.exe" start= auto`, "10:04:41", hit("a downloaded script creates a service", "W01", "W03")),
		sc(f.lt219, custom, `sc.exe create BrightsailTray binPath= "C:\Program Files\Brightsail\Tray\traysvc.exe"`, "10:22:06", hit("an installer's custom action: rundll32 is on the branch's list", "W01", "W03")),
		sc(f.ws163, excelShell, `sc  create StockSync binPath= C:\ProgramData\Stock\sync.exe`, "10:15:22", hit("hits W01 only; near W03: the workbook is the grandparent, not the parent", "W01")),
		sc(db, admin, `sc.exe config RemoteRegistry start= disabled`, "10:01:15", hit("a change of the start type counts as well", "W01")),
		sc(db, admin, `SC.EXE  CONFIG W32Time start=auto`, "10:02:40", hit("any case, two spaces", "W01")),
		sc(db, admin, `sc.exe qc config_backup`, "10:03:05", hit("a service called config_backup: the underscore separates, as Kusto reads it", "W01")),
		ps(db, admin, powershell, `powershell.exe -NoProfile -Command "New-Service -Name LedgerSync -BinaryPathName 'D:\Ledger\sync.exe' -StartupType Automatic"`, "10:06:33", hit("New-Service", "W01")),
		ps(db, admin, pwshImage, `"C:\Program Files\PowerShell\7\pwsh.exe" -c Set-Service -Name Spooler -StartupType Disabled`, "10:07:50", hit("Set-Service in PowerShell 7", "W01")),
		ps(ws, shell, powershell, `powershell.exe -c "sc.exe create Tmp1 binPath= C:\PerfLogs\t.exe"`, "09:44:02", hit("sc.exe create inside PowerShell", "W01")),
		ps(f.app02, f.app02.Explorer, ccmImpostor, `"C:\ProgramData\GoogleUpdate\GoogleUpdate.exe" /svc`, "10:29:10", ordinary),
		sc(f.app02, f.app02.Explorer.start(ccmImpostor, `"C:\ProgramData\GoogleUpdate\GoogleUpdate.exe" /install`, at(20, "10:29:30")), `sc.exe create gupdate binPath= "C:\ProgramData\GoogleUpdate\GoogleUpdate.exe /svc" start= auto`, "10:29:31", hit("a vendor's name outside the vendor's folder: no allowlist entry may take it", "W01")),

		sc(db, admin, `sc.exe query RemoteRegistry`, "10:35:00", near("near W01: a query")),
		sc(db, admin, `sc.exe qdescription recreate`, "10:35:20", near("near W01: recreate is another word than create")),
		sc(ws, word, `sc.exe query Spooler`, "10:41:30", near("near W03: Word asks, it creates nothing")),
		ps(db, admin, powershell, `powershell.exe -c "Set-ServiceBinaryPath -Name VulnSvc -Path C:\t.exe"`, "10:08:40", near("near W01: the name of the cmdlet goes on after Set-Service")),
		ps(ws, shell, powershell, `powershell.exe -c "Get-Service | Where-Object Status -eq Running"`, "10:45:10", near("near W01: lists services")),
		ps(ws, shell, windows(`System32\schtasks.exe`, "Task Scheduler Configuration Tool", 241664), `schtasks  /create /tn Report /tr C:\Scripts\report.cmd /sc daily`, "10:46:00", near("near W01: creates a task, not a service")),
		ps(ws, shell, cmdImage, `cmd.exe /c echo sc.exe create > notes.txt`, "10:47:00", near("near W01: the words, but not the program")),
		started(ws, renamed, near("near W01: sc.exe under another name; the branch goes by the file's name")),
	}
}

// ccmImpostor has a vendor's name in a folder that users can write.
var ccmImpostor = unknown(`C:\ProgramData\GoogleUpdate\GoogleUpdate.exe`, 143360)

// seedRegistry are hits and near misses of the branches that read registry
// events, W02 and W04, away from the intrusion.
func seedRegistry(f *fleet) []*Event {
	d, e, g := f.ws177, f.lt202, f.app02
	regedit := e.Explorer.start(regeditImage, `"C:\Windows\regedit.exe"`, at(20, "09:30:00"))
	reg := func(command string) *Process {
		return g.Explorer.start(regImage, command, at(20, "09:40:00"))
	}
	fake := g.Explorer.start(unknown(`C:\Users\Public\svchost.exe`, 55296), `C:\Users\Public\svchost.exe`, at(20, "09:41:00"))
	fakeWorker := g.Explorer.start(unknown(`C:\Users\Public\TiWorker.exe`, 55296), `C:\Users\Public\TiWorker.exe`, at(20, "09:41:30"))
	path := func(device *Device, key, data, clock string, label Label) *Event {
		return valueSet(device, at(20, clock), device.Services, hive(`%s`, key), "ImagePath", "ExpandString", data, label)
	}
	start := func(device *Device, by *Process, key, name, data, clock string, label Label) *Event {
		return valueSet(device, at(20, clock), by, hive(`%s`, key), name, "Dword", data, label)
	}
	return []*Event{
		path(d, `SYSTEM\ControlSet001\Services\WinTask`, `%TEMP%\wintask.exe`, "10:02:00", hit("a variable for the temporary folder", "W02")),
		path(d, `SYSTEM\CurrentControlSet\Services\NoteSync`, `"C:\Users\t.varga\AppData\Local\NoteSync\notesync.exe" --service`, "10:04:00", hit("a program in a user's profile", "W02")),
		path(d, `SYSTEM\ControlSet002\Services\Backdrop`, `C:\Windows\System32\rundll32.exe C:\ProgramData\bd.dll,Run`, "10:06:00", hit("rundll32 as a service, in another control set", "W02")),
		path(d, `System\currentcontrolset\services\Lowercase`, `c:\tools\my-cmd.exe /s`, "10:07:00", hit("a hyphen separates: my-cmd.exe has cmd.exe, as Kusto reads it", "W02")),
		start(e, regedit, `SYSTEM\ControlSet001\Services\RemoteAccess`, "Start", "2", "10:31:00", hit("the registry editor sets a service to start with Windows", "W04")),
		start(d, nil, `SYSTEM\ControlSet001\Services\nvdrv64`, "Start", "0", "10:09:00", hit("started by the boot loader; the writer was not seen, which keeps the row", "W04")),
		start(g, fakeWorker, `SYSTEM\ControlSet001\Services\TrkHelper`, "Start", "2", "10:41:40", hit("the servicing worker's name in a folder that users can write: no allowlist entry may take it", "W04")),

		path(d, `SYSTEM\ControlSet001\Services\Temp2`, `C:\Temp2\x.exe`, "10:12:00", near("near W02: Temp2 is another folder than Temp")),
		path(d, `SYSTEM\ControlSet001\Services\MyCmd`, `C:\Program Files\MyCmd\mycmd.exe`, "10:13:00", near("near W02: mycmd.exe is another word than cmd.exe")),
		path(d, `SYSTEM\ControlSet001\Services\Share`, `D:\PublicShare\share.exe`, "10:14:00", near("near W02: PublicShare is another folder than Public")),
		path(d, `SOFTWARE\Brightsail\Launcher`, `C:\Windows\Temp\setup.exe`, "10:15:00", near("near W02: an ImagePath that is no service's")),
		path(d, `SYSTEM\ControlSet001\ServicesBackup\Old`, `C:\Windows\Temp\old.exe`, "10:16:00", near("near W02: ServicesBackup is another key than Services")),
		valueSet(d, at(20, "10:17:00"), d.Services, hive(`SYSTEM\ControlSet001\Services\Plug\Parameters`), "ServiceDll", "ExpandString", `C:\Windows\Temp\plug.dll`, near("near W02: the branch reads ImagePath only")),
		start(g, reg(`reg  add HKLM\SYSTEM\ControlSet001\Services\Ndu /v Start /t REG_DWORD /d 3 /f`), `SYSTEM\ControlSet001\Services\Ndu`, "Start", "3", "10:40:05", near("near W04: started on demand")),
		start(g, reg(`reg  add HKLM\SYSTEM\ControlSet001\Services\Diag /v DelayedAutostart /t REG_DWORD /d 0 /f`), `SYSTEM\ControlSet001\Services\Diag`, "DelayedAutostart", "0", "10:40:20", near("near W04: another value than Start")),
		start(g, reg(`reg  add HKLM\SOFTWARE\Brightsail\Agent /v Start /t REG_DWORD /d 2 /f`), `SOFTWARE\Brightsail\Agent`, "Start", "2", "10:40:40", near("near W04: a Start that is no service's")),
		start(d, d.Services, `SYSTEM\ControlSet001\Services\Spooler`, "Start", "2", "10:18:00", near("near W04: the service manager wrote it")),
		start(g, fake, `SYSTEM\ControlSet001\Services\Ghost`, "Start", "2", "10:41:10", near("near W04: the seed goes by the writer's bare name, so a false svchost.exe gets by")),
	}
}
