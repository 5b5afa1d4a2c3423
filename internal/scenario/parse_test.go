package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// good is a scenario without a mistake; the tests below change one thing.
const good = `title: Something
technique: T1543.003
platform: windows
about: made up
telemetry: [defender, sysmon]
events:
  - at: 1
    process: {id: sc, image: 'C:\Windows\System32\sc.exe', command: sc  query, parent: explorer}
  - create_service: {service: X, image: 'C:\x.exe', by: sc}
fires:
  defender: [W06, W05]
`

func TestParse(t *testing.T) {
	s, err := Parse("T1543.003/x", "x.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.Fires["defender"], " "); got != "W05 W06" {
		t.Errorf("fires are not sorted: %s", got)
	}
	if s.Events[1].At != s.Events[0].At {
		t.Errorf("an event without at is at %v, the one before at %v", s.Events[1].At, s.Events[0].At)
	}
	service, ok := s.Events[1].Act.(*Service)
	if !ok || service.Display != "X" || service.Account != "LocalSystem" || service.Start != "demand" || service.Type != "own" {
		t.Errorf("defaults of a service: %+v", s.Events[1].Act)
	}
}

// TestStrict: each mistake is named with its place and what to write.
func TestStrict(t *testing.T) {
	const sc = `process: {id: sc, image: 'C:\Windows\System32\sc.exe', command: sc  query, parent: explorer}`
	const create = `create_service: {service: X, image: 'C:\x.exe', by: sc}`
	for _, c := range []struct{ from, to, want string }{
		{"title: Something\n", "", "x.yaml:1:1: a scenario lacks title: write title: Service installed with sc.exe"},
		{"title: Something", "titel: Something", `x.yaml:1:1: unknown key "titel"; a scenario has title, technique, atomic, platform, about, telemetry, near, events, fires`},
		{"title: Something", "title: ''", "x.yaml:1:8: title is empty; leave the key out or give it a value"},
		{"about: made up", "about: made up\nabout: twice", "x.yaml:5:1: "},
		{"T1543.003", "T1543.3", `x.yaml:2:12: technique: "T1543.3" is no technique of ATT&CK, as T1543.003`},
		{"platform: windows", "platform: dos", `x.yaml:3:11: platform "dos" is not one of windows, linux, macos`},
		{"about: made up", "atomic: 98\nabout: made up", `x.yaml:4:9: atomic: "98" is no GUID in small letters`},
		{"[defender, sysmon]", "[auditd]", `x.yaml:5:12: telemetry: "auditd" is no kind of telemetry of windows: there is defender, sysmon, security, system, powershell`},
		{"[defender, sysmon]", "[]", "x.yaml:5:12: telemetry: is empty; leave it out for every kind of the platform"},
		{"  defender: [W06, W05]", "  security: [W05]", `x.yaml:11:3: fires names "security", which is no kind of telemetry this scenario is rendered into: there is defender, sysmon`},
		{"[W06, W05]", "[w5]", `x.yaml:11:13: defender: "w5" is no id of a branch, as W05`},
		{"[W06, W05]", "[W05, W05]", "x.yaml:11:13: defender: names a branch twice"},
		{"[W06, W05]", "W05", "x.yaml:11:13: defender: write a list, [a, b]"},
		{"fires:\n  defender: [W06, W05]\n", "", "x.yaml:1:1: a scenario lacks fires: write fires: {defender: [W05]}, or fires: {} for one that nothing may hit"},
		{"parent: explorer", "parent: nobody", `x.yaml:8:88: parent: no process "nobody" has started; there is explorer, msiexec, services, svchost, system, winlogon, wmiprvse`},
		{"by: sc}", "by: other}", `x.yaml:9:57: by: no process "other" has started; there is explorer, msiexec, sc, services`},
		{"id: sc,", "id: explorer,", `x.yaml:8:19: id: "explorer" is taken by another process`},
		{"id: sc,", "id: 'a b',", `x.yaml:8:19: id: "a b" is not one word of letters, digits and _`},
		{", parent: explorer", "", "x.yaml:8:5: a process lacks parent: write parent: explorer"},
		{", parent: explorer", ", parent: explorer, colour: red", `x.yaml:8:98: unknown key "colour"; a process has id, image, command, args, parent, user, original, cwd, sha256, integrity`},
		{`'C:\Windows\System32\sc.exe'`, "sc.exe", `x.yaml:8:30: image: "sc.exe" is no whole path, as C:\Windows\System32\sc.exe`},
		{`'C:\Windows\System32\sc.exe'`, `"C:\bin\sc.exe"`, "x.yaml:8:38: found unknown escape character 's'; in double quotes YAML reads a backslash as an escape, so use single quotes"},
		{`'C:\Windows\System32\sc.exe'`, `"C:\bin"`, "x.yaml:8:30: image: the text holds a control character; in double quotes YAML reads a backslash as an escape, so use single quotes"},
		{", by: sc", "", "x.yaml:9:5: a create_service lacks by: write by: explorer"},
		{", by: sc", ", by: sc, start: always", `x.yaml:9:68: start "always" is not one of boot, system, auto, demand, disabled`},
		{", by: sc", ", by: sc, type: kernel, account: LocalSystem", "x.yaml:9:84: account: a driver has none"},
		{", by: sc", ", by: sc, remote: yes", "x.yaml:9:69: remote: write true or false"},
		{"at: 1", "at: soon", "x.yaml:7:9: at: write seconds after the start, from 0 to 3600"},
		{"- " + create, "- at: 0.5\n    " + create, "x.yaml:9:9: at: events stand in the order of time; the one before is at 1"},
		{create, "make_service: {}", `x.yaml:9:5: unknown kind of event "make_service"; there is config_service, create_service,`},
		{create, "at: 2", "x.yaml:9:5: an event says what happens: process: {"},
		{create, create + "\n    " + strings.ReplaceAll(sc, "id: sc", "id: b"), "x.yaml:10:5: an event is one thing; begin another with a dash"},
		{create, "launch_item: {}", "x.yaml:9:5: launch_item does not happen on windows"},
		{create, "process: sc.exe", "x.yaml:9:14: a process is a mapping: write process: {id: sc,"},
		{create, `registry: {by: sc, action: set, key: 'HKLM\X', value: v, type: REG_SZ, data: d}`, `x.yaml:9:42: key: "HKLM\\X" does not begin with HKEY_LOCAL_MACHINE\,`},
		{create, `registry: {by: sc, action: set, key: 'HKEY_USERS\X', value: v, type: REG_DWORD, data: 0x2}`, "x.yaml:9:91: data: write a number in decimal"},
		{create, `registry: {by: sc, action: set, key: 'HKEY_USERS\X', value: v, type: REG_SZ}`, "x.yaml:9:5: a registry lacks data: write data: 2"},
		{create, `config_service: {service: X, by: sc, set: {ServiceDll: x}}`, `x.yaml:9:48: unknown value "ServiceDll"; the service manager writes DelayedAutostart,`},
		{create, `config_service: {service: X, by: sc}`, "x.yaml:9:5: a config_service lacks set: write set:"},
		{create, `delete_service: {service: 'X\Y', by: sc}`, `x.yaml:9:31: service: "X\\Y" cannot be the name of a service`},
		{create, `file: {by: sc, action: renamed, path: 'C:\x'}`, "x.yaml:9:28: action: renamed needs from, the name before"},
		{create, `logon: {user: bob, type: 3, address: 10.0.0.1}`, `x.yaml:9:19: user: "bob" is no account, as LAB\anna or NT AUTHORITY\SYSTEM`},
		{create, `network: {by: sc, direction: in, address: home, port: 0}`, `x.yaml:9:34: direction "in" is not one of inbound, outbound`},
		{"title: Something", "title: &a Something", `x.yaml:1:8: "&" has a meaning in YAML that is not used here; put the text in single quotes`},
		{"title: Something", "title: Something\n---\ntitle: Other", "a second YAML document; write one scenario a file"},
		{good, "- a\n", "x.yaml:1:1: a scenario is a mapping: write title: …, technique: … and so on"},
		{good, "", "x.yaml: the file is empty; a scenario has title,"},
		{good, "\xff", "x.yaml: the file is not UTF-8 text"},
		{good, "title: [", "x.yaml:1:8: "},
		{good, strings.Repeat("[", 100), "nested too deeply"},
	} {
		text := strings.Replace(good, c.from, c.to, 1)
		if text == good {
			t.Errorf("%q is not in the scenario", c.from)
			continue
		}
		_, err := Parse("T1543.003/x", "x.yaml", []byte(text))
		if err == nil {
			t.Errorf("no mistake found in\n%s", text)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("with %q:\n got %s\nwant %s", c.to, err, c.want)
		}
	}
}

