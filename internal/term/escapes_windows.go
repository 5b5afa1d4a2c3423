package term

import (
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// enableEscapes asks the console behind w to obey escape sequences, which the
// older Windows console does only when asked. It tells whether it will.
func enableEscapes(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	handle := windows.Handle(file.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
