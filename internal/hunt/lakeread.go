package hunt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/lake"
	"smew/internal/load"
)

// A hunt over a lake differs from one over files in where its rows and its account come
// from, and in nothing that follows: what a lake holds was loaded once already.

// restore fills the account from the lake's manifest.
func (h *Hunt) restore(ctx context.Context) error {
	h.progress(0, 1, "opening the lake")
	w := h.lakeWindow()
	if err := h.req.Lake.Restore(ctx, h.e, h.req.SQL, h.contract, w, h.req.AsOf); err != nil {
		return err
	}
	if err := h.loader.Collect(ctx, h.req.Lake.Notes()); err != nil {
		return err
	}
	if err := h.restoreDevices(ctx); err != nil {
		return err
	}
	return h.restorePresence(ctx)
}

// restoreDevices notes the devices of the tables that branches read, for change tickets.
func (h *Hunt) restoreDevices(ctx context.Context) error {
	if h.req.Changes == nil {
		return nil
	}
	names := make([]string, len(h.plan.tables))
	for i, t := range h.plan.tables {
		names[i] = t.name()
	}
	return h.e.Exec(ctx, "insert into devices_met select distinct DeviceName, DeviceId from manifest_devices where list_contains("+engine.QuoteTexts(names)+"::varchar[], SourceTable)")
}

func (h *Hunt) lakeWindow() lake.Window { return lake.Window{Since: h.req.Since, Until: h.req.Until} }

