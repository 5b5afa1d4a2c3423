package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"smew/internal/engine"
	"smew/internal/source"
)

// switchboard lets one table function read one stream after another.
type switchboard struct {
	mu      sync.Mutex
	records engine.Records
}

func (s *switchboard) connect(r engine.Records) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = r
}

func (s *switchboard) current() engine.Records {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records
}

// Next implements [engine.Records].
func (s *switchboard) Next(ctx context.Context) (*engine.Block, error) {
	if r := s.current(); r != nil {
		return r.Next(ctx)
	}
	return nil, fmt.Errorf("read_records serves a load and cannot be queried")
}

// Release implements [engine.Records].
func (s *switchboard) Release(b *engine.Block) {
	if r := s.current(); r != nil {
		r.Release(b)
	}
}

// runText reads every text file of one shape, batch by batch.
func (l *Loader) runText(ctx context.Context, shape string) error {
	var files []*source.File
	for _, f := range l.req.Files.Files {
		if f.Format != source.Parquet && f.Mapping == nil && f.Shape == shape {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return nil
	}
	return l.stream(ctx, files, func(ctx context.Context) error {
		if err := l.stage(ctx, shape); err != nil {
			return err
		}
		return l.textTables(ctx, shape)
	})
}

// stream serves the records of files to SQL and calls batch until all are read.
func (l *Loader) stream(ctx context.Context, files []*source.File, batch func(context.Context) error) error {
	stream := source.NewStream(ctx, files, source.StreamOptions{})
	defer stream.Close()
	l.served.connect(stream)
	defer l.served.connect(nil)

	base := l.done
	for !stream.Done() {
		stream.StartBatch(l.req.BatchBytes)
		if err := batch(ctx); err != nil {
			return err
		}
		read, _ := stream.Progress()
		l.done = base + read
		l.progress()
	}
	for _, n := range stream.Notes() {
		l.account.Notes = append(l.account.Notes, l.req.Files.Files[n.File-1].Name+": "+n.Text)
	}
	for _, f := range files {
		base += f.Bytes
	}
	l.done = base
	return nil
}

// stage parses the next batch into the table `staged`.
func (l *Loader) stage(ctx context.Context, shape string) error {
	fields := make([]string, len(l.wanted))
	for i, name := range l.wanted {
		fields[i] = jsonText(name) + `:"VARCHAR"`
	}
	if err := l.e.Exec(ctx, "set variable wanted = "+engine.QuoteText("{"+strings.Join(fields, ",")+"}")); err != nil {
		return err
	}
	mapped, err := l.mapSQL(shape)
	if err != nil {
		return err
	}
	verdicts, err := fs.ReadFile(l.req.SQL, "load/stage.sql")
	if err != nil {
		return err
	}
	if err := l.e.Exec(ctx, "create or replace temp view mapped as "+mapped); err != nil {
		return fmt.Errorf("sql/sources/defender_%s/map.sql: %w", shape, err)
	}
	if err := l.e.Exec(ctx, "create or replace temp table staged as "+string(verdicts)); err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	return l.run(ctx, "load/reject.sql")
}

// textTables attaches each table that the staged batch has rows of.
func (l *Loader) textTables(ctx context.Context, shape string) error {
	mapped, err := l.mapSQL(shape)
	if err != nil {
		return err
	}
	rows, err := l.e.Query(ctx, "select SourceTable, count(*) from staged where Rejection is null group by SourceTable order by all")
	if err != nil {
		return err
	}
	var names []string
	counts := map[string]int64{}
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			rows.Close()
			return err
		}
		names, counts[name] = append(names, name), n
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range names {
		t, ok := l.req.Contract.Lookup(name)
		if !ok {
			return fmt.Errorf("no table %s", name)
		}
		relation := t.FromStaged(l.wanted, l.req.Extra)
		if err := l.take(ctx, batch{
			table: name, relation: relation, rows: counts[name], text: true, keys: true, each: true, records: mapped, made: relation,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loader) progress() {
	if l.req.Progress != nil {
		l.req.Progress(l.done, l.total)
	}
}

func scanNames(rows *engine.Rows) ([]string, error) {
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// jsonText writes a name as a JSON string.
func jsonText(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(b)
}
