package cli

import (
	"github.com/spf13/cobra"

	"smew/internal/mapping"
)

// sourceFlags choose the sources that files are read by.
type sourceFlags struct {
	dirs []string
}

func (f *sourceFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.dirs, "sources-dir", nil, "a folder of your own sources beside the built-in ones; may be repeated")
}

// load reads the sources.
func (f *sourceFlags) load() (*mapping.Set, error) {
	if len(f.dirs) == 0 {
		return mapping.BuiltIn(), nil
	}
	set, err := mapping.Load(f.dirs)
	if err != nil {
		return nil, usage(err, "CONTRIBUTING.md shows a source; smew sources --list names those there are")
	}
	return set, nil
}
