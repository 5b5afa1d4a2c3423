package cli

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "print the version of smew and of the engine inside it",
		Example: "  smew version",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(errors.New("version takes no argument"), "try: smew version")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			var flags engineFlags
			e, err := flags.open(cmd.Context())
			if err != nil {
				return err
			}
			defer e.Close()
			var duckdb string
			if err := e.Scan(cmd.Context(), "select version()", &duckdb); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "smew %s\nDuckDB %s\n%s %s/%s\n", Version, duckdb, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return ignorePipe(err)
		},
	}
}
