//go:build !windows

package cli

import (
	"errors"
	"syscall"
)

// isClosedPipe tells whether a write failed because the reader went away.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
