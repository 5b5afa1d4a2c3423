package hunt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/source"
)

// presence remembers which columns each file turned out to have, by file
// number and table. The head of a JSON file may not show every column, so a
// column also counts as present once any row has a value in it.
type presence map[presenceKey]map[string]bool

type presenceKey struct {
	file  int32
	table string
}

// look notes, for the batch now attached, the tested columns that have values.
func (p presence) look(ctx context.Context, e *engine.Engine, set *source.Set, t *plannedTable) error {
	var unsure []string
	for _, c := range t.tested {
		if p.anyFileUnsure(set, t.name(), c) {
			unsure = append(unsure, c)
		}
	}
	if len(unsure) == 0 {
		return nil
	}
	counts := make([]string, len(unsure))
	for i, c := range unsure {
		counts[i] = "case when count(" + engine.QuoteIdent(c) + ") > 0 then " + engine.QuoteText(c) + " end"
	}
	rows, err := e.Query(ctx, "select SourceFileId, concat_ws(',', "+strings.Join(counts, ", ")+
		") from recorded_"+t.name()+" group by SourceFileId order by all")
	if err != nil {
		return fmt.Errorf("looking at %s: %w", t.name(), err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int32
		var columns string
		if err := rows.Scan(&id, &columns); err != nil {
			return err
		}
		key := presenceKey{id, t.name()}
		if p[key] == nil {
			p[key] = map[string]bool{}
		}
		for _, c := range strings.Split(columns, ",") {
			p[key][c] = true
		}
	}
	return rows.Err()
}

// anyFileUnsure tells whether some file's head did not show the column.
func (p presence) anyFileUnsure(set *source.Set, table, column string) bool {
	for _, f := range set.Files {
		columns, ok := f.Columns[table]
		if !ok && (f.Format == source.Parquet || f.Table != "") {
			continue // all of it is another table's
		}
		if !contains(columns, column) {
			return true
		}
	}
	return false
}

// missing lists the columns that a file does not have.
func (p presence) missing(f load.FileAccount, table string, columns []string) []string {
	var lacks []string
	seen := p[presenceKey{f.File.ID, table}]
	for _, c := range columns {
		if c == "Timestamp" || contains(f.File.Columns[table], c) || seen[c] {
			continue
		}
		lacks = append(lacks, c)
	}
	return lacks
}

func contains(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}
