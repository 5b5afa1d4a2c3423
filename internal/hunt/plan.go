package hunt

import (
	"context"
	"fmt"
	"io/fs"
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
	context  []*planned // SELECTs of sql/hunt/context: see attachContext
	tables   []*plannedTable
}

// planned is one branch with its needs.
type planned struct {
	branch.Branch
	needs []branch.Need
	// blind says where the branch lacks what it cannot do without; it does not speak
	// about the rows there.
	blind map[blindSpot]string
	// narrow says where it lacks what would show it more.
	narrow map[blindSpot]string
	// absent says which of its tables are not there, while others are.
	absent []string
	// unable says why the branch cannot be evaluated at all.
	unable string
	// idle says that no row was kept that it could hit.
	idle bool
}

// blindSpot is one table of one file or, in a file of events, one kind of
// telemetry in it.
type blindSpot struct {
	file, table, telemetry string
}

// plannedTable is one table with what all branches together need of it.
type plannedTable struct {
	*view.Table
	columns []string      // kept, in order
	filters []string      // predicates, each once
	parts   []branch.Part // of all of them
	loose   []string      // predicates that ask for the initiating process, without that
	whole   bool          // some branch may need every row
	tested  []string      // recorded columns that predicates look at
	actions []string      // what branches ask of ActionType alone
	looked  bool          // initiating processes were looked for
}

// identity are the columns that are always kept: they name the event.
var identity = []string{"DeviceId", "DeviceName", "ReportId", "SourceFile", "SourceRecord", "SourceTable", "Timestamp"}

