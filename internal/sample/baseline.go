package sample

import (
	"fmt"
	"strings"
	"time"
)

// template is an ordinary process: what starts it, and its command line, in
// which {n} is a number and {x} a word of hexadecimal digits.
type template struct {
	image   *Image
	command string
	system  bool // started by the task scheduler's svchost, not by the user
}

var (
	chromeImage = image(`C:\Program Files\Google\Chrome\Application\chrome.exe`, "Google LLC", "Google Chrome", "128.0.6613.120", "Google Chrome", 2750560)
	edgeImage   = image(`C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`, "Microsoft Corporation", "Microsoft Edge", "128.0.2739.67", "Microsoft Edge", 4146232)
	gitImage    = image(`C:\Program Files\Git\cmd\git.exe`, "The Git Development Community", "Git", "2.46.0.1", "Git for Windows", 46208)
	nodeImage   = image(`C:\Program Files\nodejs\node.exe`, "Node.js", "Node.js", "20.17.0", "Node.js JavaScript Runtime", 77064008)
	dotnetImage = image(`C:\Program Files\dotnet\dotnet.exe`, "Microsoft Corporation", "Microsoft® .NET", "8.0.824.36612", ".NET Host", 144184)
	sqlImage    = image(`C:\Program Files\Microsoft SQL Server\160\Tools\Binn\SQLCMD.EXE`, "Microsoft Corporation", "Microsoft SQL Server", "16.0.1000.6", "T-SQL command line utility", 311376)
	pythonImage = image(`C:\Program Files\Python312\python.exe`, "Python Software Foundation", "Python", "3.12.5", "Python", 103192)
)

// everywhere runs on every device, servers included.
var everywhere = []template{
	{svchostImage, `svchost.exe -k netsvcs -p -s Appinfo`, true},
	{svchostImage, `svchost.exe -k LocalServiceNetworkRestricted -p -s EventLog`, true},
	{windows(`System32\taskhostw.exe`, "Host Process for Windows Tasks", 98816), `taskhostw.exe -RegisterDevice -ProtectionStateChanged -FreeNetworkOnly {n}`, true},
	{windows(`System32\wbem\WmiPrvSE.exe`, "WMI Provider Host", 532480), `C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding`, true},
	{windows(`System32\SearchProtocolHost.exe`, "Microsoft Windows Search Protocol Host", 471040), `"C:\Windows\system32\SearchProtocolHost.exe" Global\UsGthrFltPipeMssGthrPipe{n}_`, true},
	{image(`C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24080.9-0\MpCmdRun.exe`, "Microsoft Corporation", "Microsoft® Windows® Operating System", "4.18.24080.9", "Microsoft Malware Protection Command Line Utility", 1661336), `"MpCmdRun.exe" SignatureUpdate -ScheduleJob -RestrictPrivileges -Reinvoke {x}`, true},
	{powershell, `powershell.exe -NoProfile -ExecutionPolicy AllSigned -File "C:\Program Files\Corp\Inventory\collect.ps1" -Job {n}`, true},
	{scImage, `sc.exe start w32time task_started`, true},
	{rundllImage, `C:\Windows\system32\rundll32.exe C:\Windows\system32\PcaSvc.dll,PcaPatchSdbTask`, true},
	{conhostImage, `\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1`, true},
}

// desktops and the lists below it run on some devices.
var desktops = []template{
	{chromeImage, `"C:\Program Files\Google\Chrome\Application\chrome.exe" --type=renderer --lang=en-US --renderer-client-id={n} --field-trial-handle=2116,i,{n}{n},262144 /prefetch:1`, false},
	{edgeImage, `"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" --single-argument https://intranet.corp.example/news/{n}`, false},
	{outlookImage, `"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE" /recycle`, false},
	{winwordImage, `"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "\\srv-file-01\share\minutes\2026-09-{n}.docx" /o ""`, false},
	{excelImage, `"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "\\srv-file-01\share\budget\plan {n}.xlsx"`, false},
	{windows(`System32\notepad.exe`, "Notepad", 360448), `"C:\Windows\system32\notepad.exe" C:\Users\Public\Documents\note {n}.txt`, false},
	{windows(`System32\RuntimeBroker.exe`, "Runtime Broker", 137520), `C:\Windows\System32\RuntimeBroker.exe -Embedding`, false},
	{windows(`System32\dllhost.exe`, "COM Surrogate", 32560), `C:\Windows\system32\DllHost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-{x}}`, false},
	{cmdImage, `"C:\Windows\system32\cmd.exe" /c ipconfig /all > C:\Users\Public\Documents\net{n}.txt`, false},
}

