/*
source: velociraptor
title: Windows events as JSON (Velociraptor)
records: json
family: windows
recognise:
  - [System.EventID.Value, System.Channel]
  - [System.EventID.Value, System.Computer]
  - [EventTime, EventRecordID, EventID, Channel, EventData]
*/
-- What Velociraptor's parse_evtx and watch_evtx give, and the flat rows of its
-- EvtxHunter artifact.
--
--   {"System":{"Provider":{"Name":"…"},"EventID":{"Value":4688},"TimeCreated":{"SystemTime":1639492969.937835}, …},
--    "EventData":{…},"UserData":{…},"Message":"…"}
--   {"EventTime":"…Z","Computer":"…","Channel":"…","Provider":"…","EventID":4688,"EventRecordID":1,"UserSID":"…","EventData":{…}}
--
-- Times are seconds since 1970, exact to the microsecond, or text. Numbers that
-- Windows writes in hexadecimal are plain numbers, GUIDs have no braces.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(
            Record,
            '{"System":{"Provider":{"Name":"VARCHAR"},"EventID":{"Value":"INTEGER"},"TimeCreated":{"SystemTime":"VARCHAR"},'
            || '"EventRecordID":"BIGINT","Execution":{"ProcessID":"BIGINT"},"Channel":"VARCHAR","Computer":"VARCHAR",'
            || '"Security":{"UserID":"VARCHAR"}},'
            || '"EventTime":"VARCHAR","Computer":"VARCHAR","Channel":"VARCHAR","Provider":"VARCHAR","EventID":"INTEGER",'
            || '"EventRecordID":"BIGINT","UserSID":"VARCHAR","EventData":"VARCHAR","UserData":"VARCHAR"}'
        )) as event
    from read_records()
),

timed as (
    select
        *,
        event.System as system,
        coalesce(event.System.EventID.Value, event.EventID) as EventId,
        coalesce(event.System.TimeCreated.SystemTime, event.EventTime) as recorded,
        try(make_timestamp(round(try_cast(coalesce(event.System.TimeCreated.SystemTime, event.EventTime) as double) * 1e6)::bigint)) as counted
    from parsed
)

select
    SourceFile,
    SourceRecord,
    coalesce(Reason, case when event is null then 'not valid JSON' when EventId is null then 'has no event id' end) as Reason,
    case
        when coalesce(system.Channel, event.Channel) is null or coalesce(system.EventRecordID, event.EventRecordID) is null then hash(Record)
    end as RecordHash,
    coalesce(system.Provider.Name, event.Provider) as Provider,
    coalesce(system.Channel, event.Channel) as Channel,
    EventId,
    coalesce(system.Computer, event.Computer) as Computer,
    coalesce(system.EventRecordID, event.EventRecordID) as RecordId,
    coalesce(counted::varchar || 'Z', recorded) as SystemTime,
    case
        when counted is not null then null
        when recorded is null then 'no time recorded'
        when event_time(recorded) is null then 'the time cannot be read'
        when not has_zone(recorded) then 'no time zone recorded: taken as UTC'
    end as TimeNote,
    system.Execution.ProcessID as ExecutionProcessId,
    coalesce(system.Security.UserID, event.UserSID) as UserSid,
    case
        when event.EventData is null or event.EventData in ('', '{}') then json_inner(event.UserData)
        when starts_with(event.EventData, '{"Data":') then named_data(event.EventData)
        else event.EventData
    end as Data
from timed
