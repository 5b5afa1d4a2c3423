package term

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Ellipsis stands for what was cut off.
const Ellipsis = "…"

// Columns returns how many columns of a terminal s takes. Characters whose
// width East Asian locales double count as one, whatever the locale, so that
// equal input gives equal output everywhere.
func Columns(s string) int { return displaywidth.String(s) }

// Fit cuts s to width columns, the last of them an [Ellipsis] if anything is
// cut. It never splits a character from its marks and never returns more than
// width columns. The text must already be safe; see [Line].
func Fit(s string, width int) string {
	if width <= 0 {
		return ""
	}
	if displaywidth.String(s) <= width {
		return s
	}
	return head(s, width-1) + Ellipsis
}

// head returns the longest start of s that takes at most width columns.
func head(s string, width int) string {
	g := displaywidth.StringGraphemes(s)
	end, used := 0, 0
	for g.Next() {
		used += g.Width()
		if used > width {
			break
		}
		end += len(g.Value())
	}
	return s[:end]
}

// Line is text from data, sanitised and cut to width columns. Its cost depends
// on the width and not on the text: a command line can have megabytes.
func Line(s string, width int) string {
	if width <= 0 {
		return ""
	}
	cut := clip(s, width)
	safe := Sanitize(cut)
	if len(cut) < len(s) {
		safe += Ellipsis
	}
	return Fit(safe, width)
}

// clip drops what can hardly be reached within width columns: no character
// takes more than four bytes, nor carries more than maxMarks.
func clip(s string, width int) string {
	limit := (width + 1) * (1 + maxMarks) * utf8.UTFMax
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) && limit > (width+1) {
		limit--
	}
	return s[:limit]
}

// Wrap breaks safe text into lines of at most width columns, at spaces where
// it can. No more than most lines come back (0 means all); the last ends in an
// [Ellipsis] if there was more.
func Wrap(s string, width, most int) []string {
	width = max(width, 2) // a wide character must fit
	var lines []string
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		if most > 0 && len(lines) == most-1 {
			return append(lines, Fit(s, width))
		}
		line := head(s, width)
		if line == "" { // a cluster wider than the line
			return append(lines, Fit(s, width))
		}
		if len(line) < len(s) && s[len(line)] != ' ' {
			if at := strings.LastIndexByte(line, ' '); at > len(line)/2 {
				line = line[:at]
			}
		}
		s = s[len(line):]
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// Pad fills s with spaces on the right up to width columns.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Columns(s)))
}
