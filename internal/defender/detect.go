package defender

import (
	"slices"
	"strings"
)

// Detect says which table the records of a flat export belong to, one that
// does not name its table itself.
//
// Columns are the names found in the records, actionTypes the values seen in
// ActionType, hint the text of the file's path. Content decides; the hint only
// chooses between tables that the content leaves open. Columns that Log
// Analytics adds, and columns that no table has, do not decide anything, but a
// file that has more unknown columns than known ones is not taken for
// telemetry. ok is false for such a file, for one whose columns fit several
// tables alike, and for one whose events come from several.
func Detect(columns, actionTypes []string, hint string) (table string, ok bool) {
	s := schema()
	seen := s.observe(columns)
	acting := actionTables(actionTypes)
	if len(acting) > 1 {
		return "", false // a union of tables: none of them would be right
	}
	foreign := len(actionTypes) > 0 && len(acting) == 0
	best := s.best(seen, acting, foreign, hintTable(hint))
	if best == nil || !best.convincing() {
		return "", false
	}
	return best.table.Name, true
}

// observation is what a file's columns are, before any table is considered.
type observation struct {
	known   []string // lower case, in some table
	unknown int
	time    bool // Timestamp or TimeGenerated
	device  bool // DeviceId or DeviceName
}

func (s *tableSet) observe(columns []string) observation {
	var o observation
	done := map[string]bool{}
	for _, c := range columns {
		c = strings.ToLower(strings.TrimSpace(c))
		if done[c] {
			continue
		}
		done[c] = true
		switch {
		case c == "timestamp" || c == "timegenerated":
			o.time = true
		case c == "deviceid" || c == "devicename":
			o.device = true
		}
		switch {
		case logAnalytics[c] || strings.HasPrefix(c, "_"):
		case len(s.owners[c]) > 0:
			o.known = append(o.known, c)
		default:
			o.unknown++
		}
	}
	return o
}

// candidate is how well one table explains a file.
type candidate struct {
	table    *Table
	seen     *observation
	score    float64
	fits     int
	specific int  // fitting columns whose name would not occur elsewhere
	decisive int  // specific columns that few tables have
	named    bool // an ActionType says that it is this table
	foreign  bool // it has no such ActionType
	hinted   bool // the path says so
	rank     int  // how often the table is exported: low is often
}

// best returns the table that explains the columns best, or nil.
func (s *tableSet) best(seen observation, acting []string, foreign bool, hint string) *candidate {
	var best *candidate
	for i := range s.tables {
		t := &s.tables[i]
		if len(acting) == 1 && acting[0] != t.Name {
			continue
		}
		c := s.weigh(i, &seen)
		c.named = len(acting) == 1
		c.foreign = foreign && slices.Contains(closed, t.Name)
		c.hinted = t.Name == hint
		if best == nil || c.better(best) {
			best = c
		}
	}
	return best
}

func (s *tableSet) weigh(at int, seen *observation) *candidate {
	t := &s.tables[at]
	c := &candidate{table: t, seen: seen, rank: slices.Index(often, t.Name)}
	if c.rank < 0 {
		c.rank = len(often) + at
	}
	for _, column := range seen.known {
		owners := s.owners[column]
		if !slices.Contains(owners, at) {
			continue
		}
		c.fits++
		// A column counts, and the more the fewer tables have it.
		c.score += 1 + 2/float64(len(owners))
		if !commonplace[column] {
			c.specific++
			if len(owners) <= 4 {
				c.decisive++
			}
		}
	}
	return c
}

// better orders by content first, then by what is not content.
func (c *candidate) better(than *candidate) bool {
	switch {
	case c.score != than.score:
		return c.score > than.score
	case c.whole() != than.whole():
		return c.whole()
	case c.foreign != than.foreign:
		return than.foreign
	case c.hinted != than.hinted:
		return c.hinted
	default:
		return c.rank < than.rank
	}
}

// coverage is the share of the table's columns that the file has.
func (c *candidate) coverage() float64 {
	return float64(c.fits) / float64(len(c.table.Columns))
}

// whole says whether the file has about all columns of the table.
func (c *candidate) whole() bool { return c.coverage() >= 0.8 }

// convincing says whether the file is telemetry of this table at all.
func (c *candidate) convincing() bool {
	seen := c.seen
	if seen.unknown > c.fits {
		return false
	}
	// Most of the table's columns, not just everyday words among them.
	if c.coverage() >= 0.6 && c.specific >= 2 {
		return true
	}
	if !seen.time {
		return false
	}
	if seen.device && (c.named || c.decisive > 0 || c.hinted && c.specific > 0) {
		return true
	}
	// Tables about mail, identities and alerts have no device.
	return c.decisive >= 3
}

// actionTables returns the tables that the ActionType values point to, sorted.
func actionTables(values []string) []string {
	var tables []string
	for _, v := range values {
		t, ok := ActionTable(v)
		if ok && !slices.Contains(tables, t) {
			tables = append(tables, t)
		}
	}
	slices.Sort(tables)
	return tables
}

// hintTable returns the table named in a path. Names contain one another, so
// the longest counts.
func hintTable(hint string) string {
	hint = strings.ToLower(hint)
	best := ""
	for _, t := range Tables() {
		if len(t.Name) > len(best) && strings.Contains(hint, strings.ToLower(t.Name)) {
			best = t.Name
		}
	}
	return best
}
