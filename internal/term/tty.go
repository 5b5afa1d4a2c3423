package term

import (
	"fmt"
	"io"
	"os"
	"strconv"

	xterm "golang.org/x/term"
)

// DefaultWidth is the width of what is no terminal.
const DefaultWidth = 80

// maxWidth bounds what COLUMNS may ask for.
const maxWidth = 10_000

// IsTerminal tells whether f, a reader or writer, is a terminal. Anything but
// an open file is not.
func IsTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && file != nil && xterm.IsTerminal(int(file.Fd()))
}

// Width returns the columns available on w: the variable COLUMNS if it holds a
// number, else the width of the terminal, else fallback, else [DefaultWidth].
func Width(w io.Writer, fallback int) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 && n <= maxWidth {
		return n
	}
	if IsTerminal(w) {
		if n, _, err := xterm.GetSize(int(w.(*os.File).Fd())); err == nil && n > 0 {
			return n
		}
	}
	if fallback > 0 {
		return fallback
	}
	return DefaultWidth
}

// ColorModes are the values of --color.
var ColorModes = []string{"auto", "always", "never"}

// Color decides whether to colour what goes to w. Mode auto, or an empty mode,
// colours a terminal that is not TERM=dumb, unless NO_COLOR is set and not
// empty (https://no-color.org). Always and never are what they say.
func Color(mode string, w io.Writer) (bool, error) {
	switch mode {
	case "always":
		enableEscapes(w)
		return true, nil
	case "never":
		return false, nil
	case "auto", "":
		return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && IsTerminal(w) && enableEscapes(w), nil
	default:
		return false, fmt.Errorf("--color %s: want auto, always or never", Sanitize(mode))
	}
}
