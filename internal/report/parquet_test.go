package report

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/engine"
	smewsql "smew/sql"
)

// judged makes the tables that a hunt's judgement leaves, with two cases: one with all
// there is, lowered by an entry and a ticket, and one with next to nothing.
const judged = `
create temp table ranked as
select
    CaseId, Score, cast(Raw as bigint) as Raw, Floor, 'low' as Severity, 'Service ' || ServiceName as Title, First, First as Last,
    'ws01' as DeviceName, 'd1' as DeviceId, 'C\a' as Account, 'process that asked' as AccountFrom, 'c:\sc.exe' as Client, ServiceName,
    'x.exe' as Payload, 'c:\x.exe' as PayloadPath, ['W01', 'W07'] as Branches, ['command', 'install', 'registry'] as Kinds,
    CaseId = 'c2' as Suppressed, Place
from (values
    ('c1', 22, 15, 0, 'Up', timestamp_ns '2026-09-20 10:11:12.1234567', 1),
    ('c2', 60, -5, 60, 'Down', null, 2)
) as t(CaseId, Score, Raw, Floor, ServiceName, First, Place);

create temp table reasons as
select * from (values
    ('c1', 'payload_lolbin', 'payload', 20, 'lolbin', '', true, 60, 2, ['e1', 'e2']),
    ('c1', 'branch:W07', 'base', 20, 'base of W07', '', false, 0, 0, ['e1']),
    ('c1', 'rare', 'rarity', 10, 'rare', 'on 1 of 9 devices', false, 0, 3, cast([] as varchar[])),
    ('c2', 'branch:W07', 'base', 20, 'base of W07', '', false, 0, 0, ['e3'])
) as t(CaseId, ReasonId, Grp, Points, Text, Detail, Pierces, Floor, Place, Events);

create temp table case_allowed as
select * from (values
    ('c1', 'msi', 'installer', 'down-rank', -10, 2, '', 'why', 'soc'),
    ('c1', 'CHG1', 'administrator', 'change', -25, 2, 'note', 'ticket', 'C\a'),
    ('c1', 'tagged', 'developer', 'tag', 0, 1, '', 'why', 'soc')
) as t(CaseId, EntryId, Class, Action, Points, Covers, Note, Reason, Owner);

create temp table allowed as
select * from (values
    ('e1', 'msi', 'suppress'), ('e1', 'tagged', 'tag'), ('e1', 'msi', 'suppress'), ('e2', 'CHG1', 'change')
) as t(EventId, EntryId, Action);

create temp table case_fleet as
select 'c1' as CaseId, 1::bigint as Devices, 9::bigint as "Of", ['ws01'] as Names, timestamp_ns '2026-09-20 10:11:12' as Since;

create temp table case_missing as
select * from (values
    ('c1', 4, 'file', 'no files'), ('c1', 2, 'registry', 'no registry')
) as t(CaseId, Place, Kind, Text);

create temp table found_events as
select
    CaseId, EventId, Kind, Timestamp, 'C' as AccountDomain, AccountName, 'DeviceProcessEvents' as SourceTable, 7::bigint as ReportId,
    'ProcessCreated' as ActionType, ['W07'] as Branches, 'Up' as ServiceName, 'x.exe' as Payload, 'sc.exe' as FileName,
    null::varchar as FolderPath, 'sc create' as ProcessCommandLine, null::varchar as RegistryKey, null::varchar as RegistryValueName,
    null::varchar as RegistryValueData, 'cmd.exe' as InitiatingProcessFileName, null::varchar as InitiatingProcessFolderPath,
    null::varchar as InitiatingProcessCommandLine, SourceFile, SourceRecord
from (values
    ('c1', 'e2', 'install', timestamp_ns '2026-09-20 10:11:13', '', 'b.json', 2::bigint),
    ('c1', 'e1', 'command', timestamp_ns '2026-09-20 10:11:12.1234567', 'a', 'a.json', 1::bigint),
    ('c2', 'e3', 'command', null, 'a', 'a.json', 3::bigint)
) as t(CaseId, EventId, Kind, Timestamp, AccountName, SourceFile, SourceRecord);

create temp table event_titles as select EventId, 'title of ' || EventId as Title from found_events;

create temp table row_facts as
select 'DeviceProcessEvents' as SourceTable, 'a.json' as SourceFile, 1::bigint as SourceRecord, 4711::bigint as RecordShown,
    'Sysmon 1' as Telemetry, null::varchar as TimestampNote, 'from its start' as InitiatingProcessNote;

create temp table copies as
select 'DeviceProcessEvents' as SourceTable, 'b.json' as SourceFile, 2::bigint as SourceRecord, 3::bigint as Copies;

create temp table also_seen as
select 'e1' as EventId, 's.evtx' as SourceFile, 5::bigint as RecordShown, 5::bigint as SourceRecord, 'Security 4688' as Telemetry;

create temp table case_related as
select 'c1' as CaseId, 'registry' as Kind, timestamp_ns '2026-09-20 10:11:12' as Timestamp, 'DeviceRegistryEvents' as SourceTable,
    'r.json' as SourceFile, 8::bigint as SourceRecord, 'RegistryValueSet' as ActionType, 'ImagePath' as Text, '' as AccountDomain, '' as AccountName;
`

