package source

import (
	"bytes"
	"encoding/json"
	"strings"
)

// member is one key and value of a JSON object.
type member struct {
	key   string
	value []byte // as it is written; what is there of it if it is cut off
}

// members reads the keys of a JSON object in order, as far as they go: the
// object may be cut off or broken. It is what a look at many small files spends
// its time on, and so does no more than find where values end.
func members(object []byte) []member {
	var out []member
	rest := bytes.TrimLeft(object, " \t\r\n")
	if len(rest) == 0 || rest[0] != '{' {
		return nil
	}
	for rest = rest[1:]; ; {
		rest = bytes.TrimLeft(rest, " \t\r\n,")
		if len(rest) == 0 || rest[0] != '"' {
			return out
		}
		end := stringEnd(rest)
		if end < 0 {
			return out
		}
		m := member{key: unquote(rest[:end])}
		rest = bytes.TrimLeft(rest[end:], " \t\r\n:")
		m.value, rest = cutValue(rest)
		out = append(out, m)
	}
}

// text is a value that is a string, or "".
func (m member) text() string {
	if len(m.value) == 0 || m.value[0] != '"' || stringEnd(m.value) < 0 {
		return ""
	}
	return unquote(m.value)
}

// unquote reads a JSON string.
func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // "" if it is none
	return s
}

// stringEnd is where a string ends that begins p, or -1 if it is cut off.
func stringEnd(p []byte) int {
	for i := 1; i < len(p); i++ {
		switch p[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// cutValue cuts the value off that begins p.
func cutValue(p []byte) (value, rest []byte) {
	depth := 0
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '"':
			end := stringEnd(p[i:])
			if end < 0 {
				return p, nil
			}
			i += end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return bytes.TrimRight(p[:i], " \t\r\n"), p[i:]
			}
			depth--
		case ',':
			if depth == 0 {
				return bytes.TrimRight(p[:i], " \t\r\n"), p[i:]
			}
		}
	}
	return p, nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
