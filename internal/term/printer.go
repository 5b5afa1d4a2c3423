package term

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// The terminal contract, for everything that is not a result:
//
//   - it goes to standard error, each message on a line that begins "smew: ";
//   - it begins in lower case and has no full stop;
//   - what to try next is a line of its own, "smew: hint: …";
//   - text from data is sanitised here, so no caller can forget to.
//
// An error may have lines of its own, such as a query with a caret under the
// mistake. They follow indented, so that none of them can pass for a message.

const (
	maxErrorLines   = 40    // lines of one message
	maxErrorColumns = 4_000 // columns of one line
)

// Printer writes messages to standard error. Its methods may be called from
// several goroutines.
type Printer struct {
	mu       sync.Mutex
	w        io.Writer
	progress *Progress
}

// NewPrinter returns a printer that writes to w.
func NewPrinter(w io.Writer) *Printer { return &Printer{w: w} }

// Attach makes the printer clear p's line before it writes, so that message
// and progress never share a line.
func (p *Printer) Attach(progress *Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.progress = progress
}

// Printf writes "smew: …".
func (p *Printer) Printf(format string, args ...any) { p.print("", format, args) }

// Warnf writes "smew: warning: …".
func (p *Printer) Warnf(format string, args ...any) { p.print("warning: ", format, args) }

// Errorf writes "smew: error: …".
func (p *Printer) Errorf(format string, args ...any) { p.print("error: ", format, args) }

// Hint writes "smew: hint: …".
func (p *Printer) Hint(format string, args ...any) { p.print("hint: ", format, args) }

func (p *Printer) print(kind, format string, args []any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := "smew: " + kind + message(format, args)
	if p.progress != nil {
		p.progress.mu.Lock()
		defer p.progress.mu.Unlock()
		p.progress.clear()
	}
	// Where standard error is gone there is nobody left to tell.
	_, _ = io.WriteString(p.w, text)
}

// message formats one message, ending in a newline. Strings are sanitised to
// one line; an error keeps its lines, each sanitised and all but the first
// indented.
func message(format string, args []any) string {
	safe := make([]any, len(args))
	for i, arg := range args {
		safe[i] = arg
		switch a := arg.(type) {
		case string:
			safe[i] = Sanitize(a)
		case []byte:
			safe[i] = Sanitize(string(a))
		case error, fmt.Formatter:
		case fmt.Stringer:
			safe[i] = Sanitize(a.String())
		}
	}
	text := strings.TrimRight(fmt.Sprintf(format, safe...), "\r\n")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var b strings.Builder
	count := 0
	for line := range strings.SplitSeq(text, "\n") {
		if count == maxErrorLines {
			b.WriteString("  " + Ellipsis + "\n")
			break
		}
		if count > 0 {
			b.WriteString("  ")
		}
		// A tab as one space keeps the caret of an error under its mistake.
		line = strings.ReplaceAll(line, "\t", " ")
		b.WriteString(strings.TrimRight(Line(line, maxErrorColumns), " ") + "\n")
		count++
	}
	return b.String()
}
