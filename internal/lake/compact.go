package lake

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"smew/internal/engine"
	"smew/internal/view"
)

// CompactRequest says how a lake is made compact.
type CompactRequest struct {
	SQL fs.FS // the sql tree
	// Renew works out again what older branches and an older smew worked out: the
	// derived columns, and which rows lie at the head of a file.
	Renew bool
	// Gates says what the branches ask of each table, for Renew; nil for none.
	Gates    func(ctx context.Context, e *engine.Engine, contract *view.Contract) (map[string]Gate, error)
	Engine   func(ctx context.Context) (*engine.Engine, error)
	Version  string
	Progress func(done, total int64, what string) // may be nil
	MostRows int64                                // sorted at once; 0 means what the engine's memory allows
}

// Compacted is what was done: its JSON form is the contract of `smew lake compact --json`.
type Compacted struct {
	Tables   []CompactedTable `json:"tables"` // those that had something to do
	Manifest []CompactedKind  `json:"manifest"`
	// Waiting are files that were replaced and stay until nobody reads.
	Waiting  int   `json:"files_waiting"`
	Snapshot int64 `json:"snapshot"`
}

// CompactedTable is one table that was made compact.
type CompactedTable struct {
	Table       string `json:"table"`
	Rows        int64  `json:"rows"` // of the files that were written anew
	FilesBefore int    `json:"files_before"`
	FilesAfter  int    `json:"files_after"`
	BytesBefore int64  `json:"bytes_before"`
	BytesAfter  int64  `json:"bytes_after"`
	Renewed     int    `json:"files_renewed"` // of those before
}

// CompactedKind is one kind of the manifest's files.
type CompactedKind struct {
	Kind        string `json:"kind"`
	FilesBefore int    `json:"files_before"`
}

// Compact puts small files together. It commits month by month, so that a run that is
// killed loses the month under way and no more.
func (l *Lake) Compact(ctx context.Context, req CompactRequest) (*Compacted, error) {
	unlock, err := l.Lock("lake compact")
	if err != nil {
		return nil, err
	}
	defer unlock()
	snap, err := l.Snapshot()
	if err != nil {
		return nil, err
	}
	if err := l.Tidy(snap); err != nil {
		return nil, err
	}
	c := &compaction{l: l, req: req, snap: snap, renewing: req.Renew, result: &Compacted{Tables: []CompactedTable{}, Manifest: []CompactedKind{}}}
	if err := c.open(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if c.e != nil {
			_ = c.e.Close()
		}
	}()
	if c.req.MostRows == 0 {
		if c.req.MostRows, err = sortable(ctx, c.e); err != nil {
			return nil, err
		}
	}
	defer func() { _ = os.RemoveAll(l.Work()) }()
	if err := c.run(ctx); err != nil {
		return nil, diskFull(err)
	}
	c.result.Snapshot, c.result.Waiting = c.snap.Number, len(c.snap.Gone)
	return c.result, nil
}

// compaction is a compacting under way.
type compaction struct {
	l        *Lake
	req      CompactRequest
	snap     *Snapshot
	e        *engine.Engine
	contract *view.Contract
	order    map[string]string
	gates    map[string]Gate   // of the present branches, to renew
	madeBy   map[string]string // of the present SQL, to renew
	result   *Compacted
	renewing bool
	sorted   int64 // rows since the engine was opened
	done     int64
	total    int64
}

// open readies an engine for all of the work.
func (c *compaction) open(ctx context.Context) (err error) {
	if c.e, err = c.req.Engine(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = c.e.Close()
			c.e = nil
		}
	}()
	if c.contract, err = view.LoadContract(ctx, c.e, c.req.SQL); err != nil {
		return err
	}
	if c.order, err = orders(c.req.SQL); err != nil {
		return err
	}
	c.gates, c.madeBy = map[string]Gate{}, map[string]string{}
	if c.renewing {
		if err := c.prepareRenewal(ctx); err != nil {
			return err
		}
	}
	return c.l.lockDown(ctx, c.e)
}

func (c *compaction) run(ctx context.Context) error {
	if c.renewing {
		if err := c.renew(ctx); err != nil {
			return err
		}
		c.renewing = false
	}
	for {
		err := c.mergeAll(ctx)
		if !outOfMemory(err) || c.req.MostRows/2 < leastSorted {
			if err != nil {
				return err
			}
			return c.manifest(ctx)
		}
		c.req.MostRows /= 2
	}
}

