package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"smew/internal/lake"
)

// What scripts about lakes can say beside.
func init() {
	commands["held"] = held
	commands["comes"] = comes
	commands["remember"] = remember
}

// held has the test itself write to a lake until the script ends: held LAKE. $PID is who
// writes then.
func held(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 2)
	l, err := lake.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	unlock, err := l.Lock("ingest")
	ts.Check(err)
	ts.Defer(unlock)
	ts.Setenv("PID", fmt.Sprint(os.Getpid()))
}

// comes waits for files that a process in the background makes: comes PATTERN [N].
func comes(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 2)
	least := 1
	if len(args) > 1 {
		least = number(ts, neg, args[1:], 1)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		names, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		if len(names) >= least {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s: %d files after 30 seconds, want %d", args[0], len(names), least)
		}
	}
}

// remember has the first file that matches a pattern in a variable: remember NAME PATTERN.
func remember(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 3)
	names, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	if len(names) == 0 {
		ts.Fatalf("nothing matches %s", args[1])
	}
	ts.Setenv(args[0], strings.TrimPrefix(names[0], ts.Getenv("WORK")+string(filepath.Separator)))
}
