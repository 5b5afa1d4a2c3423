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
	if t.Name != processTable || !l.wantsContext() {
		return nil
	}
	return l.run(ctx, "load/starts.sql")
}

// Context finds the initiating processes of the rows of a table that was filled by
// [Request.Each], and makes the temporary table context_rows of them:
// SourceFileId, SourceRecord and the columns of the table that change, with their
// new values, the derived ones among the columns given included. The result lists
// these; it is empty where nothing was found.
func (l *Loader) Context(ctx context.Context, t *view.Table, relation string, columns []string) ([]string, error) {
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
