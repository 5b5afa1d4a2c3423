package hunt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"smew/internal/engine"
	"smew/internal/lake"
)

// A long hunt over a lake reads it in stretches of days. The rows that it keeps of each
// are put by, with the days they are of: a hunt that is interrupted, or asked again, goes
// on from there, and a day that has changed is read again by itself.

// stretchRows is how many rows of a table one stretch reads; a lake of no more is read
// at once, and nothing of it is put by.
const stretchRows = 10_000_000

// stretch is consecutive days that are read together.
type stretch struct {
	window lake.Window
	days   []lake.Day
	rows   int64
}

// putBy is what the cache says of the rows kept of some days.
type putBy struct {
	Days map[string]string `json:"days"` // date to print
}

// stretches groups days that are still to be read. Two that are not neighbours in the
// table's list of days, for what is between them is known, are not read together.
func stretches(all []lake.Day, todo map[string]bool, w lake.Window, most int64) []stretch {
	var out []stretch
	open := false
	for _, d := range all {
		if !todo[d.Date] {
			open = false
			continue
		}
		if d.Date == "" {
			out, open = append(out, stretch{window: lake.Window{Undated: true}, days: []lake.Day{d}, rows: d.Rows}), false
			continue
		}
		last := len(out) - 1
		if !open || out[last].rows+d.Rows > most {
			out, open = append(out, stretch{}), true
			last++
		}
		s := &out[last]
		s.days, s.rows = append(s.days, d), s.rows+d.Rows
		s.window = within(w, s.days[0].Date, d.Date)
	}
	return out
}

// within is the part of a window that lies on the days from first to last.
func within(w lake.Window, first, last string) lake.Window {
	since, _ := time.Parse(time.DateOnly, first)
	until, _ := time.Parse(time.DateOnly, last)
	until = until.AddDate(0, 0, 1)
	if w.Since != nil && w.Since.After(since) {
		since = *w.Since
	}
	if w.Until != nil && w.Until.Before(until) {
		until = *w.Until
	}
	return lake.Window{Since: &since, Until: &until, Dated: true}
}

// keptKey names what is kept of a table: what is asked of its rows, which columns they
// have, and how they are made.
func (h *Hunt) keptKey(t *plannedTable) string {
	_, asks := h.uncovered(t, nil)
	sum := sha256.New()
	fmt.Fprintln(sum, "kept 1", h.req.Version, h.means, t.name(), t.whole)
	fmt.Fprintln(sum, strings.Join(t.columns, ","))
	fmt.Fprintln(sum, strings.Join(asks, ","))
	return "kept/" + hex.EncodeToString(sum.Sum(nil)[:16])
}

// reading is what is to be read of one table.
type reading struct {
	t         *plannedTable
	key       string    // of what is put by; "" if nothing is
	stretches []stretch // still to be read
}

// planReading takes up what was put by of a table, and plans the rest.
func (h *Hunt) planReading(ctx context.Context, t *plannedTable) (*reading, error) {
	w := h.lakeWindow()
	days, rows := h.req.Lake.Days(t.name(), w), h.req.Lake.Rows(t.name(), w)
	h.lakeRows += rows
	h.lakeDays += len(days)
	r := &reading{t: t}
	if rows <= h.stretchRows() {
		r.stretches = []stretch{{window: w, days: days, rows: rows}}
		return r, nil
	}
	todo := map[string]bool{}
	for _, d := range days {
		todo[d.Date] = true
	}
	if h.caches() {
		r.key = h.keptKey(t)
		if err := h.takeUp(ctx, t, r.key, days, todo); err != nil {
			return nil, err
		}
	}
	r.stretches = stretches(days, todo, w, h.stretchRows())
	return r, nil
}

func (h *Hunt) stretchRows() int64 {
	if h.req.StretchRows > 0 {
		return h.req.StretchRows
	}
	return stretchRows
}

// readTable takes the rows of interest of one table, stretch by stretch.
func (h *Hunt) readTable(ctx context.Context, r *reading) error {
	for _, s := range r.stretches {
		h.progress(h.readRows, h.lakeRows, fmt.Sprintf("hunting: %d of %d days of tables", h.daysDone, h.lakeDays))
		if err := h.readStretch(ctx, r.t, s.window); err != nil {
			return err
		}
		if r.key != "" {
			if err := h.putBy(ctx, r.t, r.key, s); err != nil {
				return err
			}
		}
		h.readRows += s.rows
		h.daysDone += len(s.days)
	}
	return nil
}