// mergeAll puts together what can be.
func (c *compaction) mergeAll(ctx context.Context) error {
	plan := merges(c.snap.Data, c.req.MostRows)
	c.done, c.total = 0, 0
	for _, m := range plan {
		c.total += m.bytes()
	}
	for _, m := range plan {
		if err := c.merge(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// merge puts some files together and commits.
func (c *compaction) merge(ctx context.Context, m merge) error {
	first := m.files[0]
	t, ok := c.contract.Lookup(first.Table)
	if !ok {
		return nil // a table that only another version of smew knows
	}
	c.progress("merging " + first.Table + " " + first.month())
	return c.replace(ctx, m.files, 0, func(w *writer) error {
		for _, s := range m.spans {
			query := "select * from " + c.l.readUnited(m.files) + " as stored"
			if len(m.spans) > 1 {
				query += " where " + s.storedWhereOf(t)
			}
			if err := w.put(ctx, t, s, query, extras(m.files)); err != nil {
				return err
			}
		}
		w.asBefore(0, first)
		return nil
	})
}

// storedWhere is the span as a filter on the stored Timestamp.
func (s span) storedWhere() string {
	if s.first == "" {
		return "Timestamp is null"
	}
	return fmt.Sprintf("Timestamp >= timestamp '%s 00:00:00' and Timestamp < timestamp '%s 00:00:00' + interval 1 day", s.first, s.last)
}

// replace writes files in the place of others, holds them to have the same rows, and
// commits.
func (c *compaction) replace(ctx context.Context, files []Data, renewed int, write func(w *writer) error) error {
	next := c.snap.clone()
	next.Runs++
	w := &writer{l: c.l, e: c.e, run: next.Runs, order: c.order, madeBy: c.madeBy, gates: c.gates}
	for _, g := range c.gates {
		next.Gates[g.name()] = g.Covers
	}
	if err := os.RemoveAll(c.l.Work()); err != nil { // of an attempt that failed
		return err
	}
	if err := write(w); err != nil {
		return err
	}
	if before, after := daysOf(files), daysOf(w.pending); !slices.Equal(before, after) {
		return fmt.Errorf("%s and %d more files: written anew they would not hold the same rows: smew lake verify says more, and nothing was changed", files[0].Path, len(files)-1)
	}
	done := CompactedTable{Table: files[0].Table, FilesBefore: len(files), FilesAfter: len(w.pending), Renewed: renewed}
	for _, d := range files {
		done.Rows, done.BytesBefore = done.Rows+d.Rows, done.BytesBefore+d.Bytes
	}
	for _, d := range w.pending {
		done.BytesAfter += d.Bytes
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.l.place(w.pending); err != nil {
		return err
	}
	gone := map[string]bool{}
	for _, d := range files {
		gone[d.Path] = true
	}
	next.drop(func(path string) bool { return gone[path] })
	next.Data = append(next.Data, w.pending...)
	if err := c.commit(next); err != nil {
		return err
	}
	c.done += done.BytesBefore
	c.tell(done)
	return c.refresh(ctx, done.Rows)
}

// refresh gives the work a new engine from time to time: what an engine frees is not all
// given back to the system, and over many large sorts that adds up.
func (c *compaction) refresh(ctx context.Context, rows int64) error {
	if c.sorted += rows; c.sorted < c.req.MostRows/2 {
		return nil
	}
	c.sorted = 0
	err := c.e.Close()
	c.e = nil // until there is another
	if err != nil {
		return err
	}
	return c.open(ctx)
}

// commit makes the next snapshot the lake's, and deletes what it no longer names if
// nobody reads.
func (c *compaction) commit(next *Snapshot) error {
	if err := c.l.commit(next, c.req.Version); err != nil {
		return err
	}
	c.snap = next
	return c.l.Tidy(next)
}

// tell adds what was done to the result, by table.
func (c *compaction) tell(done CompactedTable) {
	for i := range c.result.Tables {
		t := &c.result.Tables[i]
		if t.Table != done.Table {
			continue
		}
		t.Rows, t.Renewed = t.Rows+done.Rows, t.Renewed+done.Renewed
		t.FilesBefore, t.FilesAfter = t.FilesBefore+done.FilesBefore, t.FilesAfter+done.FilesAfter
		t.BytesBefore, t.BytesAfter = t.BytesBefore+done.BytesBefore, t.BytesAfter+done.BytesAfter
		return
	}
	c.result.Tables = append(c.result.Tables, done)
}

func (c *compaction) progress(what string) {
	if c.req.Progress != nil {
		c.req.Progress(c.done, c.total, what)
	}
}
