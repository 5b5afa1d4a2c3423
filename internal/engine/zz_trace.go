package engine

import (
	"fmt"
	"os"
	"time"
)

var trace = os.Getenv("SMEW_TRACE") != ""

func traced(q string) func() {
	if !trace {
		return func() {}
	}
	t := time.Now()
	return func() { fmt.Fprintf(os.Stderr, "%8.3f %.90q\n", time.Since(t).Seconds(), q) }
}
