package lake

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"smew/internal/engine"
	"smew/internal/view"
)

// A file of rows is worth opening from about a million on: smaller ones cost more to
// open than to read, and zone maps tell little apart in them.
const (
	fileRows = 1_000_000
	mostRows = 8_000_000 // of one file
)

// noDate is the partition of rows without a time.
const noDate = "__HIVE_DEFAULT_PARTITION__"

// dayCount is how many rows there are of a day.
type dayCount struct {
	date string // "" for rows without a time
	rows int64
}

func (d dayCount) month() string {
	if d.date == "" {
		return noDate
	}
	return d.date[:7]
}

// span is consecutive days of one month that go into one file.
type span struct {
	first, last string
	rows        int64
}

// spans groups days, in order, into files: a large day has one of its own, small ones
// share one with the days after them, and no file goes beyond its month.
func spans(days []dayCount) []span {
	var out []span
	month := ""
	for _, d := range days {
		last := len(out) - 1
		if last >= 0 && month == d.month() && out[last].rows < fileRows && out[last].rows+d.rows <= mostRows {
			out[last].last, out[last].rows = d.date, out[last].rows+d.rows
			continue
		}
		out, month = append(out, span{d.date, d.date, d.rows}), d.month()
	}
	return out
}

// where is the span as a filter on Timestamp.
func (s span) where(t *view.Table) string {
	if !t.HasTime() {
		return "true"
	}
	if s.first == "" {
		return "Timestamp is null"
	}
	return fmt.Sprintf("Timestamp >= timestamp_ns '%s 00:00:00' and Timestamp < timestamp_ns '%s 00:00:00' + interval 1 day", s.first, s.last)
}

// writer makes the files of rows of one run. They lie in the lake's work folder until
// the run is committed.
type writer struct {
	l       *Lake
	e       *engine.Engine
	run     int64
	serial  int
	order   map[string]string // what the rows of a table are sorted by
	madeBy  map[string]string // by table: the hash of the SQL of derived columns
	gates   map[string]Gate
	pending []Data
}

// codec is how rows are compressed: see docs/performance.md for what was measured.
const codec = "format parquet, compression zstd, compression_level 1, row_group_size 122880"

// classify makes the table classed: which of the staged rows some branch asks for. By
// itself, for to ask thousands of predicates takes memory, and so does sorting; and of
// few rows, those that have a name which any of them looks for.
func (w *writer) classify(ctx context.Context, t *view.Table, from string) error {
	g := w.gates[t.Name]
	if g.Where == "" {
		return w.e.Exec(ctx, "create or replace temp table classed (SourceFileId integer, SourceRecord bigint)")
	}
	columns := []string{"SourceFileId", "SourceRecord"}
	for _, name := range g.Columns {
		if !slices.Contains(columns, name) && name != "SourceTable" {
			columns = append(columns, engine.QuoteIdent(name))
		}
	}
	err := w.execAll(ctx,
		"create or replace temp table classing as select "+strings.Join(columns, ", ")+" from "+from+" where "+g.Names,
		"create or replace temp table classed as select SourceFileId, SourceRecord from classing where "+g.Where,
		"drop table classing")
	if engine.OfValue(err) {
		// A branch's own trouble, which it will meet when it runs: any row may matter to it.
		err = w.execAll(ctx, "create or replace temp table classed as select SourceFileId, SourceRecord from "+from)
	}
	if err != nil {
		return fmt.Errorf("asking the branches of %s: %w", t.Name, err)
	}
	return nil
}

