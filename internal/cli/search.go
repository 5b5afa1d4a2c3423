package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"smew/internal/allow"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/lake"
	"smew/internal/source"
	"smew/internal/term"
	smewsql "smew/sql"
)

// searchFlags say what is hunted and with what: every command that works on
// cases takes them, so that a case is found again by the words that found it.
type searchFlags struct {
	engine  engineFlags
	window  windowFlags
	branch  branchFlags
	source  sourceFlags
	data    referenceFlags
	changes changeFlags
	allow   []string
	noAllow bool
	late    string
	lake    string
	noCache bool
	resume  bool
	stretch int64 // rows that are read at once; for tests
}

func (f *searchFlags) register(cmd *cobra.Command) {
	f.window.register(cmd)
	f.branch.register(cmd)
	f.source.register(cmd)
	f.data.register(cmd)
	f.changes.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.allow, "allowlist", nil, "a further allowlist file or folder; may be repeated")
	flags.BoolVar(&f.noAllow, "no-builtin-allowlist", false, "leave out the allowlist entries that come with smew")
	flags.StringVar(&f.lake, "lake", "", "hunt this lake, which smew ingest made, instead of files")
	flags.BoolVar(&f.noCache, "no-cache", false, "with --lake: neither use nor keep what hunts found before")
	flags.BoolVar(&f.resume, "resume", false, "with --lake: go on with a hunt that was interrupted, and say how far it had come")
	flags.Int64Var(&f.stretch, "stretch-rows", 0, "with --lake: how many rows of a table are read at once")
	_ = flags.MarkHidden("stretch-rows")
	flags.StringVar(&f.late, "late", "72h", "how long after an event its record may have arrived, for choosing dated folders")
	f.engine.register(cmd)
}

// searched is a hunt that is done, with the engine that still holds its tables.
type searched struct {
	engine  *engine.Engine
	files   *source.Set
	lake    *lake.Reader
	printer *term.Printer
	request hunt.Request
	result  *finding.Result
}

// Close lets go of the files and the engine.
func (s *searched) Close() {
	if s.files != nil {
		_ = s.files.Close()
	}
	if s.lake != nil {
		s.lake.Close()
	}
	_ = s.engine.Close()
}

// search hunts; adjust may change the request before anything is read. The caller
// closes what it gets.
func (a *app) search(ctx context.Context, f *searchFlags, args []string, adjust func(*engine.Engine, *hunt.Request)) (_ *searched, err error) {
	request, err := f.request()
	if err != nil {
		return nil, err
	}
	e, err := f.engine.open(ctx)
	if err != nil {
		return nil, err
	}
	s := &searched{engine: e, request: request, printer: a.printer}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := f.content(ctx, e, &s.request); err != nil {
		return nil, err
	}
	progress := a.startProgress()
	defer progress.Done()
	s.request.Progress = progress.Update
	adjust(e, &s.request)
	if err := s.open(ctx, f, args); err != nil {
		return nil, err
	}
	if s.result, err = hunt.Run(ctx, e, s.request); err != nil {
		return nil, s.explain(err)
	}
	return s, nil
}

// request is what the flags say without looking at a file but the allowlist's.
func (f *searchFlags) request() (hunt.Request, error) {
	since, until, asOf, err := f.window.bounds()
	if err != nil {
		return hunt.Request{}, err
	}
	if late, err := time.ParseDuration(f.late); err != nil || late <= 0 {
		return hunt.Request{}, usage(errors.New("--late: not a length of time: "+quote(f.late)), "write 72h or 30m")
	}
	entries, err := loadAllowlist(f)
	return hunt.Request{Allow: entries, Since: since, Until: until, AsOf: asOf, Threads: f.engine.workers(), Version: Version}, err
}

// content is what is looked for: branches, reference data, change tickets.
func (f *searchFlags) content(ctx context.Context, e *engine.Engine, r *hunt.Request) (err error) {
	if r.SQL, err = f.data.files(); err != nil {
		return err
	}
	if r.Branches, err = f.branch.load(ctx, r.SQL); err != nil {
		return err
	}
	if err := f.data.check(r.SQL, r.Branches); err != nil {
		return err
	}
	return f.changes.load(ctx, r.SQL, e.TempDir(), r)
}

