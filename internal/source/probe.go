package source

import (
	"fmt"
	"slices"
	"strings"

	"smew/internal/defender"
)

// streamPrefix begins the category of a record of the streaming API.
const streamPrefix = "AdvancedHunting-"

// probe learns from a file's opening records what they are.
type probe struct {
	streamed, flat, named int // records by what they are; named of the flat ones
	byTable               map[string][]string
	columns               []string // of flat records that do not name their table
	actions               []string
	category              string // of a stream that is not Advanced Hunting
}

// add takes one record, which may be cut off.
func (p *probe) add(record []byte) {
	all := members(record)
	if len(all) == 0 {
		return
	}
	var category, table, action string
	var properties []byte
	for _, m := range all {
		switch m.key {
		case "category":
			category = m.text()
		case "properties":
			properties = m.value
		case "Type":
			table = m.text()
		case "ActionType":
			action = m.text()
		}
	}
	switch {
	case properties != nil && hasPrefixFold(category, streamPrefix):
		p.streamed++
		p.note(category[len(streamPrefix):], keys(members(properties)))
	case properties != nil && category != "":
		p.category = category
	default:
		p.row(keys(all), table, action)
	}
}

// maxColumns is how many columns of a record are looked at. No table has a
// quarter as many, and a file could name millions.
const maxColumns = 400

// row takes a flat record's columns and the values that tell its table.
func (p *probe) row(columns []string, table, action string) {
	p.flat++
	columns = columns[:min(len(columns), maxColumns)]
	if t, ok := defender.Lookup(table); ok {
		p.named++
		p.note(t.Name, columns)
		return
	}
	p.columns = union(p.columns, columns)
	if action != "" {
		p.actions = union(p.actions, []string{action})
	}
}

// note adds columns seen in records that name their table.
func (p *probe) note(table string, columns []string) {
	columns = columns[:min(len(columns), maxColumns)]
	if t, ok := defender.Lookup(table); ok {
		table = t.Name
	}
	if p.byTable == nil {
		p.byTable = map[string][]string{}
	}
	p.byTable[table] = union(p.byTable[table], columns)
}

// decide fills in the file's shape, table and columns. It is false if the
// records are no telemetry.
func (p *probe) decide(f *File, hint string) bool {
	switch {
	case p.streamed > 0 && p.streamed >= p.flat:
		f.Shape = Streamed
		f.Columns = p.byTable
		return true
	case p.named > 0 && 2*p.named >= p.flat:
		f.Shape = Flat
		f.Columns = p.byTable
		return true
	}
	table, ok := defender.Detect(p.columns, p.actions, hint)
	if !ok {
		return false
	}
	f.Shape, f.Table = Flat, table
	f.Columns = map[string][]string{table: p.columns}
	return true
}

// reason says why the records are no telemetry.
func (p *probe) reason() string {
	switch {
	case p.category != "":
		return fmt.Sprintf("not Advanced Hunting: a stream of category %s", shorten(p.category))
	case len(p.columns) == 0:
		return "no records in it"
	case p.ofSeveralTables():
		return "events of several tables that do not name their table: export them with Type, or one by one"
	}
	var some []string
	for _, c := range p.columns[:min(len(p.columns), 3)] {
		some = append(some, shorten(c))
	}
	return "not the columns of one Advanced Hunting table: begins with " + strings.Join(some, ", ")
}

// ofSeveralTables says that the ActionTypes seen are of more than one table.
func (p *probe) ofSeveralTables() bool {
	first := ""
	for _, action := range p.actions {
		table, ok := defender.ActionTable(action)
		if ok && first != "" && table != first {
			return true
		}
		if ok {
			first = table
		}
	}
	return false
}

// shorten keeps a name that is not ours from filling the screen.
func shorten(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func keys(all []member) []string {
	out := make([]string, len(all))
	for i, m := range all {
		out[i] = m.key
	}
	return out
}

func union(all, more []string) []string {
	for _, s := range more {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
