package view

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"smew/internal/defender"
	"smew/internal/engine"
)

// timeColumns are the columns an export may have the event's time in, in the
// order they are believed: Log Analytics adds TimeGenerated and some of its
// tables drop Timestamp.
var timeColumns = []string{"Timestamp", "TimeGenerated"}

// keyColumns identify an event, beside its time.
var keyColumns = []string{"DeviceId", "DeviceName", "ReportId"}

// Nameless lists the columns that name an event and that the table does not
// have: a branch cannot read such a table, for nothing says what it hit.
func (t *Table) Nameless() []string {
	var lacks []string
	for _, name := range append([]string{"Timestamp"}, keyColumns...) {
		if t.column(name) == nil {
			lacks = append(lacks, name)
		}
	}
	return lacks
}

// FromStaged is the recorded layer over the table `staged`, in which a batch
// of text records has every column as text. Columns that were not staged and
// columns no file has are NULL; extra ones are passed on as text.
func (t *Table) FromStaged(staged []string, extra []string) string {
	have := map[string]bool{}
	for _, name := range staged {
		have[name] = true
	}
	columns := []string{
		"SourceTable",
		"source_name(SourceFileId) as SourceFile",
		"SourceFileId",
		"SourceRecord",
		"EventTime",
		"RecordHash",
	}
	for _, c := range t.Columns {
		quoted := engine.QuoteIdent(c.Name)
		if own, ok := ownColumn(c); ok {
			columns = append(columns, own)
			continue
		}
		switch {
		case c.Name == "Timestamp":
			columns = append(columns, "EventTime as "+quoted)
		case !have[c.Name]:
			columns = append(columns, nullColumn(c))
		default:
			columns = append(columns, typed(quoted, "VARCHAR", c)+" as "+quoted)
		}
	}
	for _, name := range extra {
		if !t.own(name) {
			columns = append(columns, engine.QuoteIdent(name))
		}
	}
	return "select\n    " + strings.Join(columns, ",\n    ") +
		"\nfrom staged\nwhere Rejection is null and SourceTable = " + engine.QuoteText(t.Name)
}

// FromEvents is the recorded layer over a table that rows of events were made
// into ([Table.EventRows]), of the columns given.
func (t *Table) FromEvents(relation string, have []string) string {
	columns := []string{
		engine.QuoteText(t.Name) + " as SourceTable",
		"source_name(SourceFileId) as SourceFile",
		"SourceFileId",
		"SourceRecord",
		"EventTime",
		"RecordHash",
	}
	for _, c := range t.Columns {
		switch {
		case c.Name == "Timestamp":
			columns = append(columns, "EventTime as Timestamp")
		case slices.Contains(have, c.Name):
			columns = append(columns, engine.QuoteIdent(c.Name))
		default:
			columns = append(columns, nullColumn(c))
		}
	}
	return "select\n    " + strings.Join(columns, ",\n    ") + "\nfrom " + relation + "\nwhere Rejection is null"
}

// EventRows is the SELECT that takes the wanted columns, typed, from a table
// file's rows; has are the columns the table file gives. Rejection is NULL for a
// row that is kept.
func (t *Table) EventRows(relation string, has, wanted []string) string {
	columns := []string{
		"SourceFile as SourceFileId",
		"SourceRecord.number as SourceRecord",
		"SourceRecord.hash as RecordHash",
		"try_cast(Timestamp as timestamp_ns) as EventTime",
		// What has no time and says why is evidence all the same, and is kept.
		"case when EventTime is null and " + columnOf(has, "TimestampNote", "null") + " is null or not isfinite(EventTime) then 'no time' end as Rejection",
	}
	for _, name := range wanted {
		c := t.column(name)
		if c == nil || c.Name == "Timestamp" {
			continue
		}
		columns = append(columns, "try_cast("+columnOf(has, c.Name, "null")+" as "+defender.SQLType(c.Type)+") as "+engine.QuoteIdent(c.Name))
	}
	return "select\n    " + strings.Join(columns, ",\n    ") + "\nfrom (\n" + relation + "\n) as made"
}

// columnOf is a column as an expression, or another one where it is not there.
func columnOf(has []string, name, otherwise string) string {
	for _, h := range has {
		if strings.EqualFold(h, name) {
			return "made." + engine.QuoteIdent(h)
		}
	}
	return otherwise
}

// ParquetFile is one Parquet file to be read as a table.
type ParquetFile struct {
	ID   int32
	Path string
}

