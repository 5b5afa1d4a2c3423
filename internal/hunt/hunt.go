// Package hunt drives a hunt: it plans what the branches need, reads every
// table once, runs the branches over the rows that can matter, and makes ranked
// cases of what they hit.
//
// # One pass
//
// Branches are SQL over whole tables, but a hunt never runs them over the
// files. From each branch's parse tree it takes the filter the branch puts on
// a table ([branch.Needs]); the rows for which any branch's filter is true, with
// the columns any branch mentions, are kept while the files go by once
// ([load.Loader]). The branches then run, in full and unchanged, over what was
// kept. So forty branches read a file as often as one does.
//
// # What is SQL and what is Go
//
// Which rows are hits, what an event and a case are, what reasons weigh, which entry
// lowers a case and how it ranks is SQL under sql/. Go builds the union of the
// branches, moves batches, and reads the ranked cases out.
package hunt

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/change"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/lake"
	"smew/internal/load"
	"smew/internal/source"
	"smew/internal/view"
)

// Request is one hunt.
type Request struct {
	Files    *source.Set
	Lake     *lake.Reader // instead of Files; nil if files are hunted
	NoCache  bool         // neither take from the lake's cache nor put into it
	SQL      fs.FS
	Branches []branch.Branch
	Allow    *allow.List
	Changes  *change.Calendar // nil if there is none
	Since    *time.Time       // inclusive, nil = open
	Until    *time.Time       // exclusive, nil = open
	Resolved string           // how the window was worked out, for the summary
	Notes    []string         // further things for the summary to say
	AsOf     time.Time        // the day entries expire by and events are "future" from

	// StretchRows is how many rows of a table of a lake are read between two checkpoints; 0
	// means ten million.
	StretchRows int64
	// Resumed is told how many days of tables of a lake were done by an earlier hunt; nil
	// if nobody asks.
	Resumed func(done, all int)

	MinScore       int
	Limit          int // 0 = all
	ShowSuppressed bool
	// Fold leaves out all but the first two of many cases that are alike.
	Fold bool

	Threads    int
	BatchBytes int64
	Version    string
	// Tables asks for the tables of the judgement even if nothing was hit.
	Tables bool
	// Profile asks for the time that each branch takes.
	Profile bool
	// WritePaths are files that a report will be written to by the engine.
	WritePaths []string
	// Progress is told what is being done; it may be nil.
	Progress func(done, total int64, what string)
}

// Hunt is a hunt under way.
type Hunt struct {
	e        *engine.Engine
	req      Request
	contract *view.Contract
	plan     *plan
	loader   *load.Loader
	present  presence
	profile  *profile
	// Of a lake: rows and days of tables that the window touches, and how many are done.
	lakeRows, readRows int64
	lakeDays, daysDone int
	means              string   // see meaning
	nothing            bool     // was hit, and so there is nothing to judge
	unknown            []string // of which rows the initiating process is not known
}

// Run does the whole hunt on a fresh engine. Afterwards the engine holds the
// tables hits and, if there are any or [Request.Tables] asks for them, those of the
// judgement: see [judgement].
func Run(ctx context.Context, e *engine.Engine, req Request) (*finding.Result, error) {
	h := &Hunt{e: e, req: req, present: presence{}}
	steps := []func(context.Context) error{h.prepare, h.read, h.deduplicate, h.runBranches, h.judge}
	if req.Lake != nil {
		h.req.Files = req.Lake.Files()
		steps = []func(context.Context) error{h.prepare, h.restore, h.readLake, h.settleLake, h.runBranches, h.judge}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err() // whatever it was in the middle of
			}
			return nil, err
		}
	}
	return h.result(ctx)
}

