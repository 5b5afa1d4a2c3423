//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long after Ctrl-C a run may take to end. It takes well under
// a second; a busy machine gets more.
const patience = 5 * time.Second

// TestInterrupt stops runs in the middle: exit status 130, no output file, and
// nothing left of the temporary ones.
func TestInterrupt(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 120 MB")
	}
	input := filepath.Join(t.TempDir(), "many.json")
	line := eventLine(nil)
	if err := os.WriteFile(input, []byte(strings.Repeat(line, 120<<20/len(line))), 0o644); err != nil {
		t.Fatal(err)
	}
	endless := "select count(*) from range(100000000000) a, DeviceProcessEvents"
	small := filepath.Join(t.TempDir(), "one.json")
	if err := os.WriteFile(small, []byte(line), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"hunt":    {"hunt", input, "--threads", "1", "--memory", "1GiB", "--format", "json"},
		"sources": {"sources", input, "--threads", "1", "--memory", "1GiB"},
		"query":   {"query", endless, small, "--threads", "1", "--format", "csv"},
	} {
		t.Run(name, func(t *testing.T) { interrupt(t, args) })
	}
}

// interrupt starts smew, waits until it has begun to read, and sends SIGINT.
func interrupt(t *testing.T, args []string) {
	t.Helper()
	dir := t.TempDir()
	temp := filepath.Join(dir, "temp")
	if err := os.Mkdir(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	cmd := exec.Command("smew", append(args, "--output", out, "--temp-dir", temp)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	begun := time.Now()
	for started := false; !started; { // it has a temporary folder of its own
		if time.Since(begun) > patience {
			_ = cmd.Process.Kill()
			t.Fatalf("has not begun after %s: %s", patience, &stderr)
		}
		entries, _ := os.ReadDir(temp)
		started = len(entries) > 0
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var err error
	select {
	case err = <-ended:
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		t.Fatalf("still runs %s after the signal", patience)
	}
	var failed *exec.ExitError
	if !errors.As(err, &failed) || failed.ExitCode() != 130 {
		t.Errorf("ended with %v, want exit status 130: %s", err, &stderr)
	}
	if got, want := stderr.String(), "smew: error: interrupted; nothing was written\n"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	if left := names(t, dir); len(left) != 1 || left[0] != "temp" {
		t.Errorf("left behind: %v", left)
	}
	if left := names(t, temp); len(left) != 0 {
		t.Errorf("left behind in the temporary folder: %v", left)
	}
}

// TestClosedPipe reads one line and goes away, as head does. That is no error,
// and nothing temporary is left.
func TestClosedPipe(t *testing.T) {
	temp := t.TempDir()
	cmd := exec.Command("smew", "query", "select range from range(3000000)", filepath.Join("..", "..", "sampledata", "api"), "--format", "csv", "--temp-dir", temp)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	start := make([]byte, 8)
	if _, err := io.ReadFull(out, start); err != nil || string(start) != "range\n0\n" {
		t.Errorf("read %q, %v", start, err)
	}
	_ = out.Close()
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("ended with %v: %s", err, &stderr)
	}
	if left := names(t, temp); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
