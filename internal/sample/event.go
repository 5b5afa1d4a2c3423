package sample

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Event is one row of one table.
type Event struct {
	Table  string
	Device *Device
	At     time.Time
	// Values by column: string, int64, bool, time.Time, or nil. A column that
	// is not there is null.
	Values map[string]any
	Label  Label
}

// Label is what a hunt must make of an event. The zero value is an ordinary
// event, which no branch may hit.
type Label struct {
	Branches []string // ids of the branches that hit it
	// Expect is "hit", "lowered-by CLASS" (a class of the allowlist), or "none"
	// for a near miss.
	Expect string
	Why    string
}

// near labels a near miss.
func near(why string) Label { return Label{Expect: "none", Why: why} }

// hit labels what one or more branches must report.
func hit(why string, branches ...string) Label {
	return Label{Branches: branches, Expect: "hit", Why: why}
}

// lowered labels a hit that the allowlist takes points from.
func lowered(class, why string, branches ...string) Label {
	return Label{Branches: branches, Expect: "lowered-by " + class, Why: why}
}

// ordinary is the label of everything else.
var ordinary Label

// newEvent fills in what every table has. The time gets its last digits from
// the event itself, in the sensor's steps of 100 ns.
func newEvent(table, action string, d *Device, t time.Time, label Label, values map[string]any) *Event {
	if t.Nanosecond() == 0 {
		t = t.Add(time.Duration(number(fmt.Sprint(table, action, d.Name, t, values["FileName"], values["RegistryValueName"]))%10_000_000) * 100)
	}
	values["ActionType"] = action
	values["Timestamp"] = t
	values["DeviceId"] = d.ID
	values["DeviceName"] = d.Name
	values["AppGuardContainerId"] = ""
	return &Event{Table: table, Device: d, At: t, Values: values, Label: label}
}

// started is the event of a process that began to run.
func started(d *Device, p *Process, label Label) *Event {
	v := initiator(p.Parent)
	v["FileName"] = baseName(p.Image.Path)
	v["FolderPath"] = p.Image.Path
	v["SHA1"], v["SHA256"], v["MD5"] = sha(p.Image.Path), sha2(p.Image.Path), md(p.Image.Path)
	v["FileSize"] = p.Image.Size
	for column, text := range versionInfo(p.Image) {
		v["Process"+column] = text
	}
	v["ProcessId"] = p.PID
	v["ProcessCommandLine"] = p.Command
	v["ProcessIntegrityLevel"] = p.integrity()
	v["ProcessTokenElevation"] = p.elevation()
	v["ProcessCreationTime"] = p.Started
	v["AccountDomain"], v["AccountName"], v["AccountSid"] = p.User.Domain, p.User.Name, p.User.SID
	v["AccountUpn"], v["AccountObjectId"] = optional(p.User.UPN), optional(p.User.ObjectID)
	v["LogonId"] = p.logonID()
	v["CreatedProcessSessionId"] = session(p)
	v["IsProcessRemoteSession"] = false
	if p.User.Domain == "nt authority" {
		v["AdditionalFields"] = "[]"
	}
	return newEvent("DeviceProcessEvents", "ProcessCreated", d, p.Started, label, v)
}

// valueSet is the event of a registry value that was written. Binary data is
// not recorded.
func valueSet(d *Device, t time.Time, by *Process, key, name, kind, data string, label Label) *Event {
	v := initiator(by)
	v["RegistryKey"], v["RegistryValueName"], v["RegistryValueType"] = key, name, kind
	v["RegistryValueData"] = optional(data)
	v["PreviousRegistryKey"], v["PreviousRegistryValueName"] = key, name
	return newEvent("DeviceRegistryEvents", "RegistryValueSet", d, t, label, v)
}

// keyDeleted is the event of a key that was removed: its name is in the
// column for what was there before.
func keyDeleted(d *Device, t time.Time, by *Process, key string, label Label) *Event {
	v := initiator(by)
	v["PreviousRegistryKey"] = key
	return newEvent("DeviceRegistryEvents", "RegistryKeyDeleted", d, t, label, v)
}

// fileCreated is the event of a file that was written.
func fileCreated(d *Device, t time.Time, by *Process, path string, size int64, label Label) *Event {
	v := initiator(by)
	v["FileName"], v["FolderPath"], v["FileSize"] = baseName(path), path, size
	v["SHA1"], v["SHA256"], v["MD5"] = sha(path), sha2(path), md(path)
	v["RequestProtocol"] = "Local"
	v["RequestAccountDomain"], v["RequestAccountName"], v["RequestAccountSid"] = by.User.Domain, by.User.Name, by.User.SID
	return newEvent("DeviceFileEvents", "FileCreated", d, t, label, v)
}

// deviceEvent is a row of DeviceEvents with the columns given.
func deviceEvent(d *Device, t time.Time, by *Process, action string, columns map[string]any, label Label) *Event {
	v := initiator(by)
	maps.Copy(v, columns)
	return newEvent("DeviceEvents", action, d, t, label, v)
}

// serviceInstalled is Windows's own report of a new service.
func serviceInstalled(d *Device, t time.Time, service, path, startType string) *Event {
	return deviceEvent(d, t, d.Services, "ServiceInstalled", map[string]any{
		"FileName": baseName(path), "FolderPath": path,
		"AdditionalFields": fmt.Sprintf(`{"ServiceName":%q,"ServiceAccount":"LocalSystem","ServiceStartType":%s,"ServiceType":16}`, service, startType),
	}, ordinary)
}

// connected is the event of an outgoing connection.
func connected(d *Device, t time.Time, by *Process, ip string, port int64, url string) *Event {
	v := initiator(by)
	v["RemoteIP"], v["RemotePort"], v["RemoteUrl"] = ip, port, optional(url)
	v["RemoteIPType"], v["LocalIPType"] = "Private", "Private"
	if ip[:3] != "10." {
		v["RemoteIPType"] = "Public"
	}
	v["LocalIP"], v["LocalPort"], v["Protocol"] = d.IP, 49152+number(t.String())%16000, "Tcp"
	return newEvent("DeviceNetworkEvents", "ConnectionSuccess", d, t, ordinary, v)
}

// loggedOn is the event of a logon, from another computer if from is not nil.
func loggedOn(d *Device, t time.Time, who *Account, kind string, from *Device) *Event {
	v := initiator(nil)
	v["AccountDomain"], v["AccountName"], v["AccountSid"] = who.Domain, who.Name, who.SID
	v["LogonType"], v["LogonId"], v["IsLocalAdmin"] = kind, 100_000+number(who.Name+t.String())%900_000, false
	v["AdditionalFields"] = `{"IsLocalLogon":true}`
	if from != nil {
		v["RemoteDeviceName"], v["RemoteIP"], v["RemoteIPType"], v["RemotePort"] = from.Name, from.IP, "Private", 50000+number(t.String())%9000
		v["Protocol"], v["AdditionalFields"] = "Kerberos", `{"IsLocalLogon":false}`
	}
	return newEvent("DeviceLogonEvents", "LogonSuccess", d, t, ordinary, v)
}

// number the events of each device in the order of time, as its sensor does.
func assignReportIDs(events []*Event) {
	sorted := slices.Clone(events)
	slices.SortStableFunc(sorted, func(a, b *Event) int { return a.At.Compare(b.At) })
	for _, e := range sorted {
		if e.Values["ReportId"] == nil {
			e.Device.counter += 1 + number(e.At.String())%5
			e.Values["ReportId"] = e.Device.counter
		}
	}
}
