package lake

import (
	"context"
	"fmt"
	"strings"

	"smew/internal/engine"
	"smew/internal/source"
)

// fileCount is what one file of a step held.
type fileCount struct {
	read, kept, rejected, through int64
	forgotten, fresh              int64 // of days that are forgotten; of them, those that no run before has met
}

// others counts the good records that no table is made of.
func (c fileCount) others() int64 { return c.read - c.kept - c.rejected - c.forgotten }

// commit puts the step into the lake.
func (s *step) commit(ctx context.Context) error {
	counts, err := s.count(ctx)
	if err != nil {
		return err
	}
	n := &notes{l: s.r.l, e: s.e, run: s.next.Runs, snap: s.next}
	for _, write := range []func(context.Context, *notes, []fileCount) error{
		s.writeSources, s.writeSaid, s.writeRejections, s.writePlaces, s.writeRejected,
	} {
		if err := write(ctx, n, counts); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.r.l.place(s.w.pending); err != nil {
		return err
	}
	s.next.Data = append(s.next.Data, s.w.pending...)
	if err := n.placeAll(); err != nil {
		return err
	}
	rejected, err := s.r.l.placeRejected(s.next.Runs)
	if err != nil {
		return err
	}
	if err := s.r.l.commit(s.next, s.r.req.Version); err != nil {
		return err
	}
	s.r.snap = s.next
	s.tell(counts)
	if rejected != "" {
		s.r.report.RejectedFiles = append(s.r.report.RejectedFiles, rejected)
	}
	return nil
}

// count works out what each file held, and holds the step to it: what was read is what
// was kept, rejected, or of a kind that no table is made of.
func (s *step) count(ctx context.Context) ([]fileCount, error) {
	counts := make([]fileCount, len(s.set.Files))
	byNumber := map[int32]*fileCount{}
	for i := range counts {
		byNumber[s.numbers[i]] = &counts[i]
	}
	each := func(query string, take func(c *fileCount, a, b int64)) error {
		rows, err := s.e.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var number int32
			var a, b int64
			if err := rows.Scan(&number, &a, &b); err != nil {
				return err
			}
			take(byNumber[number], a, b)
		}
		return rows.Err()
	}
	if err := each("select SourceFileId, sum(Rows)::bigint, max(LastRecord) from lake_accounts group by all", func(c *fileCount, kept, last int64) {
		c.kept, c.through = kept, last
	}); err != nil {
		return nil, err
	}
	if err := each("select SourceFileId, sum(Rows)::bigint, max(LastRecord) from lake_forgotten group by all", func(c *fileCount, n, last int64) {
		c.forgotten, c.through = n, max(c.through, last)
	}); err != nil {
		return nil, err
	}
	if err := each("select SourceFileId, sum(Fresh)::bigint, 0::bigint from lake_forgotten group by all", func(c *fileCount, n, _ int64) { c.fresh = n }); err != nil {
		return nil, err
	}
	if err := each("select lake_number(SourceFileId), sum(Rows)::bigint, 0::bigint from rejections group by all", func(c *fileCount, n, _ int64) { c.rejected = n }); err != nil {
		return nil, err
	}
	if err := each("select lake_number(SourceFileId), sum(Records)::bigint, 0::bigint from records_met group by all", func(c *fileCount, n, _ int64) { c.read = n }); err != nil {
		return nil, err
	}
	for _, part := range s.loader.ParquetParts() {
		counts[part.File-1].read += part.Rows
	}
	for _, b := range s.unreadable() {
		counts[b.FileID-1].read, counts[b.FileID-1].rejected = b.Rows, b.Rows
	}
	for i, c := range counts {
		f := s.set.Files[i]
		if others := c.others(); others < 0 || others > 0 && f.Mapping == nil {
			return nil, fmt.Errorf("%s: %d rows read, but %d kept and %d rejected: this is a mistake in smew, and nothing was stored", f.Name, c.read, c.kept, c.rejected)
		}
	}
	return counts, nil
}

// writeSources notes the files themselves.
func (s *step) writeSources(ctx context.Context, n *notes, counts []fileCount) error {
	remarks := map[string][]string{}
	for _, note := range s.loader.Account().Notes {
		for _, f := range s.set.Files {
			if strings.HasPrefix(note, f.Name+": ") {
				remarks[f.Name] = append(remarks[f.Name], note)
			}
		}
	}
	rows := make([]string, 0, len(counts))
	for i, f := range s.set.Files {
		about, err := detailOf(f, remarks[f.Name])
		if err != nil {
			return err
		}
		rows = append(rows, fmt.Sprintf("(%d::integer, %d::bigint, %s, %s, %s, %s, %d::bigint, %d::bigint, %s)", s.numbers[i], n.run, engine.QuoteText(f.Name),
			engine.QuoteText(f.Given), engine.QuoteText(f.Member+f.Sheet), engine.QuoteText(s.r.places.fresh[f.Given].Hash), counts[i].through, counts[i].read, engine.QuoteText(about)))
	}
	return n.values(ctx, kindSources, rows, "Number, Run, Name, Path, Part, Hash, Through, Read, Detail")
}

