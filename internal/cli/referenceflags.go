package cli

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"smew/internal/branch"
	"smew/internal/reference"
	smewsql "smew/sql"
)

// referenceFlags bring a user's own reference data.
type referenceFlags struct {
	dirs    []string
	drivers string
}

func (f *referenceFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringArrayVar(&f.dirs, "reference", nil, "a folder of your own reference data (CSV files named as those of sql/reference), added to the built-in; may be repeated")
	fs.StringVar(&f.drivers, "loldrivers", "", "vulnerable drivers to look for by hash: drivers.json or drivers.csv of loldrivers.io")
}

// files is the sql tree with that data in it.
func (f *referenceFlags) files() (fs.FS, error) {
	files, err := reference.Overlay(smewsql.Files, f.dirs, f.drivers)
	if err != nil {
		return nil, usage(err, "CONTRIBUTING.md says what reference data looks like; smew reference lists what is built in")
	}
	return files, nil
}

// check refuses a file of a new name that no branch reads: it is a misspelt one,
// and what is in it would be looked for by nobody.
func (f *referenceFlags) check(files fs.FS, branches []branch.Branch) error {
	if len(f.dirs) == 0 {
		return nil
	}
	known, err := reference.Names(smewsql.Files)
	if err != nil {
		return err
	}
	names, err := reference.Names(files)
	if err != nil {
		return err
	}
	for _, name := range names {
		read := regexp.MustCompile(`\breference_` + name + `\b`)
		if slices.Contains(known, name) || slices.ContainsFunc(branches, func(b branch.Branch) bool { return read.MatchString(b.SQL) }) {
			continue
		}
		return usage(fmt.Errorf("%s.csv: no reference data of that name is built in, and no branch reads reference_%s", name, name),
			"the built-in ones are "+strings.Join(known, ", "))
	}
	return nil
}
