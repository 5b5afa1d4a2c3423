package hunt

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"smew/internal/branch"
	"smew/internal/finding"
	"smew/internal/load"
	"smew/internal/reference"
)

// result reads the ranked cases out and adds the summary.
func (h *Hunt) result(ctx context.Context) (*finding.Result, error) {
	r := &finding.Result{Cases: []finding.Case{}}
	if h.nothing {
		return r, h.summarise(ctx, &r.Summary)
	}
	var err error
	if r.Cases, err = h.cases(ctx); err != nil {
		return nil, err
	}
	return r, h.summarise(ctx, &r.Summary)
}

func (h *Hunt) summarise(ctx context.Context, s *finding.Summary) error {
	account := h.loader.Account()
	s.Window = finding.Window{Since: h.req.Since, Until: h.req.Until, Resolved: h.req.Resolved}
	tickets, err := h.idleTickets(ctx)
	if err != nil {
		return err
	}
	s.Notes = slices.Concat([]string{}, h.req.Notes, tickets, account.Notes)
	s.Tables = []finding.Table{}
	for _, t := range account.Tables {
		s.Tables = append(s.Tables, finding.Table{
			Name: t.Name, Events: t.Rows - t.Duplicates, Duplicates: t.Duplicates, Outside: t.Outside,
			Devices: t.Devices, Files: t.Files, First: t.First, Last: t.Last, GapDays: t.GapDays,
		})
		if t.Future > 0 {
			s.Notes = append(s.Notes, fmt.Sprintf("%s: events later than %s: %d. A clock is wrong, or somebody set it",
				t.Name, h.req.AsOf.UTC().Format(time.DateOnly), t.Future))
		}
	}
	s.Notes = slices.Concat(s.Notes, h.unlooked(account), doubts(account), h.unknown)
	s.Rejected = []finding.Rejected{}
	for _, r := range account.Rejected {
		s.Rejected = append(s.Rejected, finding.Rejected{File: r.File, Reason: r.Reason, Rows: r.Rows, Records: r.Records})
	}
	s.Skipped = []finding.Skipped{}
	for _, k := range account.Skipped {
		s.Skipped = append(s.Skipped, finding.Skipped{File: k.File, Reason: k.Reason, Harmless: k.Harmless})
	}
	s.Files = finding.Files{Read: account.FilesRead(), Given: int64(h.req.Files.Given), Opened: int64(h.req.Files.Opened), Pruned: int64(h.req.Files.Pruned)}
	if err := h.summariseBranches(ctx, s); err != nil {
		return err
	}
	if err := h.summariseAllowlist(ctx, s); err != nil {
		return err
	}
	if err := h.count(ctx, s); err != nil {
		return err
	}
	return h.versions(s)
}

// doubts says of which rows the time cannot be relied on, reason by reason, and how
// many are left out of the window by such a time.
func doubts(account *load.Account) []string {
	rows, outside, files := map[string]int64{}, map[string]int64{}, map[string][]string{}
	for _, d := range account.Doubts {
		rows[d.Reason] += d.Rows
		outside[d.Reason] += d.Outside
		files[d.Reason] = append(files[d.Reason], d.File)
	}
	var notes []string
	for _, reason := range sortedKeys(rows) {
		where := reason + ", in " + files[reason][0]
		if more := len(files[reason]) - 1; more > 0 {
			where += " and " + counted(int64(more), "more file", "more files")
		}
		if n := rows[reason]; n > 0 {
			notes = append(notes, "the time of "+counted(n, "row", "rows")+" is in doubt: "+where)
		}
		if n := outside[reason]; n > 0 {
			notes = append(notes, counted(n, "row", "rows")+" outside the window by a time that is in doubt, and may belong inside: "+where)
		}
	}
	return notes
}

// unlooked says which tables have events that no branch looks at.
func (h *Hunt) unlooked(account *load.Account) []string {
	var tables []string
	for _, t := range account.Tables {
		if t.Rows > t.Duplicates && h.plan.table(t.Name) == nil {
			tables = append(tables, t.Name+" ("+counted(t.Rows-t.Duplicates, "event", "events")+")")
		}
	}
	if len(tables) == 0 {
		return nil
	}
	return []string{"no branch looks at " + strings.Join(tables, ", ") + ": what is in there is unknown"}
}

