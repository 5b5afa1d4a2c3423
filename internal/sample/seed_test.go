package sample

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var branchIDs = []string{"W01", "W02", "W03", "W04"}

// The seed's lists.
var (
	seedPaths   = []string{`\Temp\`, `\AppData\`, `\Downloads\`, `\Public\`, `\Users\Public\`, "%TEMP%", "%APPDATA%", "%PUBLIC%"}
	seedLOLBins = []string{
		"powershell.exe", "cmd.exe", "wscript.exe", "cscript.exe", "mshta.exe", "regsvr32.exe", "rundll32.exe", "certutil.exe",
		"bitsadmin.exe", "wmic.exe", "msbuild.exe",
	}
	seedParents = []string{"winword.exe", "excel.exe", "powerpnt.exe", "outlook.exe", "wscript.exe", "cscript.exe", "mshta.exe", "rundll32.exe"}
	seedWriters = []string{"services.exe", "svchost.exe", "msiexec.exe", "trustedinstaller.exe", "wmiprvse.exe", "msmpeng.exe"}
)

// seedBranches are the seed's branches that hit an event, the control set read
// as the current one.
func seedBranches(e *Event) []string {
	text := func(column string) string {
		s, _ := e.Values[column].(string)
		return s
	}
	var ids []string
	parent := strings.ToLower(text("InitiatingProcessFileName"))
	switch e.Table {
	case "DeviceProcessEvents":
		name, command := strings.ToLower(text("FileName")), text("ProcessCommandLine")
		if name == "sc.exe" && hasAny(command, "create", "config") ||
			(name == "powershell.exe" || name == "pwsh.exe") && hasAny(command, "New-Service", "Set-Service", "sc.exe create") {
			ids = append(ids, "W01")
		}
		if name == "sc.exe" && hasAny(command, "create") && slices.Contains(seedParents, parent) {
			ids = append(ids, "W03")
		}
	case "DeviceRegistryEvents":
		key := strings.ToLower(text("RegistryKey"))
		for _, set := range []string{"controlset001", "controlset002"} {
			key = strings.ReplaceAll(key, `\`+set+`\`, `\currentcontrolset\`)
		}
		if !hasAny(key, `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services`) {
			return nil
		}
		name, data := text("RegistryValueName"), text("RegistryValueData")
		if strings.EqualFold(name, "ImagePath") && (hasAny(data, seedPaths...) || hasAny(data, seedLOLBins...)) {
			ids = append(ids, "W02")
		}
		if strings.EqualFold(name, "Start") && (data == "2" || data == "0") && !slices.Contains(seedWriters, parent) {
			ids = append(ids, "W04")
		}
	}
	return ids
}

// hasAny is Kusto's has_any: the needle as it stands, any case, and where it
// begins or ends with a letter or digit, no letter or digit beside it.
func hasAny(haystack string, needles ...string) bool {
	haystack = strings.ToLower(haystack)
	for _, needle := range needles {
		needle = strings.ToLower(needle)
		first, _ := utf8.DecodeRuneInString(needle)
		last, _ := utf8.DecodeLastRuneInString(needle)
		for from := 0; ; {
			i := strings.Index(haystack[from:], needle)
			if i < 0 {
				break
			}
			i += from
			before, _ := utf8.DecodeLastRuneInString(haystack[:i])
			after, _ := utf8.DecodeRuneInString(haystack[i+len(needle):])
			if !(wordRune(first) && wordRune(before)) && !(wordRune(last) && wordRune(after)) {
				return true
			}
			from = i + 1
		}
	}
	return false
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func TestHasAny(t *testing.T) {
	for _, c := range []struct {
		haystack, needle string
		want             bool
	}{
		{"KustoExplorerQueryRun", "Explorer", false},
		{"North America", "america", true},
		{"create_svc x", "create", true},
		{"recreate x create", "create", true},
		{"", "create", false},
		{`C:\Windows\Temp\a.exe`, `\Temp\`, true},
		{`C:\Temp2\a.exe`, `\Temp\`, false},
		{`C:\evil\mycmd.exe /c`, "cmd.exe", false},
	} {
		if got := hasAny(c.haystack, c.needle); got != c.want {
			t.Errorf("hasAny(%q, %q) = %v, want %v", c.haystack, c.needle, got, c.want)
		}
	}
}
