package hunt

import (
	"context"
	"slices"
)

// hourTable is whose rows tell when an account is at work.
const hourTable = "DeviceProcessEvents"

// hourColumns are what is looked at for that.
var hourColumns = []string{"AccountDomain", "AccountName"}

// noteHours notes in which minutes accounts started processes in the attached batch, by
// day and hour: minutes and not processes, for copies of an event must not count twice, and
// which are copies is known in the end only. Accounts that belong to nobody are awake at all hours and are left out.
func (h *Hunt) noteHours(ctx context.Context, t *plannedTable) error {
	if t.name() != hourTable || !slices.Contains(t.columns, hourColumns[0]) {
		return nil
	}
	where := "AccountName <> '' and Timestamp is not null and not ends_with(AccountName, '$') " +
		"and lower(AccountName) not in ('system', 'local service', 'network service', 'root')"
	if w := h.window(); w != "" {
		where += " and " + w
	}
	return h.e.Exec(ctx, `insert into account_hours_read
		select lower(concat_ws('\', nullif(AccountDomain, ''), AccountName)), cast(epoch_ns(Timestamp) // 3600000000000 % 24 as tinyint), cast(Timestamp as date),
			bit_or(1::ubigint << cast(epoch_ns(Timestamp) // 60000000000 % 60 as integer))
		from `+t.name()+" where "+where+" group by all")
}
