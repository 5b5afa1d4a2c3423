// Package load reads files into tables, each file once, and keeps account of
// every row.
//
// A [Run] goes through the files in batches. Text (JSON, CSV, workbooks) is
// parsed once into the table `staged`, a few hundred megabytes at a time;
// Parquet is read where it lies. For each batch the tables of the contract are
// attached over it and [Request.Each] is called, which takes from them what it
// needs. Nothing is held whole, so memory does not grow with the input.
//
// The account is exact: rows read = kept (in the window or outside it) +
// duplicates + rejected, by file; what was rejected is named with its place.
package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"smew/internal/defender"
	"smew/internal/engine"
	"smew/internal/source"
	"smew/internal/view"
)

// Request says what to load and what to do with it.
type Request struct {
	Files    *source.Set
	SQL      fs.FS // the sql tree
	Contract *view.Contract
	// Columns are the recorded columns wanted by table. A table that is not a
	// key is counted, not read.
	Columns map[string][]string
	// Extra are columns outside the schema, to be read from text as text; none
	// may be [view.Reserved].
	Extra []string
	// AllColumns reads every column of the schema for every table named in
	// Columns.
	AllColumns bool
	Since      *time.Time // inclusive, nil = open
	Until      *time.Time // exclusive, nil = open
	AsOf       time.Time  // events later than this are from the future
	// Keys asks for an exact count of duplicates whatever it costs. Without
	// it Parquet files are compared only where their times overlap.
	Keys bool
	// BatchBytes is the weight of one batch of text; 0 means 192 MiB.
	BatchBytes int64
	Threads    int
	// RowsOnly leaves out what only a whole load needs, the identity of every row and the
	// starts of processes, and counts the records of all text in records_met.
	RowsOnly bool
	// ParquetInPlace leaves Parquet out of Each: it is counted and stays where
	// it is, to be read through [Loader.ParquetRelations].
	ParquetInPlace bool
	// Each is called for every table of every batch that has rows of it, with
	// the table attached.
	Each func(ctx context.Context, b Batch) error
	// Progress is told of bytes done; it may be nil.
	Progress func(done, total int64)
}

// Batch is what one table has in one batch.
type Batch struct {
	Table string
	Rows  int64
	// Events says that the rows were made of events: what is NULL in them of the
	// initiating process may be found in the end by [Loader.Context].
	Events bool
	// Records is the SQL that took the records apart ("" for Parquet), Made the
	// SQL that made the table's rows of them.
	Records, Made string
}

// Loader carries one load through its batches.
type Loader struct {
	e       *engine.Engine
	req     Request
	account *Account
	total   int64 // bytes on disk, all files
	done    int64
	served  *switchboard
	wanted  []string // columns of text, over all tables
	shape   string   // of the text being read
	events  []*eventSource
}

// ErrAgain is what [Request.Each] returns to have the batch read once more.
var ErrAgain = errors.New("read once more")

// DefaultBatch is the weight of one batch of text.
const DefaultBatch = 192 << 20

// Prepare readies an engine for [Loader.Run]: the account's tables, the stream
// that SQL reads, the Parquet files' columns. It must come before the engine
// is locked. Paths returns what the lock must leave open.
func Prepare(ctx context.Context, e *engine.Engine, req Request) (*Loader, error) {
	if req.BatchBytes == 0 {
		req.BatchBytes = DefaultBatch
	}
	l := &Loader{e: e, req: req, account: newAccount(req.Files), served: &switchboard{}}
	if err := l.run(ctx, "load/tables.sql"); err != nil {
		return nil, err
	}
	if err := e.ServeRecords("read_records", l.served, max(req.Threads, 1)); err != nil {
		return nil, err
	}
	if err := e.ServeFields("read_fields", l.served, l.fields, max(req.Threads, 1)); err != nil {
		return nil, err
	}
	if err := l.setVariables(ctx); err != nil {
		return nil, err
	}
	if err := l.probeParquet(ctx); err != nil {
		return nil, err
	}
	for _, f := range req.Files.Files {
		l.total += f.Bytes
		if f.Mapping != nil {
			for _, note := range f.Notes {
				l.account.Notes = append(l.account.Notes, f.Name+": "+note)
			}
		}
	}
	l.wanted = l.textColumns()
	return l, spelledOnce(l.wanted)
}

