//go:build !windows

package term

import "io"

// enableEscapes has nothing to do: terminals here obey escape sequences.
func enableEscapes(io.Writer) bool { return true }
