-- The cases as a table for other tools: one row a case; its reasons, its evidence and
-- what was allowed as lists of structs. It ends before any WHERE: which cases are
-- wanted, and in which order, is added by whoever runs it.
--
-- Reads what the hunt's judgement made: ranked, reasons, case_allowed, case_fleet,
-- case_missing, case_related, found_events, event_titles, allowed; and what is known of
-- records: row_facts, copies, also_seen.
with lines as (
    select
        CaseId,
        ReasonId,
        Grp,
        Points,
        Text,
        Detail,
        Pierces,
        Floor,
        Events,
        Place
    from reasons

    union all

    -- What was taken off, after the rest, so that the points sum to the raw score.
    select
        CaseId,
        case Action when 'change' then 'change:' else 'allowlist:' end || EntryId,
        'benign',
        Points,
        case Action when 'change' then 'change ticket ' else 'allowlist entry ' end || EntryId,
        '',
        false,
        0,
        cast([] as varchar[]),
        1000000000
    from case_allowed
    where Points <> 0
),

case_lines as (
    select
        CaseId,
        list(
            {
                'id': ReasonId,
                'group': Grp,
                'points': Points,
                'text': Text,
                'detail': Detail,
                'pierces': Pierces,
                'floor': Floor,
                'events': Events
            }
            order by Place, ReasonId, Points
        ) as Lines
    from lines
    group by CaseId
),

-- The reasons that an event gives.
given as (
    select
        EventId,
        list(ReasonId order by Place, ReasonId) as Reasons
    from (
        select
            unnest(Events) as EventId,
            ReasonId,
            Place
        from reasons
    )
    group by EventId
),

matched as (
    select
        EventId,
        list(distinct EntryId order by EntryId) as Entries,
        bool_or(Action = 'suppress') as Suppressed
    from allowed
    group by EventId
),

also as (
    select
        EventId,
        list(
            {'file': SourceFile, 'record': RecordShown, 'telemetry': Telemetry}
            order by SourceFile, RecordShown, Telemetry
        ) as Sources
    from also_seen
    group by EventId
),

evidence as (
    select
        found_events.CaseId,
        list(
            {
                'id': found_events.EventId,
                'kind': found_events.Kind,
                'title': event_titles.Title,
                'timestamp': found_events.Timestamp,
                'account': concat_ws('\', nullif(found_events.AccountDomain, ''), nullif(found_events.AccountName, '')),
                'table': found_events.SourceTable,
                'report_id': found_events.ReportId,
                'action_type': found_events.ActionType,
                'branches': found_events.Branches,
                'reasons': coalesce(given.Reasons, []),
                'service_name': found_events.ServiceName,
                'payload': found_events.Payload,
                'file_name': found_events.FileName,
                'folder_path': found_events.FolderPath,
                'process_command_line': found_events.ProcessCommandLine,
                'registry_key': found_events.RegistryKey,
                'registry_value_name': found_events.RegistryValueName,
                'registry_value_data': found_events.RegistryValueData,
                'initiating_process_file_name': found_events.InitiatingProcessFileName,
                'initiating_process_folder_path': found_events.InitiatingProcessFolderPath,
                'initiating_process_command_line': found_events.InitiatingProcessCommandLine,
                'suppressed': coalesce(matched.Suppressed, false),
                'allowlist': coalesce(matched.Entries, []),
                'source_file': found_events.SourceFile,
                'source_record': coalesce(row_facts.RecordShown, found_events.SourceRecord),
                'source_copies': coalesce(copies.Copies, 0),
                'telemetry': row_facts.Telemetry,
                'timestamp_note': row_facts.TimestampNote,
                'initiating_process_note': row_facts.InitiatingProcessNote,
                'also': coalesce(also.Sources, [])
            }
            order by found_events.Timestamp nulls last, found_events.EventId
        ) as Events,
        list(distinct found_events.SourceFile order by found_events.SourceFile) as Files
    from found_events
    inner join event_titles on event_titles.EventId = found_events.EventId
    left join given on given.EventId = found_events.EventId
    left join matched on matched.EventId = found_events.EventId
    left join also on also.EventId = found_events.EventId
    left join row_facts
        on row_facts.SourceTable = found_events.SourceTable
        and row_facts.SourceFile = found_events.SourceFile
        and row_facts.SourceRecord = found_events.SourceRecord
    left join copies
        on copies.SourceTable = found_events.SourceTable
        and copies.SourceFile = found_events.SourceFile
        and copies.SourceRecord = found_events.SourceRecord
    group by found_events.CaseId
),

beside as (
    select
        case_related.CaseId,
        list(
            {
                'kind': case_related.Kind,
                'timestamp': case_related.Timestamp,
                'table': case_related.SourceTable,
                'action_type': case_related.ActionType,
                'text': case_related.Text,
                'account': concat_ws('\', nullif(case_related.AccountDomain, ''), nullif(case_related.AccountName, '')),
                'source_file': case_related.SourceFile,
                'source_record': coalesce(row_facts.RecordShown, case_related.SourceRecord),
                'telemetry': row_facts.Telemetry
            }
            order by case_related.Timestamp, case_related.SourceTable, case_related.SourceFile, case_related.SourceRecord
        ) as Records
    from case_related
    left join row_facts
        on row_facts.SourceTable = case_related.SourceTable
        and row_facts.SourceFile = case_related.SourceFile
        and row_facts.SourceRecord = case_related.SourceRecord
    group by case_related.CaseId
),

applied as (
    select
        CaseId,
        list(
            {
                'entry': EntryId,
                'class': Class,
                'action': Action,
                'points': Points,
                'reason': Reason,
                'owner': Owner,
                'covers': Covers,
                'note': Note
            }
            order by EntryId, Class
        ) as Entries
    from case_allowed
    group by CaseId
),

unseen as (
    select
        CaseId,
        list({'kind': Kind, 'text': Text} order by Place) as Kinds
    from case_missing
    group by CaseId
)

select
    ranked.CaseId as id,
    ranked.Score as score,
    cast(ranked.Raw as integer) as raw_score,
    ranked.Floor as floor,
    ranked.Severity as severity,
    ranked.Title as title,
    ranked.First as first_event,
    ranked.Last as last_event,
    ranked.DeviceName as device_name,
    ranked.DeviceId as device_id,
    ranked.Account as account,
    ranked.AccountFrom as account_from,
    ranked.Client as client,
    ranked.ServiceName as service_name,
    ranked.Payload as payload,
    ranked.PayloadPath as payload_path,
    ranked.Branches as branches,
    -- In the order in which an act leaves them, as elsewhere.
    list_filter(['command', 'registry', 'install', 'file', 'run', 'load'], k -> list_contains(ranked.Kinds, k)) as telemetry_seen,
    coalesce(unseen.Kinds, []) as telemetry_missing,
    coalesce(case_lines.Lines, []) as reasons,
    case_fleet.Devices as fleet_devices,
    case_fleet."Of" as fleet_of,
    case_fleet.Names as fleet_names,
    case_fleet.Since as fleet_since,
    ranked.Suppressed as suppressed,
    coalesce(applied.Entries, []) as allowlist,
    coalesce(evidence.Events, []) as evidence,
    coalesce(evidence.Files, []) as source_files,
    coalesce(beside.Records, []) as related
from ranked
left join case_lines on case_lines.CaseId = ranked.CaseId
left join evidence on evidence.CaseId = ranked.CaseId
left join beside on beside.CaseId = ranked.CaseId
left join applied on applied.CaseId = ranked.CaseId
left join unseen on unseen.CaseId = ranked.CaseId
left join case_fleet on case_fleet.CaseId = ranked.CaseId