// open opens the files that are to be hunted, after finding out what --last means.
func (s *searched) open(ctx context.Context, f *searchFlags, args []string) error {
	if f.lake != "" {
		return s.openLake(ctx, f, args)
	}
	if err := f.refuseLakeFlags(); err != nil {
		return err
	}
	sources, err := f.source.load()
	if err != nil {
		return err
	}
	opts := source.Options{TempDir: s.engine.TempDir(), Sources: sources}
	if f.window.last != "" {
		if err := f.resolveLast(ctx, s.engine, opts, args, &s.request); err != nil {
			return err
		}
	}
	opts.Late, _ = time.ParseDuration(f.late)
	opts.Window = folderWindow(s.request.Since, s.request.Until)
	s.files, err = openSources(ctx, args, opts)
	s.request.Files = s.files
	return err
}

// loadAllowlist reads the built-in entries and the user's, who may name branches that are
// not there. The built-in ones are held to that by a test.
func loadAllowlist(f *searchFlags) (*allow.List, error) {
	var builtin fs.FS = smewsql.Files
	if f.noAllow {
		builtin = nil
	}
	var branches []string
	if len(f.allow) > 0 {
		every := branchFlags{dirs: f.branch.dirs} // those too that this hunt leaves out
		all, err := every.read()
		if err != nil {
			return nil, err
		}
		for i := range all {
			branches = append(branches, all[i].ID)
		}
	}
	list, err := allow.LoadFor(branches, builtin, "allowlist", f.allow)
	if err != nil {
		return nil, usage(err, "an allowlist must be right before it may hide anything")
	}
	return list, nil
}

func folderWindow(since, until *time.Time) *source.Window {
	if since == nil && until == nil {
		return nil
	}
	w := &source.Window{}
	if since != nil {
		w.From = *since
	}
	if until != nil {
		w.To = *until
	}
	return w
}

// openSources opens the files, with the errors of a command.
func openSources(ctx context.Context, args []string, opts source.Options) (*source.Set, error) {
	set, err := source.Open(ctx, args, opts)
	var nothing *source.NoMatchError
	if errors.As(err, &nothing) {
		return nil, data(err, "check the path; quote a glob so that the shell leaves it alone")
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, data(err, "")
	}
	return set, err
}

// resolveLast turns --last into a window: back from the newest event in the
// data that is not from the future, which a wrong clock may well claim.
func (f *searchFlags) resolveLast(ctx context.Context, e *engine.Engine, opts source.Options, args []string, r *hunt.Request) error {
	if _, err := countBack(ctx, e, f.window.last, r.AsOf); err != nil {
		return err
	}
	newest, future, err := hunt.NewestEvent(ctx, args, hunt.NewestRequest{
		SQL: smewsql.Files, AsOf: r.AsOf, Threads: f.engine.workers(), Memory: f.engine.memory, TempDir: f.engine.tempDir,
		Progress: r.Progress, Sources: opts.Sources,
	})
	if err != nil {
		return err
	}
	return f.lastBefore(ctx, e, newest, future, r)
}

// lastBefore is the window that --last means, counted back from the newest event.
func (f *searchFlags) lastBefore(ctx context.Context, e *engine.Engine, newest *time.Time, future int64, r *hunt.Request) error {
	if newest == nil {
		return nil // nothing has a time: the hunt will say what it read
	}
	since, err := countBack(ctx, e, f.window.last, *newest)
	if err != nil {
		return err
	}
	until := newest.Add(1) // half-open: the newest event itself is inside
	r.Since, r.Until = &since, &until
	if future > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("--last leaves out the events later than %s: %s. A clock is wrong, or somebody set it; --since takes them in",
			r.AsOf.Format(time.DateOnly), humanize.Comma(future)))
	}
	r.Resolved = fmt.Sprintf("last %s before the newest event, %s", f.window.last, newest.Format(time.RFC3339Nano))
	return nil
}

// memoryError is the engine's running out of memory. What the database advises is for
// who can change its settings, and not told.
type memoryError struct{ cause error }

func (e *memoryError) Unwrap() error { return e.cause }

func (e *memoryError) Error() string {
	text, _, _ := strings.Cut(e.cause.Error(), "\n")
	return strings.TrimSpace(text)
}

// huntError explains an error that comes of what was asked of the engine.
func huntError(err error) error {
	var ee *engine.Error
	if !errors.As(err, &ee) || !strings.HasPrefix(ee.Message, "Out of Memory") {
		return err
	}
	return data(&memoryError{err}, "try a larger --memory, a --temp-dir with more room, fewer --threads, or a narrower window (--since, --last)")
}
