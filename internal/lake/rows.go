package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/view"
)

// write notes what a relation of staged rows says of its files, leaves out what is
// stored already, and makes files of the rest.
func (s *step) write(ctx context.Context, t *view.Table, from string, extra []string) error {
	if err := s.summarise(ctx, t, from); err != nil {
		return err
	}
	fresh := from
	if len(s.replaced) > 0 {
		// Of a file that grew, what was read before is stored.
		fresh = "(select * from " + from + " where SourceRecord > list_extract(getvariable('lake_through'), list_position(getvariable('lake_numbers'), SourceFileId)))"
		before, err := s.counted(ctx, "select (select count(*) from "+from+") - (select count(*) from "+fresh+")")
		if err != nil {
			return err
		}
		s.before += before
	}
	doubles, err := s.findDuplicates(ctx, t, fresh)
	if err != nil {
		return err
	}
	if doubles {
		fresh = "(select * from " + fresh + " as fresh where (SourceFileId, SourceRecord) not in (select SourceFileId, SourceRecord from duplicate_rows))"
	}
	days, err := s.days(ctx, t, fresh)
	if err != nil {
		return err
	}
	if err := s.w.classify(ctx, t, from); err != nil {
		return err
	}
	for _, span := range spans(days) {
		s.stored += span.rows
		rows := fresh
		if len(days) > 1 {
			rows = "(select * from " + fresh + " where " + span.where(t) + ")"
		}
		if err := s.w.write(ctx, t, span, rows, extra); err != nil {
			return err
		}
	}
	return nil
}

// days counts rows by day, in order.
func (s *step) days(ctx context.Context, t *view.Table, from string) ([]dayCount, error) {
	day := "''"
	if t.HasTime() {
		day = "coalesce(strftime(cast(Timestamp as date), '%Y-%m-%d'), '')"
	}
	rows, err := s.e.Query(ctx, "select "+day+" as Day, count(*) from "+from+" group by Day order by Day")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var days []dayCount
	for rows.Next() {
		var d dayCount
		if err := rows.Scan(&d.date, &d.rows); err != nil {
			return nil, err
		}
		days = append(days, d)
	}
	return days, rows.Err()
}

// summarise notes rows, devices, doubts, hours and which columns have values.
func (s *step) summarise(ctx context.Context, t *view.Table, from string) error {
	column := func(name, sqlType string) string {
		if t.Has(name) {
			return name
		}
		return "null::" + sqlType + " as " + name
	}
	if err := s.e.Exec(ctx, "create or replace temp view lake_batch as select "+engine.QuoteText(t.Name)+" as SourceTable, SourceFileId, SourceRecord, "+
		column("Timestamp", "timestamp_ns")+", "+column("DeviceId", "varchar")+", "+column("DeviceName", "varchar")+", "+
		column("TimestampNote", "varchar")+", "+column("AccountDomain", "varchar")+", "+column("AccountName", "varchar")+" from "+from); err != nil {
		return err
	}
	if err := s.execFile(ctx, "lake/summary.sql"); err != nil {
		return err
	}
	if t.Name == "DeviceProcessEvents" {
		if err := s.e.Exec(ctx, "create or replace temp view batch_hours as select * from lake_batch"); err != nil {
			return err
		}
		if err := s.execFile(ctx, "load/hours.sql"); err != nil {
			return err
		}
	}
	if from != stageName(t) {
		return nil // a view over Parquet: its columns are known from its footer
	}
	return s.e.Exec(ctx, "insert into lake_presence "+presence(t, from))
}

// presence is the SELECT that tells which columns have a value, by file and kind of
// telemetry, and which actions there are.
func presence(t *view.Table, from string) string {
	kind, actions := "''", "[]::varchar[]"
	if t.HasOwn() {
		kind = "case when Telemetry = 'Defender' then '' else Telemetry end"
	}
	if t.Has("ActionType") {
		actions = "list_sort(list(distinct ActionType) filter (where ActionType is not null))"
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = "case when count(" + engine.QuoteIdent(c.Name) + ") > 0 then " + engine.QuoteText(c.Name) + " end"
	}
	return "select SourceFileId, " + engine.QuoteText(t.Name) + ", " + kind + " as Kind, list_filter([" + strings.Join(names, ", ") +
		"], lambda c: c is not null), coalesce(" + actions + ", []) from " + from + " group by SourceFileId, Kind"
}

