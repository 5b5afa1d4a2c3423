package allow

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// CheckPattern says what is wrong with a pattern of a match key, or "".
func CheckPattern(key, glob string) string {
	k, known := keyKind(key)
	if !known {
		return fmt.Sprintf("no key %q", key)
	}
	if problem := controls(glob); problem != "" {
		return problem
	}
	if problem := checkPattern(k, glob); problem != "" {
		return problem
	}
	if key == InitiatingProcessPath {
		return checkAsker(glob)
	}
	return ""
}

// CheckDevice says what is wrong with a pattern of a device, or "".
func CheckDevice(glob string) string { return checkDevice(glob) }

// YAML writes the entry as a file of its own that [Parse] reads back. A list of
// devices is written as the names that are in it.
func (e *Entry) YAML() string {
	var b strings.Builder
	line := func(indent int, key, value string) {
		fmt.Fprintf(&b, "%s%s: %s\n", strings.Repeat(" ", indent), key, value)
	}
	b.WriteString("entries:\n  - id: " + yamlText(e.ID) + "\n")
	line(4, "class", yamlText(string(e.Class)))
	if !e.Scope.fleet() {
		b.WriteString("    scope:\n")
		line(6, "devices", yamlList(e.Scope.Devices))
	}
	b.WriteString("    match:\n")
	for _, k := range matchKeys {
		if list := e.Match[k.name]; len(list) > 0 {
			line(6, k.name, yamlList(list))
		}
	}
	line(4, "action", e.ActionText())
	line(4, "reason", yamlText(e.Reason))
	line(4, "owner", yamlText(e.Owner))
	line(4, "created", e.Created.Format(time.DateOnly))
	line(4, "expires", e.Expires.Format(time.DateOnly))
	if e.Ticket != "" {
		line(4, "ticket", yamlText(e.Ticket))
	}
	if !e.Enabled {
		line(4, "enabled", "false")
	}
	if e.Source != "" {
		line(4, "source", yamlText(e.Source))
	}
	return b.String()
}

// yamlList is one text, or a list of several on a line.
func yamlList(list []string) string {
	if len(list) == 1 {
		return yamlText(list[0])
	}
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = yamlText(s)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// plainText needs no quotes, whatever reads it: words that begin with a letter. Those
// that YAML takes for a truth or for nothing are shorter or in plainWords.
var (
	plainText  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*( [A-Za-z0-9._/-]+)*$`)
	plainWords = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|null|y|n)$`)
)

// yamlText writes a text so that it is read back as it is, and so that a terminal
// which shows it has nothing to obey.
func yamlText(s string) string {
	switch {
	case plainText.MatchString(s) && !plainWords.MatchString(s):
		return s
	case strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0:
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
