package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"smew/internal/engine"
	"smew/internal/view"
)

// empties are the columns of the manifest's kinds, for those that have no file.
var empties = map[string]string{
	kindSources:    "Number integer, Run bigint, Name varchar, Path varchar, Part varchar, Hash varchar, Through bigint, Read bigint, Detail varchar",
	kindAccounts:   "Number integer, Run bigint, SourceTable varchar, Day date, Rows bigint, First timestamp_ns, Last timestamp_ns",
	kindDoubts:     "Number integer, Run bigint, SourceTable varchar, Day date, Reason varchar, Rows bigint",
	kindPresence:   "Number integer, Run bigint, SourceTable varchar, Telemetry varchar, ColumnNames varchar[], Actions varchar[]",
	kindRejections: "Number integer, Run bigint, Reason varchar, Rows bigint, Records bigint[], Sample varchar",
	kindDevices:    "SourceTable varchar, Day date, Device varchar, DeviceId varchar, DeviceName varchar",
	kindHours:      "Account varchar, Hour tinyint, Day date, Minutes ubigint",
	kindBoots:      "Device varchar, Number integer, Booted timestamp_ns",
	kindDuplicates: "SourceTable varchar, Day date, SourceFileId integer, SourceRecord bigint, KeptFileId integer, KeptRecord bigint",
	kindForgotten:  "Number integer, Rows bigint",
}

// kindForgotten says how many rows of a source file were forgotten with their days.
const kindForgotten = "forgotten"

// ofFiles are the kinds that hold as of the latest run that read a file.
var ofFiles = []string{kindSources, kindAccounts, kindDoubts, kindPresence, kindRejections}

// Restore fills the account's tables of a load, and account_hours_read, from the
// manifest. cut_rows takes rows of every table whose days the window cuts.
func (r *Reader) Restore(ctx context.Context, e *engine.Engine, files fs.FS, contract *view.Contract, w Window, asOf time.Time) error {
	if err := r.attachManifest(ctx, e); err != nil {
		return err
	}
	cut, err := r.attachDays(ctx, e, w, asOf)
	if err != nil {
		return err
	}
	if err := r.attachCut(ctx, e, contract, cut); err != nil {
		return err
	}
	for _, name := range []string{"lake/restore.sql", "load/account.sql"} {
		if err := execFile(ctx, e, files, name); err != nil {
			return err
		}
	}
	return r.cutHours(ctx, e, files, contract, cut)
}

// attachManifest makes a view of each kind.
func (r *Reader) attachManifest(ctx context.Context, e *engine.Engine) error {
	for kind, columns := range empties {
		rel := r.l.relation(r.Snapshot, kind)
		if slices.Contains(ofFiles, kind) {
			rel = r.l.latest(r.Snapshot, kind)
		}
		query := "select * from " + rel
		if rel == "" {
			query = emptyOf(columns)
		}
		if err := e.Exec(ctx, "create or replace temp view manifest_"+kind+" as "+query); err != nil {
			return fmt.Errorf("the lake's manifest, %s: %w", kind, err)
		}
	}
	return nil
}

// emptyOf is a SELECT of no row with columns given as in a CREATE TABLE.
func emptyOf(columns string) string {
	var list []string
	for _, c := range strings.Split(columns, ", ") {
		name, sqlType, _ := strings.Cut(c, " ")
		list = append(list, "null::"+sqlType+" as "+name)
	}
	return "select " + strings.Join(list, ", ") + " where false"
}

