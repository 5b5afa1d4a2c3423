package lake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"smew/internal/engine"
)

// manifestFile checks one Parquet file of the manifest.
func (v *verifier) manifestFile(ctx context.Context, m Meta) error {
	v.result.Manifest++
	v.progress(m.Path)
	if !v.onDisk(m.Path, m.Sum, -1) {
		return nil
	}
	var rows int64
	if err := v.e.Scan(ctx, "select count(*) from (from read_parquet("+engine.QuotePaths([]string{v.l.path(m.Path)})+"))", &rows); err != nil {
		return v.wrong(ctx, m.Path, "the file cannot be read", err)
	}
	if rows != m.Rows {
		v.fault(m.Path, "rows", fmt.Sprint(m.Rows), fmt.Sprint(rows))
	}
	return nil
}

// file checks one file of rows.
func (v *verifier) file(ctx context.Context, d Data) error {
	v.result.Files++
	v.result.Rows += d.Rows
	if !v.onDisk(d.Path, d.Sum, d.Bytes) {
		return nil
	}
	have, err := columnNames(ctx, v.e, "select * from "+v.l.readFiles([]Data{d}))
	if err != nil {
		return v.wrong(ctx, d.Path, "the file cannot be read", err)
	}
	if missing := v.missing(d, have); len(missing) > 0 {
		v.fault(d.Path, "columns", strings.Join(missing, ", "), "a file without them")
		return nil
	}
	if !strings.HasPrefix(d.Path, tablesDir+"/"+d.Table+"/") {
		v.fault(d.Path, "folder", tablesDir+"/"+d.Table, d.Path)
	}
	found := Data{Path: d.Path}
	if err := v.l.measure(ctx, v.e, have["Timestamp"], &found); err != nil {
		return v.wrong(ctx, d.Path, "the file cannot be read", err)
	}
	v.compare(d, found)
	v.good = append(v.good, d)
	return nil
}

// missing lists the columns that a file must have and has not. Which columns a table had
// for another version of smew is not known.
func (v *verifier) missing(d Data, have map[string]bool) []string {
	needed := append(slices.Clone(ownColumns), d.Extra...)
	if t, ok := v.contract.Lookup(d.Table); ok && columnsOf(t) == d.Columns {
		for _, c := range t.Columns {
			needed = append(needed, c.Name)
			if isTime(c) {
				needed = append(needed, nanos(c.Name))
			}
		}
		needed = append(needed, derived(t)...)
	}
	return slices.DeleteFunc(needed, func(name string) bool { return have[name] })
}

// compare holds what a file has of each day against the manifest.
func (v *verifier) compare(told, found Data) {
	if told.Rows != found.Rows {
		v.fault(told.Path, "rows", fmt.Sprint(told.Rows), fmt.Sprint(found.Rows))
	}
	days := map[string][2]Day{}
	for i, list := range [][]Day{told.Days, found.Days} {
		for _, day := range list {
			both := days[day.Date]
			both[i] = day
			days[day.Date] = both
		}
	}
	for _, date := range slices.Sorted(keysOf(days)) {
		what := " of " + date
		if date == "" {
			what = " without a time"
		}
		switch both := days[date]; {
		case both[0].Rows != both[1].Rows:
			v.fault(told.Path, "rows"+what, fmt.Sprint(both[0].Rows), fmt.Sprint(both[1].Rows))
		case both[0].Print != both[1].Print:
			v.fault(told.Path, "which rows there are"+what, both[0].Print, both[1].Print)
		}
	}
}
