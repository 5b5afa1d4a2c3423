package load

import (
	"context"
	"strings"

	"smew/internal/engine"
	"smew/internal/source"
)

// PrepareStored readies an engine for rows that are stored with their account (a lake's):
// it makes the account's tables, which whoever has the rows fills, and reads nothing.
// The rows of mapped files may then be given to [Loader.Context].
func PrepareStored(ctx context.Context, e *engine.Engine, req Request) (*Loader, error) {
	l := &Loader{e: e, req: req, account: newAccount(req.Files), served: &switchboard{}}
	if err := l.run(ctx, "load/tables.sql"); err != nil {
		return nil, err
	}
	if err := l.setVariables(ctx); err != nil {
		return nil, err
	}
	for _, f := range req.Files.Files {
		if f.Mapping != nil {
			l.events = append(l.events, &eventSource{Source: f.Mapping})
			break
		}
	}
	return l, nil
}

// Collect closes the account of rows that were stored: the account's tables are full.
func (l *Loader) Collect(ctx context.Context, notes []string) error {
	l.account.Notes = append(l.account.Notes, notes...)
	if err := l.account.collect(ctx, l.e); err != nil {
		return err
	}
	for _, r := range l.account.Rejected {
		if l.req.Files.Files[r.FileID-1].Format == source.Parquet && strings.HasPrefix(r.Reason, "unreadable: ") {
			l.account.failed[r.FileID] = true
		}
	}
	return nil
}
