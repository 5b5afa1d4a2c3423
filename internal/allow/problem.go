package allow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"smew/internal/yamltree"
)

// Problem is one mistake in an allowlist file.
type Problem struct {
	File    string
	Line    int // from 1; 0 when the mistake is the file's as a whole
	Column  int // from 1, in characters
	Message string
	Excerpt string // the line of the source, with a caret below it; may be empty
}

// String gives the problem as file:line:column: message, and the excerpt.
func (p Problem) String() string {
	s := p.File + ": " + p.Message
	if p.Line > 0 {
		s = fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	}
	if p.Excerpt != "" {
		s += "\n" + p.Excerpt
	}
	return s
}

// Error is every mistake found in the allowlist's files. Nothing was loaded.
type Error struct {
	Problems []Problem
}

// Error lists the problems, each with its place and excerpt.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// maxProblems is how many mistakes of one file are listed.
const maxProblems = 100

// problems collects the mistakes of one file.
type problems struct {
	file  string
	lines []string
	list  []Problem

	beside   folder    // where the file lies; nil if it lies nowhere
	branches []string  // ids that an entry may name; any if there are none
	others   []Problem // the mistakes of files that it names
}

func newProblems(file string, text []byte) *problems {
	return &problems{file: file, lines: strings.Split(yamltree.LineBreaks.Replace(string(text)), "\n")}
}

func (p *problems) add(at position, format string, args ...any) {
	p.list = append(p.list, Problem{
		File:    p.file,
		Line:    at.Line,
		Column:  at.Column,
		Message: fmt.Sprintf(format, args...),
		Excerpt: p.excerpt(at),
	})
}

func (p *problems) err() error {
	if len(p.list)+len(p.others) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Error{Problems: slices.Concat(p.list, p.others)}
}

// excerptWidth is how much of a line an excerpt shows.
const excerptWidth = 100

// excerpt is a line of the source with a caret below the column. The text is
// somebody else's: what a terminal would act on is shown as a dot.
func (p *problems) excerpt(at position) string {
	if at.Line < 1 || at.Line > len(p.lines) {
		return ""
	}
	text := []rune(strings.ToValidUTF8(p.lines[at.Line-1], "·"))
	for i, r := range text {
		if !unicode.IsPrint(r) {
			text[i] = '·'
		}
	}
	from, caret := 0, max(at.Column-1, 0)
	if caret > excerptWidth-20 {
		from = min(caret-excerptWidth/2, len(text))
	}
	shown := strings.TrimRight(string(text[from:min(from+excerptWidth, len(text))]), " ·")
	if shown == "" {
		return ""
	}
	margin := fmt.Sprintf("%4d | ", at.Line)
	gutter := strings.Repeat(" ", len(margin)-2) + "| "
	return margin + shown + "\n" + gutter + strings.Repeat(" ", min(caret-from, excerptWidth)) + "^"
}

// unknownBranch says that there is no branch of this id, which an entry would wait for
// without end; "" where there is, or nobody said which there are.
func (p *problems) unknownBranch(id string) string {
	if len(p.branches) == 0 || slices.ContainsFunc(p.branches, func(known string) bool { return fold(known) == fold(id) }) {
		return ""
	}
	return fmt.Sprintf("there is no branch %q; smew branches lists them, and --branches-dir brings your own", id)
}
