package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"smew/internal/defender"
	"smew/internal/engine"
	"smew/internal/source"
	"smew/internal/view"
)

// parquetGroup is a run of Parquet files of one table with the same columns:
// what one scan can read.
type parquetGroup struct {
	table   string
	columns []engine.Column
	files   []view.ParquetFile
	rows    map[int32]int64 // by file, from the footer
	bytes   int64
}

// parquetBatch is how much Parquet one scan reads before progress is told; a
// file is never split.
const parquetBatch = 1 << 30

// probeParquet reads the footer of every Parquet file and sorts the files by
// table and columns. A file that does not open, or is no known table, is
// skipped with the reason.
func (l *Loader) probeParquet(ctx context.Context) error {
	groups := map[string]*parquetGroup{}
	for _, f := range l.req.Files.Files {
		if f.Format != source.Parquet {
			continue
		}
		columns, rows, err := l.footer(ctx, f.Path)
		if isCancel(err) {
			return err
		}
		if err != nil {
			l.account.skip(f, "unreadable Parquet: "+firstLine(err.Error()))
			continue
		}
		table, ok := l.parquetTable(ctx, f, columns)
		if !ok {
			l.account.skip(f, "Parquet, but its columns are of no Advanced Hunting table")
			continue
		}
		f.Table = table
		f.Columns = map[string][]string{table: names(columns)}
		key := table + "\x00" + fmt.Sprint(columns)
		g := groups[key]
		if g == nil || g.bytes > parquetBatch {
			g = &parquetGroup{table: table, columns: columns, rows: map[int32]int64{}}
			groups[key] = g
			l.account.parquet = append(l.account.parquet, g)
		}
		g.files = append(g.files, view.ParquetFile{ID: f.ID, Path: f.Path})
		g.rows[f.ID] = rows
		g.bytes += f.Bytes
	}
	return nil
}

func (l *Loader) footer(ctx context.Context, path string) ([]engine.Column, int64, error) {
	list := engine.QuotePaths([]string{path})
	st, err := l.e.Prepare(ctx, "select * from read_parquet("+list+", hive_partitioning = false)")
	if err != nil {
		return nil, 0, err
	}
	columns, err := l.describe(ctx, list)
	if err != nil {
		columns = st.Columns
	}
	var rows int64
	err = l.e.Scan(ctx, "select coalesce(sum(num_rows), 0)::bigint from parquet_file_metadata("+list+")", &rows)
	return columns, rows, err
}

