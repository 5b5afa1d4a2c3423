// Package report writes results for people and for programs, one file per
// format.
//
// A hunt's [finding.Result] goes through the [Writer] of its format:
//
//   - table: for a terminal; findings as blocks of lines, the summary below;
//   - markdown: the same for a ticket or a wiki;
//   - json: one object with findings and summary, nothing left out or cut;
//   - ndjson: an object per line, each with a "type": the findings, then one
//     line of type summary, so that a pipe carries what could not be seen too;
//   - csv: a row per finding. A CSV has no place for the summary; whoever
//     writes one prints [Summary] elsewhere.
//
// Plain tables, such as the rows of a query, go through [WriteRows].
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
	// for findings.
	Width int
	// Color allows escape sequences for colour.
	Color bool
	// ShowSuppressed says that suppressed findings are among the findings.
	ShowSuppressed bool
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
