package load

import (
	"context"
	"slices"
	"strings"

	"smew/internal/engine"
	"smew/internal/view"
)

// Many logs give the initiating process only by a number. Its name, its command
// line and its own parent are in the event of its start, if that was recorded:
// the load notes every start it meets, and [Loader.Context] finds them in the end,
// when all files have been read and the order of the files no longer matters.

const processTable = "DeviceProcessEvents"

// startColumns are what is noted of a process's start.
var startColumns = []string{
	"DeviceName", "ProcessGuid", "ProcessId", "FileName", "FolderPath", "ProcessCommandLine", "AccountDomain", "AccountName",
	"InitiatingProcessId", "InitiatingProcessFileName",
}

// contextKeys are what a row's initiating process is found by.
var contextKeys = []string{"DeviceName", "InitiatingProcessGuid", "InitiatingProcessId", "InitiatingProcessFileName", "InitiatingProcessCommandLine", "InitiatingProcessNote", "Telemetry", "TimestampNote"}

// IsContext tells whether a recorded column may be filled in by [Loader.Context].
func IsContext(column string) bool { return slices.Contains(view.Context, column) }

// ContextKeys are the columns that a relation needs to be given to
// [Loader.Context].
func ContextKeys() []string { return contextKeys }

// wantsContext tells whether anything that is read is about initiating processes.
func (l *Loader) wantsContext() bool {
	for _, columns := range l.req.Columns {
		if l.req.AllColumns || slices.ContainsFunc(columns, IsContext) {
			return true
		}
	}
	return false
}

// noteStarts keeps the starts of processes in the batch.
func (l *Loader) noteStarts(ctx context.Context, t *eventTable) error {
	if t.Name != processTable || !l.wantsContext() || l.req.RowsOnly {
		return nil
	}
	return l.run(ctx, "load/starts.sql")
}

// Context fills in who the initiating processes of a table's rows were, as far as
// their own starts are known: relation is a temporary table that [Request.Each]
// filled with rows of the table, columns the columns it has, derived ones that are
// made of the others included. It tells whether there was anything to look for.
func (l *Loader) Context(ctx context.Context, t *view.Table, relation string, columns []string) (bool, error) {
	changes, err := l.findContext(ctx, t, relation, columns)
	if err != nil || len(changes) == 0 {
		return false, err
	}
	set := make([]string, len(changes))
	for i, c := range changes {
		set[i] = engine.QuoteIdent(c) + " = c." + engine.QuoteIdent(c)
	}
	return true, l.e.Exec(ctx, "update "+relation+" as rows set "+strings.Join(set, ", ")+" from context_rows as c "+
		"where c.SourceFileId = rows.SourceFileId and c.SourceRecord = rows.SourceRecord")
}

// findContext makes the table context_rows of the rows that are to change, and lists
// the columns.
func (l *Loader) findContext(ctx context.Context, t *view.Table, relation string, columns []string) ([]string, error) {
	if len(l.events) == 0 || !t.HasOwn() || !l.wantsContext() {
		return nil, nil
	}
	var recorded []string // those of the table's columns that the relation has
	for _, name := range view.Context {
		if slices.Contains(columns, name) {
			recorded = append(recorded, name)
		}
	}
	changes := slices.Clone(recorded)
	for name, from := range t.Derived {
		if slices.Contains(columns, name) && slices.ContainsFunc(from, IsContext) {
			changes = append(changes, name)
		}
	}
	slices.Sort(changes)
	if err := l.e.Exec(ctx, "create or replace temp view context_wanted as select SourceFileId, SourceRecord, "+
		strings.Join(append(slices.Clone(contextKeys), "Timestamp"), ", ")+", coalesce(lower(DeviceName), '#' || SourceFileId) as Device, InitiatingProcessFileName is not null and InitiatingProcessCommandLine is not null as Known from "+relation+
		" where Telemetry <> 'Defender'"); err != nil {
		return nil, err
	}
	if err := l.run(ctx, "load/context.sql"); err != nil {
		return nil, err
	}
	if err := t.Attach(ctx, l.e, contextRelation(t, relation, recorded)); err != nil {
		return nil, err
	}
	list := make([]string, len(changes))
	for i, c := range changes {
		list[i] = engine.QuoteIdent(c)
	}
	return changes, l.e.Exec(ctx, "create or replace temp table context_rows as select SourceFileId, SourceRecord, "+
		strings.Join(list, ", ")+" from "+t.Name)
}

// contextRelation is the recorded layer of the rows whose initiating process was
// looked for, with what was found where the event itself says nothing.
func contextRelation(t *view.Table, relation string, recorded []string) string {
	found := map[string]string{}
	for _, name := range view.Context {
		value := "found." + name
		if slices.Contains(recorded, name) && name != "InitiatingProcessNote" {
			value = "coalesce(rows." + name + ", " + value + ")"
		}
		found[name] = value
	}
	return t.FromContext(found, relation+" as rows inner join context_found as found "+
		"on found.SourceFileId = rows.SourceFileId and found.SourceRecord = rows.SourceRecord")
}
