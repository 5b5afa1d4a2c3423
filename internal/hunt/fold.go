package hunt

import (
	"context"
	"fmt"
)

// foldAfter is how many of a flood of cases that are alike are shown.
const foldAfter = 2

// makeShown makes the table shown, a row for each case that is to be given out, with
// how many like it are folded into it and when those were. Alike are cases of one
// device with the same branches and severity that run the same program: a tool that
// makes a service for every line of its output would bury all others. Of what a case
// runs nothing may be known, and then nothing is like it.
func (h *Hunt) makeShown(ctx context.Context) error {
	kin := "[CaseId]"
	if h.req.Fold {
		kin = "case when PayloadPath <> '' then [Device, Severity, cast(Suppressed as varchar), array_to_string(Branches, ','), PayloadPath] else [CaseId] end"
	}
	return h.e.Exec(ctx, fmt.Sprintf(`
		create or replace temp table shown as
		with asked as (
			select CaseId, Place, First, Last, %s as Kin from ranked where %s
		),

		ordered as (
			select *, row_number() over (partition by Kin order by Place) as Nth from asked
		),

		folded as (
			select Kin, count(*) as Alike, min(First) as First, max(Last) as Last from ordered where Nth > %d group by Kin
		)

		select ordered.CaseId, ordered.Place, coalesce(folded.Alike, 0) as Alike, folded.First as AlikeFirst, folded.Last as AlikeLast
		from ordered
		left join folded on folded.Kin = ordered.Kin and ordered.Nth = %[3]d
		where ordered.Nth <= %[3]d
		order by ordered.Place%s`, kin, h.shown(), foldAfter, h.limit()))
}
