package lake

import (
	"context"
	"fmt"
	"path"
	"slices"
	"time"

	"smew/internal/engine"
)

// Status is what a lake holds: its JSON form is the contract of `smew lake status --json`.
type Status struct {
	Lake      string    `json:"lake"`
	Snapshot  int64     `json:"snapshot"`
	Made      time.Time `json:"made"`
	Smew      string    `json:"smew"`
	Runs      int64     `json:"runs"` // commits that wrote to it
	Forgotten string    `json:"forgotten_before,omitempty"`
	Writer    *Writing  `json:"writer"` // who writes now; null if nobody does
	Files     int       `json:"files"`  // of rows
	Bytes     int64     `json:"bytes"`
	Small     int       `json:"small_files"` // of them, those that compact would look at
	Leftover  int       `json:"leftover_files"`
	Account
	Tables []TableStatus `json:"tables"`
}

// Writing is a process that writes to a lake.
type Writing struct {
	PID   int       `json:"pid"`
	What  string    `json:"what"`
	Since time.Time `json:"since"`
}

// Account is where the rows of the source files went:
// Read = Stored + Duplicates + Rejected + Others + Gone.
type Account struct {
	Sources    int64 `json:"sources"` // files, members of archives each
	Read       int64 `json:"rows_read"`
	Stored     int64 `json:"rows"`
	Duplicates int64 `json:"rows_duplicate"`
	Rejected   int64 `json:"rows_rejected"`
	Others     int64 `json:"rows_other"`     // of kinds that no table is made of
	Gone       int64 `json:"rows_forgotten"` // of days that are forgotten
	Skipped    int64 `json:"files_skipped"`
}

// TableStatus is one table of a lake.
type TableStatus struct {
	Table   string      `json:"table"`
	Rows    int64       `json:"rows"`
	Undated int64       `json:"rows_without_time"`
	Devices int64       `json:"devices"`
	Files   int         `json:"files"`
	Bytes   int64       `json:"bytes"`
	First   string      `json:"first"` // day, "" if no row has a time
	Last    string      `json:"last"`
	Days    []DayStatus `json:"days"`
	Gaps    []Gap       `json:"gaps"`
}

// DayStatus is one day of a table.
type DayStatus struct {
	Day     string `json:"day"`
	Rows    int64  `json:"rows"`
	Devices int64  `json:"devices"`
}

// Gap is a stretch of days without a row, between two that have some.
type Gap struct {
	First string `json:"first"`
	Last  string `json:"last"`
	Days  int    `json:"days"`
}

// Status tells what the lake holds, by its newest snapshot.
func (l *Lake) Status(ctx context.Context, e *engine.Engine) (*Status, error) {
	done, err := l.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	snap, err := l.Snapshot()
	if err != nil {
		return nil, err
	}
	if err := l.lockDown(ctx, e); err != nil {
		return nil, err
	}
	st := &Status{
		Lake: l.Dir, Snapshot: snap.Number, Made: snap.Made, Smew: snap.Smew, Runs: snap.Runs, Forgotten: snap.Forgotten,
		Writer: l.writing(), Tables: []TableStatus{},
	}
	if err := l.account(ctx, e, snap, &st.Account); err != nil {
		return nil, fmt.Errorf("the lake's manifest: %w", err)
	}
	devices, err := l.devices(ctx, e, snap)
	if err != nil {
		return nil, fmt.Errorf("the lake's manifest: %w", err)
	}
	for _, name := range tablesIn(snap) {
		st.Tables = append(st.Tables, tableStatus(snap, name, devices[name]))
	}
	for _, d := range snap.Data {
		st.Files, st.Bytes = st.Files+1, st.Bytes+d.Bytes
	}
	most, err := sortable(ctx, e)
	if err != nil {
		return nil, err
	}
	for _, m := range merges(snap.Data, most) {
		st.Small += len(m.files)
	}
	left, err := l.leftovers(snap)
	st.Leftover = len(left)
	return st, err
}

func (l *Lake) writing() *Writing {
	busy := l.Writer()
	if busy == nil {
		return nil
	}
	return &Writing{busy.PID, busy.What, busy.Since}
}

