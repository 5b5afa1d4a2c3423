package seed

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"smew/internal/engine"
)

// now is what the seed's ago(24h) counts back from. Every generated event lies
// within that day, because the window is the hunt's and not a branch's.
var now = time.Date(2026, 9, 20, 12, 0, 0, 0, time.UTC)

// generator makes rows that are mostly nothing, with every trap of the formats
// among them. The same seed makes the same rows.
type generator struct{ *rand.Rand }

// absent stands for NULL; the exports have both that and "".
const absent = "\x00"

func (g generator) pick(list []string) string { return list[g.IntN(len(list))] }

// anyCase gives s in its own, small, capital or mixed letters.
func (g generator) anyCase(s string) string {
	switch g.IntN(4) {
	case 0:
		return strings.ToLower(s)
	case 1:
		return strings.ToUpper(s)
	case 2:
		letters := []rune(s)
		for i := range letters {
			if g.IntN(2) == 0 {
				letters[i] = []rune(strings.ToUpper(string(letters[i])))[0]
			}
		}
		return string(letters)
	}
	return s
}

var programs = []string{
	"sc.exe", "sc.exe", "sc.exe", "powershell.exe", "pwsh.exe", "powershell_ise.exe", "xsc.exe", "sc.exe ", "sc", "sc.com", "cmd.exe",
	"net.exe", "reg.exe", "msiexec.exe", "", absent,
}

var commands = []string{
	"sc create x binPath= C:\\a.exe", "sc  config x start= disabled", `"C:\Windows\system32\sc.exe" \\fs02\ create x`, "sc.exe create_x", "sc.exe recreate x",
	"sc qc configx", "sc.exe failure x", "create", "config", "CONFIG", "sc -create- x", "sc write;create", "procreate/config", "sc\ncreate\nx",
	"powershell New-Service -Name x", "powershell.exe New-ServiceX", "pwsh -c Set-Service x", "PowerUp Set-ServiceBinaryPath", "New_Service", "xNew-Service",
	"powershell sc.exe create x", "powershell mysc.exe create x", "powershell my_sc.exe create x", "powershell sc.exe  create x", "powershell sc.exe createx",
	"écreate", "create日", "create²", "d'create'", "", absent, "whoami", "-enc QQBB", "cre ate", "%create%", "con\u017fig", "create\u200b",
}

var parents = []string{
	"winword.exe", "excel.exe", "powerpnt.exe", "outlook.exe", "wscript.exe", "cscript.exe", "mshta.exe", "rundll32.exe", "explorer.exe", "cmd.exe",
	"services.exe", "svchost.exe", "msiexec.exe", "TrustedInstaller.exe", "WmiPrvSE.exe", "MsMpEng.exe", "TiWorker.exe", "reg.exe",
	"xwinword.exe", "winword", "services.exe ", "servIces.exe.bak", "", absent, absent,
}

// lookalikes fold to an excluded name in Unicode, and to nothing in ASCII.
var lookalikes = []string{"serv\u0130ces.exe", "M\u017fMpEng.exe", "Ms\u0130exec.exe", "wm\u0130prvse.exe"}

