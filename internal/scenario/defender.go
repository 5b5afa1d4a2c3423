package scenario

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// recordDefender writes rows of Advanced Hunting as the streaming API sends them,
// one file a table.
func recordDefender(w *writer, d *device, f fact) {
	switch what := f.what.(type) {
	case started:
		w.defender(f.at, "DeviceProcessEvents", "ProcessCreated", what.who.parent, startedColumns(d, what.who))
	case registered:
		action := map[string]string{
			"set": "RegistryValueSet", "delete_value": "RegistryValueDeleted",
			"create_key": "RegistryKeyCreated", "delete_key": "RegistryKeyDeleted",
		}[what.Action]
		w.defender(f.at, "DeviceRegistryEvents", action, what.by, registryColumns(what))
	case installed:
		w.defender(f.at, "DeviceEvents", "ServiceInstalled", d.cast["services"], installedColumns(what))
	case changed:
		action := map[string]string{"created": "FileCreated", "modified": "FileModified", "renamed": "FileRenamed", "deleted": "FileDeleted"}[what.Action]
		w.defender(f.at, "DeviceFileEvents", action, what.by, changedColumns(what))
	case loaded:
		w.defender(f.at, "DeviceImageLoadEvents", "ImageLoaded", what.by, fileColumns(what.Path, what.SHA256))
	case driverLoaded:
		w.defender(f.at, "DeviceEvents", "DriverLoad", what.kernel, fileColumns(what.Path, what.SHA256))
	case loggedOn:
		w.defender(f.at, "DeviceLogonEvents", "LogonSuccess", nil, logonColumns(what))
	case connected:
		action := "ConnectionSuccess"
		if what.Direction == "inbound" {
			action = "InboundConnectionAccepted"
		}
		w.defender(f.at, "DeviceNetworkEvents", action, what.by, networkColumns(what))
	case compiled:
		w.defender(f.at, "DeviceEvents", "PowerShellCommand", what.by, object{{"AdditionalFields", details(object{{"Command", what.Text}})}})
	case itemAdded:
		w.defender(f.at, "DeviceEvents", "LaunchItemAdded", what.by, itemColumns(what))
	}
}

// defender writes one row.
func (w *writer) defender(at time.Time, table, action string, by *actor, columns object) {
	d := w.device
	row := object{
		{"Timestamp", defenderTime(at)},
		{"DeviceId", d.id},
		{"DeviceName", d.name},
		{"ReportId", d.count("defender")},
		{"ActionType", action},
	}
	row = append(append(row, columns...), initiator(by)...)
	w.add("defender/"+table+".json", table, line(object{
		{"time", defenderTime(at.Add(90 * time.Second))},
		{"tenantId", "4f7c9a10-2b6e-4d53-8e21-c05a97d1e3b8"},
		{"operationName", "Publish"},
		{"category", "AdvancedHunting-" + table},
		{"properties", row},
	}))
}

// defenderTime has seven digits, without the zeros at the end.
func defenderTime(at time.Time) string { return at.Format("2006-01-02T15:04:05.9999999Z") }

// orNil is null for an empty text.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// wholePath is the path of a file; a name alone is none.
func wholePath(p string) any {
	if strings.ContainsAny(p, `\/`) {
		return p
	}
	return nil
}

// initiator are the columns of the process that acts.
func initiator(by *actor) object {
	if by == nil {
		return nil
	}
	o := object{
		{"InitiatingProcessFileName", by.file()},
		{"InitiatingProcessFolderPath", wholePath(by.image)},
		{"InitiatingProcessId", by.pid},
		{"InitiatingProcessCommandLine", by.command},
		{"InitiatingProcessCreationTime", defenderTime(by.started)},
		{"InitiatingProcessSHA256", by.sha256},
		{"InitiatingProcessAccountDomain", strings.ToLower(by.user.domain)},
		{"InitiatingProcessAccountName", strings.ToLower(by.user.name)},
		{"InitiatingProcessAccountSid", orNil(by.user.sid)},
		{"InitiatingProcessVersionInfoOriginalFileName", orNil(by.original)},
		{"InitiatingProcessIntegrityLevel", orNil(by.integrity)},
	}
	if by.parent != nil {
		o = append(o, object{
			{"InitiatingProcessParentFileName", by.parent.file()},
			{"InitiatingProcessParentId", by.parent.pid},
			{"InitiatingProcessParentCreationTime", defenderTime(by.parent.started)},
		}...)
	}
	return o
}

func startedColumns(d *device, a *actor) object {
	o := object{
		{"FileName", a.file()},
		{"FolderPath", a.image},
		{"SHA256", a.sha256},
		{"ProcessId", a.pid},
		{"ProcessCommandLine", a.command},
		{"ProcessCreationTime", defenderTime(a.started)},
		{"ProcessVersionInfoOriginalFileName", orNil(a.original)},
		{"AccountDomain", strings.ToLower(a.user.domain)},
		{"AccountName", strings.ToLower(a.user.name)},
		{"AccountSid", orNil(a.user.sid)},
	}
	if d.scenario.Platform == "windows" {
		o = append(o, member{"ProcessIntegrityLevel", a.integrity})
	}
	return o
}

