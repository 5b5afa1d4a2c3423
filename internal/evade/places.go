package evade

import (
	"path"
	"regexp"
	"strings"

	"smew/internal/scenario"
)

// places are spellings of the path of what a service runs.
func places() []Disguise {
	repath := func(name, about string, rewrite func(string) string) Disguise {
		return Disguise{name, windows, about, nil, func(a *act) bool { return a.repath(rewrite) }}
	}
	within := func(prefix, with string) func(string) string {
		return func(p string) string {
			if len(p) > len(prefix) && strings.EqualFold(p[:len(prefix)], prefix) {
				return with + p[len(prefix):]
			}
			return p
		}
	}
	return []Disguise{
		repath("short-names", `8.3 names: C:\PROGRA~3\…`, short),
		repath("upper-case", "all in capitals", strings.ToUpper),
		repath("nt-prefix", `\??\C:\…`, func(p string) string { return `\??\` + p }),
		repath("file-prefix", `\\?\C:\…`, func(p string) string { return `\\?\` + p }),
		repath("device-prefix", `\\.\C:\…`, func(p string) string { return `\\.\` + p }),
		repath("globalroot", `\\?\GLOBALROOT\…`, func(p string) string { return `\\?\GLOBALROOT\Device\HarddiskVolume3` + p[2:] }),
		repath("loopback-share", `\\127.0.0.1\C$\…`, func(p string) string { return `\\127.0.0.1\` + p[:1] + `$` + p[2:] }),
		repath("localhost-share", `\\localhost\C$\…`, func(p string) string { return `\\localhost\` + p[:1] + `$` + p[2:] }),
		repath("admin-share", `\\localhost\ADMIN$\…`, within(`C:\Windows\`, `\\localhost\ADMIN$\`)),
		repath("systemroot-link", `\SystemRoot\…`, within(`C:\Windows\`, `\SystemRoot\`)),
		repath("systemroot-variable", `%SystemRoot%\…`, within(`C:\Windows\`, `%SystemRoot%\`)),
		repath("windir-variable", `%windir%\…`, within(`C:\Windows\`, `%windir%\`)),
		repath("public-variable", `%PUBLIC%\…`, within(`C:\Users\Public\`, `%PUBLIC%\`)),
		repath("programdata-variable", `%ProgramData%\…`, within(`C:\ProgramData\`, `%ProgramData%\`)),
		repath("systemdrive-variable", `%SystemDrive%\…`, within(`C:\`, `%SystemDrive%\`)),
		repath("slashes", `C:/…`, func(p string) string { return strings.ReplaceAll(p, `\`, `/`) }),
		repath("up-and-down", `C:\Windows\..\…`, within(`C:\`, `C:\Windows\..\`)),
		repath("double-separators", `C:\\…`, func(p string) string { return strings.ReplaceAll(p, `\`, `\\`) }),
		{"comspec", windows, "%COMSPEC% for cmd.exe", nil, comspec},
	}
}

// short has every long name of a path in its 8.3 form, as the first file of its
// folder would get it.
func short(p string) string {
	parts := strings.Split(p, `\`)
	for i, name := range parts {
		stem, extension, _ := strings.Cut(name, ".")
		if i == 0 || len(stem) <= 8 && len(extension) <= 3 && !strings.Contains(name, " ") {
			continue
		}
		known := map[string]string{"program files (x86)": "PROGRA~2", "programdata": "PROGRA~3", "system32": "SYSTEM~1"}
		if s, ok := known[strings.ToLower(name)]; ok {
			parts[i] = s
			continue
		}
		stem = strings.ToUpper(regexp.MustCompile(`[ .]`).ReplaceAllString(stem, ""))
		parts[i] = stem[:min(6, len(stem))] + "~1"
		if extension = path.Ext(name); extension != "" {
			parts[i] += strings.ToUpper(extension[:min(4, len(extension))])
		}
	}
	return strings.Join(parts, `\`)
}

var cmdWord = regexp.MustCompile(`(?i)^"?(?:c:\\windows\\system32\\|%systemroot%\\system32\\)?cmd(?:\.exe)?"?(\s)`)

func comspec(a *act) bool {
	changed := false
	for _, image := range a.images() {
		if with := cmdWord.ReplaceAllString(image, "%COMSPEC%$1"); with != image {
			a.replaceImage(image, with)
			changed = true
		}
	}
	return changed
}

// ordinary are the folders that programs are installed in.
var ordinary = regexp.MustCompile(`^c:\\(?:windows\\(?:system32|syswow64)|program files(?: \(x86\))?)\\`)

// impostors are payloads and writers that are called like what the allowlist knows.
func impostors() []Disguise {
	payload := func(name, about, service, file string) Disguise {
		return Disguise{name, windows, about, nil, func(a *act) bool {
			changed := false
			a.repath(func(p string) string {
				lower := strings.ToLower(p)
				if ordinary.MatchString(lower) || !strings.HasSuffix(lower, ".exe") {
					return p // the place is not what gives it away
				}
				changed = true
				return p[:strings.LastIndex(p, `\`)+1] + file
			})
			if !changed {
				return false
			}
			var names []string
			each(a, func(s *scenario.Service) { names = append(names, s.Name); s.Name, s.Display = service, service })
			each(a, func(s *scenario.ServiceDelete) { s.Name = service })
			for _, old := range names {
				a.commands(func(_ *scenario.Process, command string) string { return strings.ReplaceAll(command, old, service) })
			}
			return true
		}}
	}
	return []Disguise{
		payload("like-veeam", "called VeeamGuestHelper.exe", "VeeamVssSupport", "VeeamGuestHelper.exe"),
		payload("like-zoom", "called Zoom's CptService.exe", "ZoomCptService", "CptService.exe"),
		payload("like-crowdstrike", "called like CrowdStrike's installer", "CSFalconService", "4711-CsInstallerService.exe"),
		payload("like-defender", "called MsMpEng.exe", "WinDefend", `Microsoft\Windows Defender\Platform\4.18.24080.9-0\MsMpEng.exe`),
		payload("like-program-files", `a folder called Program Files, somewhere else`, "gupdate", `Program Files (x86)\Google\Update\GoogleUpdate.exe`),
		{"writer-like-tiworker", windows, "a writer called TiWorker.exe in another WinSxS", nil, func(a *act) bool {
			return a.writer(`C:\ProgramData\WinSxS\amd64_x\TiWorker.exe`)
		}},
		{"writer-like-msiexec", windows, "a writer called msiexec.exe in another folder", nil, func(a *act) bool {
			return a.writer(`C:\Users\Public\System32\msiexec.exe`)
		}},
		{"writer-like-services", windows, "a writer called services.exe in another folder", nil, func(a *act) bool {
			return a.writer(`C:\ProgramData\System32\services.exe`)
		}},
	}
}

// writer makes a program of another name write what reg.exe and its like wrote.
func (a *act) writer(path string) bool {
	writes := map[string]bool{}
	each(a, func(r *scenario.Registry) {
		if r.By != "services" {
			writes[r.By] = true
		}
	})
	found := false
	each(a, func(p *scenario.Process) {
		if writes[p.ID] {
			p.Image, p.Command, p.Original, p.Args, found = path, `"`+path+`" -Embedding`, "", nil, true
		}
	})
	return found
}
