package cli

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/report"
	"smew/internal/source"
	"smew/internal/view"
	smewsql "smew/sql"
)

var queryFormats = append(append([]string{}, rowFormats...), "parquet")

func (a *app) queryCommand() *cobra.Command {
	var f struct {
		engine engineFlags
		output outputFlags
		window windowFlags
		source sourceFlags
		data   referenceFlags
	}
	cmd := &cobra.Command{
		Use:   `query "SELECT …" PATH…`,
		Short: "run one select over the tables in files",
		Long: `query attaches every Advanced Hunting table found in the files under its name,
with typed columns, and runs one select over them. An event that several exports
hold is there once (copies within one Parquet file are not looked for). Rows come
in no particular order unless the select says order by. The
functions that branches use (has, has_any, in_i, service_name …) are there too.
Columns that a file lacks are NULL; columns outside the schema can be selected
by name. Rows that could not be read are counted on standard error.

read_evtx('logs/**/*.evtx') in the select is a table of every record of Windows
event logs, of any channel, as it was recorded; it needs no files after the select.`,
		Example: `  smew query "select DeviceName, count(*) as n from DeviceProcessEvents group by 1 order by n desc" exports/
  smew query "select * from DeviceRegistryEvents where ServiceName <> ''" exports/ --format csv
  smew query "describe DeviceProcessEvents" exports/
  smew query "select Channel, EventID, count(*) as n from read_evtx('logs/*.evtx') group by all order by n desc"
  smew query "select ProcessCommandLine from DeviceProcessEvents where has_any(ProcessCommandLine, ['create', 'config'])" exports/`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) == 1 && !namesEVTX(args[0]) {
				return usage(errors.New("query needs a select and files to run it over"), `try: smew query "select count(*) from DeviceProcessEvents" sampledata`)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.Trim(args[0], "; \n\t") == "" {
				return usage(errors.New("the select is empty"), `try: smew query "select count(*) from DeviceProcessEvents" sampledata`)
			}
			if err := f.output.check(cmd, queryFormats, a.stdout); err != nil {
				return err
			}
			q := &query{app: a, text: strings.TrimRight(strings.TrimSpace(args[0]), "; \n\t"), paths: args[1:], limits: &f.engine, out: &f.output, window: &f.window, source: &f.source, data: &f.data}
			return q.run(cmd.Context())
		},
	}
	f.window.register(cmd)
	f.source.register(cmd)
	f.data.register(cmd)
	f.output.register(cmd, queryFormats)
	f.engine.register(cmd)
	return cmd
}

// query is one run of `smew query`.
type query struct {
	*app
	text   string
	paths  []string
	limits *engineFlags
	out    *outputFlags
	window *windowFlags
	source *sourceFlags
	data   *referenceFlags
	logs   eventLogs

	e        *engine.Engine
	contract *view.Contract
	loader   *load.Loader
	tables   []string // those the text reads
	columns  []string // those the text mentions; "*" among them for all
}

func (q *query) run(ctx context.Context) error {
	var err error
	if q.e, err = q.limits.open(ctx); err != nil {
		return err
	}
	defer q.e.Close()
	files, err := q.data.files()
	if err != nil {
		return err
	}
	if q.contract, err = attachContract(ctx, q.e, files); err != nil {
		return err
	}
	if err := q.contract.Need(ctx, q.e, q.text); err != nil {
		return err
	}
	if namesEVTX(q.text) {
		if err := q.logs.attach(ctx, q.e, q.limits.workers()); err != nil {
			return err
		}
	}
	if err := q.look(ctx); err != nil {
		return err
	}
	if err := q.load(ctx); err != nil {
		return err
	}
	if err := q.answer(ctx); err != nil {
		return err
	}
	q.report()
	return nil
}

// look finds out what the text reads. DuckDB's parse tree knows every form of
// SELECT; for what it does not serialise, every table is loaded.
func (q *query) look(ctx context.Context) error {
	if err := oneSelect(ctx, q.e, q.text); err != nil {
		return usage(err, "query reads and never writes")
	}
	tables, columns, err := branch.References(ctx, q.e, q.text, q.contract.IsTable)
	if err != nil {
		if _, bindErr := q.e.Prepare(ctx, q.text); bindErr != nil && !strings.Contains(bindErr.Error(), "Referenced column") {
			return usage(bindErr, "the text must be one select")
		}
		tables, columns = q.contract.Names(), []string{"*"}
	}
	for _, name := range tables {
		t, _ := q.contract.Lookup(name)
		q.tables = append(q.tables, t.Name)
	}
	q.columns = columns
	return nil
}

