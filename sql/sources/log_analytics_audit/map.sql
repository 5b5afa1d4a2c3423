/*
source: log_analytics_audit
title: Linux audit events from Log Analytics (Syslog)
records: [json, csv]
family: audit
recognise:
  - [SyslogMessage, "SyslogMessage~^(?:node=\\S+ )?type=[A-Z_0-9]+ (?:msg=)?audit\\("]
*/
-- Syslog rows of a Log Analytics workspace that carry audit events:
--
--   {"TimeGenerated":"…","Computer":"web01","SyslogMessage":"type=AUOMS_EXECVE audit(1652292621.990:84143): …"}
--
-- Microsoft's agent writes an event as one row. Plain auditd text is a row a line:
-- the lines of an event are put together at the first of them, as far as they are
-- in one batch, and the other rows are left as lines without an event of their own.
-- An event without a time of its own has the time at which its row was received.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(
            Record,
            '{"TimeGenerated":"VARCHAR","Computer":"VARCHAR","HostName":"VARCHAR","SyslogMessage":"VARCHAR"}'
        )) as event
    from read_records()
),

headed as (
    select
        SourceFile,
        SourceRecord,
        coalesce(Reason, case when event is null then 'not valid JSON' end) as Reason,
        hash(Record) as RecordHash,
        event.SyslogMessage as Message,
        coalesce(event.Computer, event.HostName) as Computer,
        event_time(event.TimeGenerated) as Received,
        audit_head(event.SyslogMessage) as head,
        -- A row that is to be joined with no other is its own event.
        case
            when event.SyslogMessage is null or regexp_matches(event.SyslogMessage, '^(?:node=[^ ]* )?type=AUOMS_') then SourceRecord
            when audit_head(event.SyslogMessage).Id = '' then SourceRecord
        end as Alone
    from parsed
),

placed as (
    select
        *,
        row_number() over (partition by SourceFile, Computer, head.Device, head.Id, Alone order by SourceRecord) as Place
    from headed
),

joined as (
    select
        *,
        case
            when Alone is not null then Message
            when row_number() over same_event = 1 then string_agg(Message, e'\n') over same_event
        end as Record
    from placed
    window same_event as (
        -- No event is longer: many rows under one number are not to be one text.
        partition by SourceFile, Computer, head.Device, head.Id, Alone, Place // 1024
        order by SourceRecord
        rows between unbounded preceding and unbounded following
    )
),

split as (
    select
        *,
        audit_split(Record) as lines
    from joined
),

called as (
    select
        *,
        audit_call(lines) as call
    from split
),

told as (
    select
        *,
        audit_facts(lines, call) as facts
    from called
),

read as (
    select
        *,
        case when starts_with(lines[1].kind, 'AUOMS_') then auoms_event(Record) else audit_event(call, facts) end as event
    from told
)

select
    SourceFile,
    SourceRecord,
    Reason,
    RecordHash,
    case when starts_with(lines[1].kind, 'AUOMS_') then 'AUOMS' else 'auditd' end as Telemetry,
    coalesce(head.Time, Received) as Time,
    case
        when head.Time is not null then null
        when Received is null then 'no time recorded'
        else 'time of receipt: the event itself has none'
    end as TimeNote,
    coalesce(head.Device, Computer) as Device,
    case when lines[1].kind = 'SYSTEM_BOOT' then 'SystemBoot' else event.ActionType end as ActionType,
    event.ProcessId as ProcessId,
    event.ParentId as ParentId,
    event.Image as Image,
    event.CommandLine as CommandLine,
    event.UserName as UserName,
    event.Path as Path,
    event.Name as Name,
    event.PreviousPath as PreviousPath,
    event.Unit as Unit,
    event.Details as Details
from read
