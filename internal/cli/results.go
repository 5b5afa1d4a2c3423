package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/report"
	"smew/internal/term"
)

// destination is where results go: standard output, or a file that appears
// under its name only when it is complete.
func (a *app) destination(f *outputFlags, write func(w io.Writer, opts report.Options) error) error {
	if f.output == "" {
		color, err := term.Color(f.color, a.stdout)
		if err != nil {
			return usage(err, "")
		}
		return ignorePipe(write(a.stdout, report.Options{Width: term.Width(a.stdout, 80), Color: color}))
	}
	pending, err := f.pending()
	if err != nil {
		return err
	}
	defer pending.Cleanup()
	if err := write(pending, report.Options{Width: 80, Color: f.color == "always"}); err != nil {
		return err
	}
	if err := pending.CloseAtomicallyReplace(); err != nil {
		return data(fmt.Errorf("writing %s: %w", quote(f.output), err), "")
	}
	a.printer.Printf("results written to %s", f.output)
	return nil
}

// pending begins the file of --output under another name in the same folder.
func (f *outputFlags) pending() (*renameio.PendingFile, error) {
	path := f.output
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays one, and what it points to is written
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, usage(fmt.Errorf("%s is no file", quote(f.output)), "leave out --output and redirect standard output there")
	}
	pending, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err // its name is one that nobody knows
	}
	if err != nil {
		return nil, data(fmt.Errorf("writing %s: %w", quote(f.output), err), "choose a folder that exists and can be written")
	}
	return pending, nil
}

// checkOutput finds out before an hour of reading that --output cannot be
// written.
func (f *outputFlags) checkOutput() error {
	if f.output == "" {
		return nil
	}
	if info, err := os.Stat(f.output); err == nil && info.IsDir() {
		return usage(fmt.Errorf("--output %s is a folder", quote(f.output)), "give the name of a file")
	}
	pending, err := f.pending()
	if err != nil {
		return err
	}
	return pending.Cleanup()
}

// ignorePipe takes a reader that has seen enough (head, less) for what it is.
func ignorePipe(err error) error {
	if isClosedPipe(err) {
		return nil
	}
	return err
}

// writeResult gives a hunt's result in the form asked for. Forms that have no
// room for the summary send it to standard error: it is never lost.
func (a *app) writeResult(ctx context.Context, e *engine.Engine, f *huntFlags, r *finding.Result) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := a.destination(&f.output, func(w io.Writer, opts report.Options) error {
		opts.ShowSuppressed = f.showSuppressed
		if f.output.format == "parquet" {
			return copyParquet(ctx, e, w, func(path string) error {
				return hunt.WriteParquet(ctx, e, path, r.Summary.Versions, f.minScore, f.limit, f.showSuppressed)
			})
		}
		write, err := report.New(f.output.format)
		if err != nil {
			return err
		}
		return write(w, r, opts)
	})
	if err != nil {
		return err
	}
	if f.output.format == "csv" || f.output.format == "parquet" || f.output.output != "" {
		return report.Summary(a.stderr, &r.Summary, report.Options{Width: term.Width(a.stderr, 80)})
	}
	return nil
}

func parquetPath(e *engine.Engine) string { return filepath.Join(e.TempDir(), "results.parquet") }

// copyParquet has the engine write a Parquet file and sends it on. The engine
// may write this one file only; it cannot write to a pipe.
func copyParquet(_ context.Context, e *engine.Engine, w io.Writer, write func(path string) error) error {
	path := parquetPath(e)
	if err := write(path); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}