// attachDays makes window_days and lists the days that the window cuts.
func (r *Reader) attachDays(ctx context.Context, e *engine.Engine, w Window, asOf time.Time) ([]string, error) {
	if err := e.Exec(ctx, "create or replace temp table window_days (Day date, Part varchar)"); err != nil {
		return nil, err
	}
	rows, err := e.Query(ctx, "select distinct strftime(Day, '%Y-%m-%d') from manifest_accounts where Day is not null order by all")
	if err != nil {
		return nil, err
	}
	var days []string
	for rows.Next() {
		var day string
		if err := rows.Scan(&day); err != nil {
			rows.Close()
			return nil, err
		}
		days = append(days, day)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	var cut, values []string
	today := asOf.UTC().Format(time.DateOnly)
	for _, day := range days {
		any, whole := w.holds(day)
		part := "out"
		switch {
		case any && (!whole || day == today):
			part, cut = "cut", append(cut, day)
		case any:
			part = "whole"
		}
		values = append(values, "("+engine.QuoteText(day)+", "+engine.QuoteText(part)+")")
	}
	if len(values) == 0 {
		return nil, nil
	}
	return cut, e.Exec(ctx, "insert into window_days select cast(Day as date), Part from (values "+strings.Join(values, ", ")+") as t(Day, Part)")
}

// attachCut makes cut_rows of the rows of the days that are cut.
func (r *Reader) attachCut(ctx context.Context, e *engine.Engine, contract *view.Contract, cut []string) error {
	parts := []string{"select null::varchar as SourceTable, null::integer as SourceFileId, null::bigint as SourceRecord, null::timestamp_ns as Timestamp, " +
		"null::varchar as DeviceId, null::varchar as DeviceName, null::varchar as TimestampNote where false"}
	for _, name := range contract.Names() {
		t, _ := contract.Lookup(name)
		query := r.onDays(t, cut, []string{"DeviceId", "DeviceName", "TimestampNote"})
		if query != "" {
			parts = append(parts, query)
		}
	}
	return e.Exec(ctx, "create or replace temp table cut_rows as "+strings.Join(parts, " union all "))
}

// onDays selects a table's rows of some days with the given text columns, "" if there
// are none.
func (r *Reader) onDays(t *view.Table, days, columns []string) string {
	if len(days) == 0 || !t.HasTime() {
		return ""
	}
	var files []Data
	for _, d := range r.Snapshot.Data {
		if d.Table == t.Name && slices.ContainsFunc(d.Days, func(day Day) bool { return slices.Contains(days, day.Date) }) {
			files = append(files, d)
		}
	}
	if len(files) == 0 {
		return ""
	}
	list := []string{engine.QuoteText(t.Name) + " as SourceTable", "SourceFileId", "SourceRecord", loadedTime("Timestamp") + " as Timestamp"}
	for _, name := range columns {
		if t.Has(name) {
			list = append(list, "cast("+name+" as varchar) as "+name)
		} else {
			list = append(list, "null::varchar as "+name)
		}
	}
	var spans []string
	for _, day := range days {
		spans = append(spans, "(stored.Timestamp >= timestamp '"+day+"' and stored.Timestamp < timestamp '"+day+"' + interval 1 day)")
	}
	return "select " + strings.Join(list, ", ") + " from " + r.l.readFiles(files) + " as stored where " + strings.Join(spans, " or ")
}

// cutHours adds the hours of accounts on the days that are cut.
func (r *Reader) cutHours(ctx context.Context, e *engine.Engine, files fs.FS, contract *view.Contract, cut []string) error {
	t, ok := contract.Lookup("DeviceProcessEvents")
	if !ok {
		return nil
	}
	query := r.onDays(t, cut, []string{"AccountDomain", "AccountName"})
	if query == "" {
		return nil
	}
	if err := e.Exec(ctx, "create or replace temp view batch_hours as select * from ("+query+") where in_window(Timestamp)"); err != nil {
		return err
	}
	return execFile(ctx, e, files, "load/hours.sql")
}

// execFile runs one file of the sql tree.
func execFile(ctx context.Context, e *engine.Engine, files fs.FS, name string) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	if err := e.Exec(ctx, string(text)); err != nil {
		return fmt.Errorf("sql/%s: %w", name, err)
	}
	return nil
}
