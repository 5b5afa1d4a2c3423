package hunt

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/view"
)

// A case is made of more than what branches hit: the service manager's own write of
// what a command asked for says nothing by itself, and beside the command it says
// that the command worked. Each SELECT under sql/hunt/context takes such records
// from one table into the table `context`. Like a branch's, its WHERE joins the one
// pass over the files.

const contextFolder = "hunt/context"

// contextColumns are what a SELECT of the folder gives.
const contextColumns = `Kind varchar, Timestamp timestamp_ns, DeviceId varchar, DeviceName varchar, SourceTable varchar, SourceFile varchar,
	SourceRecord bigint, ActionType varchar, ServiceName varchar, Path varchar, Text varchar, Payload varchar, AccountDomain varchar,
	AccountName varchar, InitiatingProcessFileName varchar, InitiatingProcessPath varchar, InitiatingProcessCommandLine varchar, Signer varchar`

// planContext adds the needs of the SELECTs over tables that branches read. Others
// are not read for the sake of context: a hunt by one branch stays cheap.
func (p *plan) planContext(ctx context.Context, e *engine.Engine, contract *view.Contract, files fs.FS) error {
	names, err := fs.Glob(files, contextFolder+"/*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		query := strings.TrimRight(string(text), "\n; ")
		if err := contract.Need(ctx, e, query); err != nil {
			return err
		}
		needs, err := branch.Needs(ctx, e, query, contract)
		if err != nil {
			return fmt.Errorf("sql/%s: %w", name, err)
		}
		if len(needs) != 1 {
			return fmt.Errorf("sql/%s: reads %d tables, want one", name, len(needs))
		}
		t := p.table(needs[0].Table)
		if t == nil {
			continue
		}
		// What these ask for is no reason to call a branch blind, nor to keep rows of
		// which it is not known yet who started them.
		tested, loose := t.tested, t.loose
		p.add(contract, needs[0])
		t.tested, t.loose = tested, loose
		p.context = append(p.context, &planned{Branch: branch.Branch{Card: branch.Card{ID: path.Base(name)}, Path: name, SQL: query}, needs: needs})
	}
	return nil
}

// attachContext fills the table context from what was kept.
func (h *Hunt) attachContext(ctx context.Context) error {
	if err := h.e.Exec(ctx, "create or replace temp table context ("+contextColumns+")"); err != nil {
		return err
	}
	for _, q := range h.plan.context {
		if q.idle {
			continue
		}
		err := h.e.Exec(ctx, "insert into context by name "+q.SQL)
		if err != nil {
			return fmt.Errorf("sql/%s: %w", q.Path, err)
		}
	}
	return nil
}
