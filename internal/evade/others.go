package evade

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"smew/internal/scenario"
)

// others are other ways to the same end.
func others() []Disguise {
	return []Disguise{
		{"by-wmi", windows, "by WMI, without a command line", nil, func(a *act) bool {
			handed := a.handOver("wmiprvse", func(p *scenario.Process) bool {
				return slices.Contains([]string{"sc", "reg"}, base(p.Image))
			})
			return handed && a.hasEffect()
		}},
		{"by-remote-registry", windows, "through the Remote Registry service", nil, remoteRegistry},
		{"two-seconds", windows, "made, run and deleted within two seconds", nil, twoSeconds},
	}
}

// remoteRegistry lets the Remote Registry service write what reg.exe wrote.
func remoteRegistry(a *act) bool {
	const id = "remoteregistry"
	if !a.handOver(id, func(p *scenario.Process) bool { return base(p.Image) == "reg" }) || !a.hasEffect() {
		return false
	}
	a.Events = slices.Insert(a.Events, 0, scenario.Event{Act: &scenario.Process{
		ID: id, Image: `C:\Windows\System32\svchost.exe`, Command: `C:\Windows\system32\svchost.exe -k localService -p -s RemoteRegistry`,
		Parent: "services", User: `NT AUTHORITY\LOCAL SERVICE`,
	}})
	return true
}

// twoSeconds deletes every new service two seconds after the scenario has begun;
// everything else happens before.
func twoSeconds(a *act) bool {
	var made *scenario.Service
	each(a, func(s *scenario.Service) {
		if !s.InstallOnly {
			made = s
		}
	})
	if made == nil {
		return false
	}
	var last time.Duration
	for i := range a.Events {
		last = max(last, a.Events[i].At)
	}
	quick := last <= 1800*time.Millisecond
	for i := range a.Events {
		if !quick {
			a.Events[i].At = time.Duration(float64(a.Events[i].At) / float64(last) * float64(1800*time.Millisecond))
		}
	}
	deleted := false
	each(a, func(d *scenario.ServiceDelete) { deleted = true })
	if deleted {
		return !quick
	}
	if made != nil {
		a.Events = append(a.Events, scenario.Event{At: 1900 * time.Millisecond, Act: &scenario.ServiceDelete{Name: made.Name, By: made.By}})
	}
	return true
}

// shells are tricks of Unix shells: the words are the same when they are run.
func shells(platform string) []Disguise {
	tool := map[string]string{"linux": "systemctl", "macos": "launchctl"}[platform]
	copied := map[string]string{"linux": "/tmp/.cache/svcd", "macos": "/private/tmp/.cache/svcd"}[platform]
	words := []string{tool, "/systemd/", "/LaunchDaemons/", "/LaunchAgents/", "docker", "kubectl", "chkconfig", "update-rc.d"}
	// A script in double quotes is broken by single ones, and the other way round. The
	// question mark stands for a word's fourth letter.
	broken := func(inDouble, inSingle string) func(*act) bool {
		return func(a *act) bool {
			return a.commands(func(p *scenario.Process, command string) string {
				_, text, found := strings.Cut(command, " -c ")
				if !found || !slices.Contains([]string{"sh", "bash", "dash", "zsh"}, base(p.Image)) {
					return command
				}
				with := inSingle
				if strings.HasPrefix(strings.TrimSpace(text), `"`) {
					with = inDouble
				}
				for _, w := range words {
					command = strings.ReplaceAll(command, w, w[:3]+strings.ReplaceAll(with, "?", w[3:4])+w[4:])
				}
				return command
			})
		}
	}
	return []Disguise{
		{"empty-quotes-" + platform, platform, `sys""temctl in the shell's text`, nil, broken(`''?`, `""?`)},
		{"quoted-letter-" + platform, platform, `sys't'emctl in the shell's text`, nil, broken(`'?'`, `"?"`)},
		{"backslash-" + platform, platform, `sys\temctl in the shell's text`, nil, broken(`\?`, `\?`)},
		{"renamed-" + tool, platform, tool + " copied under another name", nil, func(a *act) bool {
			found := false
			each(a, func(p *scenario.Process) {
				if base(p.Image) == tool {
					p.Image, found = copied, true
				}
			})
			return found && a.commands(func(_ *scenario.Process, command string) string { return strings.ReplaceAll(command, tool, copied) })
		}},
	}
}

