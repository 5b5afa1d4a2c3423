package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/dustin/go-humanize"

	"smew/internal/lake"
	"smew/internal/term"
)

// mostNamed is how many files or remarks of a kind are named to a person; --json has all.
const mostNamed = 10

// judgeIngest sets the exit status that --strict asks for.
func (a *app) judgeIngest(f *ingestFlags, r *lake.Report) {
	if f.strict && (r.Rejected > 0 || len(r.Unfinished) > 0 || lostFiles(r) > 0) {
		a.exit = ExitData
	}
}

// lostFiles counts the skipped files that may have held something.
func lostFiles(r *lake.Report) int {
	n := 0
	for _, s := range r.Skipped {
		if !s.Harmless {
			n++
		}
	}
	return n
}

// writeIngest says what was taken in, for people.
func writeIngest(w io.Writer, l *lake.Lake, r *lake.Report, width int) error {
	p := &lines{w: w}
	hanging(p, "Files  ", filesText(r), width)
	hanging(p, "Rows   ", rowsText(r), width)
	for _, name := range r.RejectedFiles {
		hanging(p, "       ", "rejected lines, with the reason: "+term.Sanitize(l.Path(name)), width)
	}
	named(p, "skipped", len(r.Skipped), width, func(i int) string {
		return term.Sanitize(r.Skipped[i].File) + ": " + term.Sanitize(r.Skipped[i].Reason)
	})
	named(p, "changed while it was read, and is read again by the next run", len(r.Unfinished), width, func(i int) string {
		return term.Sanitize(r.Unfinished[i])
	})
	named(p, "note", len(r.Notes), width, func(i int) string { return term.Sanitize(r.Notes[i]) })
	return p.err
}

func filesText(r *lake.Report) string {
	parts := []string{humanize.Comma(int64(r.Given)) + " given"}
	for _, part := range []struct {
		n    int
		text string
	}{
		{r.Known, "in the lake already"}, {r.Files, "read"}, {r.Grown, "of them grown"}, {len(r.Skipped), "skipped"}, {len(r.Unfinished), "unfinished"},
	} {
		if part.n > 0 {
			parts = append(parts, humanize.Comma(int64(part.n))+" "+part.text)
		}
	}
	return strings.Join(parts, ", ")
}

// rowsText is the account: rows read = stored + what was not.
func rowsText(r *lake.Report) string {
	if r.Read == 0 {
		return "none read: nothing is new"
	}
	n := humanize.Comma
	text := fmt.Sprintf("%s read = %s stored + %s + %s rejected", n(r.Read), n(r.Stored), count(r.Duplicates, "duplicate"), n(r.Rejected))
	for _, part := range []struct {
		n    int64
		text string
	}{
		{r.Others, "of other kinds"}, {r.Before, "in the lake already"}, {r.Forgotten, "of forgotten days"},
	} {
		if part.n > 0 {
			text += " + " + n(part.n) + " " + part.text
		}
	}
	return text
}

// named lists the first of some files or remarks.
func named(p *lines, what string, n, width int, text func(i int) string) {
	for i := range min(n, mostNamed) {
		hanging(p, "       ", what+": "+text(i), width)
	}
	if more := n - mostNamed; more > 0 {
		p.line("       and %s more like that (--json names all)", humanize.Comma(int64(more)))
	}
}