// account adds up what the manifest says of the source files.
func (l *Lake) account(ctx context.Context, e *engine.Engine, snap *Snapshot, a *Account) error {
	for _, d := range snap.Data {
		a.Stored += d.Rows
	}
	if l.relation(snap, kindSources) == "" {
		return nil
	}
	var accounted int64
	for _, part := range []struct {
		kind, query string
		to          []any
	}{
		{kindSources, "select count(*), coalesce(sum(Read), 0)::bigint from " + l.latest(snap, kindSources), []any{&a.Sources, &a.Read}},
		{kindAccounts, "select coalesce(sum(Rows), 0)::bigint from " + l.latest(snap, kindAccounts), []any{&accounted}},
		{kindRejections, "select coalesce(sum(Rows), 0)::bigint from " + l.latest(snap, kindRejections), []any{&a.Rejected}},
		{kindDuplicates, "select count(*) from " + l.relation(snap, kindDuplicates), []any{&a.Duplicates}},
		{kindForgotten, "select coalesce(sum(Rows), 0)::bigint from " + l.relation(snap, kindForgotten), []any{&a.Gone}},
		{kindSkipped, "select count(distinct File) from " + l.relation(snap, kindSkipped), []any{&a.Skipped}},
	} {
		if l.relation(snap, part.kind) == "" {
			continue
		}
		if err := e.Scan(ctx, part.query, part.to...); err != nil {
			return err
		}
	}
	a.Others = a.Read - accounted - a.Rejected - a.Gone
	return nil
}

// deviceCounts are the devices of a table: on each day, and in all under "".
type deviceCounts map[string]int64

func (l *Lake) devices(ctx context.Context, e *engine.Engine, snap *Snapshot) (map[string]deviceCounts, error) {
	counts := map[string]deviceCounts{}
	rel := l.relation(snap, kindDevices)
	if rel == "" {
		return counts, nil
	}
	rows, err := e.Query(ctx, "select SourceTable, coalesce(strftime(Day, '%Y-%m-%d'), ''), count(distinct Device) from "+rel+
		" group by grouping sets ((SourceTable, Day), (SourceTable)) having Day is not null or grouping(Day) = 1")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var table, day string
		var n int64
		if err := rows.Scan(&table, &day, &n); err != nil {
			return nil, err
		}
		if counts[table] == nil {
			counts[table] = deviceCounts{}
		}
		counts[table][day] = n
	}
	return counts, rows.Err()
}

// tablesIn lists the tables that have rows, in order.
func tablesIn(snap *Snapshot) []string {
	var names []string
	for _, d := range snap.Data {
		names = append(names, d.Table)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func tableStatus(snap *Snapshot, name string, devices deviceCounts) TableStatus {
	st := TableStatus{Table: name, Devices: devices[""], Days: []DayStatus{}, Gaps: []Gap{}}
	var files []Data
	for _, d := range snap.Data {
		if d.Table == name {
			files = append(files, d)
			st.Rows, st.Bytes = st.Rows+d.Rows, st.Bytes+d.Bytes
		}
	}
	st.Files = len(files)
	for _, day := range daysOf(files) {
		if day.Date == "" {
			st.Undated = day.Rows
			continue
		}
		st.Days = append(st.Days, DayStatus{day.Date, day.Rows, devices[day.Date]})
	}
	if len(st.Days) > 0 {
		st.First, st.Last = st.Days[0].Day, st.Days[len(st.Days)-1].Day
		st.Gaps = gaps(st.Days)
	}
	return st
}

// gaps lists the stretches between days, which are in order, that have none.
func gaps(days []DayStatus) []Gap {
	list := []Gap{}
	for i := 1; i < len(days); i++ {
		before, err := time.Parse(time.DateOnly, days[i-1].Day)
		after, err2 := time.Parse(time.DateOnly, days[i].Day)
		if err != nil || err2 != nil {
			continue
		}
		if n := int(after.Sub(before)/(24*time.Hour)) - 1; n > 0 {
			list = append(list, Gap{before.AddDate(0, 0, 1).Format(time.DateOnly), after.AddDate(0, 0, -1).Format(time.DateOnly), n})
		}
	}
	return list
}

// month is the partition that a file lies in.
func (d Data) month() string { return path.Base(path.Dir(d.Path)) }
