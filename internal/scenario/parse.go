package scenario

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"smew/internal/yamltree"
)

// scenarioKeys are the keys of a scenario, in the order they are written.
var scenarioKeys = []string{"title", "technique", "atomic", "platform", "about", "telemetry", "near", "events", "fires"}

var (
	idPattern        = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[a-z0-9][a-z0-9_-]{0,99}$`)
	techniquePattern = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	guidPattern      = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	branchPattern    = regexp.MustCompile(`^[A-Z][A-Z0-9-]{1,31}$`)
	wordPattern      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)
)

// Parse reads the text of one file; path only names it in messages. The error, if
// any, is an [*Error] with every mistake of the file.
func Parse(id, path string, text []byte) (*Scenario, error) {
	p := &problems{file: path}
	if !idPattern.MatchString(id) {
		p.add(position{}, "%q is no id of a scenario; put the file at <technique>/<name>.yaml, the name in small letters, digits, _ and -", id)
		return nil, p.err()
	}
	root := readYAML(p, text)
	if root == nil {
		return nil, p.err()
	}
	m := readMapping(p, root, yamltree.At(root), "a scenario", "title: …, technique: … and so on")
	if m == nil {
		return nil, p.err()
	}
	if len(m.list) > 0 {
		m.at = m.list[0].At
	}
	s := &Scenario{ID: id, Path: path}
	s.readHead(m)
	s.readEvents(m)
	s.readFires(m)
	m.done()
	if err := p.err(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Scenario) readHead(m *mapping) {
	s.Title = m.need("title", "Service installed with sc.exe")
	if strings.Contains(s.Title, "\n") {
		m.fail("title", "is more than one line")
	}
	if s.Technique = m.need("technique", "T1543.003"); s.Technique != "" && !techniquePattern.MatchString(s.Technique) {
		m.fail("technique", "%q is no technique of ATT&CK, as T1543.003", s.Technique)
	}
	if s.Atomic = m.text("atomic"); s.Atomic != "" && !guidPattern.MatchString(s.Atomic) {
		m.fail("atomic", "%q is no GUID in small letters, as 981e2942-e433-44e9-afc1-8c957a1496b6", s.Atomic)
	}
	s.Platform = m.oneOf("platform", "", Platforms)
	s.About = m.need("about", "what happens, and where that is known from")
	kinds := kindsOf[s.Platform]
	s.Telemetry = m.texts("telemetry")
	for _, k := range s.Telemetry {
		if kinds != nil && !slices.Contains(kinds, k) {
			m.fail("telemetry", "%q is no kind of telemetry of %s: there is %s", k, s.Platform, strings.Join(kinds, ", "))
		}
	}
	if m.has("telemetry") && len(s.Telemetry) == 0 {
		m.fail("telemetry", "is empty; leave it out for every kind of the platform")
	}
	if len(s.Telemetry) == 0 {
		s.Telemetry = slices.Clone(kinds)
	}
	s.Near = m.branches("near", m.texts("near"))
}

// branches checks and sorts ids of branches.
func (m *mapping) branches(key string, ids []string) []string {
	for _, id := range ids {
		if !branchPattern.MatchString(id) {
			m.fail(key, "%q is no id of a branch, as W05", id)
		}
	}
	sorted := slices.Sorted(slices.Values(ids))
	if len(slices.Compact(slices.Clone(sorted))) < len(sorted) {
		m.fail(key, "names a branch twice")
	}
	return slices.Compact(sorted)
}

func (s *Scenario) readFires(m *mapping) {
	s.Fires = map[string][]string{}
	if !m.has("fires") {
		m.keys = append(m.keys, "fires")
		m.p.add(m.at, "a scenario lacks fires: write fires: {defender: [W05]}, or fires: {} for one that nothing may hit")
		return
	}
	fires := m.sub("fires", "fires", "fires: {defender: [W05]}")
	if fires == nil {
		return
	}
	for _, f := range fires.list {
		if kindsOf[s.Platform] != nil && !slices.Contains(s.Telemetry, f.Name) {
			m.p.add(f.At, "fires names %q, which is no kind of telemetry this scenario is rendered into: there is %s", f.Name, strings.Join(s.Telemetry, ", "))
			continue
		}
		if ids := fires.branches(f.Name, fires.textList(f)); len(ids) > 0 {
			s.Fires[f.Name] = ids
		}
	}
}

func (s *Scenario) readEvents(m *mapping) {
	f, ok := m.find("events")
	if !ok {
		m.p.add(m.at, "a scenario lacks events: write a list of what happens, - process: {…}")
		return
	}
	list, ok := f.Value.(*ast.SequenceNode)
	if !ok || len(list.Values) == 0 {
		m.p.add(f.ValueAt(), "events: write a list of what happens, - process: {…}")
		return
	}
	if standing[s.Platform] == nil {
		return // the platform is wrong: what happens on it cannot be judged
	}
	r := &eventReader{p: m.p, platform: s.Platform, known: map[string]bool{}}
	for name := range standing[s.Platform] {
		r.known[name] = true
	}
	for _, n := range list.Values {
		if e, ok := r.read(n); ok {
			s.Events = append(s.Events, e)
		}
	}
}
