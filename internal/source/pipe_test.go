//go:build unix

package source

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe is named and never waited for.
func TestPipe(t *testing.T) {
	dir := write(t, map[string]string{"a.json": process})
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here")
	}
	for _, args := range [][]string{{dir}, {pipe}, {dir + "/p*"}} {
		set := open(t, Options{}, args...)
		same(t, args[0], skipReason(set, "pipe"), "a pipe, not a file: save what comes out of it first")
	}
	if _, err := openRegular(pipe); err == nil {
		t.Error("the pipe was opened")
	}
}
