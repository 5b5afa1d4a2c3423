package lake

import (
	"context"
	"slices"
	"strings"
	"time"

	"smew/internal/engine"
)

// Newest is the time of the newest event that is not later than asOf, nil if there is
// none, and how many events are later. Only the days around asOf are looked into.
func (r *Reader) Newest(ctx context.Context, e *engine.Engine, asOf time.Time) (*time.Time, int64, error) {
	today := asOf.UTC().Format(time.DateOnly)
	var later int64
	last := ""
	for _, d := range r.Snapshot.Data {
		for _, day := range d.Days {
			switch {
			case day.Date > today:
				later += day.Rows
			case day.Date != "" && day.Date < today:
				last = max(last, day.Date)
			}
		}
	}
	for _, date := range []string{today, last} {
		newest, after, err := r.newestOf(ctx, e, date, asOf)
		if err != nil {
			return nil, 0, err
		}
		if later += after; newest != nil {
			return newest, later, nil
		}
	}
	return nil, later, nil
}

// newestOf looks into the rows of one day.
func (r *Reader) newestOf(ctx context.Context, e *engine.Engine, date string, asOf time.Time) (*time.Time, int64, error) {
	var parts []string
	for _, d := range r.Snapshot.Data {
		if date != "" && slices.ContainsFunc(d.Days, func(day Day) bool { return day.Date == date }) {
			parts = append(parts, "select "+loadedTime("Timestamp")+" as Moment from "+r.l.readFiles([]Data{d})+" where Timestamp >= timestamp '"+date+"' and Timestamp < timestamp '"+date+"' + interval 1 day")
		}
	}
	if len(parts) == 0 {
		return nil, 0, nil
	}
	var newest *string
	var after int64
	limit := engine.TimeLiteral(asOf)
	err := e.Scan(ctx, "select cast(max(Moment) filter (where Moment <= "+limit+") as varchar), count(*) filter (where Moment > "+limit+") from ("+strings.Join(parts, " union all ")+")", &newest, &after)
	return engine.ParseTime(newest), after, err
}
