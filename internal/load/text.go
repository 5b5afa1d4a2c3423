package load

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"smew/internal/engine"
	"smew/internal/fields"
	"smew/internal/source"
)

// switchboard lets one table function read one stream after another.
type switchboard struct {
	mu      sync.Mutex
	records engine.Records
}

func (s *switchboard) connect(r engine.Records) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = r
}

func (s *switchboard) current() engine.Records {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records
}

// Next implements [engine.Records].
func (s *switchboard) Next(ctx context.Context) (*engine.Block, error) {
	if r := s.current(); r != nil {
		return r.Next(ctx)
	}
	return nil, fmt.Errorf("read_records serves a load and cannot be queried")
}

// Release implements [engine.Records].
func (s *switchboard) Release(b *engine.Block) {
	if r := s.current(); r != nil {
		r.Release(b)
	}
}

// runText reads every text file of one shape, batch by batch.
func (l *Loader) runText(ctx context.Context, shape string) error {
	var files []*source.File
	for _, f := range l.req.Files.Files {
		if f.Format != source.Parquet && f.Mapping == nil && f.Shape == shape {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return nil
	}
	counts, err := l.stream(ctx, files, func(ctx context.Context) error {
		if err := l.stage(ctx, shape); err != nil {
			return err
		}
		return l.textTables(ctx, shape)
	})
	if err != nil || !l.req.RowsOnly {
		return err
	}
	for id, n := range counts {
		if err := l.e.Exec(ctx, "insert into records_met values (?, ?)", id, n); err != nil {
			return err
		}
	}
	return nil
}

// stream serves the records of files to SQL and calls batch until all are read. It
// returns how many records each file had.
func (l *Loader) stream(ctx context.Context, files []*source.File, batch func(context.Context) error) (map[int32]int64, error) {
	stream := source.NewStream(ctx, files, source.StreamOptions{})
	defer stream.Close()
	l.served.connect(stream)
	defer l.served.connect(nil)

	base := l.done
	for !stream.Done() {
		stream.StartBatch(l.req.BatchBytes)
		if err := batch(ctx); err != nil {
			return nil, err
		}
		read, _ := stream.Progress()
		l.done = base + read
		l.progress()
	}
	for _, n := range stream.Notes() {
		l.account.Notes = append(l.account.Notes, l.req.Files.Files[n.File-1].Name+": "+n.Text)
	}
	for _, f := range files {
		base += f.Bytes
	}
	l.done = base
	return stream.Counts(), nil
}

// shapes says how the records of each of Defender's shapes hold their fields.
var shapes = map[string]fields.Shape{
	"stream": {Inside: "properties", Beside: []string{"category"}},
	"flat":   {},
}

// fields is what the table function read_fields gives of the present shape: the
// columns wanted and, where a record says so itself, which table it is of.
func (l *Loader) fields() engine.Fields {
	shape := shapes[l.shape]
	shape.Fields = l.wanted
	columns := slices.Clone(l.wanted)
	if len(shape.Beside) > 0 {
		columns = append(columns, "SourceTable")
	}
	return engine.Fields{
		Columns:  columns,
		Identity: slices.Index(l.wanted, "ReportId"),
		Reader:   func() engine.FieldReader { return fields.New(shape) },
	}
}

// stage takes the next batch apart into the table `staged`.
func (l *Loader) stage(ctx context.Context, shape string) error {
	l.shape = shape
	if err := l.e.Exec(ctx, "create or replace temp view record_fields as select * from read_fields()"); err != nil {
		return err
	}
	if err := l.verdicts(ctx, shape, "create or replace temp table staged as "); err != nil {
		return err
	}
	if err := l.stageWhole(ctx, shape); err != nil {
		return err
	}
	if err := l.noteRejected(ctx, "staged", "Rejection"); err != nil {
		return err
	}
	return l.run(ctx, "load/reject.sql")
}

// noteRejected notes every row of a relation that is left out, where that is asked for.
func (l *Loader) noteRejected(ctx context.Context, relation, reason string) error {
	if !l.req.RowsOnly {
		return nil
	}
	file := "SourceFileId"
	if relation == "event_records" {
		file = "SourceFile"
	}
	return l.e.Exec(ctx, "insert into rejected_rows select "+file+", SourceRecord, "+reason+" from "+relation+" where "+reason+" is not null")
}

// verdicts runs stage.sql over record_fields and does with its rows what is asked.
func (l *Loader) verdicts(ctx context.Context, shape, into string) error {
	mapped, err := l.mapSQL(shape)
	if err != nil {
		return err
	}
	if err := l.e.Exec(ctx, "create or replace temp view mapped as "+mapped); err != nil {
		return fmt.Errorf("sql/sources/defender_%s/map.sql: %w", shape, err)
	}
	text, err := fs.ReadFile(l.req.SQL, "load/stage.sql")
	if err != nil {
		return err
	}
	if err := l.e.Exec(ctx, into+string(text)); err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	return nil
}

// stageWhole parses the records of the batch that were left to the database.
func (l *Loader) stageWhole(ctx context.Context, shape string) error {
	var left int64
	if err := l.e.Scan(ctx, "select count(WholeRow) from staged", &left); err != nil || left == 0 {
		return err
	}
	spec := make([]string, len(l.wanted))
	for i, name := range l.wanted {
		spec[i] = jsonText(name) + `:"VARCHAR"`
	}
	path := "sources/defender_" + shape + "/whole.sql"
	parsed, err := fs.ReadFile(l.req.SQL, path)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"set variable wanted = " + engine.QuoteText("{"+strings.Join(spec, ",")+"}"),
		"create or replace temp view record_fields as " + string(parsed),
	} {
		if err := l.e.Exec(ctx, statement); err != nil {
			return fmt.Errorf("sql/%s: %w", path, err)
		}
	}
	if err := l.verdicts(ctx, shape, "insert into staged by name "); err != nil {
		return err
	}
	return l.e.Exec(ctx, "delete from staged where WholeRow is not null")
}