func TestUnixCommandsMustBeSplit(t *testing.T) {
	text := strings.NewReplacer("windows", "linux", "defender, sysmon", "auditd", `'C:\Windows\System32\sc.exe'`, "/bin/sh",
		"sc  query", `sh -c "x`, "explorer", "bash", `create_service: {service: X, image: 'C:\x.exe', by: sc}`, "file: {by: sc, action: created, path: /etc/x}",
		"defender:", "auditd:").Replace(good)
	_, err := Parse("T1543.003/x", "x.yaml", []byte(text))
	if err == nil || !strings.Contains(err.Error(), "command: a quote is not closed; give its arguments as args: [a, b]") {
		t.Errorf("got %v", err)
	}
}

func TestIDsArePaths(t *testing.T) {
	for _, id := range []string{"x", "T1543.003/X", "a/b/c", "T1543.003/", "T1543.003/a b", "../x"} {
		if _, err := Parse(id, "x.yaml", []byte(good)); err == nil || !strings.Contains(err.Error(), "put the file at <technique>/<name>.yaml") {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestLoadAll(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("T1/b.yaml", good)
	write("T1/a.yml", good)
	write("T1/.hidden.yaml", "nonsense")
	write("T1/README.md", "not read")
	list, err := LoadAll(os.DirFS(dir), "fixtures", []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].ID != "T1/a" || list[1].ID != "T1/b" {
		t.Fatalf("got %d scenarios", len(list))
	}
	for _, c := range []struct{ name, text, want string }{
		{"T1/c.yaml", "x: 1", `c.yaml:1:1: unknown key "x"`},
		{"other/T1/a.yaml", good, "the id T1/a is taken by"},
		{"d.yaml", good, "put the file at <technique>/<name>.yaml"},
	} {
		write(c.name, c.text)
		if _, err := LoadAll(os.DirFS(dir), "fixtures", []string{dir}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(c.name))); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"nowhere": "no such file", "T1/b.yaml": "is no folder"} {
		if _, err := LoadAll(os.DirFS(dir), "fixtures", []string{filepath.Join(dir, name)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: whatever the text, the reader gives a scenario that can be rendered
// into well-formed records, or an error with a place.
func FuzzParse(f *testing.F) {
	f.Add(good)
	for _, platform := range Platforms {
		text, err := os.ReadFile(filepath.Join("testdata", platform+".yaml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("title: &a [*a]\n")
	f.Add("events: [{process: {}}, {at: -1}, 7]\nfires: []\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("T1543/x", "x.yaml", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.yaml:") {
				t.Errorf("an error without its file: %v", err)
			}
			return
		}
		for _, kind := range s.Telemetry {
			for _, file := range Render(kind, []*Scenario{s}).Files {
				wellFormed(t, file)
			}
		}
	})
}
