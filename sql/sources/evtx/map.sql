/*
source: evtx
title: Windows event log (EVTX)
records: evtx
family: windows
*/
-- A record of a Windows event log, which smew's own reader made into JSON:
--
--   {"Provider":"…","EventID":4688,"Channel":"Security","Computer":"…",
--    "TimeCreated":"…Z","EventRecordID":1,"ProcessID":4,"UserID":"S-1-…","EventData":{…}}
--
-- The log's own clock is UTC. What is in UserData comes as EventData.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(
            Record,
            '{"Provider":"VARCHAR","EventID":"INTEGER","Channel":"VARCHAR","Computer":"VARCHAR","TimeCreated":"VARCHAR",'
            || '"EventRecordID":"BIGINT","ProcessID":"BIGINT","UserID":"VARCHAR","EventData":"VARCHAR"}'
        )) as event
    from read_records()
)

select
    SourceFile,
    SourceRecord,
    coalesce(Reason, case when event is null then 'not valid JSON' when event.EventID is null then 'has no event id' end) as Reason,
    case when event.Channel is null or event.EventRecordID is null then hash(Record) end as RecordHash,
    event.Provider,
    event.Channel,
    event.EventID as EventId,
    event.Computer,
    event.EventRecordID as RecordId,
    event.TimeCreated as SystemTime,
    null::varchar as TimeNote,
    event.ProcessID as ExecutionProcessId,
    event.UserID as UserSid,
    event.EventData as Data
from parsed