// makePlan reads every branch's parse tree.
func makePlan(ctx context.Context, e *engine.Engine, contract *view.Contract, files fs.FS, branches []branch.Branch) (*plan, error) {
	p := &plan{}
	for _, b := range branches {
		needs, err := branch.Needs(ctx, e, b.SQL, contract)
		if err != nil {
			return nil, fmt.Errorf("branch %s (%s): %w", b.ID, b.Path, err)
		}
		if len(needs) == 0 {
			return nil, fmt.Errorf("branch %s (%s): reads no table", b.ID, b.Path)
		}
		p.branches = append(p.branches, &planned{Branch: b, needs: needs, blind: map[blindSpot]string{}, narrow: map[blindSpot]string{}})
		for _, n := range needs {
			if t, ok := contract.Lookup(n.Table); ok && len(t.Nameless()) > 0 {
				return nil, fmt.Errorf("branch %s (%s): %s has no %s to name an event by", b.ID, b.Path, t.Name, strings.Join(t.Nameless(), ", "))
			}
			p.add(contract, n)
		}
	}
	if err := p.planContext(ctx, e, contract, files); err != nil {
		return nil, err
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
		if def.HasOwn() {
			t.columns = append(t.columns, "EventChannel")
			if def.HasColumn("ProcessId") {
				t.columns = append(t.columns, "ProcessId")
			}
			t.columns = append(t.columns, load.ContextKeys()...)
		}
		if def.Name == hourTable {
			t.columns = append(t.columns, hourColumns...)
		}
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
	t.ask(n)
	if n.Actions != "" && !slices.Contains(t.actions, n.Actions) {
		t.actions = append(t.actions, n.Actions)
	}
	recorded, _ := def.Recorded(n.Tested)
	t.tested = append(t.tested, recorded...)
	slices.Sort(t.tested)
	t.tested = slices.Compact(t.tested)
}

// looseOf is true for a row that a predicate may yet hit: what it asks of the
// initiating process is not all there, and the rest holds.
func looseOf(t *view.Table, n branch.Need) string {
	recorded, _ := t.Recorded(n.Late)
	var missing []string
	for _, c := range recorded {
		if load.IsContext(c) {
			missing = append(missing, engine.QuoteIdent(c)+" is null")
		}
	}
	return "((" + strings.Join(missing, " or ") + ") and (" + n.Loose + "))"
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

// findBlind works out where each branch cannot see, now that the files have
// been read: a table without an event, a file without a column it cannot do
// without. A branch that sees nothing in any of its tables cannot be evaluated.
func (p *plan) findBlind(account *load.Account, seen presence) {
	for _, b := range p.branches {
		sees := false
		var reasons []string
		for _, n := range b.needs {
			t := p.table(n.Table)
			files := filesOf(account, t.Name)
			if len(files) == 0 {
				b.absent = append(b.absent, "no "+t.Name+" in the window of the files read")
				reasons = append(reasons, b.absent[len(b.absent)-1])
				continue
			}
			if reason := b.look(t, n, files, seen); reason != "" {
				reasons = append(reasons, reason)
				continue
			}
			sees = true
		}
		if !sees {
			b.unable = strings.Join(reasons, "; ")
		}
	}
}

// look notes the blind spots of a branch in one table. The reason is given if there
// is nothing else there.
func (b *planned) look(t *plannedTable, n branch.Need, files []load.FileAccount, seen presence) string {
	tested, _ := t.Recorded(n.Tested)
	needed := t.Essential(n.Essential)
	spots, blind, foreign, reason := 0, 0, false, ""
	for _, f := range files {
		for _, kind := range seen.kinds(f, t.Name) {
			if notOf(b.Platform, kind) {
				foreign = true
				continue
			}
			if kind != "" && n.Actions != "" && !seen.has(f, t.Name, kind, n.Actions) {
				continue // it has no event of the kind that the branch looks at
			}
			spots++
			spot := blindSpot{f.File.Name, t.Name, kind}
			lacks := seen.missing(f, t.Name, kind, tested)
			vital := common(lacks, needed)
			switch {
			case len(vital) > 0:
				blind++
				reason = blindReason(t.Name, kind, vital)
				b.blind[spot] = reason
			case len(lacks) > 0:
				b.narrow[spot] = blindReason(t.Name, kind, lacks)
			}
		}
	}
	switch {
	case spots == 0 && foreign:
		return t.Name + " there are of other systems, and the branch is about " + b.Platform
	case spots == 0 || blind < spots:
		return ""
	}
	return reason
}

// notOf tells whether a kind of telemetry is of another system than a branch is about:
// what it lacks is then nothing that the branch could see.
func notOf(platform, kind string) bool {
	system := ""
	switch first, _, _ := strings.Cut(kind, " "); {
	case strings.HasPrefix(kind, "Sysmon for Linux"), slices.Contains([]string{"auditd", "AUOMS", "auditbeat"}, first):
		system = "linux"
	case slices.Contains([]string{"Sysmon", "Security", "System", "PowerShell"}, first):
		system = "windows"
	case slices.Contains([]string{"Santa", "eslogger", "Jamf"}, first):
		system = "macos"
	}
	if platform == "containers" {
		platform = "linux"
	}
	return system != "" && platform != "" && system != platform
}

func common(a, b []string) []string {
	var both []string
	for _, c := range a {
		if contains(b, c) {
			both = append(both, c)
		}
	}
	return both
}

func blindReason(table, telemetry string, lacks []string) string {
	if telemetry != "" {
		return table + " of " + telemetry + " there has no " + strings.Join(lacks, ", ")
	}
	return table + " there has no " + strings.Join(lacks, ", ")
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

// part is the statement that runs one branch, over the files it can speak of.
func (b *planned) part() string {
	part := "select " + engine.QuoteText(b.ID) + " as BranchId, branch.*\nfrom (\n" + b.SQL + "\n) as branch"
	var spots []string
	for spot := range b.blind {
		if spot.telemetry == "" {
			spots = append(spots, "("+engine.QuoteText(spot.table)+", "+engine.QuoteText(spot.file)+")")
		}
	}
	if len(spots) > 0 {
		slices.Sort(spots)
		part += "\nwhere (branch.SourceTable, branch.SourceFile) not in (values " + strings.Join(spots, ", ") + ")"
	}
	return part
}

// unseen deletes from `hits` what branches said of telemetry that lacks what they
// test: which kind a row is of only its table knows.
func (p *plan) unseen() []string {
	var statements []string
	for _, t := range p.tables {
		var rows []string
		for _, b := range p.branches {
			for spot := range b.blind {
				if spot.table == t.Name && spot.telemetry != "" {
					rows = append(rows, "("+engine.QuoteText(b.ID)+", "+engine.QuoteText(spot.file)+", "+engine.QuoteText(spot.telemetry)+")")
				}
			}
		}
		if len(rows) == 0 {
			continue
		}
		slices.Sort(rows)
		statements = append(statements, "delete from hits using "+t.kept()+" as kept, (values "+strings.Join(rows, ", ")+
			") as spots(BranchId, SourceFile, Telemetry) where hits.SourceTable = "+engine.QuoteText(t.Name)+
			" and kept.SourceFile = hits.SourceFile and kept.SourceRecord = hits.SourceRecord and spots.BranchId = hits.BranchId"+
			" and spots.SourceFile = hits.SourceFile and spots.Telemetry = kept.Telemetry")
	}
	return statements
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
