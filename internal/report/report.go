// Package report writes results for people and for programs, one file per
// format.
//
// A hunt's [finding.Result] goes through the [Writer] of its format:
//
//   - table: for a terminal; cases as blocks of lines, the summary below;
//   - markdown: for a ticket or a wiki, each case with its arithmetic and evidence;
//   - json: one object with cases and summary, nothing left out or cut;
//   - ndjson: an object per line, each with a "type": the cases, then one
//     line of type summary, so that a pipe carries what could not be seen too;
//   - csv: a row per case. A CSV has no place for the summary; whoever
//     writes one prints [Summary] elsewhere.
//
// One case with all that is known of it goes through [Explain]. Plain tables, such as
// the rows of a query, go through [WriteRows].
//
// All text from data is hostile. What people read is sanitised by package
// term; Markdown and CSV have hazards of their own, which their files name.
// JSON escapes what a terminal could obey as \uXXXX: it prints safely and
// still decodes to the very same text, except that bytes which are not UTF-8
// become U+FFFD.
//
// Equal results give equal bytes: there is no clock and no locale here.
package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

// Options are what a format may need to know of its surroundings. Formats for
// programs ignore them.
type Options struct {
	// Width is the number of columns; 0 means 80. Less than 60 counts as 60
	// for cases.
	Width int
	// Color allows escape sequences for colour.
	Color bool
	// ShowSuppressed says that suppressed cases are among the cases.
	ShowSuppressed bool
	// Bases are the points of each branch by itself, by its name; [Explain] tells with
	// them what did not count.
	Bases map[string]int
}

func (o Options) width() int {
	if o.Width <= 0 {
		return term.DefaultWidth
	}
	return o.Width
}

// Writer writes a result. An error is the destination's.
type Writer func(w io.Writer, r *finding.Result, opts Options) error

var writers = []struct {
	format string
	write  Writer
}{
	{"table", writeTable},
	{"json", writeJSON},
	{"ndjson", writeNDJSON},
	{"csv", writeCSV},
	{"markdown", writeMarkdown},
}

// Formats lists the formats written here, the usual one first.
func Formats() []string {
	names := make([]string, len(writers))
	for i, w := range writers {
		names[i] = w.format
	}
	return names
}

// New returns the writer of a format.
func New(format string) (Writer, error) {
	for _, w := range writers {
		if w.format == format {
			return buffered(w.write), nil
		}
	}
	return nil, unknownFormat(format)
}

func unknownFormat(format string) error {
	return fmt.Errorf("no format %q: want %s", term.Sanitize(format), strings.Join(Formats(), ", "))
}

// buffered spares the writers the error of every single write: bufio keeps the
// first one for Flush.
func buffered(write Writer) Writer {
	return func(w io.Writer, r *finding.Result, opts Options) error {
		b := bufio.NewWriter(w)
		if err := write(b, r, opts); err != nil {
			return err
		}
		return b.Flush()
	}
}
