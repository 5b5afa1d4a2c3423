package hunt

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"smew/internal/engine"
	"smew/internal/finding"
	smewsql "smew/sql"
)

// WriteParquet writes the ranked cases of the last [Run] on e to a file
// that the engine was told it may write. The versions that they depend on go into the
// file's metadata, by their names in the JSON.
func WriteParquet(ctx context.Context, e *engine.Engine, path string, versions finding.Versions, minScore, limit int, showSuppressed bool) error {
	text, err := fs.ReadFile(smewsql.Files, "reports/cases.sql")
	if err != nil {
		return err
	}
	h := &Hunt{req: Request{MinScore: minScore, Limit: limit, ShowSuppressed: showSuppressed}}
	query := string(text) + "\nwhere " + h.shown() + "\norder by ranked.Place" + h.limit()
	var metadata []string
	for _, v := range [][2]string{
		{"smew", versions.Smew},
		{"branches", versions.Branches},
		{"allowlist", versions.Allowlist},
		{"changes", versions.Changes},
		{"weights", versions.Weights},
		{"reference", versions.Reference},
	} {
		metadata = append(metadata, v[0]+": "+engine.QuoteText(v[1]))
	}
	return e.Exec(ctx, fmt.Sprintf("copy (%s) to %s (format parquet, kv_metadata {%s})", query, engine.QuoteText(path), strings.Join(metadata, ", ")))
}
