package hunt

import (
	"context"
	"fmt"
	"strings"
	"time"

	"smew/internal/engine"
	"smew/internal/finding"
)

// cases reads the ranked cases that are to be given out, with all they have.
func (h *Hunt) cases(ctx context.Context) ([]finding.Case, error) {
	if err := h.makeShown(ctx); err != nil {
		return nil, err
	}
	list, err := h.readCases(ctx)
	if err != nil {
		return nil, err
	}
	index := make(map[string]*finding.Case, len(list))
	for i := range list {
		index[list[i].ID] = &list[i]
	}
	for _, add := range []func(context.Context, map[string]*finding.Case) error{
		h.addReasons, h.addAllowed, h.addUnmatched, h.addFleet, h.addMissing, h.addEvidence, h.addRelated,
	} {
		if err := add(ctx, index); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// shown is the filter on ranked cases that are to be given out.
func (h *Hunt) shown() string {
	where := fmt.Sprintf("Score >= %d", h.req.MinScore)
	if !h.req.ShowSuppressed {
		where += " and not Suppressed"
	}
	return where
}

func (h *Hunt) limit() string {
	if h.req.Limit <= 0 {
		return ""
	}
	return fmt.Sprintf(" limit %d", h.req.Limit)
}

func (h *Hunt) readCases(ctx context.Context) ([]finding.Case, error) {
	list := []finding.Case{}
	var c finding.Case
	var first, last *string
	var branches, kinds string
	var alike int64
	var alikeFirst, alikeLast *string
	err := h.each(ctx, `
		select CaseId, Score, Raw, Floor, Severity, Title, First::varchar, Last::varchar, coalesce(DeviceName, ''), coalesce(DeviceId, ''),
			Account, AccountFrom, Client, coalesce(ServiceName, ''), coalesce(Payload, ''), PayloadPath, Suppressed,
			array_to_string(Branches, ','), array_to_string(Kinds, ','), Alike, AlikeFirst::varchar, AlikeLast::varchar
		from ranked inner join shown using (CaseId) order by shown.Place`,
		[]any{
			&c.ID, &c.Score, &c.Raw, &c.Floor, &c.Severity, &c.Title, &first, &last, &c.DeviceName, &c.DeviceID,
			&c.Account, &c.AccountFrom, &c.Client, &c.ServiceName, &c.Payload, &c.PayloadPath, &c.Suppressed, &branches, &kinds,
			&alike, &alikeFirst, &alikeLast,
		}, func() {
			found := c
			found.Missing, found.Reasons, found.Allowlist = []finding.Missing{}, []finding.Reason{}, []finding.Applied{}
			found.Evidence, found.Related, found.Fleet.Names = []finding.Event{}, []finding.Related{}, []string{}
			found.First, found.Last = timeOf(first), timeOf(last)
			if alike > 0 {
				found.Alike = &finding.Alike{Cases: alike, First: timeOf(alikeFirst), Last: timeOf(alikeLast)}
			}
			found.Branches, found.Seen = h.branchesOf(branches), inOrder(kinds)
			list = append(list, found)
		})
	return list, err
}

// timeOf is a time of the database's, the zero time for NULL.
func timeOf(text *string) time.Time {
	if t := engine.ParseTime(text); t != nil {
		return *t
	}
	return time.Time{}
}

// each reads the rows of a query into the same places and calls take after each.
func (h *Hunt) each(ctx context.Context, query string, into []any, take func()) error {
	rows, err := h.e.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		take()
	}
	return rows.Err()
}

// inOrder is a list of kinds in the order of [finding.Kinds].
func inOrder(kinds string) []string {
	list := []string{}
	for _, k := range finding.Kinds {
		if strings.Contains(","+kinds+",", ","+k+",") {
			list = append(list, k)
		}
	}
	return list
}

func (h *Hunt) branchesOf(ids string) []finding.Branch {
	list := []finding.Branch{}
	for _, id := range strings.Split(ids, ",") {
		for _, b := range h.req.Branches {
			if b.ID == id {
				list = append(list, finding.Branch{Name: b.ID, DetectionType: b.DetectionType, Technique: b.Technique})
			}
		}
	}
	return list
}

func (h *Hunt) addReasons(ctx context.Context, index map[string]*finding.Case) error {
	var id, events string
	var r finding.Reason
	return h.each(ctx, `
		select reasons.CaseId, ReasonId, Grp, Points, Text, Detail, Pierces, Floor, array_to_string(Events, ',')
		from reasons inner join shown on shown.CaseId = reasons.CaseId
		order by reasons.CaseId, reasons.Place, ReasonId`,
		[]any{&id, &r.ID, &r.Group, &r.Points, &r.Text, &r.Detail, &r.Pierces, &r.Floor, &events}, func() {
			found := r
			found.Events = split(events)
			index[id].Reasons = append(index[id].Reasons, found)
		})
}

// split is a list of ids, which have no comma.
func split(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.Split(text, ",")
}

// addAllowed lists the entries and tickets that matched, and adds what they took off
// to the reasons, so that the points still sum to the raw score.
func (h *Hunt) addAllowed(ctx context.Context, index map[string]*finding.Case) error {
	var id string
	var a finding.Applied
	return h.each(ctx, `
		select allowed.CaseId, EntryId, Class, Action, Points, Reason, Owner, Covers, coalesce(Note, '')
		from case_allowed as allowed inner join shown on shown.CaseId = allowed.CaseId
		order by allowed.CaseId, EntryId, Class, Action, Reason`,
		[]any{&id, &a.Entry, &a.Class, &a.Action, &a.Points, &a.Reason, &a.Owner, &a.Covers, &a.Note}, func() {
			c := index[id]
			c.Allowlist = append(c.Allowlist, a)
			if a.Points != 0 {
				c.Reasons = append(c.Reasons, lowering(a))
			}
		})
}

func lowering(a finding.Applied) finding.Reason {
	r := finding.Reason{ID: "allowlist:" + a.Entry, Group: "benign", Points: a.Points, Text: "allowlist entry " + a.Entry, Events: []string{}}
	if a.Action == "change" {
		r.ID, r.Text = "change:"+a.Entry, "change ticket "+a.Entry
	}
	return r
}

func (h *Hunt) addFleet(ctx context.Context, index map[string]*finding.Case) error {
	var id string
	var f finding.Fleet
	var names []any
	var since *string
	return h.each(ctx, `
		select fleet.CaseId, Devices, "Of", Names, Since::varchar
		from case_fleet as fleet inner join shown on shown.CaseId = fleet.CaseId order by fleet.CaseId`,
		[]any{&id, &f.Devices, &f.Of, &names, &since}, func() {
			found := f
			found.Names, found.Since = texts(names), engine.ParseTime(since)
			index[id].Fleet = found
		})
}

// texts is a list of the database's as texts.
func texts(list []any) []string {
	out := []string{}
	for _, v := range list {
		if text, ok := v.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// addMissing says which kinds of telemetry the cases' devices have none of.
func (h *Hunt) addMissing(ctx context.Context, index map[string]*finding.Case) error {
	var id string
	var m finding.Missing
	return h.each(ctx, "select missing.CaseId, Kind, Text from case_missing as missing inner join shown on shown.CaseId = missing.CaseId order by missing.CaseId, missing.Place",
		[]any{&id, &m.Kind, &m.Text}, func() { index[id].Missing = append(index[id].Missing, m) })
}

func (h *Hunt) addRelated(ctx context.Context, index map[string]*finding.Case) error {
	var id string
	var r finding.Related
	var at *string
	return h.each(ctx, `
		select related.CaseId, related.Kind, related.Timestamp::varchar, related.SourceTable, coalesce(related.ActionType, ''), coalesce(related.Text, ''),
			concat_ws('\', nullif(related.AccountDomain, ''), nullif(related.AccountName, '')), related.SourceFile,
			coalesce(facts.RecordShown, related.SourceRecord), coalesce(facts.Telemetry, '')
		from case_related as related
		inner join shown on shown.CaseId = related.CaseId
		left join row_facts as facts on facts.SourceTable = related.SourceTable and facts.SourceFile = related.SourceFile
			and facts.SourceRecord = related.SourceRecord
		order by related.CaseId, related.Timestamp, related.SourceFile, coalesce(facts.RecordShown, related.SourceRecord), related.SourceTable`,
		[]any{&id, &r.Kind, &at, &r.Table, &r.ActionType, &r.Text, &r.Account, &r.Source.File, &r.Source.Record, &r.Source.Telemetry}, func() {
			found := r
			if t := engine.ParseTime(at); t != nil {
				found.Timestamp = *t
			}
			index[id].Related = append(index[id].Related, found)
		})
}
