package cli

import (
	"context"
	"errors"
	"strings"

	"smew/internal/engine"
	"smew/internal/lake"
	"smew/internal/term"
)

// refuseLakeFlags refuses what only a lake can do for files.
func (f *searchFlags) refuseLakeFlags() error {
	switch {
	case f.lake != "":
		return nil
	case f.resume:
		return usage(errors.New("--resume without --lake"), "only a hunt over a lake keeps where it is: smew ingest makes one")
	case f.stretch != 0:
		return usage(errors.New("--stretch-rows without --lake"), "files are read in batches, by their bytes")
	case f.noCache:
		return usage(errors.New("--no-cache without --lake"), "a hunt over files keeps nothing")
	}
	return nil
}

// resumed says how far the hunt before had come.
func resumed(printer *term.Printer, done, all int) {
	if done == 0 {
		printer.Printf("nothing to go on from: the hunt starts anew")
		return
	}
	printer.Printf("going on: %d of %d days of tables are done", done, all)
}

// openLake opens the lake that is to be hunted, after finding out what --last means.
func (s *searched) openLake(ctx context.Context, f *searchFlags, args []string) error {
	if len(args) > 0 {
		return usage(errors.New("both --lake and "+quote(args[0])+" are given"), "hunt the lake or the files; smew ingest takes files into a lake")
	}
	if f.resume && f.noCache {
		return usage(errors.New("--resume and --no-cache contradict each other"), "a hunt goes on from what it kept in the lake's cache")
	}
	l, err := lake.Open(f.lake)
	if errors.Is(err, lake.ErrNoLake) {
		return data(err, "smew ingest exports --lake DIR makes one, in a folder of its own")
	}
	if err != nil {
		return data(err, "")
	}
	if s.lake, err = l.Read(ctx, s.engine); err != nil {
		return lakeError(err)
	}
	s.request.Lake, s.request.NoCache, s.request.StretchRows = s.lake, f.noCache, f.stretch
	if f.resume {
		s.request.Resumed = func(done, all int) { resumed(s.printer, done, all) }
	}
	if f.window.last == "" {
		return nil
	}
	if _, err := countBack(ctx, s.engine, f.window.last, s.request.AsOf); err != nil {
		return err
	}
	newest, future, err := s.lake.Newest(ctx, s.engine, s.request.AsOf)
	if err != nil {
		return err
	}
	return f.lastBefore(ctx, s.engine, newest, future, &s.request)
}

// explain gives an error of a hunt its hint.
func (s *searched) explain(err error) error {
	var ee *engine.Error
	if s.lake != nil && errors.As(err, &ee) && !strings.HasPrefix(ee.Message, "Out of Memory") {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return data(errors.New(first), "smew lake verify "+s.lake.Lake().Dir+" tells which files of the lake are damaged")
	}
	return huntError(err)
}