var roots = []string{
	`HKEY_LOCAL_MACHINE\`, `HKEY_LOCAL_MACHINE\`, `HKEY_LOCAL_MACHINE\`, `HKLM\`, `HKLM:\`, `\REGISTRY\MACHINE\`, `MACHINE\`, `Computer\HKEY_LOCAL_MACHINE\`,
	`HKEY_CURRENT_USER\`, `XHKEY_LOCAL_MACHINE\`, ` HKEY_LOCAL_MACHINE\`, `[HKEY_LOCAL_MACHINE\`, "", `HKEY_LOCAL_MACHINE\SOFTWARE\`,
}

var controlSets = []string{
	`SYSTEM\CurrentControlSet\`, `SYSTEM\CurrentControlSet\`, `SYSTEM\CurrentControlSet\`, `SYSTEM\ControlSet001\`, `SYSTEM\ControlSet002\`, `SYSTEM\ControlSet01\`,
	`SYSTEM\ControlSet0011\`, `SYSTEM\\CurrentControlSet\`, `SYSTEM.CurrentControlSet\`, `SOFTWARE\`,
}

var services = []string{
	"Services", "Services", "Services", `Services\Fax`, `Services\a/b`, `Services\Fax\Parameters`, `Services\`, `Services2\Fax`, "Services-x", "Services.x", "Services_x",
	"Servicesé", `Control\Lsa`, `ServicesPipe\x`, `Services\Größe`,
}

var valueNames = []string{
	"ImagePath", "ImagePath", "ImagePath", "Start", "Start", "Start", "imagepath", "START", "Type", "StartX", " Start", "ImagePaths", "ServiceDll", "", absent,
}

var numbers = []string{
	"2", "0", "2", "0", "1", "3", "4", " 2", "2 ", "02", "2.0", "0x2", "0x0", "0x00000002", "DWORD (0x00000002)", "DWORD (0x00000000)", "DWORD (0x00000003)",
	"QWORD (0x00000000-0x00000002)", "-2", "", absent,
}

var valueData = []string{
	"2", "0", "3", "", absent,
	`C:\Windows\Temp\a.exe`, `C:\Temp2\a.exe`, `C:\Windows\Temp`, `%TEMP%\a.exe`, `%TEMP%x.exe`, `%%TEMP%%\a.exe`, `%SystemDrive%\Temp\a.exe`,
	`C:\Users\u\AppData\Local\a.exe`, `C:\Users\u\Downloads\a.exe`, `C:\Users\Public\a.exe`, `D:\Public\App\a.exe`, `%APPDATA%\a.exe`, `%PUBLIC%\a.exe`,
	`C:\Windows\System32\cmd.exe /c calc`, `C:\evil\mycmd.exe /c`, `C:\evil\my_cmd.exe`, `C:\evil\my-cmd.exe`, `cmd.executor`, `powershell -enc QQBB`,
	`C:\Windows\system32\WindowsPowerShell\v1.0\powershell.exe -nop`, `%COMSPEC% /C start`, `rundll32.exe C:\x.dll,Entry`, `"C:\Windows\system32\mshta.exe" x`,
	`wmic.exe`, `msbuild.exe`, `certutil.exe2`, `xcertutil.exe`, `bitsadmin.exe,x`, `regsvr32.exe` + "\n" + `/s`, `C:\Windows\system32\svchost.exe -k netsvcs`,
	`system32\drivers\x.sys`, `\??\C:\Temp\x.sys`, `\\127.0.0.1\ADMIN$\x.exe`, `C:/Temp/a.exe`, `C:\Temp\\a.exe`, `日cmd.exe`, `w\u0130cript.exe`, "cmd.exe\u0301",
}

// process and registry make the recorded columns of row n, in their order.
var processColumns = []string{"FileName", "ProcessCommandLine", "InitiatingProcessFileName"}

func (g generator) process() []string {
	return []string{g.anyCase(g.pick(programs)), g.anyCase(g.pick(commands)), g.anyCase(g.pick(parents))}
}

var registryColumns = []string{"RegistryKey", "RegistryValueName", "RegistryValueData", "InitiatingProcessFileName"}

func (g generator) registry() []string {
	key := g.anyCase(g.pick(roots) + g.pick(controlSets) + g.pick(services))
	if g.IntN(50) == 0 {
		key = g.pick([]string{"", absent})
	}
	writer := g.anyCase(g.pick(parents))
	if g.IntN(20) == 0 {
		writer = g.pick(lookalikes)
	}
	name, data := g.anyCase(g.pick(valueNames)), g.pick(valueData)
	if strings.EqualFold(name, "Start") && g.IntN(4) > 0 {
		data = g.pick(numbers)
	}
	return []string{key, name, data, writer}
}

// inserts writes n generated rows as INSERT statements of a few hundred each.
// A row's device is its own, so that a result without ReportId tells its rows.
func (g generator) inserts(table string, columns []string, n int, row func() []string) []string {
	const batch = 500
	head := "insert into " + table + " by name select * from (values "
	tail := ") as v(ReportId, DeviceName, DeviceId, SourceTable, Timestamp, " + strings.Join(columns, ", ") + ")"
	var statements []string
	var rows []string
	for i := range n {
		at := now.Add(-time.Minute - time.Duration(g.Int64N(int64(23*time.Hour))))
		cells := []string{
			fmt.Sprint(i), fmt.Sprintf("'pc-%d'", i), "'id'", engine.QuoteText(table),
			"timestamp_ns " + engine.QuoteText(at.Format("2006-01-02 15:04:05.0000000")),
		}
		for _, cell := range row() {
			if cell == absent {
				cells = append(cells, "null")
				continue
			}
			cells = append(cells, engine.QuoteText(cell))
		}
		rows = append(rows, "("+strings.Join(cells, ", ")+")")
		if len(rows) == batch || i == n-1 {
			statements = append(statements, head+strings.Join(rows, ",\n")+tail)
			rows = rows[:0]
		}
	}
	return statements
}
