package evade

import (
	"bytes"
	"regexp"
)

// Spelling is another way to write down the same events: it rewrites the records of
// one kind of telemetry.
type Spelling struct {
	Name    string
	Kind    string
	Rewrite func([]byte) []byte
}

// Spellings lists how else a sensor may write keys and numbers of the registry.
func Spellings() []Spelling {
	plain := func(name, kind, old, with string) Spelling {
		return Spelling{name, kind, func(text []byte) []byte { return bytes.ReplaceAll(text, []byte(old), []byte(with)) }}
	}
	pattern := func(name, kind, old, with string) Spelling {
		p := regexp.MustCompile(old)
		return Spelling{name, kind, func(text []byte) []byte { return p.ReplaceAll(text, []byte(with)) }}
	}
	const defender = `HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\`
	return []Spelling{
		plain("current control set", "defender", defender, `HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\`),
		plain("control set 2", "defender", defender, `HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\`),
		plain("HKLM", "defender", defender, `HKLM\\System\\CurrentControlSet\\`),
		plain("the kernel's name", "defender", defender, `\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\`),
		pattern("hexadecimal numbers", "defender", `("RegistryValueType":"Dword","RegistryValueData":")(\d)"`, `${1}0x0000000$2"`),
		pattern("control set 1", "sysmon", `(?i)HKLM\\System\\CurrentControlSet\\`, `HKLM\System\ControlSet001\`),
		pattern("the kernel's name", "sysmon", `(?i)HKLM\\System\\CurrentControlSet\\`, `\REGISTRY\MACHINE\SYSTEM\ControlSet001\`),
	}
}
