package cli

import (
	"context"
	"io"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"smew/internal/engine"
	"smew/internal/lake"
	"smew/internal/term"
	smewsql "smew/sql"
)

// mostFaults is how many faults are named to a person; --json has all.
const mostFaults = 50

func (a *app) lakeVerify() *cobra.Command {
	var limits engineFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "hold every file of a lake against its manifest; exit 3 if anything is wrong",
		Long: `verify reads every file of a lake. Each must be as long as it was, with the check sum
it had; have the columns it should; and hold as many rows of each day as the manifest
says, and those that it says. No row may be there twice, and of every source file the
rows read must be those stored, the duplicates, the rejected, those of other kinds and
those of forgotten days.

Exit status 0 says that all is right, 3 that something is not: each fault is named.
Files that no manifest names are harmless, and the next run removes them.`,
		Example: `  smew lake verify lake
  smew lake verify lake --memory 2GiB
  smew lake verify lake --json | jq -r '.faults[] | "\(.file): \(.what)"'`,
		Args:              oneLake("verify"),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			return onLake(a, args[0], asJSON, func(l *lake.Lake) (*lake.Verified, error) {
				progress := a.startProgress()
				defer progress.Done()
				v, err := l.Verify(cmd.Context(), lake.VerifyRequest{
					SQL: smewsql.Files, Engine: func(ctx context.Context) (*engine.Engine, error) { return limits.open(ctx) },
					Progress: progress.Update,
				})
				if err == nil && len(v.Faults) > 0 {
					a.exit = ExitData
				}
				return v, err
			}, func(v *lake.Verified) error { return writeVerified(a.stdout, v) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	limits.register(cmd)
	return cmd
}

// writeVerified says what was found, for people.
func writeVerified(w io.Writer, v *lake.Verified) error {
	p := &lines{w: w}
	for i, f := range v.Faults {
		if i == mostFaults {
			p.line("and %s more (--json names all)", humanize.Comma(int64(len(v.Faults)-mostFaults)))
			break
		}
		p.line("%s: %s%s", term.Sanitize(f.File), term.Sanitize(f.What), expectation(f))
	}
	for _, u := range v.Unchecked {
		p.line("not checked: %s", term.Sanitize(u))
	}
	if len(v.Left) > 0 {
		var bytes int64
		for _, f := range v.Left {
			bytes += f.Bytes
		}
		p.line("left over: %s, %s, harmless: the next run that writes removes them", count(int64(len(v.Left)), "file"), humanize.IBytes(uint64(bytes)))
	}
	if v.Writer != nil {
		p.line("process %d writes to it (smew %s)", v.Writer.PID, term.Sanitize(v.Writer.What))
	}
	verdict := "all is right"
	if n := len(v.Faults); n > 0 {
		verdict = count(int64(n), "fault")
	}
	p.line("%s in %s, %s of the manifest, %s: %s", count(v.Rows, "row"), count(int64(v.Files), "file"), humanize.Comma(int64(v.Manifest)),
		count(v.Sources, "source file"), verdict)
	return p.err
}

func expectation(f lake.Fault) string {
	switch {
	case f.Expected != "" && f.Found != "":
		return ": expected " + term.Sanitize(f.Expected) + ", found " + term.Sanitize(f.Found)
	case f.Found != "":
		return ": " + term.Sanitize(f.Found)
	}
	return ""
}
