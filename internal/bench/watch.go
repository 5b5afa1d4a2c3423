package bench

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"
)

// Usage is what a process has used so far, as Linux tells it; zero elsewhere.
type Usage struct {
	PeakMiB float64 // largest resident size: VmHWM
	Read    int64   // bytes that it read, from the page cache too: rchar
	Fetched int64   // bytes of those that came from a disk: read_bytes
}

// Watch looks at a running process every few milliseconds. stop gives what it used until
// it was last seen. What the system says of a process after its end is no use: its largest
// size counts that of the process which started it as well.
func Watch(pid int) (stop func() Usage) {
	ask, answer := make(chan struct{}), make(chan Usage)
	go func() {
		var u Usage
		for {
			select {
			case <-ask:
				answer <- u
				return
			case <-time.After(5 * time.Millisecond):
				u.look(pid)
			}
		}
	}()
	return func() Usage {
		close(ask)
		return <-answer
	}
}

// look takes what a process has used up to now. Of one that has ended nothing is told.
func (u *Usage) look(pid int) {
	var kib float64
	proc(pid, "status", "VmHWM:", &kib)
	u.PeakMiB = max(u.PeakMiB, kib/1024)
	var read, fetched int64
	proc(pid, "io", "rchar:", &read)
	proc(pid, "io", "read_bytes:", &fetched)
	u.Read, u.Fetched = max(u.Read, read), max(u.Fetched, fetched)
}

// proc reads the number behind a label in a file of a process.
func proc(pid int, file, label string, to any) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), label); ok {
			_, _ = fmt.Sscan(text, to)
			return
		}
	}
}
