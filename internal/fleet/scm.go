package fleet

import (
	"encoding/json"
	"strings"
)

// servicesKey is where Defender sees services.
const servicesKey = `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\`

// service is what a program asks the service manager for.
type service struct {
	name, display, image string
	kind                 string // own, share, kernel, filesys, user (a user's own)
	start                string // boot, system, auto, demand, disabled
	account              string // LocalSystem unless given
}

var (
	startTypes = map[string]string{"boot": "0", "system": "1", "auto": "2", "demand": "3", "disabled": "4"}
	kindTypes  = map[string]string{"kernel": "1", "filesys": "2", "own": "16", "share": "32", "user": "224"}
)

// createService is CreateService: whoever asks, services.exe writes the key, value by
// value, and Windows reports the new service.
func (s *scene) createService(v service) {
	s.writeService(v)
	account := v.account
	if account == "" && v.kind != "kernel" && v.kind != "filesys" {
		account = "LocalSystem"
	}
	extra, _ := json.Marshal(map[string]any{
		"ServiceName": v.name, "ServiceAccount": account, "ServiceStartType": number(startTypes[v.start]), "ServiceType": number(kindTypes[v.kind]),
	})
	path := program(v.image)
	sums := hashesOf(path)
	s.h.add(eventTable, "ServiceInstalled", s.tick(), s.h.standing["services"], baseName(path), path, sums[0], sums[1], "", "", "", string(extra))
}

// writeService writes the values of a service's key.
func (s *scene) writeService(v service) {
	by, key := s.h.standing["services"], servicesKey+v.name
	s.set(by, key, "Type", "Dword", kindTypes[v.kind])
	s.set(by, key, "Start", "Dword", startTypes[v.start])
	s.set(by, key, "ErrorControl", "Dword", "1")
	s.set(by, key, "ImagePath", "ExpandString", v.image)
	if v.display != "" {
		s.set(by, key, "DisplayName", "String", v.display)
	}
	if v.kind == "own" || v.kind == "share" {
		account := v.account
		if account == "" {
			account = "LocalSystem"
		}
		s.set(by, key, "ObjectName", "String", account)
	}
}

// configure is ChangeServiceConfig: no report, only the value that changes.
func (s *scene) configure(name, value, kind, data string) {
	s.set(s.h.standing["services"], servicesKey+name, value, kind, data)
}

// deleteService is DeleteService: marked, then gone.
func (s *scene) deleteService(name string) {
	s.configure(name, "Start", "Dword", "4")
	s.configure(name, "DeleteFlag", "Dword", "1")
	s.deleteKey(s.h.standing["services"], servicesKey+name)
}

// runService starts the service's program, as the service manager does.
func (s *scene) runService(v service) *process {
	user := system
	switch {
	case strings.Contains(strings.ToLower(v.account), "networkservice"):
		user = network
	case strings.Contains(strings.ToLower(v.account), "localservice"):
		user = local
	}
	return s.startAs(user, s.h.standing["services"], program(v.image), expand(v.image))
}

// expand is an image path with what services.exe expands in it.
func expand(image string) string {
	return strings.NewReplacer("%SystemRoot%", `C:\Windows`, "%systemroot%", `C:\Windows`, "%windir%", `C:\Windows`, `\SystemRoot\`, `C:\Windows\`, `\??\`, "",
		"%ProgramFiles%", `C:\Program Files`).Replace(image)
}

// program is the file of an image path.
func program(image string) string {
	path := expand(image)
	if strings.HasPrefix(path, `"`) {
		path, _, _ = strings.Cut(path[1:], `"`)
	} else if i := strings.Index(strings.ToLower(path), ".exe"); i >= 0 {
		path = path[:i+4]
	}
	path = strings.ReplaceAll(path, "/", `\`)
	if lower := strings.ToLower(path); strings.HasPrefix(lower, `system32\`) || !strings.Contains(path, `\`) && strings.HasSuffix(lower, ".sys") {
		path = `C:\Windows\` + path
	}
	return path
}

func number(s string) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}
