package scenario

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"smew/internal/yamltree"
)

// eventReader reads the events of one scenario in order.
type eventReader struct {
	p        *problems
	platform string
	known    map[string]bool // processes by id
	last     time.Duration
}

// acts are what an event may be, each with what reads it and where it happens.
var acts = map[string]struct {
	read      func(*eventReader, *mapping) Act
	platforms string
	example   string
}{
	"process":        {(*eventReader).process, "windows linux macos", `{id: sc, image: 'C:\Windows\System32\sc.exe', command: 'sc  query', parent: explorer}`},
	"create_service": {(*eventReader).createService, "windows", `{service: X, image: 'C:\x.exe', by: sc}`},
	"install":        {(*eventReader).install, "windows", `{service: X, image: 'C:\x.exe', by: sc}`},
	"config_service": {(*eventReader).configService, "windows", `{service: Fax, by: sc, set: {ImagePath: 'C:\x.exe'}}`},
	"delete_service": {(*eventReader).deleteService, "windows", "{service: X, by: sc}"},
	"registry":       {(*eventReader).registry, "windows", `{by: reg, action: set, key: 'HKEY_LOCAL_MACHINE\…', value: Start, type: REG_DWORD, data: 2}`},
	"file":           {(*eventReader).file, "windows linux macos", "{by: bash, action: created, path: /etc/x}"},
	"image_load":     {(*eventReader).imageLoad, "windows", `{by: svchost, path: 'C:\x.dll'}`},
	"driver_load":    {(*eventReader).driverLoad, "windows", `{path: 'C:\x.sys'}`},
	"logon":          {(*eventReader).logon, "windows", `{user: 'LAB\bob', type: 3, address: 10.0.0.9}`},
	"network":        {(*eventReader).network, "windows linux macos", "{by: services, direction: inbound, address: 10.0.0.9, port: 49667}"},
	"powershell":     {(*eventReader).powerShell, "windows", "{by: ps, text: 'New-Service …'}"},
	"launch_item":    {(*eventReader).launchItem, "macos", "{by: launchctl, path: /Library/LaunchDaemons/x.plist, label: x, program: /tmp/x}"},
}

func (r *eventReader) read(n ast.Node) (Event, bool) {
	m := readMapping(r.p, n, yamltree.At(n), "an event", "process: {…}")
	if m == nil {
		return Event{}, false
	}
	if len(m.list) > 0 {
		m.at = m.list[0].At
	}
	at := m.at
	e := Event{At: time.Duration(m.seconds("at") * float64(time.Second))}
	if !m.has("at") {
		e.At = r.last
	}
	if e.At < r.last {
		m.fail("at", "events stand in the order of time; the one before is at %g", r.last.Seconds())
	}
	r.last = max(r.last, e.At)
	for _, f := range m.list {
		if f.Name == "at" {
			continue
		}
		kind, ok := acts[f.Name]
		switch {
		case !ok:
			r.p.add(f.At, "unknown kind of event %q; there is %s", f.Name, strings.Join(slices.Sorted(maps.Keys(acts)), ", "))
		case !slices.Contains(strings.Fields(kind.platforms), r.platform):
			r.p.add(f.At, "%s does not happen on %s", f.Name, r.platform)
		case e.Act != nil:
			r.p.add(f.At, "an event is one thing; begin another with a dash")
		default:
			what := "a " + f.Name
			if strings.ContainsRune("aeiou", rune(f.Name[0])) {
				what = "an " + f.Name
			}
			body := readMapping(r.p, f.Value, f.ValueAt(), what, f.Name+": "+kind.example)
			if body == nil {
				return Event{}, false
			}
			body.at = f.At
			e.Act = kind.read(r, body)
			body.done()
		}
	}
	if e.Act == nil {
		r.p.add(at, "an event says what happens: process: %s", acts["process"].example)
	}
	return e, e.Act != nil
}

// by reads who does it: a process that has started, or one that always runs.
func (r *eventReader) by(m *mapping, key string) string {
	id := m.need(key, slices.Sorted(maps.Keys(standing[r.platform]))[0])
	if id != "" && !r.known[id] {
		m.fail(key, "no process %q has started; there is %s", id, strings.Join(slices.Sorted(maps.Keys(r.known)), ", "))
	}
	return id
}

func (r *eventReader) process(m *mapping) Act {
	p := &Process{ID: m.need("id", "sc"), Image: m.need("image", `'C:\Windows\System32\sc.exe'`)}
	p.Command = m.need("command", `'sc  query'`)
	p.Args = m.texts("args")
	p.Parent = r.by(m, "parent")
	p.User = r.user(m, "user")
	p.Original, p.Directory, p.SHA256 = m.text("original"), m.text("cwd"), r.hash(m)
	if m.has("integrity") {
		p.Integrity = m.oneOf("integrity", "", []string{"Low", "Medium", "High", "System"})
	} else {
		m.keys = append(m.keys, "integrity")
	}
	switch {
	case p.ID == "":
	case !wordPattern.MatchString(p.ID):
		m.fail("id", "%q is not one word of letters, digits and _", p.ID)
	case r.known[p.ID]:
		m.fail("id", "%q is taken by another process", p.ID)
	}
	r.known[p.ID] = true
	r.absolute(m, "image", p.Image)
	if r.platform != "windows" && p.Args == nil {
		if _, err := splitCommand(p.Command); err != nil {
			m.fail("command", "%v; give its arguments as args: [a, b]", err)
		}
	}
	return p
}

