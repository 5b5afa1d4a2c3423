package hunt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"smew/internal/engine"
	"smew/internal/load"
)

// deduplicate leaves one copy of every event among the rows that were kept,
// and notes how many there were.
func (h *Hunt) deduplicate(ctx context.Context) error {
	if err := h.e.Exec(ctx, "delete from event_keys"); err != nil {
		return err
	}
	for _, t := range h.plan.tables {
		if err := h.findContext(ctx, t); err != nil {
			return err
		}
		if err := h.attachLacks(ctx, t); err != nil {
			return err
		}
		if err := h.e.Exec(ctx, "create or replace temp view batch_keys as select kept.*, Timestamp as EventTime, "+t.channel()+
			t.rowHash()+" as RowHash, "+t.lacks()+" as Lacks from "+
			load.WithRowHash(t.kept())+" as kept left join file_lacks on file_lacks.FileId = kept.SourceFileId"+t.sameTelemetry()); err != nil {
			return err
		}
		if err := h.runSQL(ctx, "load/keys.sql"); err != nil {
			return err
		}
	}
	if err := h.runSQL(ctx, "load/duplicates.sql"); err != nil {
		return err
	}
	if err := h.e.Exec(ctx, "create or replace temp table copies as select SourceTable, "+
		"source_name(KeptFileId) as SourceFile, KeptRecord as SourceRecord, count(*) as Copies from duplicate_rows group by all"); err != nil {
		return err
	}
	for _, t := range h.plan.tables {
		if err := h.e.Exec(ctx, "delete from "+t.kept()+" as kept using duplicate_rows as d "+
			"where d.SourceTable = kept.SourceTable and d.SourceFileId = kept.SourceFileId and d.SourceRecord = kept.SourceRecord"); err != nil {
			return err
		}
		if err := h.settle(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// settle ends the reading of a table: from here on its name means the rows that were
// kept, each event once.
func (h *Hunt) settle(ctx context.Context, t *plannedTable) error {
	if err := h.noteUnknown(ctx, t); err != nil {
		return err
	}
	return h.e.Exec(ctx, "create or replace temp view "+t.name()+" as select *, Timestamp as EventTime from "+t.kept())
}

// findContext fills in who the initiating processes were, now that every file has
// been read, and looks once more at what is there.
func (h *Hunt) findContext(ctx context.Context, t *plannedTable) error {
	looked, err := h.loader.Context(ctx, t.Table, t.kept(), t.columns)
	if err != nil || !looked {
		return err
	}
	t.looked = true
	return h.present.lookAgain(ctx, h.e, t)
}

// sameTelemetry joins what a file lacks to the rows of the kind that lacks it.
func (t *plannedTable) sameTelemetry() string {
	if !t.HasOwn() {
		return ""
	}
	return " and file_lacks.Kind = case when kept.Telemetry = 'Defender' then '' else kept.Telemetry end"
}

// channel is the columns of a numbered event for a table that has none.
func (t *plannedTable) channel() string {
	if t.HasOwn() {
		return ""
	}
	return "null::varchar as EventChannel, null::varchar as TimestampNote, "
}

// noteUnknown tells of the rows of interest whose initiating process stays unknown. More
// rows may have been kept than branches look at, and how many depends on the batches: the
// branches' filters are asked of them once more.
func (h *Hunt) noteUnknown(ctx context.Context, t *plannedTable) error {
	if !t.looked {
		return nil
	}
	unknown := t.kept() + " where InitiatingProcessFileName is null and InitiatingProcessNote is not null"
	var any bool
	if err := h.e.Scan(ctx, "select exists (select 1 from "+unknown+")", &any); err != nil || !any {
		return err
	}
	rows, err := h.e.Query(ctx, "select InitiatingProcessNote, count(*) from "+unknown+
		" and ("+t.where(load.Batch{Rows: fewRows + 1, Events: true})+") group by all order by all")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var why string
		var n int64
		if err := rows.Scan(&why, &n); err != nil {
			return err
		}
		h.unknown = append(h.unknown, fmt.Sprintf("%s: who acted is not known of %s that branches look at: %s", t.name(), counted(n, "row", "rows"), strings.TrimPrefix(why, "unknown: ")))
	}
	return rows.Err()
}

// rowHash tells two rows of one time and number apart.
func (t *plannedTable) rowHash() string {
	defender := "case when ReportId is null then WholeRow else 0::ubigint end"
	if !t.HasOwn() {
		return defender
	}
	return "case when kept.Telemetry = 'Defender' then " + defender + " else " + load.IdentityHash + " end"
}

// attachLacks makes the table file_lacks: how many of the columns that branches
// test a file does not have.
func (h *Hunt) attachLacks(ctx context.Context, t *plannedTable) error {
	rows := []string{"(0, '', 0)"}
	for _, f := range filesOf(h.loader.Account(), t.name()) {
		for _, kind := range h.present.kinds(f, t.name()) {
			if n := len(h.present.missing(f, t.name(), kind, t.tested)); n > 0 {
				rows = append(rows, fmt.Sprintf("(%d, %s, %d)", f.File.ID, engine.QuoteText(kind), n))
			}
		}
	}
	return h.e.Exec(ctx, "create or replace temp table file_lacks as select * from (values "+strings.Join(rows, ", ")+") as t(FileId, Kind, Columns)")
}

// lacks counts what a row lacks of the columns that branches test: those its
// file does not have weigh most, then those that are empty in it.
func (t *plannedTable) lacks() string {
	sum := "1000 * coalesce(file_lacks.Columns, 0)"
	for _, c := range t.tested {
		if slices.Contains(t.columns, c) {
			sum += " + case when " + engine.QuoteIdent(c) + " is null then 1 else 0 end"
		}
	}
	return sum
}
