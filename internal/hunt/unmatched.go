package hunt

import (
	"context"

	"smew/internal/finding"
)

// addUnmatched says which events the entries and tickets that match only some of a
// case's do not match. Most hunts have none, and spare the binding of its SQL.
func (h *Hunt) addUnmatched(ctx context.Context, index map[string]*finding.Case) error {
	var some bool
	err := h.e.Scan(ctx, `
		select count(*) > 0
		from case_allowed as allowed
		inner join shown on shown.CaseId = allowed.CaseId
		inner join case_hardness as sizes on sizes.CaseId = allowed.CaseId
		where allowed.Covers < sizes.Events`, &some)
	if err != nil || !some {
		return err
	}
	files := []string{"hunt/unmatched.sql"}
	if h.req.Changes != nil {
		files = append(files, "hunt/unmatched_changes.sql")
	}
	if err := h.runAll(ctx, files); err != nil {
		return err
	}
	var id, entry string
	var ticket bool
	var m finding.Unmatched
	return h.each(ctx, "select CaseId, EntryId, IsChange, EventId, Why from case_unmatched order by CaseId, EntryId, IsChange, Nth",
		[]any{&id, &entry, &ticket, &m.Event, &m.Why}, func() {
			list := index[id].Allowlist
			for i := range list {
				if list[i].Entry == entry && (list[i].Action == "change") == ticket {
					list[i].Unmatched = append(list[i].Unmatched, m)
				}
			}
		})
}
