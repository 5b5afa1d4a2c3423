package cli

import (
	"errors"
	"syscall"
)

// Windows' words for a pipe whose reader went away.
const (
	errorBrokenPipe syscall.Errno = 109
	errorNoData     syscall.Errno = 232
)

// isClosedPipe tells whether a write failed because the reader went away.
func isClosedPipe(err error) bool {
	return errors.Is(err, errorBrokenPipe) || errors.Is(err, errorNoData)
}
