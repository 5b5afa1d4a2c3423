package hunt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"smew/internal/engine"
	"smew/internal/lake"
)

// A branch that hit some rows of a lake hits them again, as long as neither the branch
// nor the rows have changed. Its hits are kept under a name made of both.

// hitsKey names a branch's hits: its text with the places it does not speak of, what its
// functions and lists mean, and what its tables hold. Who started a process is known from
// the process table, whatever the day.
func (h *Hunt) hitsKey(b *planned) string {
	sum := sha256.New()
	fmt.Fprintln(sum, "hits 1", h.req.Version, h.means, h.window(), len(b.part()))
	fmt.Fprintln(sum, b.part())
	for _, n := range b.needs {
		name := h.plan.table(n.Table).name()
		fmt.Fprintln(sum, name, h.req.Lake.Print(name, h.lakeWindow()))
	}
	if h.mapped() {
		fmt.Fprintln(sum, h.req.Lake.Print("DeviceProcessEvents", lake.Window{}), h.req.Lake.Boots())
	}
	return "hits/" + hex.EncodeToString(sum.Sum(nil)[:16]) + ".parquet"
}

// mapped tells whether any file is of events, whose initiating processes are looked for.
func (h *Hunt) mapped() bool {
	for _, f := range h.req.Files.Files {
		if f.Mapping != nil {
			return true
		}
	}
	return false
}

// caches tells whether hits are kept and taken from what was kept.
func (h *Hunt) caches() bool { return h.req.Lake != nil && !h.req.NoCache }

// hit fills hits with those of one branch: those kept, or what its query gives.
func (h *Hunt) hit(ctx context.Context, b *planned) error {
	if !h.caches() {
		return h.runBranch(ctx, b)
	}
	key := h.hitsKey(b)
	if path, there := h.req.Lake.Cached(key); there {
		if h.e.Exec(ctx, "insert into hits by name select * from read_parquet("+engine.QuotePaths([]string{path})+")") == nil {
			return nil
		}
	}
	if err := h.runBranch(ctx, b); err != nil {
		return err
	}
	return h.req.Lake.Keep(ctx, h.e, key, "select * from hits where BranchId = "+engine.QuoteText(b.ID))
}

// runBranch runs one branch over the rows that were kept.
func (h *Hunt) runBranch(ctx context.Context, b *planned) error {
	err := h.e.Exec(ctx, "insert into hits by name "+b.part())
	if err != nil && ctx.Err() == nil {
		// One that gives more than a hit has, which lint refuses, widens them.
		err = h.e.Exec(ctx, "create or replace temp table hits as select * from hits union all by name "+b.part())
	}
	return err
}

// lakeDays lists the days of a table in the window that a test holds of, in order.
func lakeDays(days []lake.Day, test func(lake.Day) bool) []lake.Day {
	return slices.DeleteFunc(slices.Clone(days), func(d lake.Day) bool { return !test(d) })
}
