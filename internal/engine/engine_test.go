package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"smew/internal/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Threads: 2, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestLockDownClosesEverythingButTheNamedFiles(t *testing.T) {
	e := open(t)
	ctx := t.Context()
	dir := t.TempDir()
	read := filepath.Join(dir, "it's [1]*.parquet")
	write := filepath.Join(dir, "out.parquet")
	other := filepath.Join(dir, "other.csv")
	if err := e.Exec(ctx, "copy (select 42 as a) to "+engine.QuoteText(read)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.LockDown(ctx, []string{read, write}); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := e.Scan(ctx, "select a from read_parquet("+engine.QuotePaths([]string{read})+")", &n); err != nil || n != 42 {
		t.Errorf("the named file: got %d, %v", n, err)
	}
	if err := e.Exec(ctx, "copy (select 1) to "+engine.QuoteText(write)); err != nil {
		t.Errorf("the named output: %v", err)
	}
	for _, refused := range []string{
		"select * from read_csv(" + engine.QuoteText(other) + ")",
		"select * from read_text('/etc/passwd')",
		"copy (select 1) to " + engine.QuoteText(filepath.Join(dir, "stolen.csv")),
		"attach " + engine.QuoteText(filepath.Join(dir, "x.duckdb")),
		"install httpfs", "load httpfs", "set threads = 1", "set allowed_paths = ['/']",
	} {
		if err := e.Exec(ctx, refused); err == nil {
			t.Errorf("not refused: %s", refused)
		}
	}
}

func TestPrepareTellsColumnsAndKind(t *testing.T) {
	e := open(t)
	s, err := e.Prepare(t.Context(), "select 1::bigint as n, 'x' as t, timestamp_ns '2026-01-01' as at, [1] as l")
	if err != nil {
		t.Fatal(err)
	}
	want := []engine.Column{{Name: "n", Type: "BIGINT"}, {Name: "t", Type: "VARCHAR"}, {Name: "at", Type: "TIMESTAMP_NS"}, {Name: "l", Type: "LIST"}}
	if len(s.Columns) != len(want) || !s.IsSelect {
		t.Fatalf("got %+v", s)
	}
	for i := range want {
		if s.Columns[i] != want[i] {
			t.Errorf("column %d: got %+v, want %+v", i, s.Columns[i], want[i])
		}
	}
	for _, text := range []string{"create table x(i int)", "copy (select 1) to 'x'", "set threads = 1"} {
		if s, err := e.Prepare(t.Context(), text); err == nil && s.IsSelect {
			t.Errorf("%s passes for a select", text)
		}
	}
}

func TestPrepareRunsNothing(t *testing.T) {
	e := open(t)
	for _, text := range []string{"create table made(i int)", "create table made(i int); select 1", "select 1; create table made(i int)", ""} {
		if s, err := e.Prepare(t.Context(), text); err == nil && s.IsSelect {
			t.Errorf("%q passes for one select", text)
		}
	}
	if err := e.Exec(t.Context(), "select * from made"); err == nil {
		t.Error("preparing ran a statement")
	}
	if s, err := e.Prepare(t.Context(), "select 1 -- ;\n;"); err != nil || !s.IsSelect {
		t.Errorf("a semicolon at the end: %+v, %v", s, err)
	}
}

func TestErrorsKeepTheDatabasesWords(t *testing.T) {
	_, err := open(t).Prepare(t.Context(), "select lenght('x')")
	var ee *engine.Error
	if !errors.As(err, &ee) || !strings.Contains(ee.Message, "LINE 1") || !strings.Contains(ee.Message, "length") {
		t.Errorf("got %v", err)
	}
}

func TestCancelIsTheContextsError(t *testing.T) {
	e := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := e.Exec(ctx, "select count(*) from range(100000000000) t(i) where i % 7 = 3")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := e.Exec(t.Context(), "select 1"); err != nil {
		t.Errorf("the engine is of no use afterwards: %v", err)
	}
}

func TestUnparseGivesBackWhatWasParsed(t *testing.T) {
	e := open(t)
	tree, err := e.ParseTree(t.Context(), "select a from t where b = 'x''y' and c in (1, 2)")
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Unparse(t.Context(), tree)
	if want := "SELECT a FROM t WHERE ((b = 'x''y') AND (c IN (1, 2)))"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestQuotedTextIsAlwaysOneValue(t *testing.T) {
	e := open(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune(`'"\;-*?[]%`+"\n\x00")))).Draw(t, "text")
		var got string
		err := e.Scan(context.Background(), "select "+engine.QuoteText(text), &got)
		if strings.ContainsRune(text, 0) {
			return // the driver ends a statement at NUL: it never reaches the parser whole
		}
		if err != nil || got != text {
			t.Fatalf("%q came back as %q, %v", text, got, err)
		}
		name := "x" + strings.ReplaceAll(text, "\x00", "")
		if err := e.Scan(context.Background(), "select "+engine.QuoteIdent(name)+" from (select 7 as "+engine.QuoteIdent(name)+")", new(int)); err != nil {
			t.Fatalf("name %q: %v", name, err)
		}
	})
}

// blocks is a stream of ready blocks.
type blocks struct {
	list     []*engine.Block
	released int
}

func (b *blocks) Next(context.Context) (*engine.Block, error) {
	if len(b.list) == 0 {
		return nil, nil
	}
	next := b.list[0]
	b.list = b.list[1:]
	return next, nil
}

func (b *blocks) Release(*engine.Block) { b.released++ }

func TestServedRecordsAreRows(t *testing.T) {
	e := open(t)
	stream := &blocks{}
	const n = 5000 // more than one chunk of the database
	for file := range int32(2) {
		block := &engine.Block{File: file + 1}
		for i := range n {
			text := []byte(`{"i":"é` + strings.Repeat("x", i%40) + `"}`)
			start := len(block.Data)
			block.Data = append(block.Data, text...)
			block.Spans = append(block.Spans, engine.Span{Start: start, End: len(block.Data), Number: int64(i + 1)})
		}
		block.Spans = append(block.Spans, engine.Span{Number: n + 1, Reason: "cut off"})
		stream.list = append(stream.list, block)
	}
	if err := e.ServeRecords("records", stream, 1); err != nil {
		t.Fatal(err)
	}
	var rows, bad, sum int64
	err := e.Scan(t.Context(), `select count(*), count(*) filter (where Record is null and Reason = 'cut off'),
		sum(SourceRecord * SourceFile)::bigint from records() where Record is null or Record like '{"i":"é%"}'`, &rows, &bad, &sum)
	if err != nil {
		t.Fatal(err)
	}
	if rows != 2*(n+1) || bad != 2 || sum != 3*(n+1)*(n+2)/2 || stream.released != 2 {
		t.Errorf("got %d rows, %d bad, sum %d, %d released", rows, bad, sum, stream.released)
	}
}
