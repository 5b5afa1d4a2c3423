package hunt

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/source"
)

// presence remembers which columns each file turned out to have, by table and,
// in files of events, by kind of telemetry: a log may hold Sysmon's process
// starts with their command lines and Security's without. The head of a JSON file
// may not show every column, so a column also counts as present once any row has
// a value in it.
type presence map[presenceKey]map[string]bool

type presenceKey struct {
	file      int32
	table     string
	telemetry string // "" for Defender's exports
}

// look notes, for the batch now attached, the tested columns that have values and,
// of events, which of the actions that branches look at there are.
func (p presence) look(ctx context.Context, e *engine.Engine, set *source.Set, t *plannedTable, events bool) error {
	var unsure []string
	for _, c := range t.tested {
		if p.anyFileUnsure(set, t.name(), c) {
			unsure = append(unsure, c)
		}
	}
	var actions []string
	if events {
		actions = t.actions
	}
	return p.count(ctx, e, t, "recorded_"+t.name(), unsure, actions)
}

// lookAgain notes what is there once the initiating processes have been found.
// What a branch asks of these matters only for the rows that were kept: where each
// of them has it, or there is none, nothing is unknown.
func (p presence) lookAgain(ctx context.Context, e *engine.Engine, t *plannedTable) error {
	var late, absent []string
	for _, c := range t.tested {
		if load.IsContext(c) && slices.Contains(t.columns, c) {
			late = append(late, c)
			absent = append(absent, "case when count("+engine.QuoteIdent(c)+") = 0 then "+engine.QuoteText(c)+" end")
		}
	}
	if len(late) == 0 {
		return nil
	}
	rows, err := e.Query(ctx, "select SourceFileId, Telemetry, concat_ws(',', "+strings.Join(absent, ", ")+") from "+t.kept()+" group by all order by all")
	if err != nil {
		return err
	}
	defer rows.Close()
	unknown := map[presenceKey]string{}
	for rows.Next() {
		key := presenceKey{table: t.name()}
		var columns string
		if err := rows.Scan(&key.file, &key.telemetry, &columns); err != nil {
			return err
		}
		unknown[key] = "," + columns + ","
	}
	for key, present := range p {
		if key.table != t.name() || key.telemetry == "" {
			continue
		}
		for _, c := range late {
			if !strings.Contains(unknown[key], ","+c+",") {
				present[c] = true
			}
		}
	}
	return rows.Err()
}

func (p presence) count(ctx context.Context, e *engine.Engine, t *plannedTable, relation string, columns, actions []string) error {
	if len(columns)+len(actions) == 0 {
		return nil
	}
	var counts []string
	for _, c := range columns {
		counts = append(counts, "case when count("+engine.QuoteIdent(c)+") > 0 then "+engine.QuoteText(c)+" end")
	}
	for i, a := range actions {
		counts = append(counts, "case when count(*) filter (where "+a+") > 0 then "+engine.QuoteText(fmt.Sprint("#", i))+" end")
	}
	telemetry := "''"
	if t.HasOwn() {
		telemetry = "case when Telemetry = 'Defender' then '' else Telemetry end"
	}
	rows, err := e.Query(ctx, "select SourceFileId, "+telemetry+" as Kind, concat_ws(',', "+strings.Join(counts, ", ")+
		") from "+relation+" group by all order by all")
	if err != nil {
		return fmt.Errorf("looking at %s: %w", t.name(), err)
	}
	defer rows.Close()
	for rows.Next() {
		key := presenceKey{table: t.name()}
		var present string
		if err := rows.Scan(&key.file, &key.telemetry, &present); err != nil {
			return err
		}
		if p[key] == nil {
			p[key] = map[string]bool{}
		}
		for _, c := range strings.Split(present, ",") {
			if i, err := strconv.Atoi(strings.TrimPrefix(c, "#")); err == nil && strings.HasPrefix(c, "#") {
				c = actions[i]
			}
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

// kinds lists the kinds of telemetry that a file has rows of a table of.
func (p presence) kinds(f load.FileAccount, table string) []string {
	if f.File.Mapping == nil {
		return []string{""}
	}
	var kinds []string
	for key := range p {
		if key.file == f.File.ID && key.table == table {
			kinds = append(kinds, key.telemetry)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// has tells whether a kind of telemetry in a file has an event of some action.
func (p presence) has(f load.FileAccount, table, telemetry, actions string) bool {
	return p[presenceKey{f.File.ID, table, telemetry}][actions]
}

// missing lists the columns that a file does not have in one kind of telemetry.
func (p presence) missing(f load.FileAccount, table, telemetry string, columns []string) []string {
	var lacks []string
	seen := p[presenceKey{f.File.ID, table, telemetry}]
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
