package fleet

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed data/*.tsv
var data embed.FS

// lists are the acts of one program each, by file.
type lists struct {
	services, commands, registry []act
}

// act is one row of a list: the columns that all lists have, and the rest by name.
type act struct {
	where   []string // kinds of host, all of which it must be
	share   float64  // of those hosts
	monthly float64  // times in 30 days, on a host that has it
	values  map[string]string
}

// of tells whether a host is one of those that do it.
func (a act) of(h *host) bool {
	for _, kind := range a.where {
		if !h.is(kind) {
			return false
		}
	}
	return h.chance(a.share)
}

func readLists() (*lists, error) {
	var l lists
	for name, list := range map[string]*[]act{"services": &l.services, "commands": &l.commands, "registry": &l.registry} {
		text, err := data.ReadFile("data/" + name + ".tsv")
		if err != nil {
			return nil, err
		}
		if *list, err = parseList(string(text)); err != nil {
			return nil, fmt.Errorf("%s.tsv: %w", name, err)
		}
	}
	return &l, nil
}

func parseList(text string) ([]act, error) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	header := strings.Split(lines[0], "\t")
	var list []act
	for i, line := range lines[1:] {
		fields := strings.Split(line, "\t")
		if len(fields) != len(header) {
			return nil, fmt.Errorf("line %d has %d columns, the header %d", i+2, len(fields), len(header))
		}
		a := act{values: map[string]string{}}
		for j, name := range header {
			a.values[name] = fields[j]
		}
		var err error
		if a.share, err = strconv.ParseFloat(a.values["share"], 64); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		if a.monthly, err = strconv.ParseFloat(a.values["monthly"], 64); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		a.where = strings.Split(a.values["where"], "+")
		list = append(list, a)
	}
	return list, nil
}

// stock are services that Windows has, for the rows that may be about any.
var stock = []string{
	"AppXSvc", "BITS", "CertPropSvc", "ClipSVC", "CryptSvc", "DiagTrack", "DoSvc", "DsSvc", "EventSystem", "gpsvc", "IKEEXT", "iphlpsvc", "LicenseManager",
	"lmhosts", "NlaSvc", "PcaSvc", "PlugPlay", "ProfSvc", "Schedule", "SENS", "SysMain", "Themes", "TokenBroker", "UsoSvc", "W32Time", "WdiServiceHost",
	"WinHttpAutoProxySvc", "Winmgmt", "WpnService", "wscsvc",
}

var vendors = []string{"Contoso Agent", "Fabrikam Backup", "Litware Print", "Northwind ERP", "Tailspin Monitor", "Wingtip Sync"}

// filler replaces what stands in braces in the lists; within one act a name means one
// value.
type filler struct {
	h     *host
	known map[string]string
}

func (h *host) filler() *filler { return &filler{h: h, known: map[string]string{}} }

// fill is the text with its braces replaced.
func (f *filler) fill(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed || strings.ContainsAny(name, " ={$[") {
			out.WriteString(before)
			if found {
				out.WriteByte('{')
				text = rest
				continue
			}
			return out.String()
		}
		out.WriteString(before + f.value(name))
		text = after
	}
}

func (f *filler) value(name string) string {
	if v, ok := f.known[name]; ok {
		return v
	}
	v := f.h.placeholder(name)
	f.known[name] = v
	return v
}

func (h *host) placeholder(name string) string {
	switch {
	case name == "user":
		return h.user.name
	case name == "host":
		return strings.Split(h.name, ".")[0]
	case name == "stock":
		return stock[h.rng.IntN(len(stock))]
	case name == "vendor":
		return vendors[h.rng.IntN(len(vendors))]
	case name == "guid":
		return strings.ToUpper(h.hex(8) + "-" + h.hex(4) + "-4" + h.hex(3) + "-9" + h.hex(3) + "-" + h.hex(12))
	case name == "gpo":
		return "{6AC1786C-016F-11D2-945F-00C04FB984F9}"
	case name == "gver":
		return fmt.Sprintf("130.0.%d.0", 6679+h.rng.IntN(40))
	case name == "cver":
		return fmt.Sprintf("129.0.%d.%d", 6668+h.rng.IntN(60), 42+h.rng.IntN(80))
	case name == "d":
		return strconv.Itoa(1 + h.rng.IntN(9))
	case name == "toggle":
		return strconv.Itoa(2 + h.rng.IntN(2))
	case strings.HasPrefix(name, "x"):
		return h.hex(max(1, number(name[1:])))
	case strings.HasPrefix(name, "n"):
		digits := max(4, number(name[1:]))
		if len(name) > 1 {
			digits = number(name[1:])
		}
		v := ""
		for range digits {
			v += strconv.Itoa(1 + h.rng.IntN(9))
		}
		return v
	default:
		return "{" + name + "}"
	}
}

func (h *host) hex(digits int) string {
	v := make([]byte, digits)
	for i := range v {
		v[i] = "0123456789abcdef"[h.rng.IntN(16)]
	}
	return string(v)
}

// programs are those that stand within a chain of parents, by their names in the
// lists.
var programs = map[string]string{
	"cmd": `C:\Windows\System32\cmd.exe`, "devcmd": `C:\Windows\System32\cmd.exe`, "powershell": `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`,
	"agentexecutor": `C:\Program Files (x86)\Microsoft Intune Management Extension\agentexecutor.exe`,
	"msiserver":     `C:\Windows\SysWOW64\msiexec.exe`, "sfxca": `C:\Windows\SysWOW64\rundll32.exe`,
	"sudo": `/usr/bin/sudo`, "sh": `/bin/sh`, "certbot": `/usr/bin/python3.11`, "waagent": `/usr/bin/python3.9`, "logrotate": `/usr/sbin/logrotate`,
}

// chain starts the parents that a list gives: a standing process, then programs with
// their command lines.
func (s *scene) chain(f *filler, text string, user account) *process {
	parts := strings.Split(text, " >> ")
	parent := s.h.standing[parts[0]]
	if parent == nil {
		panic("no process " + parts[0] + " on " + s.h.name) // a typing error in the lists
	}
	for _, part := range parts[1:] {
		name, command, _ := strings.Cut(part, "=")
		path := programs[name]
		if path == "" {
			panic("no program " + name) // a typing error in the lists
		}
		parent = s.startAs(user, parent, path, f.fill(command))
		s.wait(.2)
	}
	return parent
}

// doCommands starts what the list of commands has for this host.
func (h *host) doCommands(l *lists) {
	for _, a := range l.commands {
		if !a.of(h) {
			continue
		}
		for _, t := range h.times(a.monthly, a.values["hours"]) {
			s, f, user := h.at(t), h.filler(), h.as(a.values["account"])
			parent := s.chain(f, a.values["parent"], user)
			s.startAs(user, parent, a.values["path"], f.fill(a.values["command"]))
		}
	}
}

// doRegistry writes what the list of values below Services has for this host.
func (h *host) doRegistry(l *lists) {
	for _, a := range l.registry {
		if !a.of(h) {
			continue
		}
		for _, t := range h.times(a.monthly, "") {
			s, f := h.at(t), h.filler()
			v := func(column string) string { return f.fill(a.values[column]) }
			by := h.standing[a.values["writer"]]
			if by == nil {
				panic("no process " + a.values["writer"]) // a typing error in the lists
			}
			s.set(by, servicesKey+v("key"), v("value"), v("type"), v("data"))
		}
	}
}
