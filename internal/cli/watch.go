package cli

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"smew/internal/lake"
	"smew/internal/source"
)

// watch takes in what there is and goes on as files come, until it is interrupted.
func (a *app) watch(ctx context.Context, f *ingestFlags, l *lake.Lake, req lake.IngestRequest) error {
	w := &watching{app: a, flags: f, l: l, req: req, said: map[lake.Skipped]bool{}}
	err := l.Watch(ctx, req.Args, watchOptions, w.round)
	if errors.Is(err, context.Canceled) {
		return interrupted(err)
	}
	return lakeError(err)
}

// watchOptions are how long is waited; a test may be in more of a hurry.
var watchOptions lake.WatchOptions

// watching is `smew ingest --watch` under way.
type watching struct {
	*app
	flags *ingestFlags
	l     *lake.Lake
	req   lake.IngestRequest
	busy  bool // said so already
	begun bool
	said  map[lake.Skipped]bool // skipped files that were named already
}

// round takes in what there is now.
func (w *watching) round(ctx context.Context) error {
	report, err := w.ingestMatching(ctx, w.req.Args)
	var busy *lake.BusyError
	if errors.As(err, &busy) && w.begun {
		if !w.busy {
			w.printer.Warnf("%s; it is tried again", busy)
		}
		w.busy = true
		return lake.ErrTryAgain
	}
	if err != nil {
		return err
	}
	if w.busy = false; !w.begun {
		w.begun = true
		w.printer.Printf("watching; Ctrl-C ends it")
	}
	w.judgeIngest(w.flags, report)
	return w.say(report)
}

// ingestMatching takes in the places that hold files: one that is watched may be empty.
func (w *watching) ingestMatching(ctx context.Context, args []string) (*lake.Report, error) {
	req := w.req
	req.Args = args
	report, err := w.ingestOnce(ctx, w.l, req)
	empty := map[string]bool{}
	for _, e := range noMatches(err) {
		empty[e.Arg] = true
	}
	if len(empty) == 0 {
		return report, err
	}
	var rest []string
	for _, arg := range args {
		if !empty[arg] {
			rest = append(rest, arg)
		}
	}
	if len(rest) == 0 {
		return &lake.Report{}, nil
	}
	if len(rest) == len(args) {
		return nil, err
	}
	return w.ingestMatching(ctx, rest)
}

// noMatches lists the places that an error says hold no file.
func noMatches(err error) []*source.NoMatchError {
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case *source.NoMatchError:
		return []*source.NoMatchError{e}
	case interface{ Unwrap() []error }:
		var list []*source.NoMatchError
		for _, part := range e.Unwrap() {
			list = append(list, noMatches(part)...)
		}
		return list
	case interface{ Unwrap() error }:
		return noMatches(e.Unwrap())
	}
	return nil
}

// say writes one line of a round that read something, and warns of what could not be.
func (w *watching) say(r *lake.Report) error {
	for _, s := range r.Skipped {
		if !s.Harmless && !w.said[s] {
			w.printer.Warnf("skipped %s: %s", s.File, s.Reason)
		}
		w.said[s] = true
	}
	for _, name := range r.Unfinished {
		w.printer.Warnf("%s changed while it was read, and is read again", name)
	}
	if r.Read == 0 {
		return nil
	}
	if w.flags.json {
		return ignorePipe(json.NewEncoder(w.stdout).Encode(r))
	}
	p := &lines{w: w.stdout}
	p.line("%s  %s: %s", time.Now().UTC().Format("2006-01-02 15:04:05"), count(int64(r.Files), "file"), rowsText(r))
	return ignorePipe(p.err)
}
