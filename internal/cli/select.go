package cli

import (
	"context"
	"encoding/json"
	"errors"

	"smew/internal/engine"
)

var errNotSelect = errors.New("only one select can be run")

// oneSelect refuses what is not exactly one SELECT. It must come before
// [engine.Engine.Prepare], for which the driver runs all statements of a text
// but the last, and it runs nothing itself. Text that does not parse passes:
// preparing it runs nothing either and names the mistake.
func oneSelect(ctx context.Context, e *engine.Engine, text string) error {
	tree, err := e.ParseTree(ctx, text)
	if err != nil {
		return err
	}
	var parsed struct {
		Error      bool              `json:"error"`
		Type       string            `json:"error_type"`
		Statements []json.RawMessage `json:"statements"`
	}
	if err := json.Unmarshal([]byte(tree), &parsed); err != nil {
		return err
	}
	if parsed.Error && parsed.Type == "parser" || !parsed.Error && len(parsed.Statements) == 1 {
		return nil
	}
	return errNotSelect
}