var developers = []template{
	{gitImage, `git.exe -c core.quotepath=false log --format=%H -n 50 {x}{x}`, false},
	{gitImage, `git commit -m "create service config for orders {n}"`, false},
	{dotnetImage, `"C:\Program Files\dotnet\dotnet.exe" build C:\Users\r.haddad\source\repos\Orders\Orders.sln -c Debug /m:{n}`, false},
	{nodeImage, `"C:\Program Files\nodejs\node.exe" C:\src\web\node_modules\vite\bin\vite.js --port {n}`, false},
	{pythonImage, `"C:\Program Files\Python312\python.exe" -m pytest tests\test_services.py -k "not slow" --seed {n}`, false},
}

var servers = []template{
	{sqlImage, `SQLCMD.EXE -S tcp:srv-db-01 -d ledger -E -Q "exec dbo.nightly @batch = {n}"`, true},
	{windows(`System32\robocopy.exe`, "Microsoft Robocopy", 184320), `robocopy D:\share \\srv-file-01\backup$\{n} /MIR /R:2 /W:5 /LOG:C:\Logs\robocopy.log`, true},
	{windows(`System32\dfsrdiag.exe`, "DFS Replication Diagnostics", 233472), `dfsrdiag replicationstate /member:dc-01 /all`, true},
	{windows(`System32\vssadmin.exe`, "Command Line Interface for Microsoft® Volume Shadow Copy Service", 151552), `vssadmin list shadows /for=D:`, true},
	{powershell, "powershell.exe -NoProfile -Command \"Get-Service -Name Spooler, W32Time |\r\n  Select-Object Name, Status\"", true},
}

// templates are what runs on a device.
func (d *Device) templates() []template {
	list := everywhere
	switch d.Group {
	case "Workstations", "Laptops":
		list = append(list[:len(list):len(list)], desktops...)
	case "Developers", "Build servers":
		list = append(list[:len(list):len(list)], developers...)
	default:
		list = append(list[:len(list):len(list)], servers...)
	}
	return list
}

// ordinaryProcesses are n process events of a device, spread over a stretch.
func ordinaryProcesses(d *Device, from time.Time, over time.Duration, n int) []*Event {
	list := d.templates()
	var events []*Event
	for i, t := range moments(d, from, over, n, "process") {
		pick := list[(number(d.Name+from.String())+int64(i)*7)%int64(len(list))]
		parent := d.Explorer
		if pick.system {
			parent = d.Svchost
		}
		events = append(events, started(d, parent.start(pick.image, filled(pick.command, d, i), t), ordinary))
	}
	return events
}

