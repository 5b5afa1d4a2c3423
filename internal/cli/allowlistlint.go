package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smew/internal/allow"
)

func (a *app) allowlistLint() *cobra.Command {
	var f entryFlags
	cmd := &cobra.Command{
		Use:   "lint [FILE|FOLDER…]",
		Short: "hold allowlist entries against the rules; without FILE, the built-in ones",
		Long: `lint reads the files given, or all .yaml files of the folders, beside the built-in
entries, and says with line and column what is wrong with them: a key that is
unknown, a name alone, a path that is not anchored, an entry that would hide without
naming all it must, one that would hold too long, an id that is taken, a branch that
is not there.

Exit status 2 if anything is wrong, as for a hunt with such a file.`,
		Example: `  smew allowlist lint
  smew allowlist lint ours.yaml lists/
  smew allow 1a5e9c31 exports --reason … --owner soc >> new.yaml && smew allowlist lint new.yaml`,
		RunE: func(_ *cobra.Command, args []string) error { return a.lintEntries(&f, args) },
	}
	cmd.Flags().BoolVar(&f.noAllow, "no-builtin-allowlist", false, "do not read the built-in entries; ids may then be theirs")
	f.register(cmd)
	return cmd
}

func (a *app) lintEntries(f *entryFlags, args []string) error {
	day, err := f.day()
	if err != nil {
		return err
	}
	all, err := f.load(args)
	if err != nil {
		return err
	}
	entries, files := all.Entries, all.Files
	if len(args) > 0 && !f.noAllow {
		builtin, err := f.load(nil)
		if err != nil {
			return err
		}
		entries, files = without(entries, builtin.Entries), files-builtin.Files
	}
	_, err = fmt.Fprintln(a.stdout, lintText(entries, files, day))
	return ignorePipe(err)
}

// without leaves out the entries that also stand in known.
func without(entries, known []allow.Entry) []allow.Entry {
	ids := map[string]bool{}
	for i := range known {
		ids[known[i].ID] = true
	}
	var rest []allow.Entry
	for _, e := range entries {
		if !ids[e.ID] {
			rest = append(rest, e)
		}
	}
	return rest
}

// lintText says what was read, and what of it holds.
func lintText(entries []allow.Entry, files int, day time.Time) string {
	states := map[string]int{}
	for i := range entries {
		states[entryState(&entries[i], day)]++
	}
	parts := []string{fmt.Sprintf("%d active", states[stateActive])}
	for _, state := range []string{stateDisabled, stateExpired} {
		if n := states[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return entriesText(len(entries)) + " in " + count(int64(files), "file") + ": " + strings.Join(parts, ", ")
}

func entriesText(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