// keyColumns are the identity of a row as load/keys.sql reads it.
func keyColumns(t *view.Table) string {
	column := func(name, sqlType string) string {
		if t.Has(name) {
			return "cast(" + name + " as " + sqlType + ") as " + name
		}
		return "null::" + sqlType + " as " + name
	}
	when := "null::timestamp_ns as EventTime"
	if t.HasTime() {
		when = "Timestamp as EventTime"
	}
	return engine.QuoteText(t.Name) + " as SourceTable, SourceFileId, SourceRecord, " + when + ", " + column("DeviceId", "varchar") + ", " +
		column("DeviceName", "varchar") + ", " + column("ReportId", "bigint") + ", " + column("EventChannel", "varchar") + ", " +
		column("TimestampNote", "varchar") + ", RowHash, Lacks"
}

// rowHash tells two rows of one device, time and number apart, as a hunt over the files
// themselves does: see load/keys.sql.
func rowHash(t *view.Table, extra []string) string {
	columns := recordedOf(t)
	for _, name := range extra {
		columns = append(columns, engine.QuoteIdent(name))
	}
	whole := "coalesce(RecordHash, hash(" + strings.Join(columns, ", ") + "))"
	defenders := whole
	if t.Has("ReportId") {
		defenders = "case when ReportId is null then " + whole + " else 0::ubigint end"
	}
	if !t.HasOwn() {
		return defenders
	}
	return "case when Telemetry = 'Defender' then " + defenders + " else " + load.IdentityHash + " end"
}

func recordedOf(t *view.Table) []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = engine.QuoteIdent(c.Name)
	}
	return names
}

// findDuplicates makes duplicate_rows of the rows that repeat an event of the others or
// of the lake, and tells whether there are any. A stored copy that lacks more than a new
// one gives way to it.
func (s *step) findDuplicates(ctx context.Context, t *view.Table, from string) (bool, error) {
	for _, statement := range []string{
		"delete from event_keys",
		"create or replace temp view batch_keys as select " + keyColumns(t) + " from " + from,
	} {
		if err := s.e.Exec(ctx, statement); err != nil {
			return false, err
		}
	}
	if err := s.execFile(ctx, "load/keys.sql"); err != nil {
		return false, err
	}
	near, err := s.near(ctx, t)
	if err != nil {
		return false, err
	}
	if len(near) > 0 {
		if err := s.storedKeys(ctx, t, near); err != nil {
			return false, err
		}
	}
	if err := s.execFile(ctx, "load/duplicates.sql"); err != nil {
		return false, err
	}
	n, err := s.counted(ctx, "select count(*) from duplicate_rows")
	if err != nil || n == 0 {
		return false, err
	}
	s.doubled += n
	if err := s.noteDuplicates(ctx, len(near) > 0); err != nil {
		return false, err
	}
	if len(near) == 0 {
		return true, nil
	}
	return true, s.giveWay(ctx, t, near)
}

// noteDuplicates notes duplicate_rows with the day that each row itself has: what is
// compared is the day of the event, which is another's where a clock is in doubt.
func (s *step) noteDuplicates(ctx context.Context, stored bool) error {
	days := "select SourceFileId, SourceRecord, cast(EventTime as date) as Day from batch_keys semi join duplicate_rows using (SourceFileId, SourceRecord)"
	if stored {
		days += " union all select SourceFileId, SourceRecord, cast(make_timestamp_ns(nullif(EventTime, 0)) as date) from stored_keys"
	}
	return s.e.Exec(ctx, "insert into lake_duplicates select d.SourceTable, own.Day, d.SourceFileId, d.SourceRecord, d.KeptFileId, d.KeptRecord "+
		"from duplicate_rows as d inner join ("+days+") as own on own.SourceFileId = d.SourceFileId and own.SourceRecord = d.SourceRecord")
}

