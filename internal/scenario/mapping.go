package scenario

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"smew/internal/yamltree"
)

// mapping is a mapping that is read key by key. Whatever is not asked for in the
// end is a mistake.
type mapping struct {
	p    *problems
	what string // "a process": for messages
	at   position
	list []field
	keys []string // those asked for, in order
}

// readMapping takes a node for a mapping; nil, and a problem, if it is none.
func readMapping(p *problems, n ast.Node, at position, what string, example string) *mapping {
	list, ok := yamltree.Fields(n)
	if !ok {
		p.add(at, "%s is a mapping: write %s", what, example)
		return nil
	}
	m := &mapping{p: p, what: what, at: at, list: list}
	seen := map[string]bool{}
	for _, f := range list {
		if seen[f.Name] {
			p.add(f.At, "the key %q comes twice", f.Name)
		}
		seen[f.Name] = true
	}
	return m
}

func (m *mapping) find(key string) (field, bool) {
	m.keys = append(m.keys, key)
	for _, f := range m.list {
		if f.Name == key {
			return f, true
		}
	}
	return field{}, false
}

// done reports the keys that nobody asked for.
func (m *mapping) done() {
	for _, f := range m.list {
		switch {
		case slices.Contains(m.keys, f.Name):
		case !wordPattern.MatchString(f.Name):
			m.p.add(f.At, "%q is no key: between braces a comma ends a text, unless it is in quotes", f.Name)
		default:
			m.p.add(f.At, "unknown key %q; %s has %s", f.Name, m.what, strings.Join(m.keys, ", "))
		}
	}
}

// text reads a text that may be missing.
func (m *mapping) text(key string) string {
	f, ok := m.find(key)
	if !ok {
		return ""
	}
	s, ok := yamltree.Text(f.Value)
	switch {
	case !ok:
		m.p.add(f.ValueAt(), "%s: expected text", key)
		return ""
	case strings.TrimSpace(s) == "":
		m.p.add(f.ValueAt(), "%s is empty; leave the key out or give it a value", key)
		return ""
	}
	m.checkText(key, s, f.ValueAt())
	return s
}

// checkText refuses control characters: most come from "C:\temp" in double quotes.
func (m *mapping) checkText(key, s string, at position) {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		m.p.add(at, "%s: the text holds a control character; in double quotes YAML reads a backslash as an escape, so use single quotes", key)
	}
}

// need reads a text that must be there.
func (m *mapping) need(key, example string) string {
	if !m.has(key) {
		m.keys = append(m.keys, key)
		m.p.add(m.at, "%s lacks %s: write %s: %s", m.what, key, key, example)
		return ""
	}
	return m.text(key)
}

func (m *mapping) has(key string) bool {
	return slices.ContainsFunc(m.list, func(f field) bool { return f.Name == key })
}

// oneOf reads a word of a list; byDefault where it is missing.
func (m *mapping) oneOf(key, byDefault string, words []string) string {
	if byDefault == "" && !m.has(key) {
		m.keys = append(m.keys, key)
		m.p.add(m.at, "%s lacks %s: write one of %s", m.what, key, strings.Join(words, ", "))
		return ""
	}
	f, ok := m.find(key)
	if !ok {
		return byDefault
	}
	s, _ := yamltree.Text(f.Value)
	if !slices.Contains(words, s) {
		m.p.add(f.ValueAt(), "%s %q is not one of %s", key, s, strings.Join(words, ", "))
	}
	return s
}

// truth reads true or false.
func (m *mapping) truth(key string, byDefault bool) bool {
	f, ok := m.find(key)
	if !ok {
		return byDefault
	}
	b, ok := f.Value.(*ast.BoolNode)
	if !ok {
		m.p.add(f.ValueAt(), "%s: write true or false", key)
		return byDefault
	}
	return b.Value
}

// number reads a whole number from low to high.
func (m *mapping) number(key string, byDefault, low, high int) int {
	f, ok := m.find(key)
	if !ok {
		return byDefault
	}
	s, _ := yamltree.Text(f.Value)
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		m.p.add(f.ValueAt(), "%s: write a whole number from %d to %d", key, low, high)
		return byDefault
	}
	return n
}

// seconds reads a number of seconds.
func (m *mapping) seconds(key string) float64 {
	f, ok := m.find(key)
	if !ok {
		return 0
	}
	s, _ := yamltree.Text(f.Value)
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > maxSeconds {
		m.p.add(f.ValueAt(), "%s: write seconds after the start, from 0 to %d", key, maxSeconds)
		return 0
	}
	return n
}

// maxSeconds is how long a scenario may take.
const maxSeconds = 3600

// texts reads a list of texts.
func (m *mapping) texts(key string) []string {
	f, ok := m.find(key)
	if !ok {
		return nil
	}
	return m.textList(f)
}

func (m *mapping) textList(f field) []string {
	list, ok := f.Value.(*ast.SequenceNode)
	if !ok {
		m.p.add(f.ValueAt(), "%s: write a list, [a, b]", f.Name)
		return nil
	}
	texts := []string{}
	for _, n := range list.Values {
		s, ok := yamltree.Text(n)
		if !ok {
			m.p.add(yamltree.At(n), "%s: expected text", f.Name)
			continue
		}
		m.checkText(f.Name, s, yamltree.At(n))
		texts = append(texts, s)
	}
	return texts
}

// sub reads a mapping below a key.
func (m *mapping) sub(key, what, example string) *mapping {
	f, ok := m.find(key)
	if !ok {
		return nil
	}
	return readMapping(m.p, f.Value, f.ValueAt(), what, example)
}

// fail reports a mistake in the value of a key.
func (m *mapping) fail(key, format string, args ...any) {
	at := m.at
	for _, f := range m.list {
		if f.Name == key {
			at = f.ValueAt()
		}
	}
	m.p.add(at, "%s: %s", key, fmt.Sprintf(format, args...))
}