func (w *writer) execAll(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if err := w.e.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// write makes one file of staged rows that [writer.classify] has seen: from is a relation
// with the columns of [stageColumns].
func (w *writer) write(ctx context.Context, t *view.Table, s span, from string, extra []string) error {
	return w.put(ctx, t, s, "select "+storeColumns(t, extra)+" from "+from, extra)
}

// put makes one file of rows that have the types of a lake already.
func (w *writer) put(ctx context.Context, t *view.Table, s span, query string, extra []string) error {
	w.serial++
	partition := noDate
	name := fmt.Sprintf("undated.%06d-%04d.parquet", w.run, w.serial)
	if s.first != "" {
		partition = s.first[:7]
		name = fmt.Sprintf("%s-%s.%06d-%04d.parquet", s.first[8:], s.last[8:], w.run, w.serial)
	}
	d := Data{
		Path: strings.Join([]string{tablesDir, t.Name, "Month=" + partition, name}, "/"), Table: t.Name, Columns: columnsOf(t), Extra: extra,
		Derived: w.madeBy[t.Name], Gate: w.gates[t.Name].name(),
	}
	d.at = filepath.Join(w.l.Work(), filepath.FromSlash(d.Path))
	if err := os.MkdirAll(filepath.Dir(d.at), 0o755); err != nil {
		return err
	}
	order, err := w.orderOf(ctx, t, query)
	if err != nil {
		return err
	}
	if err := w.e.Exec(ctx, "copy ("+query+" order by Class"+order+") to "+engine.QuoteText(d.at)+" ("+codec+")"); err != nil {
		return fmt.Errorf("writing %s: %w", d.Path, err)
	}
	if err := w.l.measure(ctx, w.e, t.HasTime(), &d); err != nil {
		return err
	}
	if d.Rows == 0 {
		return os.Remove(d.at)
	}
	w.pending = append(w.pending, d)
	return nil
}

// orderOf is by what rows of a table are sorted within their Class. Rows that another
// version of smew wrote may lack a derived column.
func (w *writer) orderOf(ctx context.Context, t *view.Table, query string) (string, error) {
	columns := strings.Split(w.order[t.Name], ", ")
	if w.order[t.Name] == "" {
		columns = []string{"Timestamp"}
	}
	have, err := columnNames(ctx, w.e, query)
	if err != nil {
		return "", err
	}
	order := ""
	for _, c := range columns {
		if have[strings.Trim(c, `"`)] {
			order += ", " + c
		}
	}
	return order, nil
}

// measure counts what a file holds.
func (l *Lake) measure(ctx context.Context, e *engine.Engine, hasTime bool, d *Data) error {
	day := "''"
	if hasTime {
		day = "coalesce(strftime(Timestamp, '%Y-%m-%d'), '')"
	}
	rows, err := e.Query(ctx, "select "+day+" as Day, count(*), cast(sum(hash(SourceFileId, SourceRecord)) % 18446744073709551616 as varchar) from "+
		l.readFiles([]Data{*d})+" group by Day order by Day")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var day Day
		if err := rows.Scan(&day.Date, &day.Rows, &day.Print); err != nil {
			return err
		}
		d.Days = append(d.Days, day)
		d.Rows += day.Rows
	}
	if err := rows.Err(); err != nil {
		return err
	}
	at := d.at
	if at == "" {
		at = l.path(d.Path)
	}
	d.Sum, d.Bytes, err = sumOf(at)
	return err
}

// place moves the files that were made to where they belong, and has them on disk.
func (l *Lake) place(files []Data) error {
	folders := map[string]bool{}
	for i := range files {
		d := &files[i]
		if d.at == "" {
			continue
		}
		to := l.path(d.Path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := moveSynced(d.at, to); err != nil {
			return err
		}
		d.at = ""
		// The month's folder, and its own entry in the table's: either may be new.
		for dir := filepath.Dir(to); dir != l.abs; dir = filepath.Dir(dir) {
			folders[dir] = true
		}
	}
	for dir := range folders {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// moveSynced moves a file whose content is on disk by then.
func moveSynced(from, to string) error {
	f, err := os.OpenFile(from, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = f.Sync()
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(from, to)
}

// addPrints adds two prints of rows.
func addPrints(a, b string) string {
	x, _ := strconv.ParseUint(a, 10, 64)
	y, _ := strconv.ParseUint(b, 10, 64)
	return strconv.FormatUint(x+y, 10)
}

// daysOf adds up what files have of each day, in order.
func daysOf(files []Data) []Day {
	byDate := map[string]Day{}
	for _, d := range files {
		for _, day := range d.Days {
			sum := byDate[day.Date]
			byDate[day.Date] = Day{Date: day.Date, Rows: sum.Rows + day.Rows, Print: addPrints(sum.Print, day.Print)}
		}
	}
	var days []Day
	for _, day := range byDate {
		days = append(days, day)
	}
	slices.SortFunc(days, func(a, b Day) int { return strings.Compare(a.Date, b.Date) })
	return days
}
