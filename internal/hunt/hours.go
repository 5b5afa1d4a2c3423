package hunt

import (
	"context"
	"slices"
)

// hourTable is whose rows tell when an account is at work.
const hourTable = "DeviceProcessEvents"

// hourColumns are what is looked at for that.
var hourColumns = []string{"AccountDomain", "AccountName"}

// noteHours notes in which minutes accounts started processes in the attached batch.
func (h *Hunt) noteHours(ctx context.Context, t *plannedTable) error {
	if t.name() != hourTable || !slices.Contains(t.columns, hourColumns[0]) {
		return nil
	}
	where := "true"
	if w := h.window(); w != "" {
		where = w
	}
	if err := h.e.Exec(ctx, "create or replace temp view batch_hours as select Timestamp, AccountDomain, AccountName from "+t.name()+" where "+where); err != nil {
		return err
	}
	return h.runSQL(ctx, "load/hours.sql")
}
