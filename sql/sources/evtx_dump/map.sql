/*
source: evtx_dump
title: Windows events as JSON of their XML (evtx_dump)
records: json
family: windows
recognise:
  - [Event.System.EventID, Event.System.Channel]
  - [Event.System.EventID, Event.System.Computer]
*/
-- An event's XML turned into JSON element by element. What was an attribute is
-- under "#attributes" (evtx_dump), in a member beside it (evtx_dump
-- --separate-json-attributes) or has an @ before its name (xmltodict and others).
--
--   {"Event":{"System":{"Provider":{"#attributes":{"Name":"…"}},"EventID":4688, …},
--    "EventData":{"NewProcessName":"…", …}}}
--
-- EventID is a number, or an object if it has qualifiers. Unnamed data is
-- {"Data":{"#text":["…","…"]}}; data with its name beside it is
-- {"Data":[{"@Name":"…","#text":"…"}]}.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(
            Record,
            '{"Event":{"System":{'
            || '"Provider":{"#attributes":{"Name":"VARCHAR"},"@Name":"VARCHAR"},"Provider_attributes":{"Name":"VARCHAR"},'
            || '"EventID":"VARCHAR",'
            || '"TimeCreated":{"#attributes":{"SystemTime":"VARCHAR"},"@SystemTime":"VARCHAR"},"TimeCreated_attributes":{"SystemTime":"VARCHAR"},'
            || '"Execution":{"#attributes":{"ProcessID":"BIGINT"},"@ProcessID":"BIGINT"},"Execution_attributes":{"ProcessID":"BIGINT"},'
            || '"Security":{"#attributes":{"UserID":"VARCHAR"},"@UserID":"VARCHAR"},"Security_attributes":{"UserID":"VARCHAR"},'
            || '"EventRecordID":"BIGINT","Channel":"VARCHAR","Computer":"VARCHAR"},'
            || '"EventData":"VARCHAR","UserData":"VARCHAR"}}'
        )) as event
    from read_records()
),

named as (
    select
        *,
        event.Event.System as system,
        coalesce(
            try_cast(event.Event.System.EventID as integer),
            try_cast(json_text(event.Event.System.EventID, '$."#text"') as integer)
        ) as EventId,
        coalesce(
            event.Event.System.TimeCreated."#attributes".SystemTime,
            event.Event.System.TimeCreated_attributes.SystemTime,
            event.Event.System.TimeCreated."@SystemTime"
        ) as SystemTime
    from parsed
)

select
    SourceFile,
    SourceRecord,
    coalesce(Reason, case when event is null then 'not valid JSON' when EventId is null then 'has no event id' end) as Reason,
    case when system.Channel is null or system.EventRecordID is null then hash(Record) end as RecordHash,
    coalesce(system.Provider."#attributes".Name, system.Provider_attributes.Name, system.Provider."@Name") as Provider,
    system.Channel,
    EventId,
    system.Computer,
    system.EventRecordID as RecordId,
    SystemTime,
    case
        when SystemTime is null then 'no time recorded'
        when event_time(SystemTime) is null then 'the time cannot be read'
        when not has_zone(SystemTime) then 'no time zone recorded: taken as UTC'
    end as TimeNote,
    coalesce(
        system.Execution."#attributes".ProcessID,
        system.Execution_attributes.ProcessID,
        system.Execution."@ProcessID"
    ) as ExecutionProcessId,
    coalesce(system.Security."#attributes".UserID, system.Security_attributes.UserID, system.Security."@UserID") as UserSid,
    case
        when event.Event.EventData is null or event.Event.EventData = '' then json_inner(event.Event.UserData)
        when starts_with(event.Event.EventData, '{"Data":') then named_data(event.Event.EventData)
        else event.Event.EventData
    end as Data
from named
