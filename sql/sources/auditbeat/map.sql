/*
source: auditbeat
title: Auditbeat and Elastic Defend (ECS)
records: json
recognise:
  - [agent.type=auditbeat, "@timestamp"]
  - [agent.type=endpoint, "@timestamp"]
  - [auditd.message_type, process.pid]
  - [auditd.data.syscall, auditd.result]
  - [event.module=file_integrity, file.path]
  - [event.module=endpoint, event.dataset]
  - [_source.agent.type=auditbeat]
  - [_source.agent.type=endpoint]
  - [_source.auditd.message_type]
  - [_source.event.module=file_integrity, _source.file.path]
  - [_source.event.module=endpoint]
*/
-- Events of Auditbeat (the audit system, file integrity, processes) and of Elastic
-- Defend on any system, in the Elastic Common Schema, as shipped or as exported from
-- an index, which puts them under _source:
--
--   {"@timestamp":"…","event":{"module":"auditd","action":"executed"},"process":{"pid":…,"args":[…]},"auditd":{…}}
--
-- ActionType is worked out here: what module and action mean differs from one to the
-- next.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        hash(Record) as RecordHash,
        try(from_json(
            case
                when contains(Record, '"_source"') then coalesce(try(json_extract(Record, '$._source'))::varchar, Record)
                else Record
            end,
            '{' || ecs_fields() || '}'
        )) as event
    from read_records()
),

opened as (
    select
        *,
        ecs_list(event."event".action) as actions,
        event.auditd.message_type is not null or event.auditd.data.syscall is not null as IsAudit,
        ecs_call(event) as call,
        audit_change(ecs_call(event), ecs_paths(event)) as change
    from parsed
),

acted as (
    select
        * exclude (call, change),
        event.process.working_directory as Directory,
        case
            -- The audit system: what the system call did, if it succeeded.
            when IsAudit and coalesce(event.auditd.result, event."event".outcome) = 'fail' then null
            when IsAudit and coalesce(event."event".outcome, 'success') = 'failure' then null
            when IsAudit and call.syscall in ('execve', 'execveat') then 'ProcessCreated'
            when IsAudit and audit_changes_files(call.syscall) then change.action
            when IsAudit and event.auditd.message_type = 'service_start' then 'ServiceStarted'
            when IsAudit and event.auditd.message_type = 'service_stop' then 'ServiceStopped'
            when IsAudit then null
            when event.Persistence.path is not null then 'LaunchItemAdded'
            when event.file.path is not null and not list_contains(ecs_list(event."event".category), 'process')
                then ecs_file_action(actions, event.file.type in ('dir', 'directory'))
            when event.process.executable is not null and len(list_intersect(actions, ['exec', 'start', 'process_started'])) > 0
                then 'ProcessCreated'
        end as ActionType,
        case when IsAudit then unix_path(audit_folder(call, event.process.working_directory, true), change.name) else event.file.path end as Path,
        case when IsAudit then change.name else event.file.path end as Name,
        case
            when IsAudit then unix_path(audit_folder(call, event.process.working_directory, false), change.previous)
            else event.file.Ext.original.path
        end as PreviousPath,
        change.target as LinkTarget
    from opened
)

select
    SourceFile,
    SourceRecord,
    coalesce(Reason, case when event is null then 'not valid JSON' end) as Reason,
    RecordHash,
    case
        when event.agent.type = 'endpoint' or event."event".module = 'endpoint' then 'Elastic Defend'
        when IsAudit then 'Auditbeat audit'
        else 'Auditbeat ' || coalesce(event."event".module, '')
    end as Source,
    event_time(event."@timestamp") as Time,
    event.host.id as DeviceId,
    coalesce(event.host.name, event.host.hostname, event.agent.hostname, event.beat.hostname) as DeviceName,
    ActionType,
    Path,
    Name,
    PreviousPath,
    coalesce(event.auditd.data.unit, event.auditd.summary.object.primary) as Unit,
    event.process as process,
    event."user" as "user",
    event.file as file,
    event.hash as hash,
    event.Persistence as persistence,
    without_nulls({
        'WorkingDirectory': Directory,
        'LoginUser': coalesce(event."user".audit.name, event."user".audit.id),
        'EffectiveUser': coalesce(event."user".effective.name, event."user".effective.id),
        'Terminal': event.auditd.data.tty,
        'LinkTarget': LinkTarget
    }) as Details
from acted
