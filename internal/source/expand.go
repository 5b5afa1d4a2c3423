package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	reasonEmpty  = "empty file"
	reasonNoRows = "a result without rows"
	reasonBlank  = "begins with more blank lines than are passed over: cut them off to have the file read"
	reasonHidden = "hidden: name it to have it read"
	reasonMacOS  = "left by macOS, holds no data"
)

// NoMatchError says that a place given on the command line holds no files.
type NoMatchError struct {
	Arg    string // as given
	Reason string // in words
}

func (e *NoMatchError) Error() string { return fmt.Sprintf("%s: %s", e.Arg, e.Reason) }

// place is a file found at one of the places given.
type place struct {
	name string // as given
	path string // the same file whatever it was called
	size int64
}

// expander finds the files at the places given.
type expander struct {
	places  []place
	skipped []Skip
	seen    map[string]bool // paths of files and folders without links
}

// expand finds the files at the places given, each once. The error joins a
// [NoMatchError] for each place that has none.
func expand(args []string) (*expander, error) {
	e := &expander{seen: map[string]bool{}}
	var failed []error
	for _, arg := range args {
		if err := e.add(arg); err != nil {
			failed = append(failed, err)
		}
	}
	slices.SortStableFunc(e.places, func(a, b place) int { return strings.Compare(a.name, b.name) })
	return e, errors.Join(failed...)
}

// add finds the files at one place. A file of exactly that name comes before a
// pattern that reads the same.
func (e *expander) add(arg string) error {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return e.folder(arg)
	case err == nil:
		e.file(arg, info)
		return nil
	case errors.Is(err, fs.ErrPermission):
		e.skip(arg, explain(err))
		return nil
	case !strings.ContainsAny(arg, "*?[{"):
		return &NoMatchError{arg, "no such file or folder"}
	}
	matches, err := doublestar.FilepathGlob(arg, doublestar.WithNoFollow())
	if err != nil {
		return &NoMatchError{arg, "not a pattern: a bracket is not closed"}
	}
	if len(matches) == 0 {
		return &NoMatchError{arg, "matches no file"}
	}
	return e.matched(arg, matches)
}

// matched takes what a pattern matches: files, and folders with all in them.
func (e *expander) matched(arg string, matches []string) error {
	slices.Sort(matches)
	met := 0
	for _, m := range matches {
		info, err := os.Stat(m)
		if err == nil && info.IsDir() {
			met += e.walk(m)
			continue
		}
		met++
		switch {
		case err != nil:
			e.skip(m, explain(err))
		case hidden(filepath.Base(m)) != "":
			e.skip(m, hidden(filepath.Base(m)))
		default:
			e.file(m, info)
		}
	}
	if met == 0 {
		return &NoMatchError{arg, "matches no file"}
	}
	return nil
}

func (e *expander) folder(arg string) error {
	if e.walk(arg) == 0 {
		return &NoMatchError{arg, "the folder is empty"}
	}
	return nil
}

// walk takes all files below a folder and returns how many entries it met that
// are not folders.
func (e *expander) walk(dir string) int {
	real, err := filepath.EvalSymlinks(dir)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		e.skip(dir, explain(err))
		return 1
	}
	return e.walkReal(dir, real)
}

// walkReal walks a folder whose path without links is known.
func (e *expander) walkReal(dir, real string) int {
	if e.seen[real] {
		return 1 // given twice, or a link that leads back
	}
	e.seen[real] = true
	entries, err := os.ReadDir(real)
	if err != nil {
		e.skip(dir, explain(err))
		return 1
	}
	met := 0
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		if reason := hidden(entry.Name()); reason != "" {
			e.skip(name, reason)
			met++
			continue
		}
		met += e.entry(name, filepath.Join(real, entry.Name()), entry)
	}
	return met
}

func (e *expander) entry(name, real string, entry fs.DirEntry) int {
	if entry.IsDir() {
		return e.walkReal(name, real)
	}
	info, err := os.Stat(real) // of what a link leads to
	switch {
	case err != nil:
		e.skip(name, explain(err))
	case info.IsDir():
		return e.walk(name)
	case entry.Type()&fs.ModeSymlink != 0:
		e.file(name, info)
	default:
		e.place(name, real, info)
	}
	return 1
}

// file takes a file that may be reached over links.
func (e *expander) file(name string, info fs.FileInfo) {
	real, err := filepath.EvalSymlinks(name)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		e.skip(name, explain(err))
		return
	}
	e.place(name, real, info)
}

func (e *expander) place(name, real string, info fs.FileInfo) {
	switch {
	case e.seen[real]:
		return
	case !info.Mode().IsRegular():
		e.skip(name, irregular(info.Mode()))
	case info.Size() == 0:
		e.skip(name, reasonEmpty)
	default:
		e.places = append(e.places, place{name: name, path: real, size: info.Size()})
	}
	e.seen[real] = true
}

func (e *expander) skip(name, reason string) {
	e.skipped = append(e.skipped, newSkip(name, reason))
}

func newSkip(name, reason string) Skip {
	harmless := reason == reasonEmpty || reason == reasonNoRows || reason == reasonHidden || reason == reasonMacOS
	return Skip{File: name, Reason: reason, Harmless: harmless}
}

// hidden says why a file is passed over because of its name, or "".
func hidden(base string) string {
	switch {
	case strings.HasPrefix(base, "._") || base == "__MACOSX" || base == ".DS_Store":
		return reasonMacOS
	case strings.HasPrefix(base, "."):
		return reasonHidden
	}
	return ""
}

// Unopened tells whether a file was skipped for what it is called or who may read it, and
// so was not one of the files given.
func Unopened(reason string) bool { return reason == reasonHidden || reason == reasonMacOS }
