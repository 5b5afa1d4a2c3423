package lake

import (
	"context"
	"fmt"
	"strings"

	"smew/internal/defender"
	"smew/internal/engine"
	"smew/internal/view"
)

// renew writes anew the files whose derived columns or Class other SQL or other branches
// made, or that another version of smew wrote with other columns.
func (c *compaction) renew(ctx context.Context) error {
	groups := grouped(c.snap.Data, c.old, Data.kin)
	c.done, c.total = 0, 0
	for _, group := range groups {
		for _, d := range group {
			c.total += d.Bytes
		}
	}
	for _, group := range groups {
		for _, files := range portions(group, c.req.MostRows) {
			if err := c.renewFiles(ctx, files); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepareRenewal readies a fresh engine for [compaction.renew].
func (c *compaction) prepareRenewal(ctx context.Context) (err error) {
	for _, name := range c.contract.Names() {
		t, _ := c.contract.Lookup(name)
		if c.madeBy[name], err = madeBy(c.req.SQL, t); err != nil {
			return err
		}
	}
	if c.req.Gates != nil {
		if c.gates, err = c.req.Gates(ctx, c.e, c.contract); err != nil {
			return err
		}
	}
	// A file keeps its number, and staged rows have numbers of the lake already.
	return c.e.Exec(ctx, "create or replace macro lake_number(id) as id")
}

// old tells whether a file is not as a run would write it now.
func (c *compaction) old(d Data) bool {
	t, ok := c.contract.Lookup(d.Table)
	return ok && (d.Columns != columnsOf(t) || d.Derived != c.madeBy[t.Name] || d.Gate != c.gates[t.Name].name())
}

// renewFiles writes some files of one kin anew.
func (c *compaction) renewFiles(ctx context.Context, files []Data) error {
	first := files[0]
	t, _ := c.contract.Lookup(first.Table)
	c.progress("renewing " + first.Table + " " + first.month())
	have, err := columnNames(ctx, c.e, "select * from "+c.l.readUnited(files))
	if err != nil {
		return err
	}
	// What was nobody's column may have become the table's.
	extra := t.FurtherNames(extras(files))
	return c.replace(ctx, files, len(files), func(w *writer) error {
		for _, s := range spans(dayCounts(files)) {
			if err := t.Attach(ctx, c.e, c.recordedAgain(t, files, have, extra, s)); err != nil {
				return err
			}
			staged := c.stagedAgain(t, first.Columns == columnsOf(t), extra)
			if err := w.classify(ctx, t, staged); err != nil {
				return err
			}
			if err := w.putAgain(ctx, t, s, func(part string) string {
				return "select " + storeColumns(t, extra) + " from " + staged + " where " + part
			}, extra, c.req.MostRows); err != nil {
				return err
			}
		}
		return nil
	})
}

// recordedAgain is the recorded layer of stored rows, with what is stored of them beside.
func (c *compaction) recordedAgain(t *view.Table, files []Data, have map[string]bool, extra []string, s span) string {
	columns := []string{
		engine.QuoteText(t.Name) + " as SourceTable", "SourceFile", "SourceFileId", "SourceRecord", loadedTimeOf(t) + " as EventTime",
		unsigned("RecordHash") + " as RecordHash", unsigned("RowHash") + " as StoredHash", "Lacks as StoredLacks",
	}
	for _, column := range t.Columns {
		columns = append(columns, storedColumn(column, have)+" as "+engine.QuoteIdent(column.Name))
	}
	for _, name := range extra {
		columns = append(columns, engine.QuoteIdent(name))
	}
	return "select " + strings.Join(columns, ", ") + " from " + c.l.readUnited(files) + " as stored where " + s.storedWhereOf(t)
}

// storedColumn is a recorded column of stored rows, NULL where they have none.
func storedColumn(c defender.Column, have map[string]bool) string {
	switch {
	case isTime(c) && have[c.Name] && have[nanos(c.Name)]:
		return loadedTime(c.Name)
	case have[c.Name]:
		return "try_cast(stored." + engine.QuoteIdent(c.Name) + " as " + defender.SQLType(c.Type) + ")"
	}
	return "null::" + defender.SQLType(c.Type)
}

func (s span) storedWhereOf(t *view.Table) string {
	if !t.HasTime() {
		return "true"
	}
	return s.storedWhere()
}

// stagedAgain is the attached rows as a step stages them. What tells one row from
// another is kept as long as the table's columns are the same.
func (c *compaction) stagedAgain(t *view.Table, same bool, extra []string) string {
	query := "select " + stageColumns(t, c.gates[t.Name].Tested, extra)
	if !same {
		return "(" + query + " from " + t.Name + ")"
	}
	return fmt.Sprintf("(select * exclude (StoredHash, StoredLacks) replace (StoredHash as RowHash, StoredLacks as Lacks) from (%s, StoredHash, StoredLacks from %s))", query, t.Name)
}