// Paths lists the files that the database itself must be able to open.
func (l *Loader) Paths() []string {
	var paths []string
	for _, g := range l.account.parquet {
		for _, f := range g.files {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// Account is the state of the account; complete after [Loader.Run].
func (l *Loader) Account() *Account { return l.account }

// Run reads everything. The error is of the engine or the context: a file that
// cannot be read is in the account, not an error.
func (l *Loader) Run(ctx context.Context) error {
	// Sources are SQL that anybody may have written: binding it reads what it
	// names, so it waits for the engine to be locked.
	if err := l.prepareEvents(ctx); err != nil {
		return err
	}
	for _, shape := range []string{"stream", "flat"} {
		if err := l.runText(ctx, shape); err != nil {
			return err
		}
	}
	for _, s := range l.events {
		if err := l.runEvents(ctx, s); err != nil {
			return err
		}
	}
	for _, g := range l.account.parquet {
		if err := l.runParquet(ctx, g); err != nil {
			return err
		}
	}
	if err := l.parquetKeys(ctx); err != nil {
		return err
	}
	if err := l.run(ctx, "load/duplicates.sql"); err != nil {
		return err
	}
	return l.account.collect(ctx, l.e)
}

// run executes one file of the sql tree.
func (l *Loader) run(ctx context.Context, name string) error {
	text, err := fs.ReadFile(l.req.SQL, name)
	if err != nil {
		return err
	}
	if err := l.e.Exec(ctx, string(text)); err != nil {
		return fmt.Errorf("sql/%s: %w", name, err)
	}
	return nil
}

func (l *Loader) setVariables(ctx context.Context) error {
	names := make([]string, 0, len(l.req.Files.Files))
	for i, f := range l.req.Files.Files {
		if int(f.ID) != i+1 {
			return fmt.Errorf("file %s has number %d, want %d", f.Name, f.ID, i+1)
		}
		names = append(names, f.Name)
	}
	list := engine.QuoteTexts(names)
	if len(names) == 0 {
		list = "[]::varchar[]"
	}
	statements := []string{
		"set variable source_names = " + list,
		"create or replace macro in_window(t) as " + l.window(),
		"set variable as_of = " + engine.TimeLiteral(l.req.AsOf),
		l.fileTables(),
		actionTables(),
	}
	for _, s := range append(statements, l.knownTables()...) {
		if err := l.e.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// actionTables tells SQL which table an ActionType is of. An export of a union
// holds events of several tables and no word of it.
func actionTables() string {
	known := defender.ActionTables()
	var rows []string
	for _, action := range slices.Sorted(maps.Keys(known)) {
		rows = append(rows, "("+engine.QuoteText(action)+", "+engine.QuoteText(known[action])+")")
	}
	return "create or replace temp table action_tables as select * from (values " +
		strings.Join(rows, ", ") + ") as t(ActionType, SourceTable)"
}

// window is the load's span as a test of t.
func (l *Loader) window() string {
	var tests []string
	if l.req.Since != nil {
		tests = append(tests, "t >= "+engine.TimeLiteral(*l.req.Since))
	}
	if l.req.Until != nil {
		tests = append(tests, "t < "+engine.TimeLiteral(*l.req.Until))
	}
	if len(tests) == 0 {
		return "true"
	}
	return "t is null or (" + strings.Join(tests, " and ") + ")"
}

// textColumns are the columns to parse from text: those of every table wanted,
// and the ones a load always needs.
func (l *Loader) textColumns() []string {
	columns := []string{"Timestamp", "TimeGenerated", "Type", "ActionType", "DeviceId", "DeviceName", "ReportId"}
	for name, wanted := range l.req.Columns {
		t, ok := l.req.Contract.Lookup(name)
		if !ok {
			continue
		}
		if l.req.AllColumns {
			for _, c := range t.Columns {
				columns = append(columns, c.Name)
			}
		}
		columns = append(columns, wanted...)
	}
	columns = append(columns, l.req.Extra...)
	slices.Sort(columns)
	return slices.DeleteFunc(slices.Compact(columns), view.IsOwn)
}

// spelledOnce refuses columns that differ by case alone: JSON tells them apart,
// a table of the database does not. A few of Defender's tables spell a name
// differently (ISP, Isp).
func spelledOnce(columns []string) error {
	seen := map[string]string{}
	for _, name := range columns {
		folded := strings.ToLower(name)
		if other, ok := seen[folded]; ok && other != name {
			return fmt.Errorf("the tables read together spell a column in two ways, %s and %s: read them one at a time", other, name)
		}
		seen[folded] = name
	}
	return nil
}

// batch is what one table has in one batch.
type batch struct {
	table    string
	relation string // its recorded layer
	rows     int64
	keys     bool // whether to note the rows' identity
	each     bool // whether to hand it to Each
	counted  bool // the account knows of it already
	events   bool // rows made of events
	records  string
	made     string
}

// take attaches a batch's table, tells the account about it and hands it to
// Each.
func (l *Loader) take(ctx context.Context, b batch) error {
	t, ok := l.req.Contract.Lookup(b.table)
	if !ok {
		return fmt.Errorf("no table %s", b.table)
	}
	_, wanted := l.req.Columns[t.Name]
	wanted = wanted && b.each && l.req.Each != nil
	if b.counted && !wanted {
		return nil
	}
	if err := t.Attach(ctx, l.e, b.relation); err != nil {
		return err
	}
	if !b.counted {
		if err := l.count(ctx, t, b); err != nil {
			return err
		}
	}
	if !wanted {
		return nil
	}
	return l.req.Each(ctx, Batch{Table: t.Name, Rows: b.rows, Events: b.events, Records: b.records, Made: b.made})
}

// count tells the account about the table now attached.
func (l *Loader) count(ctx context.Context, t *view.Table, b batch) error {
	if err := l.batchEvents(ctx, t); err != nil {
		return err
	}
	if err := l.run(ctx, "load/account.sql"); err != nil {
		return err
	}
	if !b.keys {
		return nil
	}
	return l.keys(ctx, t)
}

// batchEvents is what account.sql reads: one table's rows with the columns
// that identify an event.
func (l *Loader) batchEvents(ctx context.Context, t *view.Table) error {
	return l.e.Exec(ctx, "create or replace temp view batch_events as select "+keyColumns(t)+" from recorded_"+t.Name)
}

// keys notes the identity of the rows of Parquet in the table now attached, where
// what tells two rows apart is worked out from their columns.
func (l *Loader) keys(ctx context.Context, t *view.Table) error {
	hash, relation := rowHash(t), WithRowHash("recorded_"+t.Name)
	if err := l.e.Exec(ctx, "create or replace temp view batch_keys as select "+keyColumns(t)+", "+hash+
		" as RowHash, 0 as Lacks from "+relation); err != nil {
		return err
	}
	return l.run(ctx, "load/keys.sql")
}

// IdentityHash tells two rows of one device, time and number apart, as SQL: which
// channel numbered the event and what kind it is, or the whole record where it has
// no number.
const IdentityHash = "case when EventChannel is not null and ReportId is not null then hash(lower(EventChannel), Telemetry) " +
	"else coalesce(RecordHash, 0::ubigint) end"

// keyColumns are the columns that identify an event; not every table has all.
func keyColumns(t *view.Table) string {
	column := func(name, sqlType string) string {
		if t.Has(name) {
			return "cast(" + name + " as " + sqlType + ") as " + name
		}
		return "null::" + sqlType + " as " + name
	}
	return "SourceTable, SourceFileId, SourceRecord, EventTime, " +
		column("DeviceId", "varchar") + ", " + column("DeviceName", "varchar") + ", " + column("ReportId", "bigint") + ", " +
		column("EventChannel", "varchar") + ", " + column("TimestampNote", "varchar")
}

// WithRowHash adds WholeRow to a relation, a hash of what the row says: of the
// whole record where it was text, else of the columns there are,
// whatever file it was read from.
func WithRowHash(relation string) string {
	return "(select *, coalesce(RecordHash, ColumnHash) as WholeRow from " +
		"(select *, hash(*columns(* exclude (SourceFile, SourceFileId, SourceRecord, RecordHash))) as ColumnHash from " + relation + "))"
}

// rowHash identifies a row that has no ReportId by all its columns.
func rowHash(t *view.Table) string {
	if !t.Has("ReportId") {
		return "WholeRow"
	}
	return "case when ReportId is null then WholeRow else 0::ubigint end"
}

// mapSQL is the statement that turns one shape's records into rows.
func (l *Loader) mapSQL(shape string) (string, error) {
	text, err := fs.ReadFile(l.req.SQL, path.Join("sources", "defender_"+shape, "map.sql"))
	return string(text), err
}

// isCancel tells an interrupted load from a failed one.
func isCancel(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
