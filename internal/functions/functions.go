// Package functions puts the SQL functions of sql/functions into an engine and
// is where their tests are: rows in, values out, under testdata.
package functions

import (
	"context"
	"io/fs"

	"smew/internal/engine"
	"smew/internal/view"
	"smew/sql"
)

// Install creates every function of sql/functions in e. The error names the file.
func Install(ctx context.Context, e *engine.Engine) error {
	contract, err := view.LoadContract(ctx, e, sql.Files)
	if err != nil {
		return err
	}
	names, err := fs.Glob(sql.Files, "functions/*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(sql.Files, name)
		if err != nil {
			return err
		}
		// A file names what it defines as a call does.
		if err := contract.Need(ctx, e, string(text)); err != nil {
			return err
		}
	}
	return nil
}
