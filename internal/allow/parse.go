package allow

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"smew/internal/yamltree"
)

// Parse reads the text of one allowlist file; path only names it in messages.
// The error, if any, is an [*Error] with every mistake of the file, and then no
// entry is returned. Disabled and expired entries are returned like others. A list
// of devices cannot be read, for the text lies in no folder: see [Load].
func Parse(path string, text []byte) ([]Entry, error) { return parse(path, text, nil, nil) }

// parse is [Parse] for a file whose folder beside gives, with the branches that there
// are, if that is known.
func parse(path string, text []byte, beside folder, branches []string) ([]Entry, error) {
	p := newProblems(path, text)
	p.beside, p.branches = beside, branches
	root := readYAML(p, text)
	if root == nil {
		return nil, p.err()
	}
	var entries []Entry
	seen := map[string]int{}
	for _, n := range entryNodes(p, root) {
		entry := readEntry(p, n)
		if entry == nil || len(p.list) >= maxProblems {
			continue
		}
		if line, ok := seen[entry.ID]; ok {
			p.add(yamltree.MappingAt(n), "id %q is used twice: first in line %d", entry.ID, line)
		} else if entry.ID != "" {
			seen[entry.ID] = entry.Line
		}
		entries = append(entries, *entry)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return entries, nil
}

// entryNodes finds the list under entries:.
func entryNodes(p *problems, root ast.Node) []ast.Node {
	const want = "an allowlist is a list under entries:"
	top, ok := yamltree.Fields(root)
	if !ok {
		p.add(yamltree.At(root), want)
		return nil
	}
	var nodes []ast.Node
	found := false
	for _, f := range top {
		if f.Name != "entries" {
			p.add(f.At, "unknown key %q: %s", f.Name, want)
			continue
		}
		found = true
		list, ok := f.Value.(*ast.SequenceNode)
		if !ok {
			p.add(f.ValueAt(), "entries is not a list; write entries: [] for none")
			continue
		}
		nodes = list.Values
	}
	if !found {
		p.add(yamltree.MappingAt(root), "no entries: %s", want)
	}
	return nodes
}

// draft is an entry being read, with the places of its parts.
type draft struct {
	Entry
	p      *problems
	at     position            // of the entry
	keys   map[string]position // of each key of the entry
	values map[string]position // of each value
	match  map[string]position // of each value of the match
	bad    map[string]bool     // keys whose value could not be read
	moved  bool                // the points stand in a key of their own, as they once did
}

// entryKeys are the keys of an entry, each with what reads its value.
var entryKeys = map[string]func(*draft, field){
	"id":      func(d *draft, f field) { d.ID = d.text(f) },
	"class":   func(d *draft, f field) { d.Class = oneOf(d, f, Classes) },
	"scope":   (*draft).readScope,
	"match":   (*draft).readMatch,
	"action":  (*draft).readAction,
	"reason":  func(d *draft, f field) { d.Reason = d.text(f) },
	"owner":   func(d *draft, f field) { d.Owner = d.text(f) },
	"created": func(d *draft, f field) { d.Created = d.date(f) },
	"expires": func(d *draft, f field) { d.Expires = d.date(f) },
	"ticket":  func(d *draft, f field) { d.Ticket = d.text(f) },
	"source":  func(d *draft, f field) { d.Source = d.text(f) },
	"enabled": (*draft).readEnabled,
}

// entryKeyOrder is the order in which keys are named in messages.
var entryKeyOrder = []string{
	"id", "class", "scope", "match", "action", "reason", "owner", "created", "expires", "ticket", "enabled", "source",
}

func readEntry(p *problems, n ast.Node) *Entry {
	list, ok := yamltree.Fields(n)
	if !ok {
		p.add(yamltree.At(n), "an entry is a mapping with the keys %s", strings.Join(entryKeyOrder, ", "))
		return nil
	}
	d := &draft{
		p: p, at: yamltree.MappingAt(n), keys: map[string]position{}, values: map[string]position{},
		match: map[string]position{}, bad: map[string]bool{},
	}
	d.Enabled, d.File, d.Line, d.column = true, p.file, d.at.Line, d.at.Column
	d.moved = slices.ContainsFunc(list, func(f field) bool { return f.Name == "points" })
	for _, f := range list {
		read, known := entryKeys[f.Name]
		if f.Name == "points" {
			p.add(f.At, "points: say it in the action: write action: down-rank %s", pointsText(f.Value))
			continue
		}
		if !known {
			p.add(f.At, "unknown key %q; an entry has %s", f.Name, strings.Join(entryKeyOrder, ", "))
			continue
		}
		d.keys[f.Name], d.values[f.Name] = f.At, f.ValueAt()
		read(d, f)
	}
	d.check()
	return &d.Entry
}

// fail reports a value that cannot be read, so that no rule reports it again.
func (d *draft) fail(f field, at position, format string, args ...any) {
	d.bad[f.Name] = true
	d.p.add(at, "%s: %s", f.Name, fmt.Sprintf(format, args...))
}

// text reads a line of text; line breaks and runs of blanks become one blank.
func (d *draft) text(f field) string {
	s, ok := scalarText(f.Value)
	if !ok {
		d.fail(f, f.ValueAt(), "expected text")
		return ""
	}
	s = strings.Join(strings.Fields(s), " ")
	if problem := controls(s); problem != "" {
		d.fail(f, f.ValueAt(), "%s", problem)
	}
	return s
}

// controls refuses control characters: most come from "C:\temp" in double
// quotes, where YAML reads \t as a tab.
func controls(s string) string {
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		return `the text holds a control character; in double quotes YAML reads a backslash as an escape, so use single quotes`
	}
	return ""
}

