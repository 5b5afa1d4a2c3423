package report

import (
	"fmt"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

// actor is who did it: account, program and the program's command line.
func actor(e *finding.Event) string {
	program := e.InitiatingProcessFileName
	// A command line that is only the program's name says nothing more.
	if e.InitiatingProcessCommandLine != "" && !strings.EqualFold(e.InitiatingProcessCommandLine, program) {
		if program != "" {
			program += ": "
		}
		program += e.InitiatingProcessCommandLine
	}
	switch {
	case e.Account == "":
		return program
	case program == "":
		return e.Account
	}
	return e.Account + ", " + program
}

// registryValue is what was written, as "…\Services\Name\ImagePath = data".
func registryValue(e *finding.Event) string {
	if e.RegistryKey == "" && e.RegistryValueName == "" {
		return ""
	}
	key := ending(e.RegistryKey)
	if e.RegistryValueName != "" {
		key += `\` + e.RegistryValueName
	}
	if e.RegistryValueData == "" {
		return key
	}
	return key + " = " + e.RegistryValueData
}

// recorded is what the event's record says of the act itself: the command line, what was
// written to the registry, the file.
func recorded(e *finding.Event) string {
	for _, text := range []string{e.ProcessCommandLine, registryValue(e), e.FolderPath} {
		if text != "" {
			return text
		}
	}
	return e.FileName
}

// ending is a path without what stands before its last two parts: the end of a path
// tells more than its beginning.
func ending(path string) string {
	if at := lastParts(path, 2); at > 0 {
		return term.Ellipsis + path[at:]
	}
	return path
}

// lastParts returns where the last n parts of a path begin, at a backslash or a slash,
// or 0 if it has no more than that.
func lastParts(path string, n int) int {
	at := len(path)
	for range n {
		next := strings.LastIndexAny(path[:at], `\/`)
		if next < 0 {
			return 0
		}
		at = next
	}
	return at
}

// sourceText is where a record was read: "a.json, record 118 (Sysmon 1)". A file's name
// that is too long is cut, the record's number never.
func sourceText(s *finding.Source, width int) string {
	text := term.Line(s.File, width) + fmt.Sprintf(", record %d", s.Record)
	if s.Telemetry != "" {
		text += " (" + term.Line(s.Telemetry, 40) + ")"
	}
	return text + copiesText(s.Copies)
}

func copiesText(n int64) string {
	switch n {
	case 0:
		return ""
	case 1:
		return ", and 1 further copy"
	}
	return fmt.Sprintf(", and %s further copies", number(n))
}
