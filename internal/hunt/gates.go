package hunt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/lake"
	"smew/internal/load"
	"smew/internal/reference"
	"smew/internal/view"
)

// Gates says what branches, and the SELECTs of sql/hunt/context beside them, ask of each
// table: by that a lake lays its rows out. The engine must have the contract loaded.
func Gates(ctx context.Context, e *engine.Engine, contract *view.Contract, files fs.FS, branches []branch.Branch) (map[string]lake.Gate, error) {
	for _, b := range branches {
		if err := contract.Need(ctx, e, b.SQL); err != nil {
			return nil, err
		}
	}
	p, err := makePlan(ctx, e, contract, files, branches)
	if err != nil {
		return nil, err
	}
	means, err := meaning(files)
	if err != nil {
		return nil, err
	}
	gates := map[string]lake.Gate{}
	for _, t := range p.tables {
		g := lake.Gate{Names: "true", Where: "true", Columns: t.columns, Tested: t.tested}
		if !t.whole {
			all := load.Batch{Rows: fewRows + 1, Events: true}
			g.Names, g.Where = t.mayMatter(all), t.where(all)
		}
		for _, q := range slices.Concat(p.branches, p.context) {
			for _, n := range q.needs {
				if p.table(n.Table) == t {
					g.Covers = append(g.Covers, asked(t, n, means))
				}
			}
		}
		slices.Sort(g.Covers)
		g.Covers = slices.Compact(g.Covers)
		gates[t.name()] = g
	}
	return gates, nil
}

// asked is the name of what one branch asks of one table.
func asked(t *plannedTable, n branch.Need, means string) string {
	if n.Predicate == "" || !stands(t.Table, n.Tested) {
		return lake.Asked("everything", means)
	}
	return lake.Asked(n.Predicate+"\n"+n.Loose, means)
}

// meaning is the hash of what predicates are made of beside their own text: functions,
// derived columns and reference data.
func meaning(files fs.FS) (string, error) {
	functions, err := fs.Glob(files, "functions/*.sql")
	if err != nil {
		return "", err
	}
	tables, err := fs.Glob(files, "tables/*.sql")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range append(functions, tables...) {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	data, err := reference.Hash(files)
	if err != nil {
		return "", err
	}
	sum.Write([]byte(data))
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}