// describe gives the columns with their types in full, nested ones too.
func (l *Loader) describe(ctx context.Context, list string) ([]engine.Column, error) {
	rows, err := l.e.Query(ctx, "select column_name, column_type from (describe select * from read_parquet("+list+", hive_partitioning = false))")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var columns []engine.Column
	for rows.Next() {
		var c engine.Column
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, rows.Err()
}

// parquetTable tells the table by what the file says of itself (Type), else by
// its columns and the kinds of action in it.
func (l *Loader) parquetTable(ctx context.Context, f *source.File, columns []engine.Column) (string, bool) {
	list := engine.QuotePaths([]string{f.Path})
	sample := func(column string) []string {
		if !slices.Contains(names(columns), column) {
			return nil
		}
		rows, err := l.e.Query(ctx, "select distinct cast("+column+" as varchar) from (select "+column+
			" from read_parquet("+list+", hive_partitioning = false) limit 2048) where "+column+" is not null order by all")
		if err != nil {
			return nil
		}
		values, err := scanNames(rows)
		if err != nil {
			return nil
		}
		return values
	}
	if types := sample("Type"); len(types) == 1 {
		if t, ok := l.req.Contract.Lookup(types[0]); ok {
			return t.Name, true
		}
	}
	return defender.Detect(names(columns), sample("ActionType"), f.Name)
}

// runParquet reads one group of files. Should a scan fail, the files are read
// again one by one, so that a broken one takes only itself away.
func (l *Loader) runParquet(ctx context.Context, g *parquetGroup) error {
	err := l.parquetScan(ctx, g, g.files)
	if errors.Is(err, ErrAgain) {
		err = l.parquetScan(ctx, g, g.files)
	}
	switch {
	case err == nil, isCancel(err):
	case len(g.files) == 1:
		l.account.unreadable(g.files[0].ID, g.rows[g.files[0].ID], firstLine(err.Error()))
		err = nil
	default:
		err = nil
		for _, f := range g.files {
			one := &parquetGroup{table: g.table, columns: g.columns, files: []view.ParquetFile{f}, rows: g.rows}
			if err = l.runParquet(ctx, one); err != nil {
				break
			}
		}
	}
	l.done += g.bytes
	l.progress()
	return err
}

// parquetScan does all the work of one scan in a transaction, so that nothing
// of a scan that fails half-way stays behind.
func (l *Loader) parquetScan(ctx context.Context, g *parquetGroup, files []view.ParquetFile) error {
	t, ok := l.req.Contract.Lookup(g.table)
	if !ok {
		return fmt.Errorf("no table %s", g.table)
	}
	if err := l.e.Exec(ctx, "begin transaction"); err != nil {
		return err
	}
	var rows int64
	for _, f := range files {
		rows += g.rows[f.ID]
	}
	relation := t.FromParquet(files, g.columns)
	err := l.take(ctx, batch{
		table: g.table, relation: relation, rows: rows, keys: l.req.Keys, each: !l.req.ParquetInPlace, made: relation,
	})
	if err == nil {
		err = l.rejectParquet(ctx, t, g, files)
	}
	if err != nil {
		// The context may be done: the rollback must run all the same.
		if rollback := l.e.Exec(context.WithoutCancel(ctx), "rollback"); rollback != nil && !isCancel(err) {
			return fmt.Errorf("%w (and the rollback: %v)", err, rollback)
		}
		return err
	}
	return l.e.Exec(ctx, "commit")
}

// rejectParquet finds the rows without a time, if the footer's count says that
// there are any.
func (l *Loader) rejectParquet(ctx context.Context, t *view.Table, g *parquetGroup, files []view.ParquetFile) error {
	var expected, kept int64
	ids := make([]string, len(files))
	for i, f := range files {
		expected += g.rows[f.ID]
		ids[i] = fmt.Sprint(f.ID)
	}
	in := "SourceFileId in (" + strings.Join(ids, ", ") + ")"
	if err := l.e.Scan(ctx, "select coalesce(sum(InWindow + Outside), 0)::bigint from accounts where "+in, &kept); err != nil {
		return err
	}
	if kept == expected {
		return nil
	}
	return l.e.Exec(ctx, "insert into rejections select SourceFileId, 'Timestamp is no time', count(*), "+
		"array_agg(SourceRecord order by SourceRecord)[:5], null from ("+t.RejectedParquet(files, g.columns)+") group by SourceFileId")
}

// ParquetRelations gives the recorded layer of a table over the Parquet files
// that could be read, one relation for every set of files with equal columns.
func (l *Loader) ParquetRelations(table string) []string {
	var relations []string
	t, ok := l.req.Contract.Lookup(table)
	if !ok {
		return nil
	}
	for _, g := range l.account.parquet {
		var files []view.ParquetFile
		for _, f := range g.files {
			if g.table == t.Name && !l.account.failed[f.ID] {
				files = append(files, f)
			}
		}
		if len(files) > 0 {
			relations = append(relations, t.FromParquet(files, g.columns))
		}
	}
	return relations
}

// ParquetPart is one Parquet file that could be read, as the recorded layer of its table.
type ParquetPart struct {
	Table string
	File  int32
	Rows  int64 // those without a time, which the relation leaves out, among them
	// Relation can be cut to a range of rows: it ends in a WHERE, and file_row_number
	// counts from 0.
	Relation string
	// Extra are columns that the table does not have.
	Extra []string
}

// ParquetParts lists the Parquet files that could be read, one by one; complete after
// [Loader.Run].
func (l *Loader) ParquetParts() []ParquetPart {
	var parts []ParquetPart
	for _, g := range l.account.parquet {
		t, ok := l.req.Contract.Lookup(g.table)
		if !ok {
			continue
		}
		for _, f := range g.files {
			if l.account.failed[f.ID] {
				continue
			}
			parts = append(parts, ParquetPart{
				Table: t.Name, File: f.ID, Rows: g.rows[f.ID], Relation: t.FromParquet([]view.ParquetFile{f}, g.columns), Extra: t.Further(g.columns),
			})
		}
	}
	return parts
}

// parquetKeys notes the identity of the rows of Parquet files whose times
// overlap those of another file of the table. Files that do not overlap cannot
// hold the same event, and reading their keys would cost as much as the hunt.
func (l *Loader) parquetKeys(ctx context.Context) error {
	if l.req.Keys || l.req.RowsOnly {
		return nil
	}
	rows, err := l.e.Query(ctx, `
		with spans as (
			select SourceTable, SourceFileId, min(First) as First, max(Last) as Last
			from accounts where First is not null group by SourceTable, SourceFileId
		)
		select distinct a.SourceFileId
		from spans as a
		inner join spans as b on a.SourceTable = b.SourceTable and a.SourceFileId <> b.SourceFileId
			and a.First <= b.Last and b.First <= a.Last
		order by all`)
	if err != nil {
		return err
	}
	overlapping := map[int32]bool{}
	for rows.Next() {
		var id int32
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return err
		}
		overlapping[id] = true
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, g := range l.account.parquet {
		var files []view.ParquetFile
		for _, f := range g.files {
			if overlapping[f.ID] && !l.account.failed[f.ID] {
				files = append(files, f)
			}
		}
		if err := l.groupKeys(ctx, g, files); err != nil {
			return err
		}
	}
	return nil
}

// groupKeys notes the keys of some files of a group; should that fail, of each
// by itself. A file whose keys cannot be read is counted without comparison.
func (l *Loader) groupKeys(ctx context.Context, g *parquetGroup, files []view.ParquetFile) error {
	if len(files) == 0 {
		return nil
	}
	t, _ := l.req.Contract.Lookup(g.table)
	if err := t.Attach(ctx, l.e, t.FromParquet(files, g.columns)); err != nil {
		return err
	}
	err := l.keys(ctx, t)
	switch {
	case err == nil, isCancel(err):
		return err
	case len(files) == 1:
		l.account.Notes = append(l.account.Notes, l.req.Files.Files[files[0].ID-1].Name+
			": its rows could not be compared with other exports, so copies may count twice: "+firstLine(err.Error()))
		return nil
	}
	for _, f := range files {
		if err := l.groupKeys(ctx, g, []view.ParquetFile{f}); err != nil {
			return err
		}
	}
	return nil
}

func names(columns []engine.Column) []string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
	}
	return list
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
