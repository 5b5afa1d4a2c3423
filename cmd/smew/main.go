// Command smew hunts through exported endpoint telemetry.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"smew/internal/cli"
)

func main() { os.Exit(run()) }

// run is main with an exit status, so that deferred calls happen. The first
// Ctrl-C ends the work in order; from then on the signal is the system's again,
// and a second one ends the process. A reader of our output that goes away,
// such as head, is no reason to die and leave temporary files behind.
func run() int {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}
