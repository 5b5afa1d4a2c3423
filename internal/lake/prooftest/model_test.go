package prooftest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// model is what a lake must be, in memory: its rows follow from what each source said
// when it was read last, and from the day before which all is forgotten. Nothing depends
// on the order of runs but which number a source has.
type model struct {
	origins   []*origin
	contents  map[string]bool   // every content that was taken in
	places    map[string]string // by path: its content when a run met it last
	forgotten string            // the first day that is kept; "" for all
}

// origin is a source as the lake's manifest has it.
type origin struct {
	name, path, content string
	number              int
	lines               []line
}

// counts are what a run, or the manifest, says of rows.
type counts struct{ read, stored, duplicates, rejected, forgotten int }

func (c counts) String() string {
	return fmt.Sprintf("%d read = %d stored + %d duplicates + %d rejected + %d forgotten", c.read, c.stored, c.duplicates, c.rejected, c.forgotten)
}

func newModel() *model { return &model{contents: map[string]bool{}, places: map[string]string{}} }

// met is a file as a run finds it.
type met struct {
	path  string
	lines []line
	cut   bool // the last line is still being written
}

// content is the file's text.
func (f met) content() string {
	var b strings.Builder
	for i, l := range f.lines {
		b.WriteString(l.text)
		if i < len(f.lines)-1 || !f.cut {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// outcome is what an ingest has done, as far as the model can say before it is known which
// copies are stored.
type outcome struct{ known, grown, read, rejected, before, forgotten int }

// ingest takes in files, in order.
func (m *model) ingest(files []met) outcome {
	var o outcome
	for _, f := range files {
		content := f.content()
		before := m.places[f.path]
		m.places[f.path] = content
		if m.contents[content] {
			o.known++
			continue
		}
		m.contents[content] = true
		s := m.grown(f.path, before, content)
		past := len(s.lines)
		if past > 0 {
			o.grown++
		}
		for i, l := range f.lines {
			o.read++
			switch {
			case l.bad:
				o.rejected++
			case i < past && !s.lines[i].bad:
				o.before++
			case l.date() < m.forgotten:
				o.forgotten++
			}
		}
		s.content, s.lines = content, f.lines
	}
	return o
}

// grown is the source whose content is the beginning of the file's, or a new one.
func (m *model) grown(path, before, content string) *origin {
	if before != "" && strings.HasPrefix(content, before) {
		for _, s := range m.origins {
			if s.path == path && s.content == before {
				return s
			}
		}
	}
	s := &origin{path: path, name: path}
	for n := 2; slices.ContainsFunc(m.origins, func(o *origin) bool { return o.name == s.name }); n++ {
		s.name = fmt.Sprintf("%s#%d", path, n)
	}
	m.origins = append(m.origins, s)
	return s
}

func (m *model) forget(day string) { m.forgotten = max(m.forgotten, day) }

// copied is one copy of an event.
type copied struct {
	line
	from   *origin
	record int
}

// better orders copies of an event: the first is stored.
func better(a, b copied) int {
	return cmp.Or(cmp.Compare(a.lacks(), b.lacks()), cmp.Compare(a.from.number, b.from.number), cmp.Compare(a.record, b.record))
}

// stored are the copies that the lake must hold, one of each event.
func (m *model) stored() []copied {
	best := map[string]copied{}
	for _, s := range m.origins {
		for i, l := range s.lines {
			c := copied{l, s, i + 1}
			if l.bad || l.date() < m.forgotten {
				continue
			}
			if known, ok := best[l.key()]; !ok || better(c, known) < 0 {
				best[l.key()] = c
			}
		}
	}
	var list []copied
	for _, c := range best {
		list = append(list, c)
	}
	return list
}

// rows are those of the lake, sorted.
func (m *model) rows() []string {
	var list []string
	for _, c := range m.stored() {
		list = append(list, c.row(c.from, c.record))
	}
	slices.Sort(list)
	return list
}

// account is what the manifest must say of each source, sorted.
func (m *model) account() []string {
	stored := map[*origin]int{}
	for _, c := range m.stored() {
		stored[c.from]++
	}
	var list []string
	for _, s := range m.origins {
		c := counts{read: len(s.lines), stored: stored[s]}
		for _, l := range s.lines {
			switch {
			case l.bad:
				c.rejected++
			case l.date() < m.forgotten:
				c.forgotten++
			}
		}
		c.duplicates = c.read - c.stored - c.rejected - c.forgotten
		list = append(list, s.name+": "+c.String())
	}
	slices.Sort(list)
	return list
}

// total is the number of rows and of copies.
func (m *model) total() (stored, duplicates int) {
	stored = len(m.stored())
	for _, s := range m.origins {
		for _, l := range s.lines {
			if !l.bad && l.date() >= m.forgotten {
				duplicates++
			}
		}
	}
	return stored, duplicates - stored
}
