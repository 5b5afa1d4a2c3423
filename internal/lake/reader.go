package lake

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
	"smew/internal/mapping"
	"smew/internal/source"
)

// Reader gives a hunt what a lake holds, as of one snapshot: its files as if they were
// opened now, what is known of them, and scans of the rows that a window can touch.
type Reader struct {
	Snapshot *Snapshot

	l     *Lake
	done  func()
	set   *source.Set
	notes []string
	ids   []int32 // number of a file in this hunt, by its number in the lake; 0 if it has none
}

// Read opens the newest snapshot for reading. Close lets writers delete what it no
// longer needs.
func (l *Lake) Read(ctx context.Context, e *engine.Engine) (*Reader, error) {
	done, err := l.reading()
	if err != nil {
		return nil, err
	}
	r := &Reader{l: l, done: done}
	if r.Snapshot, err = l.Snapshot(); err == nil {
		err = r.readSources(ctx, e)
	}
	if err != nil {
		done()
		return nil, err
	}
	return r, nil
}

// Close ends the reading.
func (r *Reader) Close() { r.done() }

// Lake is where the reader reads.
func (r *Reader) Lake() *Lake { return r.l }

// Folder is what the engine must be able to read.
func (r *Reader) Folder() string { return r.l.abs }

// Files are the files that the lake was made of, numbered as a hunt over them would.
func (r *Reader) Files() *source.Set { return r.set }

// Notes are the remarks on those files.
func (r *Reader) Notes() []string { return r.notes }

// readSources makes the set of files of the manifest.
func (r *Reader) readSources(ctx context.Context, e *engine.Engine) error {
	r.set = &source.Set{Sources: mapping.BuiltIn()}
	if r.l.relation(r.Snapshot, kindSources) == "" {
		return nil
	}
	rows, err := e.Query(ctx, "select Number, Name, Path, Detail from "+r.l.latest(r.Snapshot, kindSources)+" order by Name, Number")
	if err != nil {
		return fmt.Errorf("the lake's manifest: %w", err)
	}
	defer rows.Close()
	r.ids = make([]int32, r.Snapshot.Next)
	given := map[string]bool{}
	for rows.Next() {
		var number int32
		var name, path, about string
		if err := rows.Scan(&number, &name, &path, &about); err != nil {
			return err
		}
		var d detail
		if err := json.Unmarshal([]byte(about), &d); err != nil {
			return fmt.Errorf("the lake's manifest, of %s: %w", name, err)
		}
		f := &source.File{
			ID: int32(len(r.set.Files) + 1), Name: name, Given: path, Bytes: d.Bytes, Compression: d.Compression, Format: d.Format, Kind: d.Kind,
			Shape: d.Shape, Table: d.Table, Member: d.Member, Sheet: d.Sheet, Columns: d.Columns,
		}
		if d.Mapping != "" {
			f.Mapping = &mapping.Source{Name: d.Mapping}
		}
		if int(number) >= len(r.ids) {
			return fmt.Errorf("the lake's manifest: file number %d, and the next is %d", number, r.Snapshot.Next)
		}
		r.ids[number] = f.ID
		r.notes = append(r.notes, d.Notes...)
		r.set.Files = append(r.set.Files, f)
		given[path] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	r.set.Given, r.set.Opened = len(given), len(given)
	return r.readSkipped(ctx, e)
}

// readSkipped lists the files that were no telemetry, as the last run that met each says.
func (r *Reader) readSkipped(ctx context.Context, e *engine.Engine) error {
	rel := r.l.relation(r.Snapshot, kindSkipped)
	if rel == "" {
		return nil
	}
	rows, err := e.Query(ctx, "select File, arg_max(Reason, Run), arg_max(Harmless, Run) from "+rel+" group by File order by File")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k source.Skip
		if err := rows.Scan(&k.File, &k.Reason, &k.Harmless); err != nil {
			return err
		}
		r.set.Skipped = append(r.set.Skipped, k)
		if !strings.Contains(k.File, "!") && !source.Unopened(k.Reason) {
			r.set.Given++
			r.set.Opened++
		}
	}
	return rows.Err()
}

