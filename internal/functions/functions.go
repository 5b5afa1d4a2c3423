// Package functions puts the SQL functions of sql/functions into an engine and
// is where their tests are: rows in, values out, under testdata.
package functions

import (
	"context"
	"fmt"
	"io/fs"

	"smew/internal/engine"
	"smew/sql"
)

// Install creates every function of sql/functions in e, in the order of the
// files' names. The error names the file.
func Install(ctx context.Context, e *engine.Engine) error {
	files, err := fs.Glob(sql.Files, "functions/*.sql")
	if err != nil {
		return err
	}
	for _, name := range files {
		text, err := fs.ReadFile(sql.Files, name)
		if err != nil {
			return err
		}
		if err := e.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("sql/%s: %w", name, err)
		}
	}
	return nil
}
