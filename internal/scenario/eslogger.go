package scenario

import (
	"path"
	"strings"
	"time"
)

// recordEndpointSecurity writes what eslogger prints. It does not name the device,
// so each has a file of its own.
func recordEndpointSecurity(w *writer, d *device, f fact) {
	switch what := f.what.(type) {
	case started:
		w.endpoint(f.at, 9, "DeviceProcessEvents", esProcess(what.who.parent, what.who.pid, what.who.parent.pid), object{{"exec", object{
			{"target", esProcess(what.who, what.who.pid, what.who.parent.pid)},
			{"args", what.who.args},
			{"cwd", object{{"path", what.who.directory}}},
			{"script", nil},
		}}})
	case changed:
		id, event := esChange(what)
		w.endpoint(f.at, id, "DeviceFileEvents", esProcess(what.by, what.by.pid, what.by.ppid()), event)
	case itemAdded:
		kind := 3 // an agent
		if strings.Contains(what.Path, "LaunchDaemons") {
			kind = 4
		}
		by := esProcess(what.by, what.by.pid, what.by.ppid())
		w.endpoint(f.at, 124, "DeviceEvents", by, object{{"btm_launch_item_add", object{
			{"instigator", by},
			{"app", nil},
			{"executable_path", what.Program},
			{"item", object{
				{"item_type", kind},
				{"legacy", true},
				{"managed", false},
				{"uid", what.by.user.uid},
				{"item_url", "file://" + what.Path},
				{"app_url", ""},
			}},
		}}})
	}
}

func (w *writer) endpoint(at time.Time, id int, table string, process, event object) {
	file := "eslogger/" + w.device.name + ".json"
	w.r.Sources[file] = w.device.scenario.ID
	n := w.device.count("eslogger")
	w.add(file, table, line(object{
		{"schema_version", 1},
		{"version", 7},
		{"time", at.Format("2006-01-02T15:04:05.000000000Z")},
		{"mach_time", at.UnixMicro()},
		{"event_type", id},
		{"action_type", 1},
		{"global_seq_num", n},
		{"seq_num", n},
		{"process", process},
		{"event", event},
	}))
}

// esProcess is a process with the number it has and that of its parent: in exec the
// acting process is still a copy of the parent.
func esProcess(a *actor, pid, ppid int) object {
	return object{
		{"audit_token", object{{"pid", pid}, {"euid", a.user.uid}, {"ruid", a.user.uid}, {"auid", a.user.uid}, {"pidversion", 9}}},
		{"ppid", ppid},
		{"executable", object{{"path", a.image}, {"path_truncated", false}}},
		{"signing_id", "com.apple." + a.file()},
		{"team_id", ""},
		{"is_platform_binary", strings.HasPrefix(a.image, "/usr/") || strings.HasPrefix(a.image, "/bin/")},
	}
}

func esChange(c changed) (int, object) {
	switch {
	case c.Action == "modified":
		return 12, object{{"close", object{{"modified", true}, {"target", object{{"path", c.Path}}}}}}
	case c.Action == "deleted":
		return 32, object{{"unlink", object{{"target", object{{"path", c.Path}}}}}}
	case c.Action == "renamed":
		return 25, object{{"rename", object{{"source", object{{"path", c.From}}}, {"destination_type", 1}, {"destination", esNew(c.Path)}}}}
	}
	return 13, object{{"create", object{{"destination_type", 1}, {"destination", esNew(c.Path)}}}}
}

func esNew(p string) object {
	return object{{"new_path", object{{"dir", object{{"path", path.Dir(p)}}}, {"filename", path.Base(p)}, {"mode", 33188}}}}
}