// parquetRow is what the test looks at of a row.
type parquetRow struct {
	ID         string                        `json:"id"`
	Raw        int                           `json:"raw_score"`
	First      *string                       `json:"first_event"`
	Seen       []string                      `json:"telemetry_seen"`
	Missing    []struct{ Kind, Text string } `json:"telemetry_missing"`
	Reasons    []parquetReason
	Devices    *int64 `json:"fleet_devices"`
	Of         *int64 `json:"fleet_of"`
	Suppressed bool
	Allowlist  []struct {
		Entry, Action, Note string
		Points              int
	}
	Evidence []parquetEvent
	Files    []string `json:"source_files"`
	Related  []struct {
		Kind, Text, Account string
		Record              int64 `json:"source_record"`
	}
}

type parquetReason struct {
	ID      string
	Points  int
	Detail  string
	Pierces bool
	Floor   int
	Events  []string
}

type parquetEvent struct {
	ID, Title, Account string
	Reasons, Allowlist []string
	Suppressed         bool
	Record             int64 `json:"source_record"`
	Copies             int64 `json:"source_copies"`
	Telemetry          *string
	Also               []struct{ File, Telemetry string }
}

func parquetRows(t *testing.T) []parquetRow {
	t.Helper()
	ctx := t.Context()
	e, err := engine.Open(ctx, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.Exec(ctx, judged); err != nil {
		t.Fatal(err)
	}
	query, err := fs.ReadFile(smewsql.Files, "reports/cases.sql")
	if err != nil {
		t.Fatal(err)
	}
	// The driver of a hunt adds its choice as it does here.
	rows, err := e.Query(ctx, "select cast(to_json(chosen) as varchar) from ("+string(query)+"\nwhere Score >= 0 and not Suppressed or true\norder by ranked.Place limit 9) as chosen")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []parquetRow
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		var row parquetRow
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		list = append(list, row)
	}
	return list
}

func TestParquetHasAllOfACase(t *testing.T) {
	rows := parquetRows(t)
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	c := rows[0]
	reasons := []parquetReason{
		{ID: "branch:W07", Points: 20, Events: []string{"e1"}},
		{ID: "payload_lolbin", Points: 20, Pierces: true, Floor: 60, Events: []string{"e1", "e2"}},
		{ID: "rare", Points: 10, Detail: "on 1 of 9 devices", Events: []string{}},
		{ID: "allowlist:msi", Points: -10, Events: []string{}},
		{ID: "change:CHG1", Points: -25, Events: []string{}},
	}
	if diff := cmp.Diff(reasons, c.Reasons); diff != "" {
		t.Error(diff)
	}
	sum := 0
	for _, r := range c.Reasons {
		sum += r.Points
	}
	if sum != c.Raw {
		t.Errorf("the points sum to %d, raw_score is %d", sum, c.Raw)
	}
	sysmon := "Sysmon 1"
	evidence := []parquetEvent{
		{
			ID: "e1", Title: "title of e1", Account: `C\a`, Reasons: []string{"branch:W07", "payload_lolbin"}, Allowlist: []string{"msi", "tagged"},
			Suppressed: true, Record: 4711, Telemetry: &sysmon, Also: []struct{ File, Telemetry string }{{"s.evtx", "Security 4688"}},
		},
		{
			ID: "e2", Title: "title of e2", Account: "C", Reasons: []string{"payload_lolbin"}, Allowlist: []string{"CHG1"}, Record: 2, Copies: 3,
			Also: []struct{ File, Telemetry string }{},
		},
	}
	if diff := cmp.Diff(evidence, c.Evidence); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"command", "registry", "install"}, c.Seen); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a.json", "b.json"}, c.Files); diff != "" {
		t.Error(diff)
	}
	if c.Missing[0].Kind != "registry" || c.Missing[1].Kind != "file" || *c.Devices != 1 || *c.Of != 9 || c.Suppressed {
		t.Errorf("%+v", c)
	}
	if len(c.Allowlist) != 3 || c.Allowlist[0].Entry != "CHG1" || c.Allowlist[0].Points != -25 || c.Allowlist[2].Action != "tag" {
		t.Errorf("%+v", c.Allowlist)
	}
	if len(c.Related) != 1 || c.Related[0].Text != "ImagePath" || c.Related[0].Record != 8 {
		t.Errorf("%+v", c.Related)
	}
}

// Lists are empty and never null, whatever a case lacks.
func TestParquetOfABareCase(t *testing.T) {
	c := parquetRows(t)[1]
	if c.First != nil || c.Devices != nil || !c.Suppressed || c.Raw != -5 {
		t.Errorf("%+v", c)
	}
	if c.Missing == nil || c.Allowlist == nil || c.Related == nil || len(c.Reasons) != 1 || len(c.Evidence) != 1 {
		t.Errorf("%+v", c)
	}
	if e := c.Evidence[0]; e.Allowlist == nil || e.Also == nil || e.Suppressed {
		t.Errorf("%+v", e)
	}
}