// writeSaid notes what the rows say of files, devices and accounts.
func (s *step) writeSaid(ctx context.Context, n *notes, _ []fileCount) error {
	run := ", " + number(n.run) + "::bigint as Run"
	for _, kind := range []struct{ name, query string }{
		{kindAccounts, "select SourceFileId as Number" + run + ", SourceTable, Day, sum(Rows)::bigint as Rows, min(First) as First, max(Last) as Last from lake_accounts group by SourceFileId, SourceTable, Day"},
		{kindDoubts, "select SourceFileId as Number" + run + ", SourceTable, Day, Reason, sum(Rows)::bigint as Rows from lake_doubts group by SourceFileId, SourceTable, Day, Reason"},
		{kindPresence, "select SourceFileId as Number" + run + ", SourceTable, Telemetry, list_sort(list_distinct(flatten(list(ColumnNames)))) as ColumnNames, " +
			"list_sort(list_distinct(flatten(list(Actions)))) as Actions from lake_presence group by SourceFileId, SourceTable, Telemetry"},
		{kindDevices, "select distinct SourceTable, Day, coalesce(DeviceId, DeviceName) as Device, DeviceId, DeviceName from lake_devices"},
		{kindHours, "select Account, Hour, Day, bit_or(Minutes) as Minutes from account_hours_read group by Account, Hour, Day"},
		{kindBoots, "select distinct case when Device like '#%' then null else Device end as Device, " +
			"case when Device like '#%' then lake_number(cast(Device[2:] as integer)) end as Number, Booted from boots"},
		{kindDuplicates, "select * from lake_duplicates"},
		{kindForgotten, "select SourceFileId as Number" + run + ", SourceTable, sum(Fresh)::bigint as Rows from lake_forgotten group by SourceFileId, SourceTable having sum(Fresh) > 0"},
	} {
		if err := n.write(ctx, kind.name, kind.query); err != nil {
			return err
		}
	}
	return nil
}

// writeRejections notes how many rows were left out, and why.
func (s *step) writeRejections(ctx context.Context, n *notes, _ []fileCount) error {
	run := number(n.run) + "::bigint as Run"
	query := "select lake_number(SourceFileId) as Number, " + run + ", Reason, sum(Rows)::bigint as Rows, " +
		"list_sort(flatten(list(Records)))[:5] as Records, arg_min(Sample, Records[1]) as Sample from rejections where " + s.notDamaged() + " group by SourceFileId, Reason"
	for _, b := range s.unreadable() {
		query += fmt.Sprintf(" union all select %d::integer, %s, %s, %d::bigint, []::bigint[], null", s.numbers[b.FileID-1], run, engine.QuoteText(b.Reason), b.Rows)
	}
	if err := n.write(ctx, kindRejections, query); err != nil {
		return err
	}
	var skips []source.Skip
	for _, k := range s.loader.Account().Skipped {
		skips = append(skips, source.Skip{File: k.File, Reason: k.Reason, Harmless: k.Harmless})
	}
	s.r.report.skip(skips)
	return n.skipped(ctx, skips)
}

// writePlaces notes which files are in now. A file of which a member is still to be read,
// or that is no longer there as it was, is not.
func (s *step) writePlaces(ctx context.Context, n *notes, _ []fileCount) error {
	var list []place
	for _, f := range s.set.Files {
		s.r.left[f.Given]--
		p, ok := s.r.places.fresh[f.Given]
		if s.r.left[f.Given] > 0 {
			continue
		}
		if !ok || !p.unchanged() {
			s.r.report.Unfinished = append(s.r.report.Unfinished, f.Name)
			continue
		}
		p.Run = n.run
		list = append(list, p)
	}
	return n.places(ctx, list)
}

// tell adds to the run's report.
func (s *step) tell(counts []fileCount) {
	r := s.r.report
	r.Files += len(counts)
	r.Grown += len(s.replaced)
	for _, c := range counts {
		r.Read += c.read
		r.Rejected += c.rejected
		r.Others += c.others()
		r.Forgotten += c.fresh
		r.Before += c.forgotten - c.fresh
	}
	r.Stored += s.stored
	r.Duplicates += s.doubled
	r.Before += s.before
	r.Notes = append(r.Notes, s.loader.Account().Notes...)
}
