package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a scenario's file.
type Problem struct {
	File    string
	Line    int // from 1; 0 when the mistake is the file's as a whole
	Column  int // from 1, in characters
	Message string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Error is every mistake found in one file.
type Error struct{ Problems []Problem }

// Error lists the mistakes, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// maxProblems is how many mistakes of one file are listed.
const maxProblems = 50

// problems collects the mistakes of one file.
type problems struct {
	file string
	list []Problem
}

func (p *problems) add(at position, format string, args ...any) {
	if len(p.list) < maxProblems {
		p.list = append(p.list, Problem{File: p.file, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)})
	}
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Error{Problems: p.list}
}
