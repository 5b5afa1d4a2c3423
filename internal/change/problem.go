package change

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Problem is one mistake in a calendar or a list of device groups.
type Problem struct {
	File    string
	Line    int // from 1; 0 when the mistake is the file's as a whole
	Message string
}

// String gives the problem as file:line: message.
func (p Problem) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return p.File + ": " + p.Message
}

// Error is every mistake found in the files. Nothing was loaded.
type Error struct {
	Problems []Problem
}

// maxShown is how many mistakes are listed: a file of the wrong kind has one on every
// line.
const maxShown = 30

// Error lists the problems, each with its place.
func (e *Error) Error() string {
	var lines []string
	for _, p := range e.Problems {
		if len(lines) == maxShown {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Problems)-maxShown))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// problems collects mistakes.
type problems struct {
	list  []Problem
	files map[string]int // the order in which files were given
}

func (p *problems) add(file string, line int, format string, args ...any) {
	p.list = append(p.list, Problem{File: file, Line: line, Message: fmt.Sprintf(format, args...)})
}

// err gives the mistakes in the order of files and lines.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(p.files[a.File], p.files[b.File]), cmp.Compare(a.Line, b.Line))
	})
	return &Error{Problems: p.list}
}

// maxQuoted is how many characters of a value a message shows.
const maxQuoted = 60

// quote shows somebody else's text in a message: on one line, no longer than that,
// nothing in it that a terminal would act on.
func quote(s string) string {
	if utf8.RuneCountInString(s) > maxQuoted {
		s = string([]rune(s)[:maxQuoted]) + "…"
	}
	return strconv.Quote(s)
}