// FromParquet is the recorded layer over Parquet files that all have the same
// columns. Columns of the wrong type are cast, and what does not fit is NULL.
func (t *Table) FromParquet(files []ParquetFile, have []engine.Column) string {
	ids, paths := make([]string, len(files)), make([]string, len(files))
	for i, f := range files {
		ids[i], paths[i] = fmt.Sprint(f.ID), f.Path
	}
	id := "list_extract([" + strings.Join(ids, ", ") + "], cast(file_index as bigint) + 1)"
	columns := []string{
		engine.QuoteText(t.Name) + " as SourceTable",
		"source_name(" + id + ") as SourceFile",
		id + " as SourceFileId",
		"file_row_number + 1 as SourceRecord",
		t.parquetTime(have) + " as EventTime",
		"null::ubigint as RecordHash",
	}
	for _, c := range t.Columns {
		quoted := engine.QuoteIdent(c.Name)
		if own, ok := ownColumn(c); ok {
			columns = append(columns, own)
			continue
		}
		stored := find(have, c.Name)
		switch {
		case c.Name == "Timestamp":
			columns = append(columns, t.parquetTime(have)+" as "+quoted)
		case stored == nil:
			columns = append(columns, nullColumn(c))
		default:
			columns = append(columns, typed(engine.QuoteIdent(stored.Name), stored.Type, c)+" as "+quoted)
		}
	}
	for _, name := range t.Further(have) {
		columns = append(columns, engine.QuoteIdent(name))
	}
	return "select\n    " + strings.Join(columns, ",\n    ") +
		"\nfrom read_parquet(" + engine.QuotePaths(paths) + ", hive_partitioning = false)" +
		"\nwhere " + t.keepParquet(have)
}

// parquetTime is the event's time as a Parquet file has it.
func (t *Table) parquetTime(have []engine.Column) string {
	var found []string
	for _, name := range timeColumns {
		if c := find(have, name); c != nil {
			found = append(found, typed(engine.QuoteIdent(c.Name), c.Type, defender.Column{Name: name, Type: "datetime"}))
		}
	}
	switch len(found) {
	case 0:
		return "null::timestamp_ns"
	case 1:
		// No coalesce around a lone column: it would hide the file's
		// statistics from the filter on time.
		return found[0]
	}
	return "coalesce(" + strings.Join(found, ", ") + ")"
}

// keepParquet leaves out rows without a time, where the table has one.
func (t *Table) keepParquet(have []engine.Column) string {
	if !t.HasTime() {
		return "true"
	}
	at := t.parquetTime(have)
	return at + " is not null and isfinite(" + at + ")"
}

// typed casts an expression of a stored type to the column's own. Nothing is
// cast that already fits, so that the reader can use the file's statistics.
func typed(expr, stored string, c defender.Column) string {
	want := defender.SQLType(c.Type)
	switch {
	case stored == want:
		return expr
	case want == "TIMESTAMP_NS" && stored == "VARCHAR":
		return "event_time(" + expr + ")"
	case want == "VARCHAR" && stored == "BLOB":
		// Old writers leave text unmarked. What is not UTF-8 is no text.
		return "try(decode(" + expr + "))"
	case want == "TIMESTAMP_NS" && stored == "BLOB":
		return "event_time(try(decode(" + expr + ")))"
	case want == "VARCHAR" && nested(stored):
		return "cast(to_json(" + expr + ") as varchar)"
	}
	return "try_cast(" + expr + " as " + want + ")"
}

func nested(sqlType string) bool {
	for _, kind := range []string{"STRUCT", "MAP", "LIST", "[]"} {
		if strings.Contains(sqlType, kind) {
			return true
		}
	}
	return false
}

func nullColumn(c defender.Column) string {
	return "null::" + defender.SQLType(c.Type) + " as " + engine.QuoteIdent(c.Name)
}

func find(columns []engine.Column, name string) *engine.Column {
	for i := range columns {
		if strings.EqualFold(columns[i].Name, name) {
			return &columns[i]
		}
	}
	return nil
}

// reserved are the names smew's own columns have; a file's column of that name
// is not passed on.
func reserved(name string) bool {
	own := append([]string{"SourceFileId", "EventTime", "RecordHash", "WholeRow", "RowHash", "Rejection", "Sample", "file_index", "file_row_number", "filename"}, Provenance...)
	return slices.ContainsFunc(own, func(o string) bool { return strings.EqualFold(o, name) })
}

