package hunt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/view"
)

// plan is what a set of branches reads, table by table.
type plan struct {
	branches []*planned
	tables   []*plannedTable
}

// planned is one branch with its needs.
type planned struct {
	branch.Branch
	needs []branch.Need
	// blind maps the name of a file to what the branch lacks there; the branch
	// does not speak about that file's rows.
	blind map[string]string
	// unable says why the branch cannot be evaluated at all.
	unable string
}

// plannedTable is one table with what all branches together need of it.
type plannedTable struct {
	*view.Table
	columns    []string // kept, in order
	predicates []string
	gates      []string // one a predicate, or fewer
	whole      bool     // some branch may need every row
	tested     []string // recorded columns that predicates look at
}

// identity are the columns that are always kept: they name the event.
var identity = []string{"DeviceId", "DeviceName", "ReportId", "SourceFile", "SourceRecord", "SourceTable", "Timestamp"}

// makePlan reads every branch's parse tree. The core tables must be attached.
func makePlan(ctx context.Context, e *engine.Engine, contract *view.Contract, branches []branch.Branch) (*plan, error) {
	p := &plan{}
	for _, b := range branches {
		needs, err := branch.Needs(ctx, e, b.SQL, contract)
		if err != nil {
			return nil, fmt.Errorf("branch %s (%s): %w", b.ID, b.Path, err)
		}
		if len(needs) == 0 {
			return nil, fmt.Errorf("branch %s (%s): reads no table", b.ID, b.Path)
		}
		p.branches = append(p.branches, &planned{Branch: b, needs: needs, blind: map[string]string{}})
		for _, n := range needs {
			if t, ok := contract.Lookup(n.Table); ok && len(t.Nameless()) > 0 {
				return nil, fmt.Errorf("branch %s (%s): %s has no %s to name an event by", b.ID, b.Path, t.Name, strings.Join(t.Nameless(), ", "))
			}
			p.add(contract, n)
		}
	}
	slices.SortFunc(p.tables, func(a, b *plannedTable) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range p.tables {
		slices.Sort(t.columns)
		t.columns = slices.Compact(t.columns)
	}
	return p, nil
}

func (p *plan) add(contract *view.Contract, n branch.Need) {
	def, _ := contract.Lookup(n.Table)
	t := p.table(def.Name)
	if t == nil {
		t = &plannedTable{Table: def, columns: slices.Clone(identity)}
		p.tables = append(p.tables, t)
	}
	for _, c := range n.Columns {
		switch {
		case c == "*":
			t.columns = append(t.columns, def.AllColumns()...)
		case def.Has(c):
			t.columns = append(t.columns, def.Spelling(c))
		}
	}
	if n.Predicate == "" || !stands(def, n.Tested) {
		t.whole = true
	} else if !slices.Contains(t.predicates, n.Predicate) {
		t.predicates = append(t.predicates, n.Predicate)
		if n.Gate != "" {
			t.gates = append(t.gates, n.Gate)
		}
	}
	recorded, _ := def.Recorded(n.Tested)
	t.tested = append(t.tested, recorded...)
	slices.Sort(t.tested)
	t.tested = slices.Compact(t.tested)
}

// stands tells whether a predicate stands on the table alone. One that names
// an output column of its SELECT does not, and then every row is kept.
func stands(t *view.Table, tested []string) bool {
	_, extra := t.Recorded(tested)
	return len(extra) == 0
}

func (p *plan) table(name string) *plannedTable {
	for _, t := range p.tables {
		if strings.EqualFold(t.Name, name) {
			return t
		}
	}
	return nil
}

// recorded lists the recorded columns to read, by table.
func (p *plan) recorded() map[string][]string {
	columns := map[string][]string{}
	for _, t := range p.tables {
		list, _ := t.Recorded(t.columns)
		columns[t.Name] = list
	}
	return columns
}

func (t *plannedTable) name() string { return t.Table.Name }

// kept is the table that collects the rows of interest.
func (t *plannedTable) kept() string { return "kept_" + t.Table.Name }

func (t *plannedTable) selectKept(where string) string {
	columns := make([]string, 0, len(t.columns)+2)
	columns = append(columns, "SourceFileId", "RecordHash")
	for _, c := range t.columns {
		columns = append(columns, engine.QuoteIdent(c))
	}
	return "select " + strings.Join(columns, ", ") + " from " + t.Table.Name + " where " + where
}

// fewRows is a batch small enough to be kept by its gates alone: to compile the
// regular expressions of the predicates would take longer than to carry on a
// few rows that the branches then look at anyway.
const fewRows = 100_000

// where is true for every row that any branch may hit, of a batch of so many.
func (t *plannedTable) where(rows int64) string {
	if t.whole {
		return "true"
	}
	where := strings.Join(t.predicates, " or ")
	if len(t.gates) < len(t.predicates) {
		return where
	}
	gate := "(" + strings.Join(t.gates, " or ") + ")"
	if rows <= fewRows {
		return gate
	}
	return gate + " and (" + where + ")"
}

// findBlind works out where each branch cannot see, now that the files have
// been read: a table without an event, a file without a column it tests.
func (p *plan) findBlind(account *load.Account, seen presence) {
	for _, b := range p.branches {
		for _, n := range b.needs {
			t := p.table(n.Table)
			tested, _ := t.Recorded(n.Tested)
			files := filesOf(account, t.Name)
			if len(files) == 0 {
				b.unable = "no " + t.Name + " in the window of the files read"
				continue
			}
			missing := 0
			for _, f := range files {
				if lacks := seen.missing(f, t.Name, tested); len(lacks) > 0 {
					b.blind[f.File.Name] = t.Name + " there has no " + strings.Join(lacks, ", ")
					missing++
				}
			}
			if missing == len(files) {
				b.unable = b.blind[files[0].File.Name]
			}
		}
	}
}

func filesOf(account *load.Account, table string) []load.FileAccount {
	var files []load.FileAccount
	for _, f := range account.Files {
		if f.Table == table && f.InWindow > 0 {
			files = append(files, f)
		}
	}
	return files
}

// union is one statement that runs every branch: built from the branches that
// were loaded, never typed, so that none can be forgotten.
func (p *plan) union() string {
	parts := []string{emptyHit()}
	for _, b := range p.branches {
		if b.unable != "" {
			continue
		}
		parts = append(parts, b.part())
	}
	return strings.Join(parts, "\n\nunion all by name\n\n")
}

// part is the statement that runs one branch, over the files it can speak of.
func (b *planned) part() string {
	part := "select " + engine.QuoteText(b.ID) + " as BranchId, branch.*\nfrom (\n" + b.SQL + "\n) as branch"
	if len(b.blind) > 0 {
		part += "\nwhere branch.SourceFile not in (select unnest(" + engine.QuoteTexts(sortedKeys(b.blind)) + "))"
	}
	return part
}

// emptyHit is a hit of every column of the contract and no row, so that the
// union has them all whichever branches ran.
func emptyHit() string {
	columns := []string{"null::varchar as BranchId"}
	for _, c := range branch.HitContract {
		columns = append(columns, "null::"+c.Type+" as "+c.Name)
	}
	return "select " + strings.Join(columns, ", ") + " where false"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
