package cli

import (
	"context"
	"encoding/json"
	"errors"

	"smew/internal/engine"
)

var errNotSelect = errors.New("only one select can be run")

// oneSelect refuses what is not exactly one SELECT, before any file is read.
// Text that does not parse passes: preparing it names the mistake.
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
