package hunt

import (
	"context"
	"fmt"
	"io/fs"

	"smew/internal/engine"
	smewsql "smew/sql"
)

// WriteParquet writes the ranked cases of the last [Run] on e to a file
// that the engine was told it may write.
func WriteParquet(ctx context.Context, e *engine.Engine, path string, minScore, limit int, showSuppressed bool) error {
	text, err := fs.ReadFile(smewsql.Files, "reports/cases.sql")
	if err != nil {
		return err
	}
	h := &Hunt{req: Request{MinScore: minScore, Limit: limit, ShowSuppressed: showSuppressed}}
	query := string(text) + "\nwhere " + h.shown() + "\norder by ranked.Place" + h.limit()
	return e.Exec(ctx, fmt.Sprintf("copy (%s) to %s (format parquet)", query, engine.QuoteText(path)))
}