// restorePresence notes which columns had values, and which actions that branches look
// at there were, when the files were taken in.
func (h *Hunt) restorePresence(ctx context.Context) error {
	for _, t := range h.plan.tables {
		asks := []string{"''"}
		for i, a := range t.actions {
			asks = append(asks, fmt.Sprintf("case when exists (select 1 from (select unnest(Actions) as ActionType) where %s) then '#%d' end", a, i))
		}
		rows, err := h.e.Query(ctx, "select lake_id(Number), Telemetry, array_to_string(ColumnNames, ','), concat_ws(',', "+strings.Join(asks, ", ")+
			") from manifest_presence where SourceTable = '"+t.name()+"'")
		if err != nil {
			return fmt.Errorf("the lake's manifest, %s: %w", t.name(), err)
		}
		for rows.Next() {
			key := presenceKey{table: t.name()}
			var columns, actions string
			if err := rows.Scan(&key.file, &key.telemetry, &columns, &actions); err != nil {
				rows.Close()
				return err
			}
			h.present.add(key, t, columns, actions)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}

// add notes columns, and actions by their place in the list of those asked about.
func (p presence) add(key presenceKey, t *plannedTable, columns, actions string) {
	if p[key] == nil {
		p[key] = map[string]bool{}
	}
	for _, c := range strings.Split(columns, ",") {
		p[key][c] = true
	}
	for i, a := range t.actions {
		if strings.Contains(","+actions+",", fmt.Sprintf(",#%d,", i)) {
			p[key][a] = true
		}
	}
}

// readLake takes from the lake's files the rows that can matter: of Class 0 where the
// branches of the ingest asked for all that these ask for, and of the rest what only
// these ask for.
func (h *Hunt) readLake(ctx context.Context) (err error) {
	if h.means, err = meaning(h.req.SQL); err != nil {
		return err
	}
	if err := h.e.Exec(ctx, "create or replace temp table source_ids as select unnest(getvariable('source_names')) as Name, "+
		"unnest(range(1, len(getvariable('source_names')) + 1))::integer as Id"); err != nil {
		return err
	}
	var readings []*reading
	for _, t := range h.plan.tables {
		r, err := h.planReading(ctx, t)
		if err != nil {
			return err
		}
		readings = append(readings, r)
	}
	if h.caches() {
		h.req.Lake.Sweep(time.Now())
	}
	if h.req.Resumed != nil {
		h.req.Resumed(h.daysDone, h.lakeDays)
	}
	for _, r := range readings {
		if err := h.readTable(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// scan takes the rows of interest of one scan.
func (h *Hunt) scan(ctx context.Context, t *plannedTable, s *lake.Scan, w lake.Window) error {
	rest, all := h.uncovered(t, s)
	batch := load.Batch{Table: t.name(), Rows: fewRows + 1, Events: true}
	if err := s.Attach(ctx, h.e, lake.First); err != nil {
		return err
	}
	where := t.where(batch)
	if s.Exactly(all) {
		where = "true" // they were chosen by this very test
	}
	if err := h.take(ctx, t, w, where); err != nil {
		return err
	}
	if rest == nil {
		return nil
	}
	if err := s.Attach(ctx, h.e, lake.Others); err != nil {
		return err
	}
	if rest.whole {
		return h.take(ctx, t, w, "true")
	}
	return h.take(ctx, t, w, "case when "+rest.mayMatter(batch)+" then ("+rest.where(batch)+") else false end")
}

// take keeps the rows of the attached table, of a window, for which where holds.
func (h *Hunt) take(ctx context.Context, t *plannedTable, w lake.Window, where string) error {
	within := exactly(w)
	err := h.e.Exec(ctx, "insert into "+t.kept()+" "+t.selectKept(within+" and ("+where+")"))
	if engine.OfValue(err) && where != "true" {
		// The branch's own trouble, which it will meet when it runs: see keep.
		err = h.e.Exec(ctx, "insert into "+t.kept()+" "+t.selectKept(within))
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", t.name(), err)
	}
	return nil
}

// exactly is a window as a filter, to the nanosecond: what the scan itself asks of a
// file's statistics may let a microsecond more through, which belongs to the next stretch.
func exactly(w lake.Window) string {
	tests := []string{"true"}
	if w.Since != nil {
		tests = append(tests, "Timestamp >= "+engine.TimeLiteral(*w.Since))
	}
	if w.Until != nil {
		tests = append(tests, "Timestamp < "+engine.TimeLiteral(*w.Until))
	}
	switch {
	case w.Undated:
		return "Timestamp is null"
	case w.Dated:
		return "(Timestamp is not null and " + strings.Join(tests, " and ") + ")"
	case len(tests) == 1:
		return "true"
	}
	return "(Timestamp is null or (" + strings.Join(tests, " and ") + "))"
}

// uncovered is what of the needs of a table the scan's first class may not have; nil if
// there is nothing. all names every need.
func (h *Hunt) uncovered(t *plannedTable, s *lake.Scan) (rest *plannedTable, all []string) {
	for _, q := range slices.Concat(h.plan.branches, h.plan.context) {
		for _, n := range q.needs {
			if h.plan.table(n.Table) != t {
				continue
			}
			name := asked(t, n, h.means)
			all = append(all, name)
			if s == nil || s.Covers(name) {
				continue
			}
			if rest == nil {
				rest = &plannedTable{Table: t.Table}
			}
			rest.ask(n)
		}
	}
	slices.Sort(all)
	return rest, slices.Compact(all)
}

// ask adds what one branch asks of the table.
func (t *plannedTable) ask(n branch.Need) {
	if n.Predicate == "" || !stands(t.Table, n.Tested) {
		t.whole = true
		return
	}
	if slices.Contains(t.filters, n.Predicate) {
		return
	}
	t.filters = append(t.filters, n.Predicate)
	for _, part := range n.Parts {
		if !slices.ContainsFunc(t.parts, func(known branch.Part) bool { return known.Predicate == part.Predicate }) {
			t.parts = append(t.parts, part)
		}
	}
	if n.Loose != "" {
		t.loose = append(t.loose, looseOf(t.Table, n))
	}
}

// settleLake is [Hunt.deduplicate] for a lake, in which every event is once: who the
// initiating processes were is found, and the tables' names mean the rows that were kept.
func (h *Hunt) settleLake(ctx context.Context) error {
	for _, t := range h.plan.tables {
		if err := h.fillStarts(ctx, t); err != nil {
			return err
		}
		if err := h.findContext(ctx, t); err != nil {
			return err
		}
	}
	for _, t := range h.plan.tables {
		if err := h.settle(ctx, t); err != nil {
			return err
		}
	}
	var kept []string
	for _, t := range h.plan.tables {
		kept = append(kept, "select SourceTable, SourceFileId, SourceRecord from "+t.kept())
	}
	return h.e.Exec(ctx, "create or replace temp table copies as select d.SourceTable, source_name(d.KeptFileId) as SourceFile, d.KeptRecord as SourceRecord, count(*) as Copies "+
		"from duplicate_rows as d semi join ("+strings.Join(kept, " union all ")+") as kept on kept.SourceTable = d.SourceTable and kept.SourceFileId = d.KeptFileId "+
		"and kept.SourceRecord = d.KeptRecord group by all")
}

// fillStarts notes the starts of the processes that the kept rows of a table name.
func (h *Hunt) fillStarts(ctx context.Context, t *plannedTable) error {
	if !t.HasOwn() {
		return nil
	}
	process, ok := h.contract.Lookup("DeviceProcessEvents")
	if !ok {
		return nil
	}
	var wanted bool
	if err := h.e.Scan(ctx, "select exists (select 1 from "+t.kept()+" where Telemetry <> 'Defender')", &wanted); err != nil || !wanted {
		return err
	}
	return h.req.Lake.Starts(ctx, h.e, process, t.kept())
}