// unixPaths are spellings of folders of units and launch items.
func unixPaths() []Disguise {
	inCommands := func(platform, name, old, with, about string) Disguise {
		return Disguise{name, platform, about, nil, func(a *act) bool {
			return a.commands(func(_ *scenario.Process, command string) string { return strings.ReplaceAll(command, old, with) })
		}}
	}
	recorded := func(name, old, with, about string) Disguise {
		return Disguise{name, "linux", about, []string{"auditd", "sysmon"}, func(a *act) bool {
			found := false
			each(a, func(f *scenario.FileChange) {
				if p := strings.Replace(f.Path, old, with, 1); p != f.Path {
					f.Path, found = p, true
				}
			})
			a.commands(func(_ *scenario.Process, command string) string { return strings.ReplaceAll(command, old, with) })
			return found
		}}
	}
	return []Disguise{
		inCommands("linux", "up-and-down-linux", "/etc/systemd/", "/etc/../etc/systemd/", "/etc/../etc/systemd on the command line"),
		inCommands("linux", "dot-linux", "/etc/systemd/", "/etc/./systemd/", "/etc/./systemd on the command line"),
		inCommands("linux", "double-slash-linux", "/etc/systemd/", "//etc//systemd/", "//etc//systemd on the command line"),
		recorded("recorded-up-and-down", "/etc/systemd/", "/etc/../etc/systemd/", "/etc/../etc/systemd, as the log takes it down"),
		recorded("recorded-dot", "/etc/systemd/", "/etc/./systemd/", "/etc/./systemd, as the log takes it down"),
		recorded("recorded-double-slash", "/etc/systemd/", "//etc//systemd/", "//etc//systemd, as the log takes it down"),
		recorded("recorded-link", "/etc/systemd/system/", "/var/tmp/d/", "through a link to the folder, as the log takes it down"),
		inCommands("macos", "up-and-down-macos", "/Library/", "/Library/../Library/", "/Library/../Library on the command line"),
		inCommands("macos", "double-slash-macos", "/Library/", "//Library//", "//Library on the command line"),
	}
}

// launchItem is the path of a property list that launchd finds, up to its name.
var launchItem = regexp.MustCompile(`(/Launch(?:Agents|Daemons)/)\.?[A-Za-z0-9._-]+?(\.plist)\b`)

// vendors are launch items that are called like those the allowlist knows, and laid
// down by bash as theirs are.
func vendors() []Disguise {
	like := func(name, label string) Disguise {
		return Disguise{name, "macos", "called " + label, nil, func(a *act) bool {
			changed := false
			rename := func(text string) string {
				with := launchItem.ReplaceAllString(text, "${1}"+label+"${2}")
				changed = changed || with != text
				return with
			}
			a.commands(func(p *scenario.Process, command string) string {
				if b := base(p.Image); b == "sh" || b == "zsh" {
					p.Image, changed = "/bin/bash", true
				}
				return rename(command)
			})
			each(a, func(f *scenario.FileChange) { f.Path = rename(f.Path) })
			each(a, func(l *scenario.LaunchItem) {
				if with := rename(l.Path); with != l.Path {
					l.Path, l.Label = with, label
				}
			})
			return changed
		}}
	}
	return []Disguise{
		like("like-jumpcloud", "com.jumpcloud.darwin-agent"),
		like("like-zscaler", "com.zscaler.service"),
	}
}
