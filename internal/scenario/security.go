package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// recordSecurity writes what Windows' own auditing records: programs with their
// command lines, services, values of audited keys, logons.
func recordSecurity(w *writer, d *device, f fact) {
	switch what := f.what.(type) {
	case started:
		w.security(f.at, 4688, "DeviceProcessEvents", securityStarted(d, what.who))
	case installed:
		w.security(f.at, 4697, "DeviceEvents", securityInstalled(d, what))
	case registered:
		if what.Action == "set" || what.Action == "delete_value" { // of keys there is no event
			w.security(f.at, 4657, "DeviceRegistryEvents", securityRegistry(d, what))
		}
	case loggedOn:
		w.security(f.at, 4624, "DeviceLogonEvents", securityLogon(what))
	}
}

func (w *writer) security(at time.Time, id int, table string, data object) {
	w.xml("security.xml", table, winEvent{
		provider: "Microsoft-Windows-Security-Auditing", channel: "Security", id: id, at: at, pid: 4, data: data,
	})
}

// subject is who acts; the service manager and the like are the computer itself.
func subject(d *device, a account) object {
	if a.sid == "S-1-5-18" {
		a.domain, a.name = "LAB", strings.ToUpper(d.short())+"$"
	}
	return object{
		{"SubjectUserSid", a.sid},
		{"SubjectUserName", a.name},
		{"SubjectDomainName", a.domain},
		{"SubjectLogonId", fmt.Sprintf("0x%x", logonID(a))},
	}
}

// mandatoryLabels are the integrity levels as 4688 has them.
var mandatoryLabels = map[string]string{
	"Low": "S-1-16-4096", "Medium": "S-1-16-8192", "High": "S-1-16-12288", "System": "S-1-16-16384",
}

func securityStarted(d *device, a *actor) object {
	elevation := map[string]string{"Low": "%%1938", "Medium": "%%1938", "High": "%%1937", "System": "%%1936"}[a.integrity]
	o := append(subject(d, a.parent.user), object{
		{"NewProcessId", fmt.Sprintf("0x%x", a.pid)},
		{"NewProcessName", a.image},
		{"TokenElevationType", elevation},
		{"ProcessId", fmt.Sprintf("0x%x", a.parent.pid)},
		{"CommandLine", a.command},
	}...)
	target := object{{"TargetUserSid", "S-1-0-0"}, {"TargetUserName", "-"}, {"TargetDomainName", "-"}, {"TargetLogonId", "0x0"}}
	if a.user != a.parent.user {
		target = object{
			{"TargetUserSid", a.user.sid},
			{"TargetUserName", a.user.name},
			{"TargetDomainName", a.user.domain},
			{"TargetLogonId", fmt.Sprintf("0x%x", logonID(a.user))},
		}
	}
	return append(append(o, target...), object{
		{"ParentProcessName", a.parent.image}, {"MandatoryLabel", mandatoryLabels[a.integrity]},
	}...)
}

func securityInstalled(d *device, s installed) object {
	client, parent := 0, 0
	if s.client != nil {
		client = s.client.pid
		if s.client.parent != nil {
			parent = s.client.parent.pid
		}
	}
	return append(subject(d, s.asker), object{
		{"ServiceName", s.Name},
		{"ServiceFileName", s.Image},
		{"ServiceType", fmt.Sprintf("0x%x", typeCodes[s.Type])},
		{"ServiceStartType", slices.Index(startNames, s.Start)},
		{"ServiceAccount", s.Account},
		{"ClientProcessStartKey", 844424930132000 + client},
		{"ClientProcessId", client},
		{"ParentProcessId", parent},
	}...)
}

// securityTypes are the types of registry values as 4657 has them.
var securityTypes = map[string]string{
	"REG_SZ": "%%1873", "REG_EXPAND_SZ": "%%1874", "REG_BINARY": "%%1875",
	"REG_DWORD": "%%1876", "REG_MULTI_SZ": "%%1879", "REG_QWORD": "%%1883",
}

// securityKey is a key as the kernel names it.
func securityKey(key, sid string) string {
	hive, rest, _ := strings.Cut(kernelControlSet(key), `\`)
	switch hive {
	case "HKEY_LOCAL_MACHINE":
		return `\REGISTRY\MACHINE\` + rest
	case "HKEY_CURRENT_USER":
		return `\REGISTRY\USER\` + sid + `\` + rest
	}
	return `\REGISTRY\USER\` + rest
}

func securityRegistry(d *device, r registered) object {
	o := append(subject(d, r.by.user), object{
		{"ObjectName", securityKey(r.Key, r.by.user.sid)}, {"ObjectValueName", r.Name}, {"HandleId", "0xa8"},
	}...)
	if r.Action == "delete_value" {
		o = append(o, object{
			{"OperationType", "%%1906"}, {"OldValueType", "%%1873"}, {"OldValue", "-"}, {"NewValueType", "-"}, {"NewValue", "-"},
		}...)
	} else {
		data := r.Data
		if r.Type == "REG_BINARY" {
			data = ""
		}
		o = append(o, object{
			{"OperationType", "%%1905"},
			{"OldValueType", "-"},
			{"OldValue", "-"},
			{"NewValueType", securityTypes[r.Type]},
			{"NewValue", data},
		}...)
	}
	return append(o, object{{"ProcessId", fmt.Sprintf("0x%x", r.by.pid)}, {"ProcessName", r.by.image}}...)
}

func securityLogon(l loggedOn) object {
	return object{
		{"SubjectUserSid", "S-1-0-0"},
		{"SubjectUserName", "-"},
		{"SubjectDomainName", "-"},
		{"SubjectLogonId", "0x0"},
		{"TargetUserSid", l.who.sid},
		{"TargetUserName", l.who.name},
		{"TargetDomainName", l.who.domain},
		{"TargetLogonId", fmt.Sprintf("0x%x", logonID(l.who))},
		{"LogonType", l.Type},
		{"LogonProcessName", "NtLmSsp "},
		{"AuthenticationPackageName", "NTLM"},
		{"WorkstationName", "-"},
		{"ProcessId", "0x0"},
		{"ProcessName", "-"},
		{"IpAddress", l.Address},
		{"IpPort", 49733},
	}
}