// prepare plans, looks at the files, and locks the engine before the first
// line of anybody's SQL runs.
func (h *Hunt) prepare(ctx context.Context) error {
	contract, err := view.LoadContract(ctx, h.e, h.req.SQL)
	if err != nil {
		return err
	}
	h.contract = contract
	if err := h.runSQL(ctx, "hunt/title.sql"); err != nil {
		return err
	}
	for _, b := range h.req.Branches {
		if err := contract.Need(ctx, h.e, b.SQL); err != nil {
			return err
		}
	}
	if h.plan, err = makePlan(ctx, h.e, contract, h.req.SQL, h.req.Branches); err != nil {
		return err
	}
	if h.req.Profile {
		h.profile = newProfile(h.plan.branches)
	}
	for _, t := range h.plan.tables {
		if err := t.AttachEmpty(ctx, h.e); err != nil {
			return err
		}
	}
	if err := h.prepareLoader(ctx); err != nil {
		return err
	}
	if err := h.runSQL(ctx, "hunt/account_hours.sql"); err != nil {
		return err
	}
	if err := h.prepareChanges(ctx); err != nil {
		return err
	}
	for _, t := range h.plan.tables {
		if err := h.e.Exec(ctx, "create or replace temp table "+t.kept()+" as "+t.selectKept("false")); err != nil {
			return err
		}
	}
	if h.req.Lake != nil {
		return h.e.LockDown(ctx, h.req.WritePaths, h.req.Lake.Folder())
	}
	return h.e.LockDown(ctx, append(h.loader.Paths(), h.req.WritePaths...))
}

// prepareLoader readies what reads the files, or gives the account of a lake.
func (h *Hunt) prepareLoader(ctx context.Context) (err error) {
	request := load.Request{
		Files: h.req.Files, SQL: h.req.SQL, Contract: h.contract,
		Columns: h.plan.recorded(), Since: h.req.Since, Until: h.req.Until, AsOf: h.req.AsOf,
		Threads: h.req.Threads, BatchBytes: h.req.BatchBytes,
		Each: h.keep,
		Progress: func(done, total int64) {
			h.progress(done, total, "reading")
		},
	}
	if h.req.Lake != nil {
		if h.loader, err = load.PrepareStored(ctx, h.e, request); err != nil {
			return err
		}
		return h.req.Lake.Prepare(ctx, h.e)
	}
	h.loader, err = load.Prepare(ctx, h.e, request)
	return err
}

func (h *Hunt) read(ctx context.Context) error { return h.loader.Run(ctx) }

// keep takes from the attached batch the rows that can matter to a branch.
func (h *Hunt) keep(ctx context.Context, b load.Batch) error {
	t := h.plan.table(b.Table)
	if t == nil {
		return nil
	}
	if err := h.present.look(ctx, h.e, h.req.Files, t, b.Events); err != nil {
		return err
	}
	if err := h.noteHours(ctx, t); err != nil {
		return err
	}
	if err := h.noteDevices(ctx, t); err != nil {
		return err
	}
	if h.profile != nil {
		if err := h.profileFilters(ctx, t); err != nil {
			return err
		}
		start := time.Now()
		defer func() { h.profile.together += time.Since(start) }()
	}
	err := h.insert(ctx, t, b)
	if err == nil || !engine.OfValue(err) || t.whole {
		return err
	}
	// A branch's filter cannot be evaluated on these rows. That is the branch's
	// own trouble, which it will meet when it runs: here the filters only save
	// work, so from now on every row of the table is kept.
	t.whole = true
	if h.insert(ctx, t, b) == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", load.ErrAgain, err) // the scan's transaction is lost
}

func (h *Hunt) insert(ctx context.Context, t *plannedTable, b load.Batch) error {
	where := t.where(b)
	if w := h.window(); w != "" {
		if b.Events { // what has no time may have happened in the window
			w = "(Timestamp is null or " + w + ")"
		}
		where = w + " and (" + where + ")"
	}
	if !t.whole && b.Rows > fewRows {
		if err := h.narrow(ctx, t, b); err != nil {
			return fmt.Errorf("reading %s: %w", t.name(), err)
		}
	}
	if err := h.e.Exec(ctx, "insert into "+t.kept()+" "+t.selectKept(where)); err != nil {
		return fmt.Errorf("reading %s: %w", t.name(), err)
	}
	return nil
}

