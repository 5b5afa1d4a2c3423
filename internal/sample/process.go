package sample

import (
	"fmt"
	"strings"
	"time"
)

// Image is an executable file.
type Image struct {
	Path                                string // with the file's name
	Company, Product, Version, Original string
	Description                         string
	Size                                int64
}

// Process is a running program.
type Process struct {
	Image   *Image
	Command string
	User    *Account
	PID     int64
	Started time.Time
	Parent  *Process
}

func image(path, company, product, version, description string, size int64) *Image {
	return &Image{Path: path, Company: company, Product: product, Version: version, Original: baseName(path), Description: description, Size: size}
}

// windows is an image that comes with Windows, below C:\Windows.
func windows(path, description string, size int64) *Image {
	return image(`C:\Windows\`+path, "Microsoft Corporation", "Microsoft® Windows® Operating System", "10.0.22621.3672", description, size)
}

// office is an image of Microsoft Office.
func office(name, description string, size int64) *Image {
	return image(`C:\Program Files\Microsoft Office\root\Office16\`+name, "Microsoft Corporation", "Microsoft Office", "16.0.17928.20114", description, size)
}

// unknown is an image without version information.
func unknown(path string, size int64) *Image { return &Image{Path: path, Size: size} }

var (
	svchostImage  = windows(`System32\svchost.exe`, "Host Process for Windows Services", 79920)
	scImage       = windows(`System32\sc.exe`, "Service Control Manager Configuration Tool", 98304)
	regImage      = windows(`System32\reg.exe`, "Registry Console Tool", 77824)
	cmdImage      = windows(`System32\cmd.exe`, "Windows Command Processor", 323584)
	conhostImage  = windows(`System32\conhost.exe`, "Console Window Host", 1048576)
	powershell    = windows(`System32\WindowsPowerShell\v1.0\powershell.exe`, "Windows PowerShell", 450560)
	pwshImage     = image(`C:\Program Files\PowerShell\7\pwsh.exe`, "Microsoft Corporation", "PowerShell", "7.4.5.500", "pwsh", 286752)
	msiexecImage  = windows(`System32\msiexec.exe`, "Windows® installer", 176128)
	rundllImage   = windows(`System32\rundll32.exe`, "Windows host process (Rundll32)", 77824)
	wscriptImage  = windows(`System32\wscript.exe`, "Microsoft ® Windows Based Script Host", 204800)
	wsmImage      = windows(`System32\wsmprovhost.exe`, "Host process for WinRM plug-ins", 40960)
	regeditImage  = windows(`regedit.exe`, "Registry Editor", 376832)
	excelImage    = office("EXCEL.EXE", "Microsoft Excel", 69872912)
	winwordImage  = office("WINWORD.EXE", "Microsoft Word", 1622456)
	outlookImage  = office("OUTLOOK.EXE", "Microsoft Outlook", 47213816)
	ccmImage      = image(`C:\Windows\CCM\CcmExec.exe`, "Microsoft Corporation", "Microsoft Configuration Manager", "5.00.9128.1000", "Host Process for Microsoft Configuration Manager", 1776544)
	drvinstImage  = windows(`System32\drvinst.exe`, "Driver Installation Module", 315392)
	tiworkerImage = windows(`WinSxS\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.22621.3950_none_e5f1f7f0a5b8f2a1\TiWorker.exe`, "Windows Modules Installer Worker", 305152)
	devenvImage   = image(`C:\Program Files\Microsoft Visual Studio\2022\Professional\Common7\IDE\devenv.exe`, "Microsoft Corporation", "Microsoft® Visual Studio®", "17.11.35222.181", "Microsoft Visual Studio 2022", 1042480)
)

// start is a child process of p, run by the same account.
func (p *Process) start(i *Image, command string, at time.Time) *Process {
	at = at.Add(time.Duration(number(command+at.String())%10_000_000) * 100)
	return &Process{
		Image: i, Command: command, User: p.User, Started: at, Parent: p,
		PID: 1000 + 4*(number(i.Path+command+at.String())%4000),
	}
}

// as changes the account that p runs as.
func (p *Process) as(a *Account) *Process {
	p.User = a
	return p
}

// integrity is how far Windows trusts the process.
func (p *Process) integrity() string {
	switch {
	case p.User.Domain == "nt authority":
		return "System"
	case strings.HasPrefix(p.User.Name, "adm-") || strings.HasPrefix(p.User.Name, "svc-"):
		return "High"
	default:
		return "Medium"
	}
}

func (p *Process) elevation() string {
	switch p.integrity() {
	case "System":
		return "TokenElevationTypeDefault"
	case "High":
		return "TokenElevationTypeFull"
	default:
		return "TokenElevationTypeLimited"
	}
}

func (p *Process) logonID() int64 {
	if p.User.Domain == "nt authority" {
		return 999
	}
	return 100_000 + number(p.User.Name)%900_000
}

// initiator has the columns that describe who caused an event. A nil process
// is one that the sensor did not see.
func initiator(p *Process) map[string]any {
	if p == nil {
		return map[string]any{"InitiatingProcessId": int64(0), "InitiatingProcessParentId": int64(0), "InitiatingProcessTokenElevation": "None"}
	}
	v := map[string]any{}
	v["InitiatingProcessAccountDomain"] = p.User.Domain
	v["InitiatingProcessAccountName"] = p.User.Name
	v["InitiatingProcessAccountSid"] = p.User.SID
	v["InitiatingProcessAccountUpn"] = optional(p.User.UPN)
	v["InitiatingProcessAccountObjectId"] = optional(p.User.ObjectID)
	v["InitiatingProcessLogonId"] = p.logonID()
	v["InitiatingProcessIntegrityLevel"] = p.integrity()
	v["InitiatingProcessTokenElevation"] = p.elevation()
	v["InitiatingProcessSHA1"] = sha(p.Image.Path)
	v["InitiatingProcessSHA256"] = sha2(p.Image.Path)
	v["InitiatingProcessMD5"] = md(p.Image.Path)
	v["InitiatingProcessFileName"] = baseName(p.Image.Path)
	// The stream writes the initiator's path in lower case.
	v["InitiatingProcessFolderPath"] = strings.ToLower(p.Image.Path)
	v["InitiatingProcessFileSize"] = p.Image.Size
	v["InitiatingProcessId"] = p.PID
	v["InitiatingProcessCommandLine"] = p.Command
	v["InitiatingProcessCreationTime"] = p.Started
	v["InitiatingProcessSessionId"] = session(p)
	v["IsInitiatingProcessRemoteSession"] = false
	for column, text := range versionInfo(p.Image) {
		v["InitiatingProcess"+column] = text
	}
	if p.Image.Company == "Microsoft Corporation" {
		v["InitiatingProcessSignerType"], v["InitiatingProcessSignatureStatus"] = "OsVendor", "Valid"
	} else if p.Image.Company != "" {
		v["InitiatingProcessSignerType"], v["InitiatingProcessSignatureStatus"] = "ThirdParty", "Valid"
	} else {
		v["InitiatingProcessSignatureStatus"] = "Unsigned"
	}
	if p.Parent != nil {
		v["InitiatingProcessParentFileName"] = baseName(p.Parent.Image.Path)
		v["InitiatingProcessParentId"] = p.Parent.PID
		v["InitiatingProcessParentCreationTime"] = p.Parent.Started
	}
	return v
}

// versionInfo has the columns of an image's version resource, without the
// prefix that says whose image it is.
func versionInfo(i *Image) map[string]any {
	if i.Company == "" {
		return nil
	}
	return map[string]any{
		"VersionInfoCompanyName": i.Company, "VersionInfoProductName": i.Product,
		"VersionInfoProductVersion": i.Version, "VersionInfoInternalFileName": strings.TrimSuffix(i.Original, ".exe"),
		"VersionInfoOriginalFileName": i.Original, "VersionInfoFileDescription": i.Description,
	}
}

func session(p *Process) int64 {
	if p.User.Domain == "nt authority" {
		return 0
	}
	return 1
}

// optional is nil for an empty text: an absent value is null, not empty.
func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '\\')+1:] }

// hive spells a key below HKEY_LOCAL_MACHINE.
func hive(format string, args ...any) string {
	return `HKEY_LOCAL_MACHINE\` + fmt.Sprintf(format, args...)
}