// near lists the lake's files of the table that have days around those of event_keys:
// a clock may be wrong by a zone.
func (s *step) near(ctx context.Context, t *view.Table) ([]Data, error) {
	// Two days around each: one wrong clock must not have the whole lake compared.
	rows, err := s.e.Query(ctx, `select distinct coalesce(strftime(make_timestamp(nullif(EventTime, 0) // 1000) + offsets.Days * interval 1 day, '%Y-%m-%d'), '')
		from (select distinct EventTime // 86400000000000 * 86400000000000 as EventTime from event_keys) cross join range(-2, 3) as offsets (Days)`)
	if err != nil {
		return nil, err
	}
	days := map[string]bool{}
	for rows.Next() {
		var day string
		if err := rows.Scan(&day); err != nil {
			rows.Close()
			return nil, err
		}
		days[day] = true
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	var files []Data
	for _, d := range slices.Concat(s.next.Data, s.w.pending) {
		if d.Table != t.Name {
			continue
		}
		if slices.ContainsFunc(d.Days, func(day Day) bool { return days[day.Date] }) {
			files = append(files, d)
		}
	}
	return files, nil
}

// storedKeys adds to event_keys what of the files may be copies.
func (s *step) storedKeys(ctx context.Context, t *view.Table, files []Data) error {
	when, identity := "null::timestamp_ns as EventTime", []string{}
	if t.HasTime() {
		when = loadedTime("Timestamp") + " as EventTime"
	}
	for _, c := range []struct{ name, sqlType string }{
		{"DeviceId", "varchar"}, {"DeviceName", "varchar"}, {"ReportId", "bigint"}, {"EventChannel", "varchar"}, {"TimestampNote", "varchar"},
	} {
		if t.Has(c.name) {
			identity = append(identity, "cast("+c.name+" as "+c.sqlType+") as "+c.name)
		} else {
			identity = append(identity, "null::"+c.sqlType+" as "+c.name)
		}
	}
	// The statement that makes keys of new rows makes them of stored ones too.
	text, err := fs.ReadFile(s.r.req.SQL, "load/keys.sql")
	if err != nil {
		return err
	}
	_, keys, found := strings.Cut(string(text), "insert into event_keys\n")
	if !found {
		return errors.New("sql/load/keys.sql does not insert into event_keys")
	}
	for _, statement := range []string{
		"create or replace temp view batch_stored as select " + engine.QuoteText(t.Name) + " as SourceTable, SourceFileId, SourceRecord, " + when + ", " +
			strings.Join(identity, ", ") + ", " + unsigned("RowHash") + " as RowHash, cast(Lacks as integer) as Lacks from " + s.r.l.readFiles(files),
		"create or replace temp view lake_stored as " + strings.ReplaceAll(keys, "batch_keys", "batch_stored"),
	} {
		if err := s.e.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return s.execFile(ctx, "lake/stored.sql")
}

// giveWay writes anew the files that hold rows of which a better copy has come.
func (s *step) giveWay(ctx context.Context, t *view.Table, files []Data) error {
	if err := s.e.Exec(ctx, "create or replace temp table worse_rows as select d.SourceFileId, d.SourceRecord from duplicate_rows as d "+
		"semi join stored_keys as k on k.SourceFileId = d.SourceFileId and k.SourceRecord = d.SourceRecord"); err != nil {
		return err
	}
	n, err := s.counted(ctx, "select count(*) from worse_rows")
	if err != nil || n == 0 {
		return err
	}
	s.stored -= n
	for _, d := range files {
		held, err := s.counted(ctx, "select count(*) from "+s.r.l.readFiles([]Data{d})+" as stored semi join worse_rows as w on w.SourceFileId = stored.SourceFileId and w.SourceRecord = stored.SourceRecord")
		if err != nil {
			return err
		}
		if held == 0 {
			continue
		}
		if err := s.rewrite(ctx, t, d); err != nil {
			return err
		}
	}
	return nil
}

// rewrite writes one file of the lake anew without worse_rows.
func (s *step) rewrite(ctx context.Context, t *view.Table, d Data) error {
	days := d.Days
	whole := span{days[0].Date, days[len(days)-1].Date, d.Rows}
	before := len(s.w.pending)
	if err := s.w.put(ctx, t, whole, "select * from "+s.r.l.readFiles([]Data{d})+" as stored anti join worse_rows as w "+
		"on w.SourceFileId = stored.SourceFileId and w.SourceRecord = stored.SourceRecord", d.Extra); err != nil {
		return fmt.Errorf("taking the place of copies: %w", err)
	}
	// What was worked out when the rows were written holds for them still.
	for i := before; i < len(s.w.pending); i++ {
		s.w.pending[i].Columns, s.w.pending[i].Derived, s.w.pending[i].Gate = d.Columns, d.Derived, d.Gate
	}
	if d.at != "" {
		s.w.pending = slices.DeleteFunc(s.w.pending, func(p Data) bool { return p.Path == d.Path })
		return nil
	}
	s.next.drop(func(path string) bool { return path == d.Path })
	return nil
}
