package lake

import (
	"context"

	"smew/internal/engine"
)

// manifest writes anew what the manifest says of the days that go. Which files were read,
// and by what content they are known, stays.
func (f *forgetting) manifest(ctx context.Context, n *notes) error {
	if f.l.relation(f.snap, kindAccounts) == "" {
		return nil
	}
	before := "Day < date " + engine.QuoteText(f.req.Before)
	gone := "select Number, " + number(n.run) + "::bigint as Run, SourceTable, sum(Rows)::bigint as Rows from " +
		f.l.latest(f.snap, kindAccounts) + " where " + before + " group by Number, SourceTable"
	if err := n.write(ctx, kindForgotten, gone); err != nil {
		return err
	}
	replaced := map[string]bool{}
	for _, kind := range []string{kindAccounts, kindDoubts, kindDevices, kindHours, kindDuplicates, kindBoots} {
		if err := f.without(ctx, n, kind, before, replaced); err != nil {
			return err
		}
	}
	n.snap.dropKinds(replaced)
	return nil
}

// without writes a kind anew without what it says of the days that go, if it does.
func (f *forgetting) without(ctx context.Context, n *notes, kind, before string, replaced map[string]bool) error {
	query := f.l.merged(f.snap, kind)
	if f.l.relation(f.snap, kind) == "" || query == "" {
		return nil
	}
	if kind == kindBoots {
		// The last boot before the day still tells which process a number means after it.
		before = "Booted < (select max(later.Booted) from (" + query + ") as later where later.Device is not distinct from said.Device " +
			"and later.Number is not distinct from said.Number and later.Booted < timestamp_ns " + engine.QuoteText(f.req.Before+" 00:00:00") + ")"
	}
	var rows int64
	if err := n.e.Scan(ctx, "select count(*) from ("+query+") as said where "+before, &rows); err != nil || rows == 0 {
		return err
	}
	replaced[kind] = true
	return n.write(ctx, kind, "select * from ("+query+") as said where ("+before+") is not true")
}
