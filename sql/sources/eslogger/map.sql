/*
source: eslogger
title: macOS Endpoint Security events (eslogger)
records: json
family: macos
recognise:
  - [event, process.audit_token, event_type, seq_num]
  - [event, process.audit_token, schema_version, mach_time]
*/
-- What eslogger, part of macOS, prints: one message of Endpoint Security a line.
--
--   {"event_type":9,"time":"…","process":{"audit_token":{"pid":501,…},"executable":{"path":"/bin/zsh"},…},
--    "event":{"exec":{"target":{"audit_token":{…},"executable":{…},"ppid":501},"args":["…"]}}, …}
--
-- The host is not named.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(Record, '{' || endpoint_security_fields() || '}')) as message
    from read_records()
),

opened as (
    select
        SourceFile,
        SourceRecord,
        coalesce(Reason, case when message is null then 'not valid JSON' end) as Reason,
        hash(Record) as RecordHash,
        message.time as Time,
        message.process as process,
        message.event as event
    from parsed
),

changed as (
    select
        *,
        endpoint_security_change(event) as change
    from opened
),

read as (
    select
        * exclude (process, change) replace (endpoint_security_event(process, event, change) as event)
    from changed
)

select
    SourceFile,
    SourceRecord,
    Reason,
    RecordHash,
    'eslogger' || macos_kind(event.ActionType) as Telemetry,
    event_time(Time) as Time,
    case when event_time(Time) is null then 'no time recorded' end as TimeNote,
    null::varchar as DeviceId,
    null::varchar as DeviceName,
    event
from read