// Prepare tells the engine which number a file has in this hunt.
func (r *Reader) Prepare(ctx context.Context, e *engine.Engine) error {
	ids := make([]string, len(r.ids))
	for i, id := range r.ids {
		ids[i] = fmt.Sprint(id)
	}
	for _, statement := range []string{
		"set variable lake_ids = [" + strings.Join(ids, ", ") + "]::integer[]",
		// lake_id(number): a file's number in this hunt, of its number in the lake.
		"create or replace macro lake_id(number) as list_extract(getvariable('lake_ids'), number + 1)",
	} {
		if err := e.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// Window is the stretch of time that is read, half open; nil ends are open. Rows without
// a time belong to every window, unless it is of dated or of undated rows only.
type Window struct {
	Since, Until   *time.Time
	Dated, Undated bool
}

// holds tells whether a day lies in the window, whole or in part. What has no day may
// have happened at any time.
func (w Window) holds(date string) (any, whole bool) {
	if date == "" || w.Undated {
		return date == "" && !w.Dated, true
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return true, false
	}
	next := day.AddDate(0, 0, 1)
	if w.Since != nil && !next.After(*w.Since) || w.Until != nil && !day.Before(*w.Until) {
		return false, false
	}
	return true, (w.Since == nil || !day.Before(*w.Since)) && (w.Until == nil || !next.After(*w.Until))
}

// where is the window as a filter on the stored Timestamp, so that a file's statistics
// answer it: to the microsecond, and never less than the window.
func (w Window) where() string {
	if w.Undated {
		return "stored.Timestamp is null"
	}
	var tests []string
	if w.Since != nil {
		tests = append(tests, "stored.Timestamp >= "+microLiteral(w.Since.Truncate(time.Microsecond)))
	}
	if w.Until != nil {
		tests = append(tests, "stored.Timestamp <= "+microLiteral(*w.Until))
	}
	if len(tests) == 0 {
		if w.Dated {
			return "stored.Timestamp is not null"
		}
		return "true"
	}
	within := strings.Join(tests, " and ")
	if w.Dated {
		return within
	}
	return "(stored.Timestamp is null or (" + within + "))"
}

func microLiteral(t time.Time) string {
	return "timestamp " + engine.QuoteText(t.UTC().Format("2006-01-02 15:04:05.999999"))
}

// tableFiles lists the files of a table that have days in the window.
func (r *Reader) tableFiles(table string, w Window) []Data {
	var files []Data
	for _, d := range r.Snapshot.Data {
		if d.Table == table && slices.ContainsFunc(d.Days, func(day Day) bool { any, _ := w.holds(day.Date); return any }) {
			files = append(files, d)
		}
	}
	return files
}

// Rows is how many rows a table has on the days that the window touches.
func (r *Reader) Rows(table string, w Window) int64 {
	var n int64
	for _, d := range r.tableFiles(table, w) {
		for _, day := range d.Days {
			if any, _ := w.holds(day.Date); any {
				n += day.Rows
			}
		}
	}
	return n
}

// Days lists the days of a table that the window touches, in order.
func (r *Reader) Days(table string, w Window) []Day {
	return slices.DeleteFunc(daysOf(r.tableFiles(table, w)), func(d Day) bool { any, _ := w.holds(d.Date); return !any })
}

// Whole tells whether the window holds all of a day.
func (w Window) Whole(date string) bool {
	any, whole := w.holds(date)
	return any && whole
}

// Print names what a table holds on the days of a window: the same rows give the same
// name, whichever files they are in.
func (r *Reader) Print(table string, w Window) string {
	h := sha256.New()
	for _, d := range r.Days(table, w) {
		fmt.Fprintln(h, table, d.Date, d.Rows, d.Print)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Boots names what is known of when devices booted.
func (r *Reader) Boots() string {
	h := sha256.New()
	for _, m := range r.Snapshot.Meta {
		if m.Kind == kindBoots {
			fmt.Fprintln(h, m.Path, m.Rows, m.Sum)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
