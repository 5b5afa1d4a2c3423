package hunt

import (
	"context"
	"slices"

	"smew/internal/allow"
	"smew/internal/engine"
	"smew/internal/finding"
)

// judgement is the SQL that makes ranked cases of hits, in the order in which it runs.
// Each file says at its head what it reads and makes.
//
//	hits → found_events → cases, case_events, case_related → event_reasons,
//	case_signals, case_fleet → reasons → allowed, case_allowed → ranked
var judgement = []string{
	"hunt/events.sql", "hunt/launches.sql", "hunt/cases.sql", "hunt/event_titles.sql",
	"hunt/reasons.sql", "hunt/signals.sql", "hunt/fleet.sql", "hunt/hours.sql", "hunt/surroundings.sql", "hunt/score.sql", "hunt/missing.sql",
}

// verdict is the part of it that depends on the allowlist and the change calendar.
func (h *Hunt) verdict(ctx context.Context) error {
	if err := h.req.Allow.Attach(ctx, h.e, h.req.AsOf); err != nil {
		return err
	}
	files := []string{"hunt/allowlist.sql", "hunt/lowered.sql", "hunt/rank.sql"}
	if h.req.Changes != nil {
		files = slices.Insert(files, 1, "hunt/changes.sql")
	}
	return h.runAll(ctx, files)
}

// judge makes cases of hits, weighs them, applies the allowlist and ranks.
func (h *Hunt) judge(ctx context.Context) error {
	h.progress(1, 1, "ranking")
	if !h.req.Tables {
		// To bind the judgement's SQL is a good part of a small hunt, and most small
		// hunts find nothing to judge.
		if err := h.e.Scan(ctx, "select count(*) = 0 from hits", &h.nothing); err != nil || h.nothing {
			return err
		}
	}
	if err := h.attachReference(ctx); err != nil {
		return err
	}
	if err := h.attachFacts(ctx); err != nil {
		return err
	}
	if err := h.attachContext(ctx); err != nil {
		return err
	}
	if err := h.attachTablesRead(ctx); err != nil {
		return err
	}
	if err := h.runAll(ctx, judgement); err != nil {
		return err
	}
	return h.verdict(ctx)
}

func (h *Hunt) runAll(ctx context.Context, files []string) error {
	for _, name := range files {
		if err := h.runSQL(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Again judges once more what the last [Run] on e found, with another allowlist, and
// gives the cases as that run's request asks for them. The tables of the judgement are
// those of this one afterwards.
func Again(ctx context.Context, e *engine.Engine, req Request, entries *allow.List) (*finding.Result, error) {
	req.Allow = entries
	h := &Hunt{e: e, req: req}
	if err := e.Scan(ctx, "select count(*) = 0 from hits", &h.nothing); err != nil || h.nothing {
		return &finding.Result{Cases: []finding.Case{}}, err
	}
	if err := h.verdict(ctx); err != nil {
		return nil, err
	}
	cases, err := h.cases(ctx)
	return &finding.Result{Cases: cases}, err
}

// attachTablesRead names the tables that branches of this hunt read.
func (h *Hunt) attachTablesRead(ctx context.Context) error {
	if err := h.e.Exec(ctx, "create or replace temp table tables_read (TableName varchar)"); err != nil {
		return err
	}
	for _, t := range h.plan.tables {
		if err := h.e.Exec(ctx, "insert into tables_read values (?)", t.name()); err != nil {
			return err
		}
	}
	return nil
}
