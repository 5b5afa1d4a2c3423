// Package functions puts the SQL functions of sql/functions into an engine and
// is where their tests are: rows in, values out, under testdata.
package functions

import (
	"context"

	"smew/internal/engine"
	"smew/internal/view"
	"smew/sql"
)

// Install creates every function of sql/functions in e. The error names the file.
func Install(ctx context.Context, e *engine.Engine) error {
	return view.InstallFunctions(ctx, e, sql.Files)
}
