package scenario

import "time"

// winEvent is an event of a Windows log.
type winEvent struct {
	provider, channel string
	id                int
	at                time.Time
	pid               int    // of the process that wrote it
	user              string // SID of the writer, or ""
	data              object // texts
}

// recordSystem writes the service manager's report of a new service, which has the
// displayed name alone and nothing of the process that asked for it.
func recordSystem(w *writer, d *device, f fact) {
	what, ok := f.what.(installed)
	if !ok {
		return
	}
	kind := map[string]string{"own": "user mode service", "share": "user mode service", "kernel": "kernel mode driver", "filesys": "file system driver"}[what.Type]
	start := map[string]string{"boot": "boot start", "system": "system start", "auto": "auto start", "demand": "demand start", "disabled": "disabled"}[what.Start]
	w.xml("system.xml", "DeviceEvents", winEvent{
		provider: "Service Control Manager", channel: "System", id: 7045, at: f.at, pid: d.cast["services"].pid, user: what.asker.sid,
		data: object{
			{"ServiceName", what.Display}, {"ImagePath", what.Image}, {"ServiceType", kind}, {"StartType", start}, {"AccountName", what.Account},
		},
	})
}

// recordPowerShell writes script blocks.
func recordPowerShell(w *writer, d *device, f fact) {
	what, ok := f.what.(compiled)
	if !ok {
		return
	}
	w.xml("powershell.xml", "DeviceEvents", winEvent{
		provider: "Microsoft-Windows-PowerShell", channel: "Microsoft-Windows-PowerShell/Operational", id: 4104, at: f.at,
		pid: what.by.pid, user: what.by.user.sid,
		data: object{
			{"MessageNumber", 1},
			{"MessageTotal", 1},
			{"ScriptBlockText", what.Text},
			{"ScriptBlockId", what.by.guid},
			{"Path", ""},
		},
	})
}
