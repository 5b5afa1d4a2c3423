package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"smew/internal/engine"
	"smew/internal/view"
)

// A sort of wide rows needs memory for all of its threads at once, and what the engine
// cannot hold it spills; below some two kilobytes a row it gives up.
const (
	sortedRowBytes = 4096
	leastSorted    = 25_000 // rows that every engine can sort
)

// sortable is how many stored rows an engine sorts within its memory.
func sortable(ctx context.Context, e *engine.Engine) (int64, error) {
	var bytes float64
	if err := e.Scan(ctx, "select cast(parse_formatted_bytes(current_setting('memory_limit')) as double)", &bytes); err != nil {
		return 0, err
	}
	return max(leastSorted, min(mostRows, int64(bytes/sortedRowBytes))), nil
}

// outOfMemory tells whether the engine had too little memory for a statement.
func outOfMemory(err error) bool {
	var failed *engine.Error
	return errors.As(err, &failed) && strings.HasPrefix(failed.Message, "Out of Memory")
}

// putAgain makes files of rows that have the types of a lake already: one, or several
// where the engine cannot sort so many at once. query gives the rows of a part of them,
// chosen by a predicate over SourceFileId and SourceRecord.
func (w *writer) putAgain(ctx context.Context, t *view.Table, s span, query func(part string) string, extra []string, most int64) error {
	before := len(w.pending)
	for {
		parts := (s.rows + most - 1) / most
		err := w.putParts(ctx, t, s, query, extra, max(parts, 1))
		if !outOfMemory(err) || most/2 < leastSorted {
			return err
		}
		for _, d := range w.pending[before:] {
			if err := os.Remove(d.at); err != nil {
				return err
			}
		}
		w.pending, most = w.pending[:before], most/2
	}
}

func (w *writer) putParts(ctx context.Context, t *view.Table, s span, query func(part string) string, extra []string, parts int64) error {
	for i := range parts {
		part := "true"
		if parts > 1 {
			part = fmt.Sprintf("hash(SourceFileId, SourceRecord) %% %d = %d", parts, i)
		}
		if err := w.put(ctx, t, s, query(part), extra); err != nil {
			return err
		}
	}
	return nil
}

// asBefore says of the files written since that they were made as another one: what was
// worked out when its rows were written holds for them still.
func (w *writer) asBefore(since int, d Data) {
	for i := since; i < len(w.pending); i++ {
		w.pending[i].Columns, w.pending[i].Derived, w.pending[i].Gate = d.Columns, d.Derived, d.Gate
	}
}
