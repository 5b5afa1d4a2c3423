package load

import (
	"context"
	"fmt"

	"smew/internal/engine"
)

// runEvents reads every file of one source, batch by batch.
func (l *Loader) runEvents(ctx context.Context, s *eventSource) error {
	counts, err := l.stream(ctx, s.files, func(ctx context.Context) error { return l.eventBatch(ctx, s) })
	if err != nil {
		return err
	}
	return l.checkLost(ctx, s, counts)
}

// checkLost finds records that a source's SELECT left out: they were neither kept,
// rejected nor counted as of another kind.
func (l *Loader) checkLost(ctx context.Context, s *eventSource, counts map[int32]int64) error {
	if !s.Own {
		return nil
	}
	rows, err := l.e.Query(ctx, "select SourceFileId, sum(Records)::bigint from records_met group by all")
	if err != nil {
		return err
	}
	defer rows.Close()
	met := map[int32]int64{}
	for rows.Next() {
		var id int32
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return err
		}
		met[id] = n
	}
	for _, f := range s.files {
		if met[f.ID] != counts[f.ID] {
			return fmt.Errorf("%s: gives %d of the %d records of %s: a where or a join leaves some out; set Reason for what is none",
				s.Path, met[f.ID], counts[f.ID], f.Name)
		}
	}
	return rows.Err()
}

// eventBatch reads the next batch of records and makes the rows of every table.
func (l *Loader) eventBatch(ctx context.Context, s *eventSource) error {
	if err := l.e.Exec(ctx, "create or replace temp table event_records as\n"+s.SQL); err != nil {
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	if err := l.checkRecords(ctx, s); err != nil {
		return err
	}
	if err := l.run(ctx, "load/records.sql"); err != nil {
		return err
	}
	if err := l.noteRejected(ctx, "event_records", "Reason"); err != nil {
		return err
	}
	if s.boots != "" {
		if err := l.e.Exec(ctx, s.boots); err != nil {
			return fmt.Errorf("boots of the family %s: %w", s.Family, err)
		}
		if err := l.run(ctx, "load/boots.sql"); err != nil {
			return err
		}
	}
	for _, t := range s.tables {
		if err := l.eventTable(ctx, s, t); err != nil {
			return err
		}
	}
	return nil
}

// checkRecords holds the user's own SELECT to what the account rests on: every
// record comes once, under the numbers it had.
func (l *Loader) checkRecords(ctx context.Context, s *eventSource) error {
	if !s.Own {
		return nil
	}
	var strange, twice int64
	if err := l.e.Scan(ctx, fmt.Sprintf(`select count(*) filter (where SourceFile is null or SourceFile not between 1 and %d or SourceRecord is null),
		count(*) - count(distinct (SourceFile, SourceRecord)) from event_records`, len(l.req.Files.Files)), &strange, &twice); err != nil {
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	switch {
	case strange > 0:
		return fmt.Errorf("%s: gives %d records a SourceFile or SourceRecord that they did not have: pass both on as they are", s.Path, strange)
	case twice > 0:
		return fmt.Errorf("%s: gives %d records more than once: a join has several partners for them", s.Path, twice)
	}
	return nil
}

// checkRows holds the user's own table files to one row a record.
func (l *Loader) checkRows(ctx context.Context, s *eventSource, t *eventTable) error {
	if !s.Own {
		return nil
	}
	var twice int64
	if err := l.e.Scan(ctx, "select count(*) - count(distinct (SourceFileId, SourceRecord)) from event_rows", &twice); err != nil {
		return err
	}
	if twice > 0 {
		return fmt.Errorf("the table files %s.* of the family %s make %d rows more of their records than one each", t.Name, s.Family, twice)
	}
	return nil
}

func (l *Loader) eventTable(ctx context.Context, s *eventSource, t *eventTable) error {
	if err := l.e.Exec(ctx, "create or replace temp table event_rows as\n"+t.rows); err != nil {
		return fmt.Errorf("sources of the family %s, table %s: %w", s.Family, t.Name, err)
	}
	if err := l.checkRows(ctx, s, t); err != nil {
		return err
	}
	var rows, rejected int64
	if err := l.e.Scan(ctx, "select count(*) filter (where Rejection is null), count(Rejection) from event_rows", &rows, &rejected); err != nil {
		return err
	}
	if rejected > 0 {
		if err := l.noteRejected(ctx, "event_rows", "Rejection"); err != nil {
			return err
		}
		if err := l.run(ctx, "load/reject_events.sql"); err != nil {
			return err
		}
	}
	if rows == 0 {
		return nil
	}
	if err := l.run(ctx, "load/doubts.sql"); err != nil {
		return err
	}
	if err := l.noteStarts(ctx, t); err != nil {
		return err
	}
	if err := l.countRows(ctx, engine.QuoteText(t.Name)+" as SourceTable, SourceFileId, SourceRecord, EventTime, DeviceId, DeviceName, ReportId, "+
		"EventChannel, TimestampNote", IdentityHash, "event_rows"); err != nil {
		return err
	}
	return l.take(ctx, batch{
		table: t.Name, relation: t.FromEvents("event_rows", t.columns), rows: rows, each: true, counted: true, events: true,
		records: s.SQL, made: t.rows,
	})
}
