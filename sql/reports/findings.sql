-- The findings as a table for other tools: one row an event, the reasons and
-- the allowlist entries as lists of structs.
select
    ranked.EventId as id,
    ranked.Score as score,
    cast(ranked.Raw as integer) as raw_score,
    ranked.Severity as severity,
    ranked.Title as title,
    ranked.Timestamp as timestamp,
    ranked.DeviceName as device_name,
    ranked.DeviceId as device_id,
    ranked.Account as account,
    ranked.SourceTable as "table",
    ranked.ReportId as report_id,
    ranked.ActionType as action_type,
    ranked.Branches as branches,
    (
        select list({'id': ReasonId, 'points': Points, 'text': Text} order by Place, ReasonId)
        from reasons where reasons.EventId = ranked.EventId
    ) as reasons,
    ranked.ServiceName as service_name,
    ranked.Payload as payload,
    ranked.FileName as file_name,
    ranked.FolderPath as folder_path,
    ranked.ProcessCommandLine as process_command_line,
    ranked.RegistryKey as registry_key,
    ranked.RegistryValueName as registry_value_name,
    ranked.RegistryValueData as registry_value_data,
    ranked.InitiatingProcessFileName as initiating_process_file_name,
    ranked.InitiatingProcessFolderPath as initiating_process_folder_path,
    ranked.InitiatingProcessCommandLine as initiating_process_command_line,
    ranked.Suppressed as suppressed,
    (
        select list({'entry': EntryId, 'class': Class, 'action': Action, 'points': Points, 'reason': Reason, 'owner': Owner} order by EntryId)
        from allowed where allowed.EventId = ranked.EventId
    ) as allowlist,
    ranked.SourceFile as source_file,
    coalesce(facts.RecordShown, ranked.SourceRecord) as source_record,
    facts.Telemetry as telemetry,
    facts.TimestampNote as timestamp_note,
    facts.InitiatingProcessNote as initiating_process_note,
    (
        select list({'file': also.SourceFile, 'record': also.RecordShown, 'telemetry': also.Telemetry} order by also.SourceFile, also.SourceRecord)
        from also_seen as also where also.EventId = ranked.EventId
    ) as also
from ranked
left join row_facts as facts
    on facts.SourceTable = ranked.SourceTable
    and facts.SourceFile = ranked.SourceFile
    and facts.SourceRecord = ranked.SourceRecord