func (q *query) load(ctx context.Context) error {
	since, until, asOf, err := q.window.bounds()
	if err != nil {
		return err
	}
	if namesEVTX(q.text) && len(q.paths) == 0 && (since != nil || until != nil) {
		return usage(errors.New("--since and --until are about the files after the select, and there are none"), "compare TimeCreated in the select: where TimeCreated >= '2026-09-01'")
	}
	if q.window.last != "" {
		return usage(errors.New("query does not take --last"), "give --since, or compare with max(Timestamp) in the select")
	}
	set, err := q.open(ctx, folderWindow(since, until))
	if err != nil {
		return err
	}
	defer set.Close()
	progress := q.startProgress()
	defer progress.Done()
	columns, extra := q.wanted(set)
	q.loader, err = load.Prepare(ctx, q.e, load.Request{
		Files: set, SQL: smewsql.Files, Contract: q.contract, Columns: columns, Extra: extra, AllColumns: q.star(),
		Since: since, Until: until, AsOf: asOf, Threads: q.limits.workers(), ParquetInPlace: true, Each: q.keep,
		Progress: func(done, total int64) { progress.Update(done, total, "reading") },
	})
	if err != nil {
		return err
	}
	if err := q.e.LockDown(ctx, append(q.loader.Paths(), parquetPath(q.e))); err != nil {
		return err
	}
	if err := q.loader.Run(ctx); err != nil {
		return huntError(err)
	}
	return q.publish(ctx)
}

// open finds the files. A text that reads event logs by read_evtx needs no others.
func (q *query) open(ctx context.Context, window *source.Window) (*source.Set, error) {
	sources, err := q.source.load()
	if err != nil {
		return nil, err
	}
	if len(q.paths) == 0 {
		return &source.Set{Sources: sources}, nil
	}
	return openSources(ctx, q.paths, source.Options{TempDir: q.e.TempDir(), Window: window, Sources: sources})
}

func (q *query) star() bool {
	for _, c := range q.columns {
		if c == "*" {
			return true
		}
	}
	return false
}

// wanted lists the columns to read, by table, and those outside the schema.
func (q *query) wanted(set *source.Set) (map[string][]string, []string) {
	columns := map[string][]string{}
	outside := map[string]bool{}
	for _, name := range q.tables {
		t, _ := q.contract.Lookup(name)
		recorded, extra := t.Recorded(q.columns)
		columns[name] = recorded
		for _, f := range set.Files {
			for _, have := range f.Columns[name] {
				for _, want := range extra {
					if !t.Has(have) && !view.Reserved(have) && (want == "*" || strings.EqualFold(want, have)) {
						outside[have] = true
					}
				}
			}
		}
	}
	return columns, slices.Sorted(maps.Keys(outside))
}

// keep copies the rows of one batch of text, which is gone after its batch. All
// batches of a table have the same columns.
func (q *query) keep(ctx context.Context, b load.Batch) error {
	table := b.Table
	from := "select * from recorded_" + table + " where in_window(EventTime)"
	loaded, err := q.isLoaded(ctx, table)
	if err != nil {
		return err
	}
	if !loaded {
		return q.e.Exec(ctx, "create temp table loaded_"+table+" as "+from)
	}
	return q.e.Exec(ctx, "insert into loaded_"+table+" by name "+from)
}

func (q *query) isLoaded(ctx context.Context, table string) (bool, error) {
	var loaded bool
	err := q.e.Scan(ctx, "select count(*) > 0 from duckdb_tables() where table_name = "+engine.QuoteText("loaded_"+table), &loaded)
	return loaded, err
}

