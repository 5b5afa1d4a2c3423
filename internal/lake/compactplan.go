package lake

import (
	"slices"
	"strings"
)

// smallRows is below which a file is worth merging with others.
const smallRows = fileRows / 2

// merge is some small files of one table and month, of which fewer can be made.
type merge struct {
	files []Data
	spans []span
}

func (m merge) bytes() int64 {
	var n int64
	for _, d := range m.files {
		n += d.Bytes
	}
	return n
}

// merges plans what small files can be put together: those that have the same columns
// and were classed by the same predicates. No more than the most rows given go into one.
func merges(data []Data, most int64) []merge {
	var list []merge
	for _, group := range grouped(data, func(d Data) bool { return d.Rows < smallRows }, Data.kin) {
		for _, files := range portions(group, most) {
			if m := (merge{files, spans(dayCounts(files))}); len(m.spans) < len(files) {
				list = append(list, m)
			}
		}
	}
	return list
}

// kin names the files that can be merged with one another. Columns that are nobody's may
// differ: they are text.
func (d Data) kin() string {
	return strings.Join([]string{d.Table, d.month(), d.Columns, d.Derived, d.Gate}, " ")
}

// extras are the columns of some files that are nobody's.
func extras(files []Data) []string {
	var names []string
	for _, d := range files {
		for _, name := range d.Extra {
			if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// readUnited is the scan of files of one kin.
func (l *Lake) readUnited(files []Data) string {
	return strings.TrimSuffix(l.readFiles(files), ")") + ", union_by_name = true)"
}

// grouped sorts the files that are wanted into groups, in order.
func grouped(data []Data, wanted func(Data) bool, key func(Data) string) [][]Data {
	groups := map[string][]Data{}
	for _, d := range data {
		if wanted(d) && len(d.Days) > 0 {
			groups[key(d)] = append(groups[key(d)], d)
		}
	}
	var list [][]Data
	for _, k := range slices.Sorted(keysOf(groups)) {
		list = append(list, groups[k])
	}
	return list
}

// portions cuts a group into runs of files that have no more rows than given, in order
// of their days.
func portions(files []Data, most int64) [][]Data {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b Data) int { return strings.Compare(a.Days[0].Date, b.Days[0].Date) })
	var list [][]Data
	var rows int64
	for _, d := range files {
		last := len(list) - 1
		if last >= 0 && rows+d.Rows <= most {
			list[last], rows = append(list[last], d), rows+d.Rows
			continue
		}
		list, rows = append(list, []Data{d}), d.Rows
	}
	return list
}

func dayCounts(files []Data) []dayCount {
	var counts []dayCount
	for _, day := range daysOf(files) {
		counts = append(counts, dayCount{day.Date, day.Rows})
	}
	return counts
}
