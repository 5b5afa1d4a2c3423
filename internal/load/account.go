package load

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"smew/internal/engine"
	"smew/internal/source"
)

// Account is what a load saw, and what it left out and why.
type Account struct {
	Files    []FileAccount // by file and table, in the order of the files' names
	Rejected []Rejection
	Skipped  []source.Skip
	Tables   []TableAccount
	Devices  int64 // different devices, over all tables
	Others   []OtherEvents
	Doubts   []Doubt  // rows whose time cannot be relied on, by file and reason
	Doubtful int64    // all of them
	Notes    []string // anything else a reader must know

	set     *source.Set
	parquet []*parquetGroup
	failed  map[int32]bool
	broken  []Rejection
}

// FileAccount is what one file gave to one table.
type FileAccount struct {
	File       *source.File
	Table      string
	InWindow   int64 // rows inside the window, duplicates among them
	Outside    int64
	Duplicates int64
	First      *time.Time // of the rows in the window
	Last       *time.Time
}

// TableAccount is what all files gave to one table.
type TableAccount struct {
	Name       string
	Rows       int64 // in the window, duplicates among them
	Outside    int64
	Duplicates int64
	Future     int64
	Devices    int64
	Files      int64
	First      *time.Time
	Last       *time.Time
	GapDays    []string // days without an event between First and Last
}

// OtherEvents counts the good records of one file that no table is made of.
type OtherEvents struct {
	FileID int32
	Rows   int64
}

// Doubt counts kept rows of one file whose time cannot be relied on.
type Doubt struct {
	FileID int32
	File   string
	Reason string
	Rows   int64 // in the window
	// Outside are rows left out of the window by a time that may be wrong.
	Outside int64
}

// Rejection counts rows of one file left out for one reason.
type Rejection struct {
	FileID  int32
	File    string
	Reason  string
	Rows    int64
	Records []int64 // the first five
}

func newAccount(set *source.Set) *Account {
	return &Account{set: set, Skipped: slices.Clone(set.Skipped), failed: map[int32]bool{}}
}

func (a *Account) skip(f *source.File, reason string) {
	a.Skipped = append(a.Skipped, source.Skip{File: f.Name, Reason: reason})
	a.failed[f.ID] = true
}

// unreadable notes a file whose rows could not be read though it opened.
func (a *Account) unreadable(id int32, rows int64, reason string) {
	a.failed[id] = true
	a.broken = append(a.broken, Rejection{
		FileID: id, File: a.set.Files[id-1].Name, Reason: "unreadable: " + reason, Rows: rows, Records: []int64{},
	})
}

// Unreadable lists the files whose rows could not be read though they opened.
func (a *Account) Unreadable() []Rejection { return a.broken }

// FilesRead counts the files that were telemetry and could be read.
func (a *Account) FilesRead() int64 {
	n := int64(len(a.set.Files))
	for _, f := range a.set.Files {
		if a.failed[f.ID] {
			n--
		}
	}
	return n
}

// RowsKept counts the good rows, in the window and out of it.
func (a *Account) RowsKept() int64 {
	var n int64
	for _, f := range a.Files {
		n += f.InWindow + f.Outside - f.Duplicates
	}
	return n
}

// RowsRejected counts the rows left out.
func (a *Account) RowsRejected() int64 {
	var n int64
	for _, r := range a.Rejected {
		n += r.Rows
	}
	return n
}

// RowsDuplicate counts the further copies of events already counted.
func (a *Account) RowsDuplicate() int64 {
	var n int64
	for _, f := range a.Files {
		n += f.Duplicates
	}
	return n
}

// RowsOther counts the good records that no table is made of.
func (a *Account) RowsOther() int64 {
	var n int64
	for _, o := range a.Others {
		n += o.Rows
	}
	return n
}

// RowsRead counts every record met: kept, duplicate, rejected or of another kind.
func (a *Account) RowsRead() int64 {
	return a.RowsKept() + a.RowsDuplicate() + a.RowsRejected() + a.RowsOther()
}

// collect reads the account's tables.
func (a *Account) collect(ctx context.Context, e *engine.Engine) error {
	for _, step := range []func(context.Context, *engine.Engine) error{a.collectFiles, a.collectTables, a.collectGaps, a.collectRejections, a.collectOthers, a.collectDoubts} {
		if err := step(ctx, e); err != nil {
			return fmt.Errorf("closing the account: %w", err)
		}
	}
	return e.Scan(ctx, "select count(distinct Device) from devices", &a.Devices)
}

func (a *Account) collectFiles(ctx context.Context, e *engine.Engine) error {
	rows, err := e.Query(ctx, `
		with counted as (
			select SourceFileId, SourceTable, sum(InWindow)::bigint as InWindow, sum(Outside)::bigint as Outside,
				min(First)::varchar as First, max(Last)::varchar as Last
			from accounts group by all
		), repeated as (
			select SourceFileId, SourceTable, count(*) as Rows from duplicate_rows group by all
		)
		select SourceFileId, SourceTable, InWindow, Outside, coalesce(repeated.Rows, 0), First, Last
		from counted left join repeated using (SourceFileId, SourceTable)
		order by SourceFileId, SourceTable`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var f FileAccount
		var id int32
		var first, last *string
		if err := rows.Scan(&id, &f.Table, &f.InWindow, &f.Outside, &f.Duplicates, &first, &last); err != nil {
			return err
		}
		f.File = a.set.Files[id-1]
		f.First, f.Last = engine.ParseTime(first), engine.ParseTime(last)
		a.Files = append(a.Files, f)
	}
	return rows.Err()
}