// takeUp takes the rows that were put by of days that are as they were, and notes that
// these are done.
func (h *Hunt) takeUp(ctx context.Context, t *plannedTable, key string, days []lake.Day, todo map[string]bool) error {
	prints := map[string]lake.Day{}
	for _, d := range days {
		prints[d.Date] = d
	}
	var err error
	h.req.Lake.CachedNotes(key+"/*.json", func(path string, text []byte) {
		var note putBy
		if err != nil || json.Unmarshal(text, &note) != nil {
			return
		}
		var dates []string
		for date, print := range note.Days {
			if d, ok := prints[date]; ok && todo[date] && d.Print == print {
				dates = append(dates, date)
			}
		}
		slices.Sort(dates)
		if len(dates) == 0 {
			return
		}
		rows := strings.TrimSuffix(path, ".json") + ".parquet"
		if e := h.takeRows(ctx, t, rows, dates); e != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return // it is gone or damaged: its days are read again
		}
		for _, date := range dates {
			delete(todo, date)
			h.readRows += prints[date].Rows
			h.daysDone++
		}
	})
	return err
}

// takeRows adds the rows put by of some days to those kept.
func (h *Hunt) takeRows(ctx context.Context, t *plannedTable, path string, dates []string) error {
	columns := make([]string, len(t.columns))
	for i, c := range t.columns {
		columns[i] = "saved." + engine.QuoteIdent(c)
	}
	where := "coalesce(strftime(saved.Timestamp, '%Y-%m-%d'), '') in (" + strings.TrimSuffix(strings.TrimPrefix(engine.QuoteTexts(dates), "["), "]") + ")"
	if w := h.window(); w != "" {
		where += " and (saved.Timestamp is null or (" + strings.ReplaceAll(w, "Timestamp", "saved.Timestamp") + "))"
	}
	return h.e.Exec(ctx, "insert into "+t.kept()+" select names.Id, saved.RecordHash, "+strings.Join(columns, ", ")+
		" from read_parquet("+engine.QuotePaths([]string{path})+") as saved inner join source_ids as names on names.Name = saved.SourceFile where "+where)
}

// putBy puts the rows kept of a stretch into the cache. Days that the window cuts are not.
func (h *Hunt) putBy(ctx context.Context, t *plannedTable, key string, s stretch) error {
	whole := lakeDays(s.days, func(d lake.Day) bool { return h.lakeWindow().Whole(d.Date) })
	if len(whole) == 0 {
		return nil
	}
	first, last := whole[0].Date, whole[len(whole)-1].Date
	where := "Timestamp is null"
	if first != "" {
		where = "Timestamp >= timestamp_ns '" + first + " 00:00:00' and Timestamp < timestamp_ns '" + last + " 00:00:00' + interval 1 day"
	}
	note := putBy{Days: map[string]string{}}
	sum := sha256.New()
	for _, d := range whole {
		note.Days[d.Date] = d.Print
		fmt.Fprintln(sum, d.Date, d.Print)
	}
	// Named by what the rows are of: two hunts that see different snapshots must not
	// put the one's rows under the other's note.
	name := key + "/" + strings.ReplaceAll(first+"_"+last, "-", "") + "-" + hex.EncodeToString(sum.Sum(nil)[:8])
	if err := h.req.Lake.Keep(ctx, h.e, name+".parquet", "select * exclude (SourceFileId) from "+t.kept()+" where "+where); err != nil {
		return err
	}
	return h.req.Lake.KeepNote(name+".json", note)
}

// readStretch takes the rows of interest of a window of one table.
func (h *Hunt) readStretch(ctx context.Context, t *plannedTable, w lake.Window) error {
	scans, err := h.req.Lake.Scans(h.req.SQL, t.Table, w)
	if err != nil {
		return err
	}
	for _, s := range scans {
		if err := h.scan(ctx, t, s, w); err != nil {
			return err
		}
	}
	return nil
}