// Further lists the columns of a file that are passed on beside the table's own.
func (t *Table) Further(have []engine.Column) []string {
	var names []string
	for _, c := range have {
		if !t.own(c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// own tells whether a name is one that a file's further columns may not have:
// a column of the table, recorded or derived, or one of smew's. A file must not
// be able to bring its own FileNameLower.
func (t *Table) own(name string) bool {
	_, derived := t.derived(name)
	return derived || t.column(name) != nil || reserved(name)
}

// Reserved tells whether a column name is one of smew's own.
func Reserved(name string) bool { return reserved(name) }

// Attach makes the two layers of a table as temporary views: recorded_<Table>
// over the given relation, <Table> on top.
func (t *Table) Attach(ctx context.Context, e *engine.Engine, relation string) error {
	if err := e.Exec(ctx, "create or replace temp view recorded_"+t.Name+" as "+relation); err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	if err := e.Exec(ctx, "create or replace temp view "+t.Name+" as "+t.query); err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	return nil
}

// AttachEmpty makes the table exist without a row: what a bind check needs.
func (t *Table) AttachEmpty(ctx context.Context, e *engine.Engine) error {
	return t.Attach(ctx, e, t.Empty())
}

// Empty is the recorded layer over nothing.
func (t *Table) Empty() string {
	columns := []string{
		"null::varchar as SourceTable", "null::varchar as SourceFile", "null::integer as SourceFileId",
		"null::bigint as SourceRecord", "null::timestamp_ns as EventTime", "null::ubigint as RecordHash",
	}
	for _, c := range t.Columns {
		columns = append(columns, nullColumn(c))
	}
	return "select " + strings.Join(columns, ", ") + " where false"
}

// FromSome is the recorded layer over a relation that has some of the table's
// recorded columns, with what every row has beside them ([Kept]); the others are NULL.
func (t *Table) FromSome(relation string, has []string) string {
	columns := append([]string{}, Kept...)
	for _, c := range t.Columns {
		if slices.Contains(has, c.Name) {
			columns = append(columns, engine.QuoteIdent(c.Name))
			continue
		}
		columns = append(columns, nullColumn(c))
	}
	return "select " + strings.Join(columns, ", ") + " from " + relation
}

// Kept are the columns of the recorded layer that are not the table's own.
var Kept = []string{"SourceTable", "SourceFile", "SourceFileId", "SourceRecord", "EventTime", "RecordHash"}

// FromContext is the recorded layer over some of a table's rows with the values
// given for some of the columns and NULL in the others: enough to work derived
// columns out again.
func (t *Table) FromContext(values map[string]string, from string) string {
	columns := []string{
		engine.QuoteText(t.Name) + " as SourceTable", "null::varchar as SourceFile", "rows.SourceFileId", "rows.SourceRecord",
		"rows.Timestamp as EventTime", "null::ubigint as RecordHash",
	}
	for _, c := range t.Columns {
		if value, ok := values[c.Name]; ok {
			columns = append(columns, value+" as "+engine.QuoteIdent(c.Name))
			continue
		}
		columns = append(columns, nullColumn(c))
	}
	return "select " + strings.Join(columns, ", ") + " from " + from
}

// RejectedParquet selects SourceFileId and SourceRecord of the rows that
// [Table.FromParquet] leaves out.
func (t *Table) RejectedParquet(files []ParquetFile, have []engine.Column) string {
	ids, paths := make([]string, len(files)), make([]string, len(files))
	for i, f := range files {
		ids[i], paths[i] = fmt.Sprint(f.ID), f.Path
	}
	return "select list_extract([" + strings.Join(ids, ", ") + "], cast(file_index as bigint) + 1) as SourceFileId, " +
		"file_row_number + 1 as SourceRecord from read_parquet(" + engine.QuotePaths(paths) +
		", hive_partitioning = false) where not (" + t.keepParquet(have) + ")"
}

// AttachStored makes the two layers of a table over a relation that has its derived
// columns already.
func (t *Table) AttachStored(ctx context.Context, e *engine.Engine, relation string) error {
	if err := e.Exec(ctx, "create or replace temp view recorded_"+t.Name+" as "+relation); err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	if err := e.Exec(ctx, "create or replace temp view "+t.Name+" as select * from recorded_"+t.Name); err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	return nil
}

// FurtherNames is [Table.Further] of columns by name.
func (t *Table) FurtherNames(have []string) []string {
	var names []string
	for _, name := range have {
		if !t.own(name) {
			names = append(names, name)
		}
	}
	return names
}
