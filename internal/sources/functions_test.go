package sources

import (
	"context"
	"testing"

	"smew/internal/engine"
	"smew/internal/functions"
)

// question is an expression over a text x, x, and what it gives; NULL is null.
type question struct{ expression, x, want string }

// ask puts each question over a column, as a table file does.
func ask(t *testing.T, questions []question) {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := functions.Install(ctx, e); err != nil {
		t.Fatal(err)
	}
	for _, q := range questions {
		var got string
		query := "select coalesce((" + q.expression + ")::varchar, 'null') from (select unnest([" + engine.QuoteText(q.x) + "]) as x)"
		if err := e.Scan(ctx, query, &got); err != nil {
			t.Errorf("%s of %q: %v", q.expression, q.x, err)
			continue
		}
		if got != q.want {
			t.Errorf("%s of %q is %q, want %q", q.expression, q.x, got, q.want)
		}
	}
}
