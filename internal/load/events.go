package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"smew/internal/engine"
	"smew/internal/mapping"
	"smew/internal/source"
	"smew/internal/view"
)

// eventSource is a source of events made ready: its SELECT gives event_records,
// its table files give the rows of tables.
type eventSource struct {
	*mapping.Source
	files  []*source.File
	tables []*eventTable // by name
	boots  string        // the statement that makes the view booted, "" if there is none
}

// eventTable is one table that a source's events give rows of.
type eventTable struct {
	*view.Table
	rows    string // the statement that makes its rows out of event_records
	columns []string
}

// eventColumns are the columns of event rows that the loader itself needs.
var eventColumns = []string{"DeviceId", "DeviceName", "ReportId", "EventChannel", "Telemetry", "TimestampNote"}

// prepareEvents readies the sources that the files are of. It only parses: what
// is wrong with a source's SQL is known before a file is read.
func (l *Loader) prepareEvents(ctx context.Context) error {
	bySource := map[*mapping.Source]*eventSource{}
	for _, f := range l.req.Files.Files {
		if f.Mapping == nil {
			continue
		}
		s := bySource[f.Mapping]
		if s == nil {
			s = &eventSource{Source: f.Mapping}
			if err := l.prepareTables(ctx, s); err != nil {
				return err
			}
			bySource[f.Mapping] = s
			l.events = append(l.events, s)
		}
		s.files = append(s.files, f)
	}
	return nil
}

func (l *Loader) prepareTables(ctx context.Context, s *eventSource) error {
	columns, err := l.bindMap(ctx, s.Source)
	if err != nil {
		return err
	}
	parts := map[string][]string{}
	for _, kind := range l.req.Files.Sources.Kinds(s.Source) {
		t, ok := l.req.Contract.Lookup(kind.Table)
		if !ok || !t.HasOwn() {
			return fmt.Errorf("%s: no table %s about devices", kind.Path, kind.Table)
		}
		if err := l.req.Contract.Need(ctx, l.e, kind.SQL); err != nil {
			return err
		}
		shape, err := l.parseKind(ctx, kind)
		if err != nil {
			return err
		}
		if err := shape.check(t); err != nil {
			return fmt.Errorf("%s: %w", kind.Path, err)
		}
		wanted := l.eventTableColumns(t)
		if len(parts[t.Name]) == 0 {
			s.tables = append(s.tables, &eventTable{Table: t, columns: wanted})
		}
		if err := l.bindKind(ctx, s.Source, kind, shape.relation(kind.SQL, columns)); err != nil {
			return err
		}
		text := l.narrow(ctx, &shape, kind.SQL, wanted)
		parts[t.Name] = append(parts[t.Name], t.EventRows(shape.relation(text, columns), shape.columns, wanted))
	}
	if boots, ok := l.req.Files.Sources.Boots(s.Source); ok && l.wantsContext() {
		if err := l.req.Contract.Need(ctx, l.e, boots.SQL); err != nil {
			return err
		}
		shape, err := l.parseKind(ctx, boots)
		if err != nil {
			return err
		}
		s.boots = "create or replace temp view booted as\nwith events as (select * from event_records where Reason is null)\nselect * from (\n" + boots.SQL + "\n) as boots"
		if len(shape.fields) > 0 {
			return fmt.Errorf("%s: reads Data, which boots are not known by", boots.Path)
		}
	}
	for _, t := range s.tables {
		t.rows = strings.Join(parts[t.Name], "\n\nunion all\n\n")
	}
	return nil
}

// eventTableColumns are the columns to make of a table: those wanted, what
// identifies a row, and what the initiating process is found by.
func (l *Loader) eventTableColumns(t *view.Table) []string {
	columns := slices.Clone(eventColumns)
	wanted, ok := l.req.Columns[t.Name]
	if ok {
		columns = append(columns, wanted...)
		if l.wantsContext() {
			columns = append(columns, contextKeys...)
		}
	}
	if ok && l.req.AllColumns {
		for _, c := range t.Columns {
			columns = append(columns, c.Name)
		}
	}
	if t.Name == processTable && l.wantsContext() {
		columns = append(columns, startColumns...)
	}
	slices.Sort(columns)
	return slices.DeleteFunc(slices.Compact(columns), func(name string) bool {
		return name == "Timestamp" || !t.HasColumn(name)
	})
}

