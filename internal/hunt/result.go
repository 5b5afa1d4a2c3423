package hunt

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/load"
	"smew/internal/reference"
)

// result reads the ranked events out.
func (h *Hunt) result(ctx context.Context) (*finding.Result, error) {
	r := &finding.Result{Findings: []finding.Finding{}}
	if h.nothing {
		return r, h.summarise(ctx, &r.Summary)
	}
	var err error
	if r.Findings, err = h.findings(ctx); err != nil {
		return nil, err
	}
	if err := h.addReasons(ctx, r.Findings); err != nil {
		return nil, err
	}
	if err := h.addAlso(ctx, r.Findings); err != nil {
		return nil, err
	}
	if err := h.addAllowed(ctx, r.Findings); err != nil {
		return nil, err
	}
	return r, h.summarise(ctx, &r.Summary)
}

// shown is the filter on ranked events that are to be given out.
func (h *Hunt) shown() string {
	where := fmt.Sprintf("Score >= %d", h.req.MinScore)
	if !h.req.ShowSuppressed {
		where += " and not Suppressed"
	}
	return where
}

func (h *Hunt) limit() string {
	if h.req.Limit <= 0 {
		return ""
	}
	return fmt.Sprintf(" limit %d", h.req.Limit)
}

func (h *Hunt) findings(ctx context.Context) ([]finding.Finding, error) {
	texts := []string{
		"EventId", "Severity", "DeviceName", "DeviceId", "SourceTable", "ActionType", "ServiceName", "Payload",
		"FileName", "FolderPath", "ProcessCommandLine", "RegistryKey", "RegistryValueName", "RegistryValueData",
		"InitiatingProcessFileName", "InitiatingProcessFolderPath", "InitiatingProcessCommandLine", "SourceFile",
	}
	columns := make([]string, len(texts))
	for i, c := range texts {
		columns[i] = "coalesce(ranked." + c + ", '')"
	}
	rows, err := h.e.Query(ctx, "select "+strings.Join(columns, ", ")+`,
			ranked.Score, ranked.Raw::integer, ranked.ReportId, ranked.Timestamp::varchar, ranked.Suppressed, coalesce(facts.RecordShown, ranked.SourceRecord),
			coalesce(copies.Copies, 0), array_to_string(ranked.Branches, ','),
			ranked.Account, ranked.Title,
			coalesce(facts.Telemetry, ''), coalesce(facts.TimestampNote, ''), coalesce(facts.InitiatingProcessNote, '')
		from ranked
		left join row_facts as facts on facts.SourceTable = ranked.SourceTable and facts.SourceFile = ranked.SourceFile
			and facts.SourceRecord = ranked.SourceRecord
		left join copies on copies.SourceTable = ranked.SourceTable and copies.SourceFile = ranked.SourceFile
			and copies.SourceRecord = ranked.SourceRecord
		where `+h.shown()+" order by ranked.Place"+h.limit())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []finding.Finding{}
	for rows.Next() {
		f := finding.Finding{Reasons: []finding.Reason{}, Allowlist: []finding.Applied{}}
		var at *string
		var branches string
		if err := rows.Scan(&f.ID, &f.Severity, &f.DeviceName, &f.DeviceID, &f.Table, &f.ActionType, &f.ServiceName, &f.Payload,
			&f.FileName, &f.FolderPath, &f.ProcessCommandLine, &f.RegistryKey, &f.RegistryValueName, &f.RegistryValueData,
			&f.InitiatingProcessFileName, &f.InitiatingProcessFolderPath, &f.InitiatingProcessCommandLine, &f.Source.File,
			&f.Score, &f.Raw, &f.ReportID, &at, &f.Suppressed, &f.Source.Record,
			&f.Source.Copies, &branches, &f.Account, &f.Title,
			&f.Source.Telemetry, &f.TimestampNote, &f.InitiatingProcessNote); err != nil {
			return nil, err
		}
		if t := engine.ParseTime(at); t != nil {
			f.Timestamp = *t
		}
		f.Branches = h.branchesOf(branches)
		found = append(found, f)
	}
	return found, rows.Err()
}

func (h *Hunt) branchesOf(ids string) []finding.Branch {
	list := []finding.Branch{}
	for _, id := range strings.Split(ids, ",") {
		for _, b := range h.plan.branches {
			if b.ID == id {
				list = append(list, finding.Branch{Name: b.ID, DetectionType: b.DetectionType, Technique: b.Technique})
			}
		}
	}
	return list
}

// byID finds findings by their event's id.
func byID(found []finding.Finding) map[string]*finding.Finding {
	index := make(map[string]*finding.Finding, len(found))
	for i := range found {
		index[found[i].ID] = &found[i]
	}
	return index
}