func (a *Account) collectTables(ctx context.Context, e *engine.Engine) error {
	rows, err := e.Query(ctx, `
		with counted as (
			select SourceTable, sum(InWindow)::bigint as InWindow, sum(Outside)::bigint as Outside,
				sum(Future)::bigint as Future, count(distinct SourceFileId) as Files,
				min(First)::varchar as First, max(Last)::varchar as Last
			from accounts group by all
		), met as (
			select SourceTable, count(distinct Device) as Devices from devices group by all
		), repeated as (
			select SourceTable, count(*) as Rows from duplicate_rows group by all
		)
		select SourceTable, InWindow, Outside, coalesce(repeated.Rows, 0), Future, coalesce(Devices, 0), Files, First, Last
		from counted left join met using (SourceTable) left join repeated using (SourceTable)
		order by SourceTable`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		t := TableAccount{GapDays: []string{}}
		var first, last *string
		if err := rows.Scan(&t.Name, &t.Rows, &t.Outside, &t.Duplicates, &t.Future, &t.Devices, &t.Files, &first, &last); err != nil {
			return err
		}
		t.First, t.Last = engine.ParseTime(first), engine.ParseTime(last)
		a.Tables = append(a.Tables, t)
	}
	return rows.Err()
}

// collectGaps finds the days on which a table has nothing though it has
// something before and after: an export forgotten, a sensor silent.
func (a *Account) collectGaps(ctx context.Context, e *engine.Engine) error {
	for i := range a.Tables {
		t := &a.Tables[i]
		if t.First == nil {
			continue
		}
		rows, err := e.Query(ctx, `
			with days as (select Day from accounts where SourceTable = ? and InWindow > 0)
			select strftime(missing.day, '%Y-%m-%d')
			from (select unnest(generate_series(min(Day), max(Day), interval 1 day)) as day from days) as missing
			where cast(missing.day as date) not in (select Day from days where Day is not null)
			order by all limit 10000`, t.Name)
		if err != nil {
			return err
		}
		days, err := scanNames(rows)
		if err != nil {
			return err
		}
		t.GapDays = append(t.GapDays, days...)
	}
	return nil
}

func (a *Account) collectRejections(ctx context.Context, e *engine.Engine) error {
	rows, err := e.Query(ctx, `
		select SourceFileId, Reason, sum(Rows)::bigint, to_json(list_sort(flatten(list(Records)))[:5])::varchar,
			arg_min(Sample, Records[1])
		from rejections group by SourceFileId, Reason order by SourceFileId, min(Records[1]), Reason`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r Rejection
		var records string
		var sample *string
		if err := rows.Scan(&r.FileID, &r.Reason, &r.Rows, &records, &sample); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(records), &r.Records); err != nil {
			return err
		}
		r.File = a.set.Files[r.FileID-1].Name
		if sample != nil {
			r.Reason = fmt.Sprintf("%s: %q", r.Reason, shorten(*sample))
		}
		a.Rejected = append(a.Rejected, r)
	}
	a.Rejected = append(a.Rejected, a.broken...)
	return rows.Err()
}

func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// collectOthers works out what became of the records that are neither kept nor
// rejected: they are of kinds that no table is made of.
func (a *Account) collectOthers(ctx context.Context, e *engine.Engine) error {
	rows, err := e.Query(ctx, `
		with met as (
			select SourceFileId, sum(Records) as Records from records_met group by SourceFileId
		), kept as (
			select SourceFileId, sum(InWindow + Outside) as Records from accounts group by SourceFileId
		), rejected as (
			select SourceFileId, sum(Rows) as Records from rejections group by SourceFileId
		)
		select met.SourceFileId, (met.Records - coalesce(kept.Records, 0) - coalesce(rejected.Records, 0))::bigint as Rows
		from met
		left join kept on kept.SourceFileId = met.SourceFileId
		left join rejected on rejected.SourceFileId = met.SourceFileId
		where Rows > 0
		order by all`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var o OtherEvents
		if err := rows.Scan(&o.FileID, &o.Rows); err != nil {
			return err
		}
		a.Others = append(a.Others, o)
	}
	return rows.Err()
}

func (a *Account) collectDoubts(ctx context.Context, e *engine.Engine) error {
	rows, err := e.Query(ctx, "select SourceFileId, Reason, sum(Rows)::bigint, sum(Outside)::bigint from doubts group by all order by all")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d Doubt
		if err := rows.Scan(&d.FileID, &d.Reason, &d.Rows, &d.Outside); err != nil {
			return err
		}
		d.File = a.set.Files[d.FileID-1].Name
		a.Doubts = append(a.Doubts, d)
		a.Doubtful += d.Rows
	}
	return rows.Err()
}
