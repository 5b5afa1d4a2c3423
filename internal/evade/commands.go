package evade

import (
	"regexp"
	"strings"

	"smew/internal/scenario"
)

const windows = "windows"

// scWord is sc.exe as a command names it, in front of one of its verbs.
var scWord = regexp.MustCompile(`(?i)(^|[\s"&|(;])("?)(?:c:\\windows\\system(?:32|root)\\)?sc(?:\.exe)?("?)(\s+(?:\\\\\S+\s+)?(?:create|config|failure|failureflag|sdset|start|stop|delete|description|privs|sidtype|triggerinfo)\b)`)

// registryWord is the services' key on a command line.
var registryWord = regexp.MustCompile(`(?i)(?:HKLM:?|HKEY_LOCAL_MACHINE)\\SYSTEM\\(?:CurrentControlSet|ControlSet001)\\Services`)

// commands are tricks of command lines.
func commands() []Disguise {
	rename := func(path string) func(*act) bool {
		return func(a *act) bool {
			found := false
			each(a, func(p *scenario.Process) {
				if base(p.Image) == "sc" {
					p.Image, p.Original, found = path, "sc.exe", true
				}
			})
			word := path
			return found && a.commands(func(_ *scenario.Process, command string) string {
				return scWord.ReplaceAllString(command, "${1}"+strings.ReplaceAll(word, `$`, `$$`)+"${4}")
			})
		}
	}
	key := func(spelling string) func(*act) bool {
		return func(a *act) bool {
			return a.commands(func(_ *scenario.Process, command string) string {
				return registryWord.ReplaceAllLiteralString(command, spelling)
			})
		}
	}
	written := func(set string) func(*act) bool {
		return func(a *act) bool {
			found := false
			each(a, func(r *scenario.Registry) {
				if key := strings.Replace(r.Key, `\SYSTEM\CurrentControlSet\`, `\SYSTEM\`+set+`\`, 1); key != r.Key {
					r.Key, found = key, true
				}
			})
			a.commands(func(_ *scenario.Process, command string) string {
				return registryWord.ReplaceAllLiteralString(command, `HKLM\SYSTEM\`+set+`\Services`)
			})
			return found
		}
	}
	inShell := func(rewrite func(string) string) func(*act) bool {
		return func(a *act) bool {
			return a.commands(func(p *scenario.Process, command string) string {
				if base(p.Image) != "cmd" {
					return command
				}
				return rewrite(command)
			})
		}
	}
	verb := regexp.MustCompile(`(?i)\bsc(\.exe)?(\s+)(create|config|failure|sdset)\b`)
	return []Disguise{
		{"renamed-sc", windows, "sc.exe copied as svcutil.exe", nil, rename(`C:\Users\Public\svcutil.exe`)},
		{"renamed-sc-in-place", windows, "sc.exe copied beside itself", nil, rename(`C:\Windows\System32\netconf.exe`)},
		{"sc-quoted", windows, `"sc.exe" "create"`, nil, func(a *act) bool {
			return a.commands(func(p *scenario.Process, command string) string {
				if base(p.Image) != "sc" {
					return command
				}
				return regexp.MustCompile(`(?i)^"?(?:\S*\\)?sc(?:\.exe)?"?(\s+)(create|config|failure|sdset)\b`).ReplaceAllString(command, `"sc.exe"$1"$2"`)
			})
		}},
		{"sc-inner-quotes", windows, `s""c.exe, which the shell reads as sc.exe`, nil, func(a *act) bool {
			return a.commands(func(_ *scenario.Process, command string) string {
				return regexp.MustCompile(`(?i)(^|[\s&|"])sc(?:\.exe)?(\s+(?:create|config|failure|sdset)\b)`).ReplaceAllString(command, `${1}s""c.exe$2`)
			})
		}},
		{"sc-mixed-case", windows, "Sc.ExE CrEaTe", nil, func(a *act) bool {
			return a.commands(func(_ *scenario.Process, command string) string {
				return verb.ReplaceAllStringFunc(command, mixed)
			})
		}},
		{"sc-tabs", windows, "tabs and spaces between the words of sc.exe", nil, func(a *act) bool {
			return a.commands(func(p *scenario.Process, command string) string {
				if base(p.Image) != "sc" {
					return command
				}
				return verb.ReplaceAllString(command, "sc$1 \t $3\t")
			})
		}},
		{"caret", windows, "s^c cr^eate, which the shell undoes", nil, inShell(func(command string) string {
			return verb.ReplaceAllStringFunc(command, func(word string) string { return word[:1] + "^" + word[1:len(word)-2] + "^" + word[len(word)-2:] })
		})},
		{"key-controlset001", windows, `HKLM\SYSTEM\ControlSet001 on the command line`, nil, key(`HKLM\SYSTEM\ControlSet001\Services`)},
		{"key-long", windows, `HKEY_LOCAL_MACHINE\System\… on the command line`, nil, key(`HKEY_LOCAL_MACHINE\System\CurrentControlSet\services`)},
		{"key-written-controlset002", windows, "the other control set", nil, written("ControlSet002")},
		{"reg-hex", windows, "/d 0x2", nil, func(a *act) bool {
			return a.commands(func(p *scenario.Process, command string) string {
				return regexp.MustCompile(`(?i)(/t\s+REG_DWORD\b.*?/d\s+)(\d)\b`).ReplaceAllString(command, "${1}0x0000000$2")
			})
		}},
		{"reg-slashes", windows, "-v -t -d for /v /t /d", nil, func(a *act) bool {
			return a.commands(func(p *scenario.Process, command string) string {
				if base(p.Image) != "reg" {
					return command
				}
				return regexp.MustCompile(`(?i)\s/(v|t|d|f)\b`).ReplaceAllString(command, " -$1")
			})
		}},
	}
}

// mixed has every second letter in capitals.
func mixed(s string) string {
	out := []byte(strings.ToLower(s))
	for i := range out {
		if i%2 == 1 {
			out[i] = strings.ToUpper(string(out[i]))[0]
		}
	}
	return string(out)
}