// defenderTypes are the types of registry values in Defender's words.
var defenderTypes = map[string]string{
	"REG_SZ": "String", "REG_EXPAND_SZ": "ExpandString", "REG_MULTI_SZ": "MultiString",
	"REG_DWORD": "Dword", "REG_QWORD": "Qword", "REG_BINARY": "Binary",
}

var currentControlSet = regexp.MustCompile(`(?i)\\SYSTEM\\CurrentControlSet\\`)

// kernelControlSet is a key as the kernel knows it: CurrentControlSet is a link.
func kernelControlSet(key string) string {
	return currentControlSet.ReplaceAllLiteralString(key, `\SYSTEM\ControlSet001\`)
}

func registryColumns(r registered) object {
	key := kernelControlSet(r.Key)
	switch r.Action {
	case "delete_key":
		return object{{"RegistryKey", ""}, {"PreviousRegistryKey", key}}
	case "delete_value":
		return object{{"RegistryKey", key}, {"PreviousRegistryKey", key}, {"PreviousRegistryValueName", r.Name}}
	case "create_key":
		return object{{"RegistryKey", key}}
	}
	var data any = r.Data
	if r.Type == "REG_BINARY" {
		data = nil
	}
	return object{
		{"RegistryKey", key},
		{"RegistryValueName", r.Name},
		{"RegistryValueType", defenderTypes[r.Type]},
		{"RegistryValueData", data},
	}
}

// details is the JSON text of AdditionalFields.
func details(o object) string { return strings.TrimSuffix(line(o), "\n") }

// programOf is the program that a command line of a service runs: the quoted
// beginning, or what ends in a program's ending.
var programOf = regexp.MustCompile(`(?i)^(?:"([^"]*)"|(.*?\.(?:exe|sys|dll|bat|cmd|com|scr|ps1|vbs))(?:\s|$)|(\S+))`)

func program(command string) string {
	m := programOf.FindStringSubmatch(command)
	if m == nil {
		return command
	}
	return m[1] + m[2] + m[3]
}

func installedColumns(s installed) object {
	image := program(s.Image)
	return object{
		{"FileName", baseName(image)},
		{"FolderPath", image},
		{"AdditionalFields", details(object{
			{"ServiceName", s.Name},
			{"ServiceAccount", s.Account},
			{"ServiceStartType", slices.Index(startNames, s.Start)},
			{"ServiceType", typeCodes[s.Type]},
		})},
	}
}

func fileColumns(path, hash string) object {
	if hash == "" {
		hash = digest(strings.ToLower(path))
	}
	return object{{"FileName", baseName(path)}, {"FolderPath", path}, {"SHA256", hash}}
}

func changedColumns(c changed) object {
	o := fileColumns(c.Path, c.SHA256)
	if c.Action == "renamed" {
		o = append(o, object{{"PreviousFileName", baseName(c.From)}, {"PreviousFolderPath", c.From}}...)
	}
	return o
}

// logonTypes are the types of logons in Defender's words.
var logonTypes = map[int]string{
	0: "System", 2: "Interactive", 3: "Network", 4: "Batch", 5: "Service", 7: "Unlock", 8: "NetworkCleartext",
	9: "NewCredentials", 10: "RemoteInteractive", 11: "CachedInteractive", 12: "CachedRemoteInteractive", 13: "CachedUnlock",
}

func logonColumns(l loggedOn) object {
	return object{
		{"LogonType", logonTypes[l.Type]},
		{"AccountDomain", strings.ToLower(l.who.domain)},
		{"AccountName", strings.ToLower(l.who.name)},
		{"AccountSid", l.who.sid},
		{"LogonId", logonID(l.who)},
		{"Protocol", "NTLM"},
		{"RemoteIP", l.Address},
		{"RemotePort", 49733},
	}
}

// logonID stands for the session of an account.
func logonID(a account) int {
	n := 0x10000
	for _, c := range strings.ToLower(a.full()) {
		n = (n*31 + int(c)) % 0xfffffff
	}
	if a.sid == "S-1-5-18" {
		return 0x3e7
	}
	return n
}

func networkColumns(c connected) object {
	remote, local := c.Port, 49800
	if c.Direction == "inbound" {
		remote, local = 49733, c.Port
	}
	return object{
		{"RemoteIP", c.Address},
		{"RemotePort", remote},
		{"LocalIP", "10.0.0.20"},
		{"LocalPort", local},
		{"Protocol", "Tcp"},
	}
}

// itemColumns are those of a launch item as our sources make them of macOS's own
// report: what Defender has of it is not documented.
func itemColumns(i itemAdded) object {
	kind := "agent"
	if strings.Contains(i.Path, "LaunchDaemons") {
		kind = "daemon"
	}
	return object{
		{"FileName", baseName(i.Program)},
		{"FolderPath", i.Program},
		{"AdditionalFields", details(object{
			{"ServiceName", i.Label},
			{"ServiceType", "launch " + kind},
			{"ImagePath", strings.Join(append([]string{i.Program}, i.Args...), " ")},
			{"ItemPath", i.Path},
		})},
	}
}