// publish puts the tables under their names, each event once: text from where
// it was copied to, Parquet from where it lies.
func (q *query) publish(ctx context.Context) error {
	for _, name := range q.tables {
		t, _ := q.contract.Lookup(name)
		var parts []string
		loaded, err := q.isLoaded(ctx, name)
		if err != nil {
			return err
		}
		if loaded {
			if _, err := q.loader.Context(ctx, t, "loaded_"+name, t.RecordedNames()); err != nil {
				return err
			}
			parts = append(parts, "select * from loaded_"+name)
		}
		for _, relation := range q.loader.ParquetRelations(name) {
			parts = append(parts, "select * from (\n"+relation+"\n) where in_window(EventTime)")
		}
		if len(parts) == 0 {
			parts = append(parts, t.Empty())
		}
		if err := t.Attach(ctx, q.e, q.once(name, strings.Join(parts, "\nunion all by name\n"))); err != nil {
			return err
		}
	}
	return nil
}

// once leaves out the copies of events, if there are any.
func (q *query) once(table, relation string) string {
	relation = "select * exclude (SourceFileId, EventTime, RecordHash) from (\n" + relation + "\n) as read"
	for _, t := range q.loader.Account().Tables {
		if t.Name == table && t.Duplicates > 0 {
			relation += "\nwhere not exists (select 1 from duplicate_rows as d where d.SourceTable = " + engine.QuoteText(table) +
				" and d.SourceFileId = read.SourceFileId and d.SourceRecord = read.SourceRecord)"
		}
	}
	return relation
}

// answer runs the text and writes its rows.
func (q *query) answer(ctx context.Context) error {
	statement, err := q.e.Prepare(ctx, q.text)
	if err != nil {
		return usage(err, queryHint(err.Error()))
	}
	if !statement.IsSelect {
		return usage(errNotSelect, "query reads and never writes")
	}
	if q.out.format == "parquet" {
		return q.destination(q.out, func(w io.Writer, _ report.Options) error {
			return copyParquet(ctx, q.e, w, func(path string) error {
				return q.e.Exec(ctx, "copy (\n"+q.text+"\n) to "+engine.QuoteText(path)+" (format parquet)")
			})
		})
	}
	rows, err := q.e.Query(ctx, q.text)
	if err != nil {
		return data(err, "")
	}
	defer rows.Close()
	return q.destination(q.out, func(w io.Writer, opts report.Options) error {
		return writeRows(w, q.out.format, statement.Columns, rows, opts)
	})
}

// report says on standard error what the answer rests on.
func (q *query) report() {
	account := q.loader.Account()
	const most = 5 // of a kind; the rest as a number
	var skipped, rejected int
	for _, s := range account.Skipped {
		if s.Harmless {
			continue
		}
		if skipped++; skipped <= most {
			q.printer.Warnf("skipped %s: %s", s.File, s.Reason)
		}
	}
	for _, r := range account.Rejected {
		if rejected++; rejected <= most {
			q.printer.Warnf("%s: %s rejected: %s%s", r.File, count(r.Rows, "row"), r.Reason, places(r.Records, r.Rows))
		}
	}
	q.logs.report(q.printer)
	if more := max(skipped-most, 0) + max(rejected-most, 0); more > 0 {
		q.printer.Warnf("and %s like these; smew sources PATH names them", count(int64(more), "thing"))
	}
	if n := account.RowsDuplicate(); n > 0 {
		q.printer.Printf("left out %s of events", count(n, "further copy"))
	}
	met := map[string]bool{}
	for _, t := range account.Tables {
		met[t.Name] = true
	}
	for _, name := range q.tables {
		if !met[name] {
			q.printer.Warnf("no %s in these files: it is empty here, which says nothing about the devices", name)
		}
	}
}

// queryHint says what to try after the engine's own words.
func queryHint(message string) string {
	switch {
	case strings.Contains(message, "Referenced column"), strings.Contains(message, "does not have a column"):
		return `smew query "describe DeviceProcessEvents" PATH lists a table's columns`
	case strings.Contains(message, "file system operations are disabled"):
		return "query reads only the files given after the select"
	case strings.Contains(message, "=~"):
		return "KQL's operators are functions here: has(x, 'y'), has_any(x, ['y']), eq_i(x, 'y'), in_i(x, ['y'])"
	case strings.HasPrefix(message, "Catalog Error"):
		return "tables are those of Advanced Hunting (DeviceProcessEvents …); functions are DuckDB's and smew's"
	}
	return "the text must be one select"
}