// bindMap binds a source's SELECT and makes the empty table that its table files
// are about.
func (l *Loader) bindMap(ctx context.Context, s *mapping.Source) ([]string, error) {
	if err := l.req.Contract.Need(ctx, l.e, s.SQL); err != nil {
		return nil, err
	}
	bound, err := l.e.Prepare(ctx, s.SQL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	if !bound.IsSelect {
		return nil, fmt.Errorf("%s: not a select", s.Path)
	}
	columns := names(bound.Columns)
	for _, need := range []string{"SourceFile", "SourceRecord", "Reason"} {
		if !slices.Contains(columns, need) {
			return nil, fmt.Errorf("%s: gives no column %s", s.Path, need)
		}
	}
	defined := make([]string, len(bound.Columns))
	for i, c := range bound.Columns {
		defined[i] = engine.QuoteIdent(c.Name) + " " + c.Type
	}
	// For the table files to be bound against. A structure's type is not told.
	if s.Own && !slices.ContainsFunc(bound.Columns, func(c engine.Column) bool { return c.Type == "STRUCT" || c.Type == "LIST" || c.Type == "MAP" }) {
		return columns, l.e.Exec(ctx, "create or replace temp table event_records ("+strings.Join(defined, ", ")+")")
	}
	return columns, nil
}

// bindKind binds one table file of the user's by itself, so that a mistake is that
// file's: among all of a table's no line could be told.
func (l *Loader) bindKind(ctx context.Context, s *mapping.Source, kind mapping.Kind, relation string) error {
	if !s.Own || !kind.Own {
		return nil
	}
	var known bool
	if err := l.e.Scan(ctx, "select count(*) > 0 from duckdb_tables() where table_name = 'event_records'", &known); err != nil || !known {
		return err
	}
	if _, err := l.e.Prepare(ctx, relation); err != nil {
		return fmt.Errorf("%s: %w", kind.Path, err)
	}
	return nil
}

// kindShape is what a table file's parse tree tells: the columns it gives and the
// fields of Data it reads.
type kindShape struct {
	columns   []string
	fields    []string
	statement map[string]any
}

func (l *Loader) parseKind(ctx context.Context, kind mapping.Kind) (kindShape, error) {
	tree, err := l.e.ParseTree(ctx, kind.SQL)
	if err != nil {
		return kindShape{}, fmt.Errorf("%s: %w", kind.Path, err)
	}
	var parsed struct {
		Error      bool             `json:"error"`
		Message    string           `json:"error_message"`
		Statements []map[string]any `json:"statements"`
	}
	decoder := json.NewDecoder(strings.NewReader(tree))
	decoder.UseNumber() // places in the text are larger than a float holds
	if err := decoder.Decode(&parsed); err != nil {
		return kindShape{}, err
	}
	if parsed.Error || len(parsed.Statements) != 1 {
		return kindShape{}, fmt.Errorf("%s: not one select: %s", kind.Path, parsed.Message)
	}
	shape := kindShape{statement: parsed.Statements[0]}
	node, _ := shape.statement["node"].(map[string]any)
	list, _ := node["select_list"].([]any)
	for _, item := range list {
		shape.columns = append(shape.columns, outputName(item))
	}
	dataFields(node, &shape.fields)
	slices.Sort(shape.fields)
	shape.fields = slices.Compact(shape.fields)
	return shape, nil
}

// outputName is the name of a column of a SELECT: its alias, or the column it is.
func outputName(item any) string {
	node, _ := item.(map[string]any)
	if alias, _ := node["alias"].(string); alias != "" {
		return alias
	}
	if parts, _ := node["column_names"].([]any); len(parts) > 0 {
		name, _ := parts[len(parts)-1].(string)
		return name
	}
	return ""
}

// dataFields collects X of every Data.X.
func dataFields(node any, fields *[]string) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			dataFields(child, fields)
		}
	case map[string]any:
		if parts, ok := n["column_names"].([]any); ok && n["class"] == "COLUMN_REF" {
			for i := 0; i+1 < len(parts); i++ {
				if parts[i] == "Data" {
					*fields = append(*fields, parts[i+1].(string))
				}
			}
		}
		for _, child := range n {
			dataFields(child, fields)
		}
	}
}

// check holds a table file to the contract: every column is one of the table's,
// and those that are needed are there.
func (k kindShape) check(t *view.Table) error {
	for _, name := range k.columns {
		switch {
		case name == "":
			return errors.New("a column has no name: write `as <Column>` (a star is not taken)")
		case name == "SourceFile" || name == "SourceRecord" || t.HasColumn(name):
		default:
			return fmt.Errorf("%s has no column %s", t.Name, name)
		}
	}
	for _, need := range []string{"SourceFile", "SourceRecord", "Telemetry", "Timestamp"} {
		if !slices.Contains(k.columns, need) {
			return fmt.Errorf("gives no column %s", need)
		}
	}
	return spelledOnce(k.fields)
}

// relation is a table file over the batch. In it `events` has Data as a structure
// of the fields that the file reads, and SourceRecord carries the record's hash
// with it.
func (k kindShape) relation(kindSQL string, columns []string) string {
	hash := "null::ubigint"
	if slices.Contains(columns, "RecordHash") {
		hash = "RecordHash"
	}
	replaced := "{'number': SourceRecord, 'hash': " + hash + "} as SourceRecord"
	if len(k.fields) > 0 && slices.Contains(columns, "Data") {
		structure := make([]string, len(k.fields))
		for i, name := range k.fields {
			structure[i] = jsonText(name) + `:"VARCHAR"`
		}
		replaced += ", try(from_json(Data, " + engine.QuoteText("{"+strings.Join(structure, ",")+"}") + ")) as Data"
	}
	return "with events as (select * replace (" + replaced + ") from event_records where Reason is null)\nselect * from (\n" + kindSQL + "\n) as kind"
}
