package lake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"smew/internal/defender"
	"smew/internal/engine"
	"smew/internal/view"
)

// The columns of a lake's file that are neither recorded nor derived. Times are stored
// to the microsecond, which every reader of Parquet knows, with the nanoseconds left over
// in a column beside; hashes are stored as signed numbers for the same reason.
//
//	SourceFile     the file's name as it was given
//	SourceFileId   its number in the lake
//	SourceRecord   the row's place in it
//	RecordHash     hash of the record as text; NULL for a row of Parquet
//	RowHash        what tells two rows of one device, time and number apart
//	Lacks          how many of the table's columns are NULL in the row
//	Class          0 for a row that some branch's filter lets through, else 1
var ownColumns = []string{"SourceFile", "SourceFileId", "SourceRecord", "RecordHash", "RowHash", "Lacks", "Class"}

// storable leaves out the columns of a file that have names of a lake's own.
func storable(t *view.Table, extra []string) []string {
	return slices.DeleteFunc(slices.Clone(extra), func(name string) bool {
		own := func(o string) bool { return strings.EqualFold(o, name) }
		return slices.ContainsFunc(ownColumns, own) ||
			slices.ContainsFunc(t.Columns, func(c defender.Column) bool { return isTime(c) && own(nanos(c.Name)) })
	})
}

// nanos is the column with what a time has below the microsecond.
func nanos(column string) string { return column + "Nanos" }

// isTime tells whether a column holds a time.
func isTime(c defender.Column) bool { return defender.SQLType(c.Type) == "TIMESTAMP_NS" }

// derived lists a table's derived columns in order.
func derived(t *view.Table) []string {
	var names []string
	for name := range t.Derived {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// madeBy is the hash of the SQL that a table's derived columns are made by: columns that
// an older one made are not believed.
func madeBy(files fs.FS, t *view.Table) (string, error) {
	names, err := fs.Glob(files, "functions/*.sql")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range append(names, path.Join("tables", t.Name+".sql")) {
		text, err := fs.ReadFile(files, name)
		if err != nil && name == path.Join("tables", t.Name+".sql") {
			continue // a table without derived columns
		}
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s\n%d\n%s\n", name, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// columnsOf names the set of columns that a file of the table has.
func columnsOf(t *view.Table) string {
	h := sha256.New()
	for _, c := range t.Columns {
		fmt.Fprintf(h, "%s %s\n", c.Name, c.Type)
	}
	for _, name := range derived(t) {
		fmt.Fprintln(h, name)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// stageColumns is the SELECT that takes the rows of the attached table as a lake keeps
// them, times and hashes still as the engine has them.
func stageColumns(t *view.Table, tested, extra []string) string {
	columns := []string{
		"SourceFile",
		"lake_number(SourceFileId) as SourceFileId",
		"SourceRecord",
		"RecordHash",
		rowHash(t, extra) + " as RowHash",
		lacks(t, tested) + " as Lacks",
	}
	for _, c := range t.Columns {
		columns = append(columns, engine.QuoteIdent(c.Name))
	}
	for _, name := range extra {
		columns = append(columns, "cast("+engine.QuoteIdent(name)+" as varchar) as "+engine.QuoteIdent(name))
	}
	for _, name := range derived(t) {
		columns = append(columns, engine.QuoteIdent(name))
	}
	return strings.Join(columns, ", ")
}

// lacks counts the recorded columns that are NULL: of two copies of an event the one
// that lacks less is kept. Those that branches look at weigh more than all others
// together, as they do in a hunt over the files.
func lacks(t *view.Table, tested []string) string {
	sum := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		sum[i] = "cast(" + engine.QuoteIdent(c.Name) + " is null as integer)"
		if slices.Contains(tested, c.Name) {
			sum[i] = "1000 * " + sum[i]
		}
	}
	return "cast(" + strings.Join(sum, " + ") + " as integer)"
}

// class is the column Class of a staged row: classed has the rows of Class 0.
const class = "cast(case when (SourceFileId, SourceRecord) in (select SourceFileId, SourceRecord from classed) then 0 else 1 end as tinyint)"

// storeColumns is the SELECT that writes staged rows, with the types that a lake has.
func storeColumns(t *view.Table, extra []string) string {
	columns := []string{
		"SourceFile", "SourceFileId", "SourceRecord", signed("RecordHash") + " as RecordHash", signed("RowHash") + " as RowHash", "Lacks", class + " as Class",
	}
	for _, c := range t.Columns {
		q := engine.QuoteIdent(c.Name)
		if !isTime(c) {
			columns = append(columns, q)
			continue
		}
		columns = append(columns, "make_timestamp(epoch_ns("+q+") // 1000) as "+q,
			"cast(epoch_ns("+q+") - epoch_ns("+q+") // 1000 * 1000 as smallint) as "+engine.QuoteIdent(nanos(c.Name)))
	}
	for _, name := range append(slices.Clone(extra), derived(t)...) {
		columns = append(columns, engine.QuoteIdent(name))
	}
	return strings.Join(columns, ", ")
}

const signBit = "9223372036854775808"

func signed(column string) string {
	return "cast(cast(" + column + " as hugeint) - " + signBit + " as bigint)"
}

func unsigned(column string) string {
	return "cast(cast(" + column + " as hugeint) + " + signBit + " as ubigint)"
}

// loadedTime is a stored time as the engine has it.
func loadedTime(column string) string {
	return "make_timestamp_ns(epoch_us(" + engine.QuoteIdent(column) + ") * 1000 + " + engine.QuoteIdent(nanos(column)) + ")"
}

// readFiles is the scan of some of a lake's files.
func (l *Lake) readFiles(files []Data) string {
	paths := make([]string, len(files))
	for i, d := range files {
		if paths[i] = d.at; d.at == "" {
			paths[i] = l.path(d.Path)
		}
	}
	return "read_parquet(" + engine.QuotePaths(paths) + ", hive_partitioning = false)"
}

// recorded is the recorded layer of a table over files of one set of columns, with the
// derived columns as they are stored if they are asked for. number makes a file's number
// of its number in the lake.
func (l *Lake) recorded(t *view.Table, files []Data, number string, withDerived bool, where string) string {
	columns := []string{
		engine.QuoteText(t.Name) + " as SourceTable", "SourceFile", number + " as SourceFileId", "SourceRecord",
		loadedTimeOf(t) + " as EventTime", unsigned("RecordHash") + " as RecordHash",
	}
	for _, c := range t.Columns {
		q := engine.QuoteIdent(c.Name)
		if isTime(c) {
			q = loadedTime(c.Name) + " as " + q
		}
		columns = append(columns, q)
	}
	if withDerived {
		for _, name := range derived(t) {
			columns = append(columns, engine.QuoteIdent(name))
		}
	}
	return "select " + strings.Join(columns, ", ") + " from " + l.readFiles(files) + " as stored where " + where
}

func loadedTimeOf(t *view.Table) string {
	if t.HasTime() {
		return loadedTime("Timestamp")
	}
	return "null::timestamp_ns"
}