// narrow leaves of a large batch the rows that names let through, attached as the
// table. The branches' predicates are long: asked within the scan they would be
// worked through for each of its thousands of vectors, however few rows of one are
// left to ask about.
func (h *Hunt) narrow(ctx context.Context, t *plannedTable, b load.Batch) error {
	recorded, _ := t.Recorded(t.columns)
	columns := slices.Clone(view.Kept)
	for _, c := range recorded {
		columns = append(columns, engine.QuoteIdent(c))
	}
	where := t.mayMatter(b)
	if w := h.window(); w != "" && !b.Events {
		where = w + " and (" + where + ")"
	}
	candidates := "candidates_" + t.name()
	if err := h.e.Exec(ctx, "create or replace temp table "+candidates+" as select "+strings.Join(columns, ", ")+" from "+t.name()+" where "+where); err != nil {
		return err
	}
	return t.Attach(ctx, h.e, t.FromSome(candidates, recorded))
}

// window is the hunt's span as plain comparisons, which a file's statistics
// can answer.
func (h *Hunt) window() string {
	var tests []string
	if h.req.Since != nil {
		tests = append(tests, "Timestamp >= "+engine.TimeLiteral(*h.req.Since))
	}
	if h.req.Until != nil {
		tests = append(tests, "Timestamp < "+engine.TimeLiteral(*h.req.Until))
	}
	return strings.Join(tests, " and ")
}

func (h *Hunt) runBranches(ctx context.Context) error {
	h.progress(1, 1, "running the branches")
	h.plan.findBlind(h.loader.Account(), h.present)
	if err := h.findIdle(ctx); err != nil {
		return err
	}
	if err := h.union(ctx); err != nil {
		return err
	}
	for _, statement := range h.plan.unseen() {
		if err := h.e.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// union fills the table hits, branch by branch: as one statement a dozen branches
// take several times as long to plan and to run as each by itself.
func (h *Hunt) union(ctx context.Context) error {
	if err := h.e.Exec(ctx, "create or replace temp table hits as "+emptyHit()); err != nil {
		return err
	}
	for _, b := range h.plan.branches {
		if b.unable != "" || b.idle {
			continue
		}
		start := time.Now()
		err := h.hit(ctx, b)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			// The others still have something to say.
			b.unable = "it fails on this data: " + firstLine(err.Error())
		}
		if h.profile != nil {
			h.profile.branches[b.ID].Query = time.Since(start).Seconds()
		}
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// attachFacts makes row_facts: what the rows that were hit say of themselves and a
// hit does not carry. RecordShown is the number a person finds the record by: in an
// event log that is EventRecordID, which many hosts' events in one file may share,
// and so is not what rows are told apart by.
func (h *Hunt) attachFacts(ctx context.Context) error {
	const columns = "SourceTable, SourceFile, SourceRecord, Telemetry, TimestampNote, InitiatingProcessNote, InitiatingProcessId, "
	parts := []string{"select null::varchar as SourceTable, null::varchar as SourceFile, null::bigint as SourceRecord, null::varchar as Telemetry, " +
		"null::varchar as TimestampNote, null::varchar as InitiatingProcessNote, null::bigint as InitiatingProcessId, null::bigint as ProcessId, " +
		"null::bigint as RecordShown where false"}
	for _, t := range h.plan.tables {
		if !t.HasOwn() {
			continue
		}
		pid := "null::bigint"
		if slices.Contains(t.columns, "ProcessId") {
			pid = "ProcessId"
		}
		parts = append(parts, "select "+columns+pid+" as ProcessId, "+
			"case when EventChannel is not null then coalesce(ReportId, SourceRecord) else SourceRecord end as RecordShown from "+t.kept()+
			" as kept where exists (select 1 from hits where hits.SourceTable = kept.SourceTable and hits.SourceFile = kept.SourceFile "+
			"and hits.SourceRecord = kept.SourceRecord)")
	}
	return h.e.Exec(ctx, "create or replace temp table row_facts as "+strings.Join(parts, "\nunion all\n"))
}

func (h *Hunt) runSQL(ctx context.Context, name string) error {
	text, err := fs.ReadFile(h.req.SQL, name)
	if err != nil {
		return err
	}
	if h.contract != nil { // nil when judging again: what is needed is there
		if err := h.contract.Need(ctx, h.e, string(text)); err != nil {
			return err
		}
	}
	if err := h.e.Exec(ctx, string(text)); err != nil {
		return fmt.Errorf("sql/%s: %w", name, err)
	}
	return nil
}

func (h *Hunt) progress(done, total int64, what string) {
	if h.req.Progress != nil {
		h.req.Progress(done, total, what)
	}
}
