// Package prooftest holds lakes to what they promise, from outside: runs are killed and
// started again, files come in any order and any number of times, what lies in a lake's
// folder is not what it should be, and the lake equals the one to which nothing happened.
//
// go test runs a short form; go tool task soak the long one.
package prooftest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/cli"
	"smew/internal/engine"
)

var (
	kills     = flag.Int("kills", 0, "kill this many ingests, and three hunts for ten of them; 0 is the short form")
	histories = flag.Int("histories", 0, "make up this many histories of a lake; 0 is the short form")
	luck      = flag.Uint64("luck", 1, "chooses the moments at which runs are killed")
)

// actAsSmew in the environment makes the test binary smew itself: what is killed is a
// process like any user's, and nothing is linked for it.
const actAsSmew = "SMEW_PROOFTEST_IS_SMEW"

func TestMain(m *testing.M) {
	if os.Getenv(actAsSmew) != "" {
		os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	flag.Parse()
	n, steps := 3, 12
	if *histories > 0 {
		n, steps = *histories, 40
	}
	for name, value := range map[string]int{"rapid.checks": n, "rapid.steps": steps} {
		if err := flag.Set(name, strconv.Itoa(value)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	code := m.Run()
	if unharmed.dir != "" {
		_ = os.RemoveAll(unharmed.dir)
	}
	os.Exit(code)
}

// openEngine opens a small engine.
func openEngine(ctx context.Context) (*engine.Engine, error) {
	return engine.Open(ctx, engine.Options{Threads: 2, Memory: "512MiB"})
}

// texts are the rows of a query of one text column.
func texts(t rapid.TB, e *engine.Engine, query string) []string {
	t.Helper()
	rows, err := e.Query(context.Background(), query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
