package lake

import (
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/source"
	"smew/internal/view"
)

// step is the reading of some files, on an engine of its own, up to a commit.
type step struct {
	r           *run
	e           *engine.Engine
	set         *source.Set // of the step's files
	contract    *view.Contract
	loader      *load.Loader
	w           *writer
	next        *Snapshot
	wanted      []string            // tables whose rows are stored
	extra       map[string][]string // by table: columns that are not the table's
	numbers     []int32             // in the lake, by the file's number in the step less one
	staged      map[string]int64    // rows staged, by table
	stagedExtra map[string][]string // columns beside the table's that the staged rows have
	replaced    []int32             // numbers of files that grew
	flush       int64
	stored      int64
	doubled     int64
	before      int64
}

func (r *run) newStep(ctx context.Context, set *source.Set, files []*source.File, further []string) (_ *step, err error) {
	s := &step{r: r, set: set.Subset(files), extra: map[string][]string{}, staged: map[string]int64{}, stagedExtra: map[string][]string{}, next: r.snap.clone()}
	s.next.Runs++
	if s.e, err = r.req.Engine(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.e.Close()
		}
	}()
	if err := s.probeHash(ctx); err != nil {
		return nil, err
	}
	if s.contract, err = view.LoadContract(ctx, s.e, r.req.SQL); err != nil {
		return nil, err
	}
	if s.flush = r.req.FlushRows; s.flush == 0 {
		if s.flush, err = flushRows(ctx, s.e); err != nil {
			return nil, err
		}
	}
	s.wanted = tablesOf(set, files, s.contract, further)
	if err := s.number(ctx); err != nil {
		return nil, err
	}
	if err := s.prepareWriter(ctx); err != nil {
		return nil, err
	}
	return s, s.prepareLoader(ctx)
}

// hashProbe is hashed to see whether an engine hashes as the one that made the lake:
// rows without a number are known by hashes, and the prints of days are made of them.
const hashProbe = "select cast(hash('smew', 1, null::varchar) as varchar)"

// probeHash refuses a lake whose stored rows this engine would not know again.
func (s *step) probeHash(ctx context.Context) error {
	var hashes string
	if err := s.e.Scan(ctx, hashProbe, &hashes); err != nil {
		return err
	}
	if s.next.Hashes != "" && s.next.Hashes != hashes {
		return fmt.Errorf("the lake %s was made with an engine that hashes otherwise, and events stored before would not be known again: "+
			"use the smew that made it (%s), or make a new lake of the sources", s.r.l.Dir, s.next.Smew)
	}
	s.next.Hashes = hashes
	return nil
}

// flushRows is how many rows of a table fit into memory beside what sorts them: a row
// takes a kilobyte or two.
func flushRows(ctx context.Context, e *engine.Engine) (int64, error) {
	var bytes float64
	if err := e.Scan(ctx, "select cast(parse_formatted_bytes(current_setting('memory_limit')) as double)", &bytes); err != nil {
		return 0, err
	}
	return max(100_000, min(4_000_000, int64(bytes/4096))), nil
}

