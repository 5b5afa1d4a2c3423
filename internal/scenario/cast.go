package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
)

// account is who a process runs as.
type account struct {
	domain, name string
	sid          string // Windows
	uid          int    // Linux, macOS
}

// full is the account as Windows writes it.
func (a account) full() string { return a.domain + `\` + a.name }

// actor is a process that acts in a scenario.
type actor struct {
	id, image, command string
	args               []string
	original           string
	directory          string
	sha256             string
	integrity          string
	user               account
	pid                int
	guid               string
	started            time.Time
	parent             *actor
	standing           bool // ran before the scenario began
}

// file is the name of the actor's program.
func (a *actor) file() string { return baseName(a.image) }

// baseName is the last part of a path of either system.
func baseName(p string) string { return p[strings.LastIndexAny(p, `\/`)+1:] }

// stands is a process that runs on every device.
type stands struct {
	image, command, user string
	pid                  int // fixed, or 0
	parent               string
}

const system = `NT AUTHORITY\SYSTEM`

// standing are the processes that events may name without having started them.
var standing = map[string]map[string]stands{
	"windows": {
		"system":   {"System", "", system, 4, ""},
		"winlogon": {`C:\Windows\System32\winlogon.exe`, "winlogon.exe", system, 0, ""},
		"services": {`C:\Windows\System32\services.exe`, `C:\Windows\system32\services.exe`, system, 0, ""},
		"svchost":  {`C:\Windows\System32\svchost.exe`, `C:\Windows\system32\svchost.exe -k netsvcs -p`, system, 0, "services"},
		"wmiprvse": {`C:\Windows\System32\wbem\WmiPrvSE.exe`, `C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding`, system, 0, "svchost"},
		"msiexec":  {`C:\Windows\System32\msiexec.exe`, `C:\Windows\system32\msiexec.exe /V`, system, 0, "services"},
		"explorer": {`C:\Windows\explorer.exe`, `C:\Windows\Explorer.EXE`, `LAB\anna`, 0, ""},
	},
	"linux": {
		"systemd": {"/usr/lib/systemd/systemd", "/sbin/init", "root", 1, ""},
		"sshd":    {"/usr/sbin/sshd", "sshd: /usr/sbin/sshd -D", "root", 0, "systemd"},
		"cron":    {"/usr/sbin/cron", "/usr/sbin/cron -f", "root", 0, "systemd"},
		"bash":    {"/usr/bin/bash", "-bash", "root", 0, "sshd"},
	},
	"macos": {
		"launchd": {"/sbin/launchd", "/sbin/launchd", "root", 1, ""},
		"zsh":     {"/bin/zsh", "-zsh", "anna", 0, "launchd"},
		"sudo":    {"/usr/bin/sudo", "sudo -s", "root", 0, "zsh"},
	},
}

// originals are names in the version information of Windows' programs that are
// written otherwise than the file's.
var originals = map[string]string{
	"cmd.exe": "Cmd.Exe", "powershell.exe": "PowerShell.EXE", "rundll32.exe": "RUNDLL32.EXE", "notepad.exe": "NOTEPAD.EXE",
	"explorer.exe": "EXPLORER.EXE", "regsvr32.exe": "REGSVR32.EXE", "mshta.exe": "MSHTA.EXE", "wmiprvse.exe": "Wmiprvse.exe",
	"winword.exe": "WinWord.exe", "excel.exe": "Excel.exe", "certutil.exe": "CertUtil.exe",
}

// originalName is the name in the version information of a program that comes
// with Windows; nothing is known of another's.
func originalName(image string) string {
	lower := strings.ToLower(image)
	if !strings.HasPrefix(lower, `c:\windows\system32\`) && !strings.HasPrefix(lower, `c:\windows\syswow64\`) && lower != `c:\windows\explorer.exe` {
		return ""
	}
	if name, ok := originals[baseName(lower)]; ok {
		return name
	}
	return baseName(image)
}

// device is what a scenario happens on.
type device struct {
	scenario *Scenario
	name     string // with its domain
	id       string // as Defender has it
	start    time.Time
	cast     map[string]*actor
	nextPID  int
	counter  map[string]int // records, by log
}

// firstMoment is when the first scenario of a rendering begins; each next one
// begins an hour later, since not every recorder tells the device.
var firstMoment = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// newDevice makes the device of the n-th scenario in a kind of telemetry.
func newDevice(s *Scenario, kind string, n int) *device {
	d := &device{
		scenario: s, name: DeviceName(s.ID, kind), start: firstMoment.Add(time.Duration(n) * time.Hour),
		cast: map[string]*actor{}, counter: map[string]int{}, nextPID: 1000 + 100*n,
	}
	d.id = digest(d.name)[:40]
	for _, name := range standingOrder {
		if _, ok := standing[s.Platform][name]; ok {
			d.cast[name] = d.stand(name)
		}
	}
	return d
}

// standingOrder names parents before their children.
var standingOrder = []string{
	"system", "winlogon", "services", "svchost", "wmiprvse", "msiexec", "explorer",
	"systemd", "sshd", "cron", "bash", "launchd", "zsh", "sudo",
}

// DeviceName is the device that a scenario happens on in a kind of telemetry: the
// same act seen by two recorders would be one.
func DeviceName(id, kind string) string {
	technique, name := path.Split(id)
	labels := []string{strings.ReplaceAll(name, "_", "-"), strings.NewReplacer(".", "-", "_", "-", "/", "").Replace(technique), kind, "example"}
	return strings.ToLower(strings.Join(labels, "."))
}

// short is the device's name without its domain.
func (d *device) short() string { s, _, _ := strings.Cut(d.name, "."); return s }

func (d *device) stand(name string) *actor {
	s := standing[d.scenario.Platform][name]
	a := &actor{
		id: name, image: s.image, command: s.command, user: d.account(s.user), pid: s.pid, parent: d.cast[s.parent],
		started: d.start.Add(-30 * time.Minute), standing: true,
	}
	if d.scenario.Platform != "windows" {
		a.args = strings.Fields(s.command)
	}
	d.finish(a)
	return a
}

// enter brings a process of the scenario on.
func (d *device) enter(p *Process, at time.Time) *actor {
	a := &actor{
		id: p.ID, image: p.Image, command: p.Command, args: p.Args, original: p.Original, directory: p.Directory,
		sha256: p.SHA256, integrity: p.Integrity, started: at, parent: d.cast[p.Parent],
	}
	a.user = a.parent.user
	if p.User != "" {
		a.user = d.account(p.User)
	}
	if a.args == nil && d.scenario.Platform != "windows" {
		a.args, _ = splitCommand(p.Command)
	}
	d.finish(a)
	d.cast[p.ID] = a
	return a
}

// finish fills in what nobody said.
func (d *device) finish(a *actor) {
	if a.pid == 0 {
		d.nextPID++
		a.pid = d.nextPID
		if d.scenario.Platform == "windows" {
			a.pid *= 4
		}
	}
	if a.original == "" && d.scenario.Platform == "windows" {
		a.original = originalName(a.image)
	}
	if a.sha256 == "" {
		a.sha256 = digest(strings.ToLower(a.image))
	}
	if a.integrity == "" {
		if a.integrity = "High"; a.user.sid == "S-1-5-18" {
			a.integrity = "System"
		}
	}
	if a.directory == "" {
		if a.directory = "/root"; d.scenario.Platform == "windows" {
			a.directory = `C:\Windows\system32\`
		}
	}
	g := digest(fmt.Sprint(d.name, a.pid, a.image))
	a.guid = fmt.Sprintf("%s-%s-%s-%s-%s", g[:8], g[8:12], g[12:16], g[16:20], g[20:32])
}

// account is an account by its name.
func (d *device) account(name string) account {
	if d.scenario.Platform != "windows" {
		a := account{domain: d.short(), name: name}
		switch {
		case name == "root":
		case d.scenario.Platform == "macos":
			a.uid = 501
		default:
			a.uid = 1000
		}
		return a
	}
	domain, user, _ := strings.Cut(name, `\`)
	a := account{domain: domain, name: user}
	switch strings.ToUpper(user) {
	case "SYSTEM":
		a.sid = "S-1-5-18"
	case "LOCAL SERVICE":
		a.sid = "S-1-5-19"
	case "NETWORK SERVICE":
		a.sid = "S-1-5-20"
	default:
		sum := sha256.Sum256([]byte(strings.ToLower(name)))
		a.sid = fmt.Sprintf("S-1-5-21-3623811015-3361044348-30300820-%d", 1100+int(sum[0])<<8+int(sum[1]))
	}
	return a
}

// digest is 64 hexadecimal digits that stand for a text.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// splitCommand takes a command line apart as a shell does, without expanding
// anything.
func splitCommand(command string) ([]string, error) {
	var args []string
	var word strings.Builder
	begun, quote, escaped := false, rune(0), false
	for _, c := range command {
		switch {
		case escaped:
			if quote == '"' && !strings.ContainsRune("\"\\$`\n", c) {
				word.WriteRune('\\')
			}
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if begun {
				args = append(args, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("a quote is not closed")
	}
	if begun {
		args = append(args, word.String())
	}
	return args, nil
}