// ordinaryRegistry are n registry events of a device, spread over a stretch.
func ordinaryRegistry(d *Device, from time.Time, over time.Duration, n int) []*Event {
	hkcu := `HKEY_USERS\` + d.User.SID + `\SOFTWARE\`
	values := []struct {
		by                     *Process
		key, name, kind, value string
	}{
		{d.Explorer, hkcu + `Microsoft\Windows\CurrentVersion\Explorer\RecentDocs\.docx`, "{n}", "Binary", ""},
		{d.Services, hive(`SYSTEM\ControlSet001\Services\CDPUserSvc_{x}`), "Start", "Dword", "2"},
		{d.Services, hive(`SYSTEM\ControlSet001\Services\CDPUserSvc_{x}`), "ImagePath", "ExpandString", `%SystemRoot%\system32\svchost.exe -k UnistackSvcGroup`},
		{d.Svchost, hive(`SYSTEM\ControlSet001\Services\bam\State\UserSettings\%s`, d.User.SID), `\Device\HarddiskVolume3\Windows\System32\cmd.exe`, "Binary", ""},
		{d.Svchost, hive(`SYSTEM\ControlSet001\Services\Tcpip\Parameters\Interfaces\{{x}}`), "DhcpIPAddress", "String", d.IP},
		{d.Svchost, hive(`SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks\{{x}-0b41}`), "DynamicInfo", "Binary", ""},
		{d.Explorer, hkcu + `Microsoft\Office\16.0\Word\Resiliency\StartupItems`, "{x}", "Binary", ""},
		{d.Svchost, hive(`SYSTEM\ControlSet001\Control\WMI\Security`), "{x}", "Binary", ""},
		{d.Services, hive(`SYSTEM\CurrentControlSet\Services\WaaSMedicSvc`), "Start", "Dword", "3"},
		{d.Explorer, hkcu + `Google\Chrome\StabilityMetrics`, "user_experience_metrics.stability.exited_cleanly", "Dword", "1"},
	}
	var events []*Event
	for i, t := range moments(d, from, over, n, "registry") {
		v := values[(number(d.Name)+int64(i))%int64(len(values))]
		events = append(events, valueSet(d, t, v.by, filled(v.key, d, i), filled(v.name, d, i), v.kind, v.value, ordinary))
	}
	return events
}

// ordinaryFiles are n file events of a device, spread over a stretch.
func ordinaryFiles(d *Device, from time.Time, over time.Duration, n int) []*Event {
	name := d.User.Name
	paths := []struct {
		by   *Process
		path string
		size int64
	}{
		{d.Explorer, `C:\Users\` + name + `\Documents\minutes {n}.docx`, 48231},
		{d.Svchost, `C:\Windows\SoftwareDistribution\Download\{x}\update.cab`, 9437184},
		{d.Svchost, `C:\ProgramData\Microsoft\Windows Defender\Definition Updates\{{x}}\mpasdlta.vdm`, 1286144},
		{d.Explorer, `C:\Users\` + name + `\AppData\Local\Temp\{x}.tmp`, 4096},
		{d.Explorer, `C:\Users\` + name + `\Downloads\handbook-{n}.pdf`, 1843200},
		{d.Svchost, `C:\Windows\Temp\MpCmdRun.log`, 20480},
	}
	var events []*Event
	for i, t := range moments(d, from, over, n, "file") {
		p := paths[(number(d.Name)+int64(i))%int64(len(paths))]
		events = append(events, fileCreated(d, t, p.by, filled(p.path, d, i), p.size, ordinary))
	}
	return events
}

// ordinaryDeviceEvents are n rows of DeviceEvents, spread over a stretch.
func ordinaryDeviceEvents(d *Device, from time.Time, over time.Duration, n int) []*Event {
	var events []*Event
	for i, t := range moments(d, from, over, n, "device") {
		switch (number(d.Name) + int64(i)) % 4 {
		case 0:
			events = append(events, deviceEvent(d, t, d.Explorer, "DpapiAccessed", map[string]any{"AdditionalFields": fmt.Sprintf(`{"CallerProcessID":%d}`, d.Explorer.PID)}, ordinary))
		case 1:
			events = append(events, deviceEvent(d, t, d.Svchost, "AntivirusScanCompleted", map[string]any{"AdditionalFields": `{"ScanTypeIndex":"Quick","ScanParametersIndex":"Quick scan"}`}, ordinary))
		case 2:
			events = append(events, deviceEvent(d, t, d.Svchost, "ScheduledTaskUpdated", map[string]any{"AdditionalFields": object(`{"TaskName":"\\Microsoft\\Windows\\UpdateOrchestrator\\Report policies"}`)}, ordinary))
		default:
			events = append(events, serviceInstalled(d, t, filled("MicrosoftEdgeElevationService{n}", d, i), `C:\Program Files (x86)\Microsoft\Edge\Application\128.0.2739.67\elevation_service.exe`, "3"))
		}
	}
	return events
}

// ordinaryTraffic is a few connections and logons of a device.
func ordinaryTraffic(f *fleet, d *Device, from time.Time, over time.Duration, n int) []*Event {
	var events []*Event
	for i, t := range moments(d, from, over, n, "traffic") {
		switch i % 3 {
		case 0:
			events = append(events, connected(d, t, d.Svchost, f.dc01.IP, 389, "dc-01.corp.example"))
		case 1:
			events = append(events, connected(d, t, d.Explorer, "198.51.100.24", 443, "updates.brightsail.example"))
		default:
			events = append(events, loggedOn(f.file01, t, d.User, "Network", d))
		}
	}
	return events
}

// object is text that the stream writes as a JSON object rather than a string.
type object string

// moments are n times within a stretch, in order, at no even pace.
func moments(d *Device, from time.Time, over time.Duration, n int, salt string) []time.Time {
	step := over / time.Duration(n)
	list := make([]time.Time, n)
	for i := range list {
		shake := time.Duration(number(fmt.Sprint(d.Name, salt, from, i))) % (step / time.Second)
		list[i] = from.Add(time.Duration(i)*step + shake*time.Second)
	}
	return list
}

// filled puts numbers and digits that follow from device and place into a text.
func filled(text string, d *Device, i int) string {
	seed := fmt.Sprint(d.Name, text, i)
	text = strings.ReplaceAll(text, "{n}", fmt.Sprint(10+number(seed)%9000))
	return strings.ReplaceAll(text, "{x}", sha(seed)[:12])
}
