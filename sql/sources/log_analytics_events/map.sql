/*
source: log_analytics_events
title: Windows events of Log Analytics / Sentinel
records: [json, csv]
family: windows
recognise:
  - [Type=SecurityEvent, EventID, Computer]
  - [Type=Event, EventID, Source]
  - [Type=WindowsEvent, EventID, Provider]
  - [Type=Syslog, "SyslogMessage~<Event[ >]"]
  - [TimeGenerated, "SyslogMessage~<Event[ >]"]
  - ["TimeGenerated [UTC]", "SyslogMessage~<Event[ >]"]
  - [EventSourceName, EventID, Computer, TimeGenerated]
  - [EventSourceName, EventID, Computer, "TimeGenerated [UTC]"]
  - [NewProcessName, EventID, Computer, TimeGenerated]
  - [ServiceFileName, EventID, Computer, TimeGenerated]
  - [EventLog, Source, EventID, Computer]
  - [Provider, EventID, EventRecordId, Computer, TimeGenerated]
  - [Provider, EventID, EventRecordId, Computer, "TimeGenerated [UTC]"]
*/
-- Rows of the tables in which Log Analytics keeps what Windows and Sysmon logged,
-- as its exports have them:
--
--   SecurityEvent  the Security log: data in columns; EventData as XML for events
--                  that have no columns
--   Event          other logs: EventData as XML or JSON in a text, ParameterXml
--   WindowsEvent   any log: EventData an object
--   Syslog         Sysmon for Linux: the event as XML in SyslogMessage
--
-- TimeGenerated is UTC; a portal may have exported it in the zone of its user, in
-- a column that says so, and without a zone in the text.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(
            Record,
            '{"Type":"VARCHAR","TimeGenerated":"VARCHAR","TimeGenerated [UTC]":"VARCHAR","TimeGenerated [Local Time]":"VARCHAR",'
            || '"Computer":"VARCHAR","EventID":"INTEGER","EventData":"VARCHAR",'
            || '"EventSourceName":"VARCHAR","Channel":"VARCHAR",' -- SecurityEvent
            || '"EventLog":"VARCHAR","Source":"VARCHAR","ParameterXml":"VARCHAR","UserName":"VARCHAR",' -- Event
            || '"Provider":"VARCHAR","RawEventData":"VARCHAR",' -- WindowsEvent
            || '"EventRecordId":"BIGINT","SystemProcessId":"BIGINT","SystemUserId":"VARCHAR",'
            || '"SyslogMessage":"VARCHAR"}'
        )) as event
    from read_records()
),

read as (
    select
        *,
        case
            when contains(event.SyslogMessage, '<Event') then xml_event(event.SyslogMessage[strpos(event.SyslogMessage, '<Event'):])
        end as syslog,
        case
            when starts_with(ltrim(event.EventData), '<') then xml_section(event.EventData)
            when starts_with(ltrim(event.EventData), '{') then json_section(event.EventData)
            when event.ParameterXml is not null then parameters(event.ParameterXml, event.EventID)
            when event.RawEventData is not null then xml_section(event.RawEventData)
        end as data,
        coalesce(event.TimeGenerated, event."TimeGenerated [UTC]", event."TimeGenerated [Local Time]") as generated
    from parsed
)

select
    SourceFile,
    SourceRecord,
    coalesce(Reason, case when event is null then 'not valid JSON' end) as Reason,
    case
        when coalesce(syslog.RecordId, event.EventRecordId) is null or coalesce(syslog.Channel, event.Channel) is null then hash(Record)
    end as RecordHash,
    coalesce(syslog.Provider, event.Source, event.Provider, event.EventSourceName) as Provider,
    coalesce(
        syslog.Channel,
        event.EventLog,
        event.Channel,
        windows_channel(coalesce(event.Source, event.Provider, event.EventSourceName), event.EventID),
        -- Only SecurityEvent can leave all of these out: a query took few columns.
        case when event.EventID is not null and coalesce(event.Source, event.Provider, event.EventSourceName) is null then 'Security' end
    ) as Channel,
    coalesce(syslog.EventId, event.EventID) as EventId,
    coalesce(syslog.Computer, event.Computer) as Computer,
    coalesce(syslog.RecordId, event.EventRecordId) as RecordId,
    coalesce(syslog.SystemTime, portal_time(generated)) as SystemTime,
    case
        when event_time(coalesce(syslog.SystemTime, portal_time(generated))) is null
            then case when coalesce(syslog.SystemTime, generated) is null then 'no time recorded' else 'the time cannot be read' end
        when has_zone(coalesce(syslog.SystemTime, generated)) then null
        when event.TimeGenerated is not null or syslog.SystemTime is not null then 'no time zone recorded: taken as UTC'
        when event."TimeGenerated [UTC]" is not null then null
        when event."TimeGenerated [Local Time]" is not null then 'in the time zone of whoever exported it: taken as UTC'
    end as TimeNote,
    coalesce(syslog.ExecutionProcessId, event.SystemProcessId) as ExecutionProcessId,
    coalesce(syslog.UserSid, event.SystemUserId) as UserSid,
    case
        when syslog is not null then syslog.Data
        when event.EventLog is not null and event.UserName is not null and is_service_manager(event.Source, event.EventLog)
            then json_merge_patch(coalesce(data, '{}'), json_object('UserName', event.UserName))::varchar
        when event.EventLog is not null or event.Provider is not null then data
        when data is not null then json_merge_patch(Record, data)::varchar
        else Record
    end as Data
from read
