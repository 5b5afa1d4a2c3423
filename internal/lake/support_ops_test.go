package lake

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"smew/internal/engine"
	smewsql "smew/sql"
)

// bench is a lake of a test, with a folder of sources.
type bench struct {
	t   testing.TB
	l   *Lake
	dir string // of the sources
}

func newBench(t testing.TB) *bench {
	t.Helper()
	dir := t.TempDir()
	l, err := Create(filepath.Join(dir, "lake"))
	if err != nil {
		t.Fatal(err)
	}
	sources := filepath.Join(dir, "sources")
	if err := os.Mkdir(sources, 0o755); err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, l: l, dir: sources}
}

// openEngine opens a small engine.
func openEngine(ctx context.Context) (*engine.Engine, error) {
	return engine.Open(ctx, engine.Options{Threads: 2, Memory: "512MiB"})
}

// row is an event of a table as a Log Analytics export writes it.
func row(table, when string, number int, more ...string) string {
	columns := map[string]any{
		"Type": table, "TimeGenerated": when, "DeviceId": "d" + strconv.Itoa(number%3), "DeviceName": fmt.Sprintf("pc%d.corp.example", number%3),
		"ReportId": strconv.Itoa(number), "ActionType": "ProcessCreated", "FileName": "cmd.exe", "AccountName": "ada", "AccountDomain": "corp",
	}
	for i := 0; i+1 < len(more); i += 2 {
		columns[more[i]] = more[i+1]
	}
	line, err := json.Marshal(columns)
	if err != nil {
		panic(err) // texts always marshal
	}
	return string(line) + "\n"
}

// days makes one event a day of a table, from a day on.
func days(table, first string, n, from int) string {
	day, err := time.Parse(time.DateOnly, first)
	if err != nil {
		panic(err)
	}
	var b strings.Builder
	for i := range n {
		b.WriteString(row(table, day.AddDate(0, 0, i).Format("2006-01-02T15:04:05Z"), from+i))
	}
	return b.String()
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) add(name, text string) {
	b.t.Helper()
	f, err := os.OpenFile(filepath.Join(b.dir, name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) request() IngestRequest {
	return IngestRequest{Args: []string{b.dir}, SQL: smewsql.Files, Engine: openEngine, Threads: 2, Version: "test"}
}

func (b *bench) ingest() *Report {
	b.t.Helper()
	r, err := b.l.Ingest(b.t.Context(), b.request())
	if err != nil {
		b.t.Fatal(err)
	}
	if sum := r.Stored + r.Duplicates + r.Rejected + r.Others + r.Before + r.Forgotten; sum != r.Read {
		b.t.Errorf("%d rows read, and accounted for are %d: %+v", r.Read, sum, r)
	}
	return r
}

func (b *bench) verify() *Verified {
	b.t.Helper()
	v, err := b.l.Verify(b.t.Context(), VerifyRequest{SQL: smewsql.Files, Engine: openEngine})
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// whole holds the lake to be right.
func (b *bench) whole() {
	b.t.Helper()
	if v := b.verify(); len(v.Faults) > 0 || len(v.Unchecked) > 0 || len(v.Left) > 0 {
		b.t.Errorf("the lake is not whole: %+v %v %v", v.Faults, v.Unchecked, v.Left)
	}
}

func (b *bench) status() *Status {
	b.t.Helper()
	e, err := openEngine(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	defer e.Close()
	st, err := b.l.Status(b.t.Context(), e)
	if err != nil {
		b.t.Fatal(err)
	}
	return st
}

func (b *bench) snapshot() *Snapshot {
	b.t.Helper()
	s, err := b.l.Snapshot()
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// content is every row of the lake in columns that do not depend on which file it is in.
func (b *bench) content(columns string) []string {
	b.t.Helper()
	snap := b.snapshot()
	if len(snap.Data) == 0 {
		return nil
	}
	e, err := openEngine(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	defer e.Close()
	var list []string
	for _, table := range tablesIn(snap) {
		var files []Data
		for _, d := range snap.Data {
			if d.Table == table {
				files = append(files, d)
			}
		}
		list = append(list, b.texts(e, "select cast(struct_pack(t := "+engine.QuoteText(table)+", r := ("+columns+")) as varchar) from "+b.l.readUnited(files)+" order by SourceFileId, SourceRecord")...)
	}
	return list
}

func (b *bench) texts(e *engine.Engine, query string) []string {
	b.t.Helper()
	rows, err := e.Query(b.t.Context(), query)
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			b.t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

// onDisk lists the files of the lake below a folder.
func (b *bench) onDisk(dir string) []string {
	b.t.Helper()
	var names []string
	_ = filepath.WalkDir(b.l.path(dir), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(b.l.abs, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	})
	return names
}
