-- read_evtx(pattern): every record of the Windows event logs that a pattern names, of
-- any channel, as it was recorded. EventData is JSON, the fields of UserData in it.
-- The command provides read_evtx_records, which decodes the logs; what cannot be
-- decoded it counts.
create or replace macro read_evtx(pattern) as table
select
    SourceFile,
    event_time(log.TimeCreated) as TimeCreated,
    log.Computer,
    log.Channel,
    log.Provider,
    log.EventID,
    log.EventRecordID,
    log.Level,
    log.Task,
    log.Opcode,
    log.Keywords,
    log.ProcessID,
    log.ThreadID,
    log.UserID,
    log.ActivityID,
    log.UserData,
    log.EventData
from (
    select
        SourceFile,
        try(from_json(
            Record,
            '{"TimeCreated":"VARCHAR","Computer":"VARCHAR","Channel":"VARCHAR","Provider":"VARCHAR","EventID":"INTEGER",'
            || '"EventRecordID":"BIGINT","Level":"INTEGER","Task":"INTEGER","Opcode":"INTEGER","Keywords":"VARCHAR",'
            || '"ProcessID":"BIGINT","ThreadID":"BIGINT","UserID":"VARCHAR","ActivityID":"VARCHAR","UserData":"VARCHAR",'
            || '"EventData":"JSON"}'
        )) as log
    from read_evtx_records(pattern)
    where Reason is null
)