// addAlso adds the further records that tell of the same act.
func (h *Hunt) addAlso(ctx context.Context, found []finding.Finding) error {
	index := byID(found)
	rows, err := h.e.Query(ctx, `
		select also.EventId, also.SourceFile, also.RecordShown, also.Telemetry, coalesce(copies.Copies, 0)
		from also_seen as also
		left join copies on copies.SourceTable = 'DeviceProcessEvents' and copies.SourceFile = also.SourceFile
			and copies.SourceRecord = also.SourceRecord
		order by all`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var s finding.Source
		if err := rows.Scan(&id, &s.File, &s.Record, &s.Telemetry, &s.Copies); err != nil {
			return err
		}
		if f := index[id]; f != nil {
			f.Also = append(f.Also, s)
		}
	}
	return rows.Err()
}

func (h *Hunt) addReasons(ctx context.Context, found []finding.Finding) error {
	index := byID(found)
	rows, err := h.e.Query(ctx, `
		select reasons.EventId, ReasonId, Points, Text from reasons
		inner join (select EventId from ranked where `+h.shown()+" order by Place"+h.limit()+`) as shown using (EventId)
		order by reasons.EventId, reasons.Place, ReasonId`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var r finding.Reason
		if err := rows.Scan(&id, &r.ID, &r.Points, &r.Text); err != nil {
			return err
		}
		if f := index[id]; f != nil {
			f.Reasons = append(f.Reasons, r)
		}
	}
	return rows.Err()
}

// addAllowed lists the entries that matched, and adds what they took off to
// the reasons, so that the points still sum to the raw score.
func (h *Hunt) addAllowed(ctx context.Context, found []finding.Finding) error {
	index := byID(found)
	rows, err := h.e.Query(ctx, `
		select allowed.EventId, EntryId, Class, Action, Points, Reason, Owner from allowed
		inner join (select EventId from ranked where `+h.shown()+" order by Place"+h.limit()+`) as shown using (EventId)
		order by allowed.EventId, EntryId`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var a finding.Applied
		if err := rows.Scan(&id, &a.Entry, &a.Class, &a.Action, &a.Points, &a.Reason, &a.Owner); err != nil {
			return err
		}
		if f := index[id]; f != nil {
			f.Allowlist = append(f.Allowlist, a)
		}
	}
	for i := range found {
		found[i].Reasons = append(found[i].Reasons, lowering(&found[i])...)
	}
	return rows.Err()
}

// lowering is what the entries took off, as reasons. The allowlist's SQL has
// already capped their sum.
func lowering(f *finding.Finding) []finding.Reason {
	var list []finding.Reason
	for _, a := range f.Allowlist {
		if a.Points != 0 {
			list = append(list, finding.Reason{ID: "allowlist:" + a.Entry, Points: a.Points, Text: "allowlist entry " + a.Entry})
		}
	}
	return list
}

func (h *Hunt) summarise(ctx context.Context, s *finding.Summary) error {
	account := h.loader.Account()
	s.Window = finding.Window{Since: h.req.Since, Until: h.req.Until, Resolved: h.req.Resolved}
	s.Notes = append(append([]string{}, h.req.Notes...), account.Notes...)
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
	_, expired := h.req.Allow.Active(h.req.AsOf)
	for _, e := range expired {
		s.Expired = append(s.Expired, e.ID)
	}
	if h.nothing {
		return nil
	}
	rows, err := h.e.Query(ctx, `
		select EntryId, allowed.Class, allowed.Action, count(*), any_value(allowed.Reason), any_value(allowed.Owner),
			coalesce(any_value(strftime(allowlist_entries.Expires, '%Y-%m-%d')), '')
		from allowed left join allowlist_entries using (EntryId)
		group by EntryId, allowed.Class, allowed.Action order by EntryId, allowed.Class, allowed.Action`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c finding.EntryCount
		if err := rows.Scan(&c.Entry, &c.Class, &c.Action, &c.Events, &c.Reason, &c.Owner, &c.Expires); err != nil {
			return err
		}
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
	err = h.e.Scan(ctx, fmt.Sprintf(`select count(*), count(*) filter (where Suppressed),
		count(*) filter (where Score < %d and not Suppressed), count(*) filter (where %s) from ranked`,
		h.req.MinScore, h.shown()), &c.Total, &c.Suppressed, &c.BelowScore, &shown)
	if h.req.Limit > 0 {
		c.BelowLimit = max(0, shown-int64(h.req.Limit))
	}
	return err
}

func (h *Hunt) versions(s *finding.Summary) error {
	weights, err := weightsVersion(h.req.SQL)
	if err != nil {
		return err
	}
	data, err := reference.Hash(h.req.SQL)
	s.Versions = finding.Versions{
		Smew: h.req.Version, Branches: branch.Hash(h.req.Branches), Allowlist: h.req.Allow.Hash()[:12], Weights: weights, Reference: data,
	}
	return err
}
