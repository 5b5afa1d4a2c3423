package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"smew/internal/finding"
	"smew/internal/load"
	"smew/internal/report"
	"smew/internal/source"
	"smew/internal/term"
	"smew/internal/view"
	smewsql "smew/sql"
)

type sourcesFlags struct {
	engine  engineFlags
	output  outputFlags
	source  sourceFlags
	strict  bool
	explain bool
	list    bool
}

func (a *app) sourcesCommand() *cobra.Command {
	var f sourcesFlags
	formats := []string{"table", "json"}
	cmd := &cobra.Command{
		Use:   "sources PATH…",
		Short: "say what files are: format, table, rows, times, what could not be read",
		Long: `sources reads every file given and says what it is: its format, its tables, how
many rows of each, from when to when, which rows were rejected and why, which
columns are unknown or missing, and on which days between the first event and
the last there is none. Columns are those of the file's opening records.

--explain shows how files become tables: the SQL that takes their records apart,
the SQL that makes rows of them, the view, and the first five rows of each table.
--list names the sources there are. A source is a folder of SQL; --sources-dir adds
your own, and CONTRIBUTING.md shows how to write one.`,
		Example: `  smew sources exports/
  smew sources --explain Security.evtx
  smew sources --list
  smew sources exports/ --json | jq '.files[] | select(.rejected != [])'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.list && len(args) == 0 {
				return nil
			}
			return needPaths("sources", "sampledata")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.output.check(cmd, formats, a.stdout); err != nil {
				return err
			}
			if f.list && (f.explain || f.strict || len(args) > 0) {
				return usage(errors.New("--list reads no file, so it goes with no path, --explain or --strict"), "smew sources --list names the sources; smew sources --explain FILE shows how a file is read")
			}
			if f.explain && f.strict {
				return usage(errors.New("--explain and --strict do not go together"), "smew sources --strict PATH fails if any row is rejected")
			}
			if f.list {
				return a.listSources(&f)
			}
			return a.sources(cmd, &f, args)
		},
	}
	cmd.Flags().BoolVar(&f.strict, "strict", false, "fail if any row is rejected or any file skipped")
	cmd.Flags().BoolVar(&f.explain, "explain", false, "show the SQL that makes tables of the files, and five rows of each")
	cmd.Flags().BoolVar(&f.list, "list", false, "name the sources there are, and read no file")
	f.source.register(cmd)
	f.output.register(cmd, formats)
	f.engine.register(cmd)
	return cmd
}

func (a *app) sources(cmd *cobra.Command, f *sourcesFlags, args []string) error {
	ctx := cmd.Context()
	limits, out, strict := &f.engine, &f.output, f.strict
	e, err := limits.open(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	known, err := f.source.load()
	if err != nil {
		return err
	}
	set, err := openSources(ctx, args, source.Options{TempDir: e.TempDir(), Sources: known})
	if err != nil {
		return err
	}
	defer set.Close()
	if f.explain {
		return a.explain(ctx, e, set, limits, out)
	}
	contract, err := view.LoadContract(ctx, e, smewsql.Files)
	if err != nil {
		return err
	}
	progress := a.startProgress()
	defer progress.Done()
	loader, err := load.Prepare(ctx, e, load.Request{
		Files: set, SQL: smewsql.Files, Contract: contract, AsOf: time.Now().UTC(), Keys: true, Threads: limits.workers(),
		Progress: func(done, total int64) { progress.Update(done, total, "reading") },
	})
	if err != nil {
		return err
	}
	if err := e.LockDown(ctx, loader.Paths()); err != nil {
		return err
	}
	if err := loader.Run(ctx); err != nil {
		return huntError(err)
	}
	progress.Done()
	inventory := newInventory(loader.Account(), set, contract)
	err = a.destination(out, func(w io.Writer, opts report.Options) error {
		if out.format == "json" {
			return report.WriteJSON(w, inventory)
		}
		return inventory.print(w)
	})
	if skipped := lossy(inventory.Skipped); err == nil && strict && (inventory.Rejected > 0 || skipped > 0) {
		return strictError(inventory.Rejected, skipped)
	}
	return err
}

// inventory is what `smew sources` has to say; its JSON form is the contract
// of --json.
type inventory struct {
	Files    []fileEntry       `json:"files"`
	Skipped  []finding.Skipped `json:"skipped"`
	Tables   []tableEntry      `json:"tables"`
	Read     int64             `json:"rows_read"` // = kept + duplicate + rejected
	Kept     int64             `json:"rows_kept"`
	Repeated int64             `json:"rows_duplicate"`
	Rejected int64             `json:"rows_rejected"`
	Others   int64             `json:"rows_other"` // of kinds that no table is made of
	Notes    []string          `json:"notes"`
}

type fileEntry struct {
	File     string        `json:"file"`
	Kind     string        `json:"kind"`
	Format   string        `json:"format"`
	Packed   string        `json:"compression,omitempty"`
	Bytes    int64         `json:"bytes"`
	Tables   []fileTable   `json:"tables"`
	Rejected []rejectEntry `json:"rejected"`
	Others   int64         `json:"other"` // records of kinds that no table is made of
	Doubts   []doubtEntry  `json:"time_doubtful"`
	Notes    []string      `json:"notes"`
}

type doubtEntry struct {
	Reason string `json:"reason"`
	Rows   int64  `json:"rows"`
}

type fileTable struct {
	Table    string     `json:"table"`
	Rows     int64      `json:"rows"`
	Repeated int64      `json:"duplicates"`
	First    *time.Time `json:"first"`
	Last     *time.Time `json:"last"`
	Unknown  []string   `json:"columns_unknown"` // in the file, not in the schema
	Missing  []string   `json:"columns_missing"` // in the schema, not in the file
}

type rejectEntry struct {
	Reason  string  `json:"reason"`
	Rows    int64   `json:"rows"`
	Records []int64 `json:"records"`
}

type tableEntry struct {
	Table    string     `json:"table"`
	Events   int64      `json:"events"`
	Repeated int64      `json:"duplicates"`
	Devices  int64      `json:"devices"`
	Files    int64      `json:"files"`
	First    *time.Time `json:"first"`
	Last     *time.Time `json:"last"`
	GapDays  []string   `json:"gap_days"`
}

func newInventory(account *load.Account, set *source.Set, contract *view.Contract) *inventory {
	v := &inventory{
		Files: []fileEntry{}, Skipped: []finding.Skipped{}, Tables: []tableEntry{},
		Read: account.RowsRead(), Kept: account.RowsKept(), Repeated: account.RowsDuplicate(), Rejected: account.RowsRejected(),
		Others: account.RowsOther(), Notes: append([]string{}, account.Notes...),
	}
	skipped := map[string]bool{}
	for _, s := range account.Skipped {
		v.Skipped = append(v.Skipped, finding.Skipped{File: s.File, Reason: s.Reason, Harmless: s.Harmless})
		skipped[s.File] = true
	}
	for _, f := range set.Files {
		if skipped[f.Name] {
			continue
		}
		entry := fileEntry{
			File: f.Name, Kind: f.Kind, Format: string(f.Format), Packed: f.Compression, Bytes: f.Bytes,
			Tables: []fileTable{}, Rejected: []rejectEntry{}, Doubts: []doubtEntry{}, Notes: []string{},
		}
		if f.Mapping == nil { // those of the others are in the account
			entry.Notes = append(entry.Notes, f.Notes...)
		}
		for _, o := range account.Others {
			if o.FileID == f.ID {
				entry.Others = o.Rows
			}
		}
		for _, d := range account.Doubts {
			if d.FileID == f.ID {
				entry.Doubts = append(entry.Doubts, doubtEntry{d.Reason, d.Rows})
			}
		}
		for _, t := range account.Files {
			if t.File.ID == f.ID {
				entry.Tables = append(entry.Tables, newFileTable(t, contract))
			}
		}
		for _, r := range account.Rejected {
			if r.FileID == f.ID {
				entry.Rejected = append(entry.Rejected, rejectEntry{r.Reason, r.Rows, r.Records})
			}
		}
		v.Files = append(v.Files, entry)
	}
	for _, t := range account.Tables {
		v.Tables = append(v.Tables, tableEntry{t.Name, t.Rows - t.Duplicates, t.Duplicates, t.Devices, t.Files, t.First, t.Last, t.GapDays})
	}
	return v
}

// logAnalytics are the columns that a Log Analytics workspace adds to every
// table; its TimeGenerated is read as Timestamp.
// https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns
var logAnalytics = []string{"TenantId", "TimeGenerated", "Type", "SourceSystem"}

func newFileTable(t load.FileAccount, contract *view.Contract) fileTable {
	entry := fileTable{
		Table: t.Table, Rows: t.InWindow, Repeated: t.Duplicates, First: t.First, Last: t.Last,
		Unknown: []string{}, Missing: []string{},
	}
	table, ok := contract.Lookup(t.Table)
	have := t.File.Columns[t.Table]
	if slices.Contains(have, "TimeGenerated") {
		have = append(slices.Clone(have), "Timestamp")
	}
	if !ok || len(have) == 0 {
		return entry
	}
	for _, c := range have {
		if !table.Has(c) && !slices.Contains(logAnalytics, c) {
			entry.Unknown = append(entry.Unknown, c)
		}
	}
	for _, c := range table.Columns {
		if !view.IsOwn(c.Name) && !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, c.Name) }) {
			entry.Missing = append(entry.Missing, c.Name)
		}
	}
	return entry
}

// print writes the inventory for people.
func (v *inventory) print(w io.Writer) error {
	p := &lines{w: w}
	for _, f := range v.Files {
		p.line("%s", term.Sanitize(f.File))
		packed := ""
		if f.Packed != "" {
			packed = ", " + f.Packed
		}
		p.line("  %s (%s%s), %s", term.Sanitize(f.Kind), f.Format, packed, humanize.IBytes(uint64(f.Bytes)))
		for _, t := range f.Tables {
			p.line("  %s: %s%s", t.Table, count(t.Rows, "row"), span(t.First, t.Last))
			if t.Repeated > 0 {
				p.line("    %s of events that another row has", count(t.Repeated, "further copy"))
			}
			p.names("columns unknown", t.Unknown)
			p.names("columns missing", t.Missing)
		}
		for _, r := range f.Rejected {
			p.line("  rejected %s: %s%s", count(r.Rows, "row"), term.Sanitize(r.Reason), places(r.Records, r.Rows))
		}
		if f.Others > 0 {
			p.line("  of other kinds: %s", count(f.Others, "record"))
		}
		for _, d := range f.Doubts {
			p.line("  time in doubt: %s: %s", count(d.Rows, "row"), term.Sanitize(d.Reason))
		}
		for _, n := range f.Notes {
			p.line("  note: %s", term.Sanitize(n))
		}
		if len(f.Tables) == 0 && len(f.Rejected) == 0 && f.Others == 0 {
			p.line("  no rows")
		}
		p.line("")
	}
	for _, s := range v.Skipped {
		p.line("skipped %s: %s", term.Sanitize(s.File), term.Sanitize(s.Reason))
	}
	if len(v.Skipped) > 0 {
		p.line("")
	}
	for _, n := range v.Notes {
		p.line("note: %s", term.Sanitize(n))
	}
	if len(v.Notes) > 0 {
		p.line("")
	}
	for _, t := range v.Tables {
		p.line("%s: %s on %s in %s%s", t.Table, count(t.Events, "event"), count(t.Devices, "device"), count(t.Files, "file"), span(t.First, t.Last))
		p.names("no event on", t.GapDays)
	}
	other := ""
	if v.Others > 0 {
		other = " + " + humanize.Comma(v.Others) + " of other kinds"
	}
	p.line("%s read = %s kept + %s + %s rejected%s", count(v.Read, "row"), humanize.Comma(v.Kept), count(v.Repeated, "duplicate"), humanize.Comma(v.Rejected), other)
	return p.err
}

// lines writes lines and remembers the first error.
type lines struct {
	w   io.Writer
	err error
}

func (p *lines) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// names prints a list of names, the first few of a long one.
func (p *lines) names(what string, names []string) {
	const most = 6
	if len(names) == 0 {
		return
	}
	shown := make([]string, 0, most)
	for _, n := range names[:min(most, len(names))] {
		shown = append(shown, term.Sanitize(n))
	}
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
	}
	p.line("    %s: %s%s", what, strings.Join(shown, ", "), more)
}

// count writes a number with its noun: "1 row", "2,000 rows", "2 further copies".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return humanize.Comma(n) + " " + stem + "ies"
	}
	return humanize.Comma(n) + " " + noun + "s"
}

func span(first, last *time.Time) string {
	if first == nil || last == nil {
		return ""
	}
	return ", " + first.Format("2006-01-02 15:04:05") + " to " + last.Format("2006-01-02 15:04:05")
}

// places names where the first rejected records are.
func places(records []int64, rows int64) string {
	if len(records) == 0 {
		return ""
	}
	texts := make([]string, len(records))
	for i, r := range records {
		texts[i] = fmt.Sprint(r)
	}
	more := ""
	if rows > int64(len(records)) {
		more = " …"
	}
	return " (record " + strings.Join(texts, ", ") + more + ")"
}