// stagedKeys are the columns of `staged` that identify an event.
const stagedKeys = "SourceTable, SourceFileId, SourceRecord, EventTime, DeviceId, DeviceName, try_cast(ReportId as bigint) as ReportId, " +
	"null::varchar as EventChannel, null::varchar as TimestampNote"

// countStaged tells the account about all tables of the staged batch at once.
func (l *Loader) countStaged(ctx context.Context) error {
	return l.countRows(ctx, stagedKeys, "coalesce(RecordHash, 0::ubigint)", "staged")
}

// countRows tells the account about rows that are not rejected, without a table
// attached: keys are the columns that identify an event, hash what tells two apart.
func (l *Loader) countRows(ctx context.Context, keys, hash, relation string) error {
	for _, step := range []struct{ view, sql string }{
		{"batch_events as select " + keys, "load/account.sql"},
		{"batch_keys as select " + keys + ", " + hash + " as RowHash, 0 as Lacks", "load/keys.sql"},
	} {
		if l.req.RowsOnly && step.sql == "load/keys.sql" {
			continue
		}
		if err := l.e.Exec(ctx, "create or replace temp view "+step.view+" from "+relation+" where Rejection is null"); err != nil {
			return err
		}
		if err := l.run(ctx, step.sql); err != nil {
			return err
		}
	}
	return nil
}

// textTables attaches each table that the staged batch has rows of.
func (l *Loader) textTables(ctx context.Context, shape string) error {
	if err := l.countStaged(ctx); err != nil {
		return err
	}
	mapped, err := l.mapSQL(shape)
	if err != nil {
		return err
	}
	rows, err := l.e.Query(ctx, "select SourceTable, count(*) from staged where Rejection is null group by SourceTable order by all")
	if err != nil {
		return err
	}
	var names []string
	counts := map[string]int64{}
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			rows.Close()
			return err
		}
		names, counts[name] = append(names, name), n
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range names {
		t, ok := l.req.Contract.Lookup(name)
		if !ok {
			return fmt.Errorf("no table %s", name)
		}
		relation := t.FromStaged(l.wanted, l.req.Extra)
		if err := l.take(ctx, batch{
			table: name, relation: relation, rows: counts[name], each: true, counted: true, records: mapped, made: relation,
		}); err != nil {
			return err
		}
	}
	return nil
}

// knownTables defines the macros of load/known.sql about tables. Those wanted come
// first: a row's name is compared with one after the other.
func (l *Loader) knownTables() []string {
	names := slices.Clone(l.req.Contract.Names())
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(len(l.req.Columns[b]), len(l.req.Columns[a]))
	})
	var cases, timeless []string
	for _, name := range names {
		cases = append(cases, "when "+engine.QuoteText(strings.ToLower(name))+" then "+engine.QuoteText(name))
		if t, _ := l.req.Contract.Lookup(name); !t.HasTime() {
			timeless = append(timeless, name)
		}
	}
	return []string{
		"create or replace macro known_table(name) as case lower(name) " + strings.Join(cases, " ") + " end",
		"create or replace macro has_time(name) as not list_contains(" + engine.QuoteTexts(timeless) + "::varchar[], name)",
	}
}

// fileTables defines file_table of load/known.sql.
func (l *Loader) fileTables() string {
	names := make([]string, len(l.req.Files.Files))
	for i, f := range l.req.Files.Files {
		names[i] = f.Table
	}
	return "create or replace macro file_table(id) as nullif(getvariable('file_tables')[id], ''); " +
		"set variable file_tables = " + engine.QuoteTexts(names) + "::varchar[]"
}

func (l *Loader) progress() {
	if l.req.Progress != nil {
		l.req.Progress(l.done, l.total)
	}
}

func scanNames(rows *engine.Rows) ([]string, error) {
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// jsonText writes a name as a JSON string.
func jsonText(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(b)
}
