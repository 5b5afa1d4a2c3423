package hunt

import (
	"context"
	"strings"

	"smew/internal/engine"
	"smew/internal/finding"
)

// evidenceTexts are the columns of an event that go out as they are, ” for NULL.
var evidenceTexts = []string{
	"CaseId", "EventId", "Kind", "DeviceName", "DeviceId", "SourceTable", "ActionType", "ServiceName", "Payload",
	"FileName", "FolderPath", "ProcessCommandLine", "RegistryKey", "RegistryValueName", "RegistryValueData",
	"InitiatingProcessFileName", "InitiatingProcessFolderPath", "InitiatingProcessCommandLine", "SourceFile",
}

// addEvidence adds the events of the cases, each with the reasons that it gives, the
// entries that match it and the further records that tell of the same act.
func (h *Hunt) addEvidence(ctx context.Context, index map[string]*finding.Case) error {
	columns := make([]string, len(evidenceTexts))
	for i, c := range evidenceTexts {
		columns[i] = "coalesce(events." + c + ", '')"
	}
	also, err := h.alsoSeen(ctx)
	if err != nil {
		return err
	}
	reasons := reasonsByEvent(index)
	var e finding.Event
	var id, branches string
	var entries []any
	var report *int64
	var at *string
	return h.each(ctx, "select "+strings.Join(columns, ", ")+`,
			titles.Title, concat_ws('\', nullif(events.AccountDomain, ''), nullif(events.AccountName, '')),
			events.ReportId, events.Timestamp::varchar, coalesce(facts.RecordShown, events.SourceRecord), coalesce(copies.Copies, 0),
			array_to_string(events.Branches, ','), coalesce(matched.Entries, cast([] as varchar[])), coalesce(matched.Suppressed, false),
			coalesce(facts.Telemetry, ''), coalesce(facts.TimestampNote, ''), coalesce(facts.InitiatingProcessNote, '')
		from found_events as events
		inner join shown on shown.CaseId = events.CaseId
		inner join event_titles as titles on titles.EventId = events.EventId
		left join (
			select EventId, list(distinct EntryId order by EntryId) as Entries, bool_or(Action = 'suppress') as Suppressed from allowed group by EventId
		) as matched on matched.EventId = events.EventId
		left join row_facts as facts on facts.SourceTable = events.SourceTable and facts.SourceFile = events.SourceFile
			and facts.SourceRecord = events.SourceRecord
		left join copies on copies.SourceTable = events.SourceTable and copies.SourceFile = events.SourceFile
			and copies.SourceRecord = events.SourceRecord
		order by shown.Place, events.Timestamp nulls last, events.SourceFile, coalesce(facts.RecordShown, events.SourceRecord), events.EventId`,
		[]any{
			&id, &e.ID, &e.Kind, &e.DeviceName, &e.DeviceID, &e.Table, &e.ActionType, &e.ServiceName, &e.Payload,
			&e.FileName, &e.FolderPath, &e.ProcessCommandLine, &e.RegistryKey, &e.RegistryValueName, &e.RegistryValueData,
			&e.InitiatingProcessFileName, &e.InitiatingProcessFolderPath, &e.InitiatingProcessCommandLine, &e.Source.File,
			&e.Title, &e.Account, &report, &at, &e.Source.Record, &e.Source.Copies, &branches, &entries, &e.Suppressed,
			&e.Source.Telemetry, &e.TimestampNote, &e.InitiatingProcessNote,
		}, func() {
			found := e
			if t := engine.ParseTime(at); t != nil {
				found.Timestamp = *t
			}
			if report != nil {
				n := *report
				found.ReportID = &n
			}
			found.Branches, found.Allowlist, found.Also = h.branchesOf(branches), texts(entries), also[e.ID]
			found.Reasons = append([]string{}, reasons[e.ID]...)
			index[id].Evidence = append(index[id].Evidence, found)
		})
}

// reasonsByEvent are the ids of the cases' reasons, by the events that give them.
func reasonsByEvent(index map[string]*finding.Case) map[string][]string {
	ids := map[string][]string{}
	for _, c := range index {
		for _, r := range c.Reasons {
			for _, event := range r.Events {
				ids[event] = append(ids[event], r.ID)
			}
		}
	}
	return ids
}

// alsoSeen are the further records that tell of an event that is shown.
func (h *Hunt) alsoSeen(ctx context.Context) (map[string][]finding.Source, error) {
	also := map[string][]finding.Source{}
	var id string
	var s finding.Source
	return also, h.each(ctx, `
		select also.EventId, also.SourceFile, also.RecordShown, also.Telemetry, coalesce(copies.Copies, 0)
		from also_seen as also
		inner join found_events on found_events.EventId = also.EventId
		inner join shown on shown.CaseId = found_events.CaseId
		left join copies on copies.SourceTable = 'DeviceProcessEvents' and copies.SourceFile = also.SourceFile
			and copies.SourceRecord = also.SourceRecord
		order by all`,
		[]any{&id, &s.File, &s.Record, &s.Telemetry, &s.Copies}, func() { also[id] = append(also[id], s) })
}
