package evade

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"

	"smew/internal/scenario"
)

// switches are the spellings of -EncodedCommand: every beginning of it that
// PowerShell takes, its alias, other dashes and cases, quotes.
var switches = []string{
	"-e", "-ec", "-en", "-enc", "-enco", "-encod", "-encode", "-encoded", "-encodedc", "-encodedco", "-encodedcommand", "-EncodedCommand",
	"/e", "/enc", "–enc", "—enc", "―EncodedCommand", "-eNc", "-ENCODEDCOMMAND", `"-enc"`, "-Nop -W 1 -e",
}

// encodings say the same PowerShell in base64, once for each spelling of the switch.
func encodings() []Disguise {
	var list []Disguise
	for i, s := range switches {
		kinds := []string{"defender"} // one reader of command lines serves all kinds
		if s == "-enc" {
			kinds = nil
		}
		list = append(list, Disguise{fmt.Sprintf("encoded-%02d", i+1), windows, "PowerShell with " + s, kinds, func(a *act) bool { return a.encode(s) }})
	}
	return list
}

// script is PowerShell's script on a command line: & {…}, -Command …, -c "…", or
// encoded already. The script is the last thing on the line.
var script = regexp.MustCompile(`(?is)^("?[^"]*?(?:powershell|pwsh)(?:\.exe)?"?)((?:\s+-(?:nop\w*|noni\w*|w\w*\s+\w+|ex\w*\s+\w+|noe\w*|sta))*)\s+(?:-c(?:ommand)?\s+(.+)|(&\s*\{.+\})|[-/]e(?:nc?|nc\w+)?\s+["']?([a-z0-9+/=]{16,})["']?\s*)$`)

// encode rewrites PowerShell's own command lines, and the services that run it.
func (a *act) encode(option string) bool {
	changed := false
	rewrite := func(command string) string {
		m := script.FindStringSubmatch(command)
		if m == nil {
			return command
		}
		changed = true
		text := m[5]
		if text == "" {
			text = base64UTF16(unquoted(m[3]) + m[4])
		}
		return m[1] + m[2] + " " + option + " " + text
	}
	each(a, func(p *scenario.Process) {
		if b := base(p.Image); b == "powershell" || b == "pwsh" {
			p.Command = rewrite(p.Command)
		}
	})
	for _, image := range a.images() {
		if with := rewrite(image); with != image {
			a.replaceImage(image, with)
		}
	}
	return changed
}

// unquoted is a script without the quotes around it.
func unquoted(text string) string {
	if len(text) > 1 && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
		return text[1 : len(text)-1]
	}
	return text
}

// base64UTF16 is a script as -EncodedCommand takes it.
func base64UTF16(text string) string {
	var bytes []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		bytes = append(bytes, byte(unit), byte(unit>>8))
	}
	return base64.StdEncoding.EncodeToString(bytes)
}