func oneOf[T ~string](d *draft, f field, known []T) T {
	s := T(d.text(f))
	if !d.bad[f.Name] && !slices.Contains(known, s) {
		names := make([]string, len(known))
		for i, k := range known {
			names[i] = string(k)
		}
		d.fail(f, f.ValueAt(), "%q is none of %s", s, strings.Join(names, ", "))
	}
	return s
}

func (d *draft) date(f field) time.Time {
	s := d.text(f)
	day, err := time.Parse(time.DateOnly, s)
	if err != nil && !d.bad[f.Name] {
		d.fail(f, f.ValueAt(), "%q is no date like 2026-11-24", s)
	}
	return day
}

func (d *draft) readEnabled(f field) {
	b, ok := f.Value.(*ast.BoolNode)
	if !ok {
		d.fail(f, f.ValueAt(), "expected true or false")
		return
	}
	d.Enabled = b.Value
}

var digits = regexp.MustCompile(`^[0-9]{1,9}$`)

// readAction reads suppress, tag, or down-rank with its points.
func (d *draft) readAction(f field) {
	name, points, given := strings.Cut(d.text(f), " ")
	if d.bad[f.Name] {
		return
	}
	d.Action = Action(name)
	switch {
	case !slices.Contains(Actions, d.Action):
		d.fail(f, f.ValueAt(), "%q is none of suppress, down-rank 25, tag", name)
	case d.Action == DownRank:
		n, err := strconv.Atoi(points)
		if d.moved && !given {
			return // the key points is refused already, and its points are not read
		}
		if err != nil || !digits.MatchString(points) || n < 1 || n > maxPoints {
			d.fail(f, f.ValueAt(), "a down-rank says how much it takes off, 1 to %d: down-rank 25", maxPoints)
			return
		}
		d.Points = n
	case given:
		d.fail(f, f.ValueAt(), "only a down-rank has points; write %s alone", name)
	}
}

// pointsText repeats a number for a hint, and nothing else.
func pointsText(n ast.Node) string {
	if s, ok := scalarText(n); ok && digits.MatchString(s) {
		return s
	}
	return "25"
}

func (d *draft) readMatch(f field) {
	list, ok := yamltree.Fields(f.Value)
	if !ok || len(list) == 0 {
		d.fail(f, f.ValueAt(), "empty; give at least one of %s", strings.Join(matchKeyNames(), ", "))
		return
	}
	d.Match = Match{}
	for _, m := range list {
		_, known := keyKind(m.Name)
		if m.Name == "device" {
			d.bad["match"] = true
			d.p.add(m.At, "device: where an entry holds is its scope: write scope: {devices: [%s]} beside match", "ws-*")
			continue
		}
		if !known {
			d.bad["match"] = true
			d.p.add(m.At, "unknown key %q; a match has %s", m.Name, strings.Join(matchKeyNames(), ", "))
			continue
		}
		d.match[m.Name] = m.ValueAt()
		d.Match[m.Name] = d.patterns(m)
	}
}

func matchKeyNames() []string {
	names := make([]string, len(matchKeys))
	for i, k := range matchKeys {
		names[i] = k.name
	}
	return names
}

// patterns reads one pattern or a list of them.
func (d *draft) patterns(f field) []string {
	nodes := []ast.Node{f.Value}
	if list, ok := f.Value.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	if len(nodes) == 0 {
		d.bad["match"] = true
		d.p.add(f.ValueAt(), "%s: an empty list matches nothing", f.Name)
	}
	var patterns []string
	for _, n := range nodes {
		at := yamltree.At(n)
		if at.Line == 0 {
			at = f.At
		}
		s, ok := scalarText(n)
		problem := "expected text or a list of texts"
		if ok {
			problem = CheckPattern(f.Name, s)
		}
		if problem == "" && f.Name == Branches {
			problem = d.p.unknownBranch(s)
		}
		if problem != "" {
			d.bad["match"] = true
			d.p.add(at, "%s: %s", f.Name, problem)
			continue
		}
		patterns = append(patterns, s)
	}
	return patterns
}
