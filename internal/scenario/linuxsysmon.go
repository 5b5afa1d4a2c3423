package scenario

import (
	"fmt"
	"time"
)

// recordLinuxSysmon writes what Sysmon for Linux records, as syslog keeps it. It
// knows no rename and no change of a file that is there.
func recordLinuxSysmon(w *writer, d *device, f fact) {
	switch what := f.what.(type) {
	case started:
		a := what.who
		parent := a.parent
		w.linuxSysmon(f.at, 1, "DeviceProcessEvents", append(sysmonActor(a), object{
			{"CommandLine", a.command},
			{"CurrentDirectory", a.directory},
			{"User", a.user.name},
			{"LogonId", a.user.uid},
			{"IntegrityLevel", "no level"},
			{"Hashes", "-"},
			{"ParentProcessGuid", braced(parent.guid)},
			{"ParentProcessId", parent.pid},
			{"ParentImage", parent.image},
			{"ParentCommandLine", parent.command},
			{"ParentUser", parent.user.name},
		}...))
	case changed:
		if what.Action == "created" && what.From == "" {
			w.linuxSysmon(f.at, 11, "DeviceFileEvents", append(sysmonActor(what.by), object{
				{"TargetFilename", what.Path}, {"CreationUtcTime", sysmonTime(f.at)}, {"User", what.by.user.name},
			}...))
		}
	}
}

func (w *writer) linuxSysmon(at time.Time, id int, table string, data object) {
	e := winEvent{
		provider: "Linux-Sysmon", channel: "Linux-Sysmon/Operational", id: id, at: at, pid: 900, user: "0",
		data: append(object{{"RuleName", "-"}, {"UtcTime", sysmonTime(at)}}, data...),
	}
	w.add("sysmon-linux.log", table, fmt.Sprintf("%s %s sysmon: %s\n", at.Format("Jan _2 15:04:05"), w.device.short(), eventXML(w.device, e)))
}
