package cli

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"smew/internal/engine"
	"smew/internal/source"
	"smew/internal/term"
	smewsql "smew/sql"
)

// readEVTX is the table function of query that gives every record of event logs,
// whatever channel they are of.
const readEVTX = "read_evtx"

// namesEVTX tells whether a text may call read_evtx, and so needs no other files.
func namesEVTX(text string) bool { return strings.Contains(strings.ToLower(text), readEVTX) }

// eventLogs serves event logs to SQL and keeps count of the records that cannot be
// read.
type eventLogs struct {
	mu   sync.Mutex
	lost map[lostRecords]int64
}

type lostRecords struct {
	file, reason string
}

// attach makes read_evtx in an engine.
func (l *eventLogs) attach(ctx context.Context, e *engine.Engine, threads int) error {
	l.lost = map[lostRecords]int64{}
	open := func(ctx context.Context, pattern string) (engine.Records, func(int32) string, func(), error) {
		return l.open(ctx, e, pattern)
	}
	if err := e.ServeFiles("read_evtx_records", open, threads); err != nil {
		return err
	}
	macro, err := fs.ReadFile(smewsql.Files, "query/read_evtx.sql")
	if err != nil {
		return err
	}
	return e.Exec(ctx, string(macro))
}

// open starts to read the logs that a pattern names.
func (l *eventLogs) open(ctx context.Context, e *engine.Engine, pattern string) (engine.Records, func(int32) string, func(), error) {
	set, err := source.Open(ctx, []string{pattern}, source.Options{TempDir: e.TempDir()})
	if err != nil {
		return nil, nil, nil, err
	}
	var logs []*source.File
	for _, f := range set.Files {
		if f.Format == source.EVTX {
			logs = append(logs, f)
		}
	}
	if len(logs) == 0 {
		_ = set.Close()
		return nil, nil, nil, fmt.Errorf("read_evtx: no event log among the files of %q%s", pattern, firstSkip(set))
	}
	for _, s := range set.Skipped {
		if !s.Harmless {
			l.count(s.File, "skipped: "+s.Reason, 0)
		}
	}
	stream := source.NewStream(ctx, logs, source.StreamOptions{})
	end := func() {
		_ = stream.Close()
		_ = set.Close()
	}
	name := func(id int32) string { return set.Files[id-1].Name }
	return &countedRecords{Records: stream, logs: l, name: name}, name, end, nil
}

func firstSkip(set *source.Set) string {
	for _, s := range set.Skipped {
		return ": " + s.File + ": " + s.Reason
	}
	return ""
}

func (l *eventLogs) count(file, reason string, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost[lostRecords{file, reason}] += n
}

// report says what could not be read, file by file.
func (l *eventLogs) report(p *term.Printer) {
	order := func(a, b lostRecords) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.reason, b.reason))
	}
	for _, lost := range slices.SortedFunc(maps.Keys(l.lost), order) {
		if n := l.lost[lost]; n > 0 {
			p.Warnf("%s: %s lost: %s", lost.file, count(n, "record"), lost.reason)
		} else {
			p.Warnf("%s: %s", lost.file, lost.reason)
		}
	}
}

// countedRecords passes blocks on and counts what is rejected in them.
type countedRecords struct {
	engine.Records
	logs *eventLogs
	name func(int32) string
}

// Next implements [engine.Records].
func (c *countedRecords) Next(ctx context.Context) (*engine.Block, error) {
	b, err := c.Records.Next(ctx)
	if b != nil {
		for i := range b.Spans {
			if reason := b.Spans[i].Reason; reason != "" {
				c.logs.count(c.name(b.File), reason, 1)
			}
		}
	}
	return b, err
}
