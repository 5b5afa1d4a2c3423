package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// recordSysmon writes what Sysmon records, as Winlogbeat passes it on.
func recordSysmon(w *writer, d *device, f fact) {
	switch what := f.what.(type) {
	case started:
		w.sysmon(f.at, 1, "DeviceProcessEvents", sysmonStarted(what.who))
	case registered:
		id, table := 13, "DeviceRegistryEvents"
		if what.Action != "set" {
			id = 12
		}
		w.sysmon(f.at, id, table, sysmonRegistry(d, what))
	case changed:
		if what.Action == "created" { // and no other change of a file
			w.sysmon(f.at, 11, "DeviceFileEvents", append(sysmonActor(what.by), object{
				{"TargetFilename", what.Path}, {"CreationUtcTime", sysmonTime(f.at)}, {"User", what.by.user.full()},
			}...))
		}
	case loaded:
		w.sysmon(f.at, 7, "DeviceImageLoadEvents", append(sysmonActor(what.by), append(object{{"ImageLoaded", what.Path}},
			append(sysmonSigned(what.Path, what.SHA256, what.Signed, what.Signature), member{"User", what.by.user.full()})...)...))
	case driverLoaded:
		w.sysmon(f.at, 6, "DeviceEvents", append(object{{"ImageLoaded", what.Path}},
			sysmonSigned(what.Path, what.SHA256, what.Signed, what.Signature)...))
	case connected:
		w.sysmon(f.at, 3, "DeviceNetworkEvents", sysmonConnected(what))
	}
}

// sysmon writes one event. Sysmon doubles every percent sign.
func (w *writer) sysmon(at time.Time, id int, table string, data object) {
	texts := object{{"RuleName", "-"}, {"UtcTime", sysmonTime(at)}}
	for _, m := range data {
		texts = append(texts, member{m.key, strings.ReplaceAll(fmt.Sprint(m.value), "%", "%%")})
	}
	w.beat("sysmon-windows.json", table, winEvent{
		provider: "Microsoft-Windows-Sysmon", channel: "Microsoft-Windows-Sysmon/Operational",
		id: id, at: at, pid: 3044, user: "S-1-5-18", data: texts,
	})
}

// beat writes an event as Winlogbeat does.
func (w *writer) beat(file, table string, e winEvent) {
	w.add(file, table, line(object{
		{"@timestamp", e.at.Format("2006-01-02T15:04:05.000Z")},
		{"winlog", object{
			{"channel", e.channel},
			{"computer_name", w.device.name},
			{"event_id", strconv.Itoa(e.id)},
			{"provider_name", e.provider},
			{"record_id", w.device.count(e.channel)},
			{"process", object{{"pid", e.pid}, {"thread", object{{"id", 44}}}}},
			{"user", object{{"identifier", e.user}}},
			{"event_data", e.data},
			{"api", "wineventlog"},
		}},
		{"event", object{{"code", strconv.Itoa(e.id)}, {"kind", "event"}, {"provider", e.provider}}},
		{"host", object{{"name", w.device.short()}}},
		{"agent", object{{"type", "winlogbeat"}, {"version", "8.11.0"}}},
	}))
}

func sysmonTime(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05.000") }

func hashes(hash string) string { return "SHA256=" + strings.ToUpper(hash) }

func braced(guid string) string { return "{" + guid + "}" }

// sysmonActor are the fields of the process that acts.
func sysmonActor(a *actor) object {
	return object{{"ProcessGuid", braced(a.guid)}, {"ProcessId", a.pid}, {"Image", a.image}}
}

func sysmonSigned(path, hash string, signed bool, signature string) object {
	if hash == "" {
		hash = digest(strings.ToLower(path))
	}
	if signature == "" && signed {
		signature = "Microsoft Windows"
	}
	status := "Valid"
	if !signed {
		signature, status = "-", "Unavailable"
	}
	return object{{"Hashes", hashes(hash)}, {"Signed", signed}, {"Signature", signature}, {"SignatureStatus", status}}
}

func sysmonStarted(a *actor) object {
	original := a.original
	if original == "" {
		original = "-"
	}
	o := append(sysmonActor(a), object{
		{"OriginalFileName", original},
		{"CommandLine", a.command},
		{"CurrentDirectory", a.directory},
		{"User", a.user.full()},
		{"LogonId", fmt.Sprintf("0x%x", logonID(a.user))},
		{"IntegrityLevel", a.integrity},
		{"Hashes", hashes(a.sha256)},
	}...)
	return append(o, object{
		{"ParentProcessGuid", braced(a.parent.guid)},
		{"ParentProcessId", a.parent.pid},
		{"ParentImage", a.parent.image},
		{"ParentCommandLine", a.parent.command},
		{"ParentUser", a.parent.user.full()},
	}...)
}

var localMachineSystem = regexp.MustCompile(`(?i)^HKLM\\SYSTEM\\(?:CurrentControlSet|ControlSet\d{3})\\`)

// sysmonKey is a key in Sysmon's spelling.
func sysmonKey(key, sid string) string {
	hive, rest, _ := strings.Cut(key, `\`)
	switch hive {
	case "HKEY_LOCAL_MACHINE":
		return localMachineSystem.ReplaceAllLiteralString(`HKLM\`+rest, `HKLM\System\CurrentControlSet\`)
	case "HKEY_CURRENT_USER":
		return `HKU\` + sid + `\` + rest
	}
	return `HKU\` + rest
}

func sysmonRegistry(d *device, r registered) object {
	target := sysmonKey(r.Key, r.by.user.sid)
	if r.Name != "" {
		target += `\` + r.Name
	}
	kind := map[string]string{"set": "SetValue", "delete_value": "DeleteValue", "create_key": "CreateKey", "delete_key": "DeleteKey"}[r.Action]
	o := append(object{{"EventType", kind}}, sysmonActor(r.by)...)
	o = append(o, member{"TargetObject", target})
	if r.Action == "set" {
		o = append(o, member{"Details", sysmonDetails(r.Value)})
	}
	return append(o, member{"User", r.by.user.full()})
}

// sysmonDetails is the data of a value as Sysmon shows it, which it does not for
// what is neither a text nor a number.
func sysmonDetails(v Value) string {
	switch v.Type {
	case "REG_DWORD":
		n, _ := strconv.ParseUint(v.Data, 10, 32)
		return fmt.Sprintf("DWORD (0x%08x)", n)
	case "REG_QWORD":
		n, _ := strconv.ParseUint(v.Data, 10, 64)
		return fmt.Sprintf("QWORD (0x%08x-0x%08x)", n>>32, n&0xffffffff)
	case "REG_BINARY", "REG_MULTI_SZ":
		return "Binary Data"
	}
	return v.Data
}

func sysmonConnected(c connected) object {
	remote, local := c.Port, 49800
	if c.Direction == "inbound" {
		remote, local = 49733, c.Port
	}
	source, sourcePort, destination, destinationPort := "10.0.0.20", local, c.Address, remote
	if c.Direction == "inbound" {
		source, sourcePort, destination, destinationPort = c.Address, remote, "10.0.0.20", local
	}
	return append(sysmonActor(c.by), object{
		{"User", c.by.user.full()},
		{"Protocol", "tcp"},
		{"Initiated", c.Direction == "outbound"},
		{"SourceIsIpv6", strings.Contains(source, ":")},
		{"SourceIp", source},
		{"SourcePort", sourcePort},
		{"DestinationIsIpv6", strings.Contains(destination, ":")},
		{"DestinationIp", destination},
		{"DestinationPort", destinationPort},
	}...)
}