// counted is a number with its noun.
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (h *Hunt) summariseBranches(ctx context.Context, s *finding.Summary) error {
	defer func() { s.Profile = h.profileResult() }()
	s.Branches, s.NotRun = []finding.BranchRun{}, []finding.BranchSkipped{}
	hits := map[string]int64{}
	rows, err := h.e.Query(ctx, "select BranchId, count(*) from hits group by BranchId")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return err
		}
		hits[id] = n
	}
	for _, b := range h.plan.branches {
		if b.unable != "" {
			s.NotRun = append(s.NotRun, finding.BranchSkipped{Name: b.ID, Title: b.Title, Reason: b.unable, Files: []string{}, Extent: finding.ExtentAll})
			continue
		}
		s.Branches = append(s.Branches, finding.BranchRun{Name: b.ID, Title: b.Title, Hits: hits[b.ID]})
		if h.profile != nil {
			h.profile.branches[b.ID].Hits = hits[b.ID]
		}
		s.NotRun = append(s.NotRun, b.unseen(b.blind, finding.ExtentAll)...)
		for _, reason := range b.absent {
			s.NotRun = append(s.NotRun, finding.BranchSkipped{Name: b.ID, Title: b.Title, Reason: reason, Files: []string{}, Extent: finding.ExtentTable})
		}
		s.NotRun = append(s.NotRun, b.unseen(b.narrow, finding.ExtentColumn)...)
	}
	return rows.Err()
}

// unseen tells of a branch's spots, reason by reason.
func (b *planned) unseen(spots map[blindSpot]string, extent string) []finding.BranchSkipped {
	files := map[string][]string{}
	for spot, reason := range spots {
		files[reason] = append(files[reason], spot.file)
	}
	var list []finding.BranchSkipped
	for _, reason := range sortedKeys(files) {
		slices.Sort(files[reason])
		list = append(list, finding.BranchSkipped{Name: b.ID, Title: b.Title, Reason: reason, Files: files[reason], Extent: extent})
	}
	return list
}

func (h *Hunt) summariseAllowlist(ctx context.Context, s *finding.Summary) error {
	s.Suppressed, s.Expired = []finding.EntryCount{}, []string{}
	active, expired := h.req.Allow.Active(h.req.AsOf)
	builtIn := map[string]bool{}
	for _, e := range active {
		builtIn[e.ID] = e.BuiltIn
	}
	for _, e := range expired {
		s.Expired = append(s.Expired, e.ID)
	}
	if h.nothing {
		return nil
	}
	rows, err := h.e.Query(ctx, `
		select EntryId, Class, case when Action in ('down-rank', 'change') and Points = 0 then 'none' else Action end as Done,
			count(*), sum(Covers)::bigint, min(Reason), min(Owner), coalesce(min(strftime(Expires, '%Y-%m-%d')), ''), IsChange
		from case_allowed
		group by EntryId, Class, Done, IsChange order by EntryId, Class, Done, IsChange`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c finding.EntryCount
		var ticket bool
		if err := rows.Scan(&c.Entry, &c.Class, &c.Action, &c.Cases, &c.Events, &c.Reason, &c.Owner, &c.Expires, &ticket); err != nil {
			return err
		}
		c.BuiltIn = builtIn[c.Entry] && !ticket // a ticket may be called like an entry
		s.Suppressed = append(s.Suppressed, c)
	}
	return rows.Err()
}

func (h *Hunt) count(ctx context.Context, s *finding.Summary) error {
	account := h.loader.Account()
	c := &s.Counts
	c.BySeverity = map[finding.Severity]int64{}
	for _, severity := range finding.Severities {
		c.BySeverity[severity] = 0
	}
	c.Devices, c.RowsRead, c.RowsKept, c.Rejected = account.Devices, account.RowsRead(), account.RowsKept(), account.RowsRejected()
	c.Others, c.Doubtful = account.RowsOther(), account.Doubtful
	if h.nothing {
		return nil
	}
	rows, err := h.e.Query(ctx, "select Severity, count(*) from ranked where not Suppressed group by Severity")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var severity string
		var n int64
		if err := rows.Scan(&severity, &n); err != nil {
			return err
		}
		c.BySeverity[finding.Severity(severity)] = n
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var shown int64
	err = h.e.Scan(ctx, fmt.Sprintf(`select count(*), (select count(*) from found_events), count(*) filter (where Suppressed),
		count(*) filter (where Score < %d and not Suppressed), count(*) filter (where %s) from ranked`,
		h.req.MinScore, h.shown()), &c.Total, &c.Events, &c.Suppressed, &c.BelowScore, &shown)
	if err != nil {
		return err
	}
	var given int64
	err = h.e.Scan(ctx, "select count(*), coalesce(sum(Alike), 0)::bigint from shown", &given, &c.Folded)
	c.BelowLimit = shown - given - c.Folded
	return err
}

func (h *Hunt) versions(s *finding.Summary) error {
	weights, err := weightsVersion(h.req.SQL)
	if err != nil {
		return err
	}
	data, err := reference.Hash(h.req.SQL)
	changes := ""
	if h.req.Changes != nil {
		changes = h.req.Changes.Hash()[:12]
	}
	s.Versions = finding.Versions{
		Smew: h.req.Version, Branches: branch.Hash(h.req.Branches), Allowlist: h.req.Allow.Hash()[:12], Weights: weights, Reference: data, Changes: changes,
	}
	return err
}