// absolute holds a path to the platform.
func (r *eventReader) absolute(m *mapping, key, path string) {
	switch {
	case path == "":
	case r.platform == "windows" && !windowsPath.MatchString(path):
		m.fail(key, `%q is no whole path, as C:\Windows\System32\sc.exe`, path)
	case r.platform != "windows" && !strings.HasPrefix(path, "/"):
		m.fail(key, "%q is no whole path, as /usr/bin/bash", path)
	}
}

var windowsPath = regexp.MustCompile(`^(?:[A-Za-z]:\\|\\\\)`)

var hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (r *eventReader) hash(m *mapping) string {
	s := m.text("sha256")
	if s != "" && !hashPattern.MatchString(s) {
		m.fail("sha256", "write 64 hexadecimal digits in small letters")
	}
	return s
}

func (r *eventReader) user(m *mapping, key string) string {
	s := m.text(key)
	if s != "" && r.platform == "windows" && strings.Count(s, `\`) != 1 {
		m.fail(key, `%q is no account, as LAB\anna or NT AUTHORITY\SYSTEM`, s)
	}
	return s
}

var (
	typeNames  = []string{"own", "share", "kernel", "filesys"}
	startNames = []string{"boot", "system", "auto", "demand", "disabled"}
)

func (r *eventReader) createService(m *mapping) Act {
	s := &Service{Name: m.need("service", "Updater"), Display: m.text("display"), Image: m.need("image", `'C:\x.exe'`)}
	s.Type, s.Start = m.oneOf("type", "own", typeNames), m.oneOf("start", "demand", startNames)
	s.Account = m.text("account")
	if s.Remote = m.truth("remote", false); s.Remote && !m.has("by") {
		m.keys = append(m.keys, "by")
	} else {
		s.By = r.by(m, "by")
	}
	s.User = r.user(m, "user")
	if s.Display == "" {
		s.Display = s.Name
	}
	if driver := s.Type == "kernel" || s.Type == "filesys"; s.Account == "" && !driver {
		s.Account = "LocalSystem"
	} else if s.Account != "" && driver {
		m.fail("account", "a driver has none")
	}
	r.key(m, "service", s.Name)
	return s
}

// key refuses what cannot be part of a key's name.
func (r *eventReader) key(m *mapping, key, name string) {
	if strings.ContainsAny(name, "\\\n") {
		m.fail(key, "%q cannot be the name of a service: it has a backslash or a line break", name)
	}
}

func (r *eventReader) install(m *mapping) Act {
	s, _ := r.createService(m).(*Service)
	s.InstallOnly = true
	return s
}

// valueTypes are the types of what the service manager writes.
var valueTypes = map[string]string{
	"Type": "REG_DWORD", "Start": "REG_DWORD", "ErrorControl": "REG_DWORD", "ImagePath": "REG_EXPAND_SZ",
	"DisplayName": "REG_SZ", "ObjectName": "REG_SZ", "Description": "REG_SZ", "FailureCommand": "REG_SZ",
	"FailureActions": "REG_BINARY", "DelayedAutostart": "REG_DWORD", "ServiceSidType": "REG_DWORD",
	"RequiredPrivileges": "REG_MULTI_SZ", "DependOnService": "REG_MULTI_SZ", "Group": "REG_SZ",
}

func (r *eventReader) configService(m *mapping) Act {
	c := &ServiceConfig{Name: m.need("service", "Fax"), By: r.by(m, "by")}
	r.key(m, "service", c.Name)
	set := m.sub("set", "set", `{ImagePath: 'C:\x.exe'}`)
	if set == nil {
		if !m.has("set") {
			m.p.add(m.at, `%s lacks set: write set: {ImagePath: 'C:\x.exe'}`, m.what)
		}
		return c
	}
	for _, f := range set.list {
		kind, ok := valueTypes[f.Name]
		if !ok {
			set.p.add(f.At, "unknown value %q; the service manager writes %s; write another as a registry event by services", f.Name, strings.Join(slices.Sorted(maps.Keys(valueTypes)), ", "))
			continue
		}
		v := Value{f.Name, kind, set.data(f, kind)}
		if f.Name == "Start" && slices.Contains(startNames, v.Data) {
			v.Data = fmt.Sprint(slices.Index(startNames, v.Data))
		}
		set.checkData(f, v)
		c.Set = append(c.Set, v)
	}
	return c
}

func (r *eventReader) deleteService(m *mapping) Act {
	d := &ServiceDelete{Name: m.need("service", "Updater"), By: r.by(m, "by")}
	r.key(m, "service", d.Name)
	return d
}

// data reads the data of a value: text, or a list for one of several texts.
func (m *mapping) data(f field, kind string) string {
	if _, ok := f.Value.(*ast.SequenceNode); ok && kind == "REG_MULTI_SZ" {
		return strings.Join(m.textList(f), "\n")
	}
	s, ok := yamltree.Text(f.Value)
	if !ok {
		m.p.add(f.ValueAt(), "%s: expected text", f.Name)
	}
	return s
}

var numberPattern = regexp.MustCompile(`^[0-9]{1,19}$`)

func (m *mapping) checkData(f field, v Value) {
	if (v.Type == "REG_DWORD" || v.Type == "REG_QWORD") && !numberPattern.MatchString(v.Data) {
		m.p.add(f.ValueAt(), "%s: write a number in decimal", f.Name)
	}
}

var (
	registryActions = []string{"set", "delete_value", "create_key", "delete_key"}
	registryTypes   = []string{"REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ", "REG_DWORD", "REG_QWORD", "REG_BINARY"}
	hives           = regexp.MustCompile(`^HKEY_(LOCAL_MACHINE|CURRENT_USER|USERS)\\[^\\]`)
)

func (r *eventReader) registry(m *mapping) Act {
	g := &Registry{By: r.by(m, "by"), Action: m.oneOf("action", "", registryActions)}
	g.Key = m.need("key", `'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\X'`)
	if g.Key != "" && !hives.MatchString(g.Key) {
		m.fail("key", `%q does not begin with HKEY_LOCAL_MACHINE\, HKEY_CURRENT_USER\ or HKEY_USERS\; each recorder spells it its own way`, g.Key)
	}
	if g.Action == "set" || g.Action == "delete_value" {
		g.Name = m.need("value", "Start")
	}
	if g.Action != "set" {
		return g
	}
	g.Type = m.oneOf("type", "", registryTypes)
	f, ok := m.find("data")
	switch {
	case ok:
		g.Data = m.data(f, g.Type)
		m.checkData(f, g.Value)
	case g.Type != "REG_BINARY":
		m.p.add(m.at, "%s lacks data: write data: 2", m.what)
	}
	return g
}

func (r *eventReader) file(m *mapping) Act {
	f := &FileChange{By: r.by(m, "by"), Action: m.oneOf("action", "", []string{"created", "modified", "renamed", "deleted"})}
	f.Path, f.From, f.SHA256 = m.need("path", "/etc/x"), m.text("from"), r.hash(m)
	r.absolute(m, "path", f.Path)
	switch {
	case f.Action == "renamed" && f.From == "":
		m.fail("action", "renamed needs from, the name before")
	case f.From != "" && f.Action != "renamed" && f.Action != "created":
		m.fail("from", "only what is renamed, or created as a link to another, has it")
	}
	return f
}

func (r *eventReader) imageLoad(m *mapping) Act {
	l := &ImageLoad{By: r.by(m, "by"), Path: m.need("path", `'C:\x.dll'`), SHA256: r.hash(m)}
	l.Signed, l.Signature = m.truth("signed", true), m.text("signature")
	r.absolute(m, "path", l.Path)
	return l
}

func (r *eventReader) driverLoad(m *mapping) Act {
	l := &DriverLoad{Path: m.need("path", `'C:\x.sys'`), SHA256: r.hash(m)}
	l.Signed, l.Signature = m.truth("signed", true), m.text("signature")
	r.absolute(m, "path", l.Path)
	return l
}

var addressPattern = regexp.MustCompile(`^[0-9a-fA-F:.]{2,45}$`)

func (m *mapping) address() string {
	s := m.need("address", "10.0.0.9")
	if s != "" && !addressPattern.MatchString(s) {
		m.fail("address", "%q is no address, as 10.0.0.9", s)
	}
	return s
}

func (r *eventReader) logon(m *mapping) Act {
	l := &Logon{User: r.user(m, "user"), Type: m.number("type", 3, 0, 13), Address: m.address()}
	if l.User == "" && !m.has("user") {
		m.p.add(m.at, `%s lacks user: write user: 'LAB\bob'`, m.what)
	}
	return l
}

func (r *eventReader) network(m *mapping) Act {
	return &Network{
		By: r.by(m, "by"), Direction: m.oneOf("direction", "", []string{"inbound", "outbound"}),
		Address: m.address(), Port: m.number("port", 135, 1, 65535),
	}
}

func (r *eventReader) powerShell(m *mapping) Act {
	return &PowerShell{By: r.by(m, "by"), Text: m.need("text", "'New-Service …'")}
}

func (r *eventReader) launchItem(m *mapping) Act {
	l := &LaunchItem{By: r.by(m, "by"), Path: m.need("path", "/Library/LaunchDaemons/x.plist")}
	l.Label, l.Program, l.Args = m.need("label", "com.example.x"), m.need("program", "/tmp/x"), m.texts("args")
	r.absolute(m, "path", l.Path)
	return l
}
