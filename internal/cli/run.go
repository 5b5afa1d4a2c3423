// Package cli is the command line: one file a command, flags that several
// commands share as one value each, and one table of exit codes.
//
// The terminal's contract: results go to standard output and nothing else
// does. Everything else goes to standard error as "smew: …", in lower case and
// without a full stop, a hint on a line of its own. Text that comes from data
// is made safe to print before it reaches either.
package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smew/internal/term"
)

// Exit codes.
const (
	ExitOK          = 0   // nothing at or above --fail-on
	ExitFindings    = 1   // findings at or above --fail-on
	ExitUsage       = 2   // the command was not understood
	ExitData        = 3   // the data or the engine failed
	ExitInterrupted = 130 // Ctrl-C
)

// Version is the version of the program, set at release by the linker.
var Version = "0.1.0-dev"

// app is what every command needs of the outside.
type app struct {
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	printer *term.Printer
	exit    int
}

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, printer: term.NewPrinter(stderr)}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return a.exit
	case errors.Is(err, context.Canceled):
		a.printer.Errorf("interrupted; nothing was written")
		return ExitInterrupted
	}
	return a.fail(err)
}

// startProgress gives the line of progress on standard error; messages do not
// break it.
func (a *app) startProgress() *term.Progress {
	progress := term.NewProgress(a.stderr, time.Now)
	a.printer.Attach(progress)
	return progress
}

// fail prints an error with its hint and gives its exit code.
func (a *app) fail(err error) int {
	err = huntError(err) // wherever it came up
	a.printer.Errorf("%s", err)
	var f *failure
	if !errors.As(err, &f) {
		return ExitData
	}
	if f.hint != "" {
		a.printer.Hint("%s", f.hint)
	}
	return f.code
}

// failure is an error with a hint and an exit code.
type failure struct {
	err  error
	hint string
	code int
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func usage(err error, hint string) error { return &failure{err: err, hint: hint, code: ExitUsage} }
func data(err error, hint string) error  { return &failure{err: err, hint: hint, code: ExitData} }

// root builds the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "smew",
		Short: "hunt through exported endpoint telemetry",
		Long: `smew hunts through exported endpoint telemetry.

Give it the files you have: Defender exports in any of their shapes, plain,
compressed or zipped. Detection branches, one SQL file each, run over all of
them at once; what they hit is ranked, and what is known to be harmless is
lowered or hidden by an allowlist that says who allowed it and until when.
Whatever could not be evaluated is reported as unknown, never as clean.`,
		Example: `  smew hunt sampledata
  smew hunt exports/ --last 7d --min-score 35
  smew sources exports/
  smew query "select DeviceName, count(*) from DeviceProcessEvents group by 1" exports/`,
		Version:       Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noSubcommand,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return refuseEmpty(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(err, "smew "+commandWords(cmd)+"--help lists the flags")
	})
	root.AddCommand(a.huntCommand(), a.ingestCommand(), a.lakeCommand(), a.allowlistCommand(), a.allowCommand(), a.explainCommand(), a.sourcesCommand(), a.branchesCommand(), a.queryCommand(), a.validateCommand(), a.referenceCommand(), a.versionCommand())
	root.CompletionOptions.HiddenDefaultCmd = false
	return root
}

func noSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "smew --help lists the commands"
	cmd.SuggestionsMinimumDistance = 2 // letters mistyped
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean smew " + commandWords(cmd) + near[0] + "?"
	}
	return usage(errors.New("no command "+quote(args[0])), hint)
}

// commandWords is a command's name below smew, with a space after it.
func commandWords(cmd *cobra.Command) string {
	words := ""
	for c := cmd; c.HasParent(); c = c.Parent() {
		words = c.Name() + " " + words
	}
	return words
}

func quote(s string) string { return "\"" + term.Sanitize(s) + "\"" }

// refuseEmpty refuses a flag that was given an empty text: in a script that is
// a variable nobody set, and to pass over it would hunt something else.
func refuseEmpty(cmd *cobra.Command) error {
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "string" && f.Value.String() == "" && err == nil {
			err = usage(errors.New("--"+f.Name+" is empty"), "give it a value, or leave it out")
		}
	})
	return err
}