// number gives the files their numbers in the lake: a file that grew keeps its own.
func (s *step) number(ctx context.Context) error {
	var through []string
	var numbers []string
	for _, f := range s.set.Files {
		number, last := s.next.Next, int64(0)
		if known, ok := s.r.readBefore(f); ok {
			number, last = known.number, known.through
			s.replaced = append(s.replaced, number)
			f.Name = known.name // its rows have it
		} else {
			s.next.Next++
			f.Name = s.r.ownName(f.Name, number)
		}
		s.numbers = append(s.numbers, number)
		numbers, through = append(numbers, fmt.Sprint(number)), append(through, fmt.Sprint(last))
	}
	for _, statement := range []string{
		"set variable lake_numbers = [" + strings.Join(numbers, ", ") + "]::integer[]",
		"set variable lake_through = [" + strings.Join(through, ", ") + "]::bigint[]",
		// lake_number(id): a file's number in the lake, of its number in the step.
		"create or replace macro lake_number(id) as list_extract(getvariable('lake_numbers'), id)",
	} {
		if err := s.e.Exec(ctx, statement); err != nil {
			return err
		}
	}
	for _, name := range []string{"lake/tables.sql", "hunt/account_hours.sql"} {
		if err := s.execFile(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// readBefore is what the lake has of a file whose beginning it has read, or all of it.
func (r *run) readBefore(f *source.File) (earlier, bool) {
	hash := r.places.fresh[f.Given].Hash
	if r.places.grown[f.Given] {
		hash = r.places.byPath[f.Given].Hash
	}
	known, ok := r.earlier[earlierKey{f.Given, f.Member + f.Sheet, hash}]
	return known, ok
}

// ownName is a name that no other file of the lake has: rows are found by their file's
// name, and what lies under a name today may be another file than last week's.
func (r *run) ownName(name string, number int32) string {
	own := name
	for n := 2; ; n++ {
		if holder, taken := r.names[own]; !taken || holder == number {
			r.names[own] = number
			return own
		}
		own = fmt.Sprintf("%s#%d", name, n)
	}
}

func (s *step) prepareWriter(ctx context.Context) error {
	order, err := orders(s.r.req.SQL)
	if err != nil {
		return err
	}
	s.w = &writer{l: s.r.l, e: s.e, run: s.next.Runs, order: order, madeBy: map[string]string{}, gates: map[string]Gate{}}
	for _, name := range s.contract.Names() {
		t, _ := s.contract.Lookup(name)
		if s.w.madeBy[name], err = madeBy(s.r.req.SQL, t); err != nil {
			return err
		}
	}
	if s.r.req.Gates == nil {
		return nil
	}
	s.w.gates, err = s.r.req.Gates(ctx, s.e, s.contract)
	for _, g := range s.w.gates {
		s.next.Gates[g.name()] = g.Covers
	}
	return err
}

// orders reads by which columns the rows of each table are sorted.
func orders(files fs.FS) (map[string]string, error) {
	text, err := fs.ReadFile(files, "lake/order.csv")
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("sql/lake/order.csv: %w", err)
	}
	order := map[string]string{}
	for _, row := range rows[1:] {
		var columns []string
		for _, c := range strings.Fields(row[1]) {
			columns = append(columns, engine.QuoteIdent(c))
		}
		order[row[0]] = strings.Join(columns, ", ")
	}
	return order, nil
}

func (s *step) prepareLoader(ctx context.Context) (err error) {
	columns := map[string][]string{}
	var extra []string
	for _, name := range s.wanted {
		t, _ := s.contract.Lookup(name)
		columns[name] = t.RecordedNames()
	}
	for _, f := range s.set.Files {
		if f.Format == source.Parquet || f.Mapping != nil {
			continue
		}
		for name, seen := range f.Columns {
			if t, ok := s.contract.Lookup(name); ok {
				s.extra[t.Name] = append(s.extra[t.Name], t.FurtherNames(seen)...)
				extra = append(extra, t.FurtherNames(seen)...)
			}
		}
	}
	for name := range s.extra {
		slices.Sort(s.extra[name])
		s.extra[name] = slices.Compact(s.extra[name])
	}
	slices.Sort(extra)
	s.loader, err = load.Prepare(ctx, s.e, load.Request{
		Files: s.set, SQL: s.r.req.SQL, Contract: s.contract, Columns: columns, AllColumns: true, Extra: slices.Compact(extra),
		AsOf: s.r.began, Threads: s.r.req.Threads, BatchBytes: s.r.req.BatchBytes, RowsOnly: true, ParquetInPlace: true,
		Each:     s.stage,
		Progress: func(done, _ int64) { s.r.progress(done, "reading") },
	})
	if err != nil {
		return err
	}
	return s.e.LockDown(ctx, s.loader.Paths(), s.r.l.abs)
}

// run reads everything and writes what it holds to the work folder.
func (s *step) run(ctx context.Context) error {
	if err := s.loader.Run(ctx); err != nil {
		return err
	}
	if len(s.unforeseen()) > 0 {
		return nil
	}
	for _, part := range s.loader.ParquetParts() {
		file := s.set.Files[part.File-1]
		if _, damaged := s.r.damaged[file.Name]; damaged {
			continue
		}
		if err := s.parquet(ctx, part); err != nil {
			return s.damage(ctx, file, part.Table, err)
		}
	}
	for _, name := range slices.Sorted(keysOf(s.staged)) {
		t, _ := s.contract.Lookup(name)
		if err := s.flushStage(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// unforeseen lists tables that rows turned out to be of and that are not stored.
func (s *step) unforeseen() []string {
	var names []string
	for _, f := range s.loader.Account().Files {
		if f.File.Format != source.Parquet && !slices.Contains(s.wanted, f.Table) && !slices.Contains(names, f.Table) {
			names = append(names, f.Table)
		}
	}
	return names
}

// stage takes the rows of the attached batch.
func (s *step) stage(ctx context.Context, b load.Batch) error {
	t, _ := s.contract.Lookup(b.Table)
	return s.stageFrom(ctx, t, b.Rows, s.extra[t.Name], t.Name)
}

func (s *step) stageFrom(ctx context.Context, t *view.Table, rows int64, extra []string, from string) error {
	extra = storable(t, extra)
	if was, there := s.stagedExtra[t.Name]; there && !slices.Equal(was, extra) {
		if err := s.flushStage(ctx, t); err != nil {
			return err
		}
		delete(s.stagedExtra, t.Name)
	}
	from, err := s.remembered(ctx, t, from)
	if err != nil {
		return err
	}
	query := "select " + stageColumns(t, s.w.gates[t.Name].Tested, extra) + " from " + from
	insert := "insert into " + stageName(t) + " by name "
	if _, there := s.stagedExtra[t.Name]; !there {
		insert = "create or replace temp table " + stageName(t) + " as "
		s.stagedExtra[t.Name] = extra
	}
	if err := s.e.Exec(ctx, insert+query); err != nil {
		return fmt.Errorf("taking in %s: %w", t.Name, err)
	}
	if s.staged[t.Name] += rows; s.staged[t.Name] >= s.flush {
		return s.flushStage(ctx, t)
	}
	return nil
}

func stageName(t *view.Table) string { return "stage_" + t.Name }

// flushStage writes the staged rows of a table and begins anew.
func (s *step) flushStage(ctx context.Context, t *view.Table) error {
	if s.staged[t.Name] == 0 {
		return nil
	}
	if err := s.write(ctx, t, stageName(t), s.stagedExtra[t.Name]); err != nil {
		return err
	}
	s.staged[t.Name] = 0
	return s.e.Exec(ctx, "delete from "+stageName(t))
}

// parquet takes in one Parquet file: a small one beside others, a large one slice by
// slice straight to files.
func (s *step) parquet(ctx context.Context, part load.ParquetPart) error {
	t, _ := s.contract.Lookup(part.Table)
	file := s.set.Files[part.File-1]
	defer func() { s.r.progress(file.Bytes, "taking in "+file.Name) }()
	for from := int64(0); from < part.Rows; from += s.flush {
		relation := part.Relation
		if part.Rows > s.flush {
			relation += fmt.Sprintf(" and file_row_number >= %d and file_row_number < %d", from, from+s.flush)
		}
		if err := t.Attach(ctx, s.e, relation); err != nil {
			return err
		}
		rows := min(s.flush, part.Rows-from)
		if rows < s.flush/2 {
			if err := s.stageFrom(ctx, t, rows, part.Extra, t.Name); err != nil {
				return err
			}
			continue
		}
		if err := s.direct(ctx, t, part.Extra); err != nil {
			return err
		}
	}
	return nil
}

// direct writes the rows of the attached table without staging them.
func (s *step) direct(ctx context.Context, t *view.Table, extra []string) error {
	extra = storable(t, extra)
	from, err := s.remembered(ctx, t, t.Name)
	if err != nil {
		return err
	}
	if err := s.e.Exec(ctx, "create or replace temp view direct_"+t.Name+" as select "+stageColumns(t, s.w.gates[t.Name].Tested, extra)+" from "+from); err != nil {
		return err
	}
	return s.write(ctx, t, "direct_"+t.Name, extra)
}

// remembered is a relation of the attached table without the days that the lake has
// forgotten, which it notes.
func (s *step) remembered(ctx context.Context, t *view.Table, from string) (string, error) {
	if s.next.Forgotten == "" || !t.HasTime() {
		return from, nil
	}
	before := "Timestamp < timestamp_ns " + engine.QuoteText(s.next.Forgotten+" 00:00:00")
	err := s.e.Exec(ctx, "insert into lake_forgotten select lake_number(SourceFileId), "+engine.QuoteText(t.Name)+", count(*), max(SourceRecord), "+
		"count(*) filter (where SourceRecord > list_extract(getvariable('lake_through'), SourceFileId)) from "+from+" where "+before+" group by SourceFileId")
	if err != nil {
		return "", fmt.Errorf("leaving out what is forgotten of %s: %w", t.Name, err)
	}
	return "(select * from " + from + " where Timestamp is null or not " + before + ") as " + t.Name, nil
}

func (s *step) execFile(ctx context.Context, name string) error {
	return execFile(ctx, s.e, s.r.req.SQL, name)
}

// counted reads one number.
func (s *step) counted(ctx context.Context, query string) (int64, error) {
	var n int64
	err := s.e.Scan(ctx, query, &n)
	return n, err
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
