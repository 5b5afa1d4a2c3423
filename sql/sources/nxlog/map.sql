/*
source: nxlog
title: Windows events as flat JSON (NXLog)
records: json
family: windows
recognise:
  - [EventID, Channel, Hostname]
  - [EventID, SourceName, Hostname]
*/
-- Events with everything at the top: NXLog's im_msvistalog, and the recordings
-- of the Security Datasets project, which went through it and through Logstash.
--
--   {"EventID":13,"Channel":"…","Hostname":"…","SourceName":"…","EventTime":"…","TargetObject":"…", …}
--
-- The event's data is the record itself. Which of its times is right differs
-- from shipper to shipper:
--
--   TimeCreated, EventTime  the event's own, often the local clock, and sometimes
--                           a local clock that calls itself UTC (…Z)
--   @timestamp              when Logstash received it
--   UtcTime                 right, but only Sysmon has it
--
-- So the clock of a host is compared with the UtcTime of its own Sysmon events
-- in the same file, and what cannot be relied on says so.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(
            Record,
            '{"EventID":"INTEGER","Channel":"VARCHAR","SourceName":"VARCHAR","Hostname":"VARCHAR","TimeCreated":"VARCHAR",'
            || '"EventTime":"VARCHAR","@timestamp":"VARCHAR","EventReceivedTime":"VARCHAR","UtcTime":"VARCHAR",'
            || '"RecordNumber":"BIGINT","ExecutionProcessID":"BIGINT","UserID":"VARCHAR"}'
        )) as event
    from read_records()
),

timed as materialized (
    select
        *,
        case
            when has_zone(event.TimeCreated) then {'text': event.TimeCreated, 'doubt': null}
            when has_zone(event.EventTime) then {'text': event.EventTime, 'doubt': null}
            when event.TimeCreated is not null then {'text': event.TimeCreated, 'doubt': 'no time zone recorded: taken as UTC'}
            when event."@timestamp" is not null then {'text': event."@timestamp", 'doubt': 'time of receipt: the event''s own has no zone'}
            when event.EventTime is not null then {'text': event.EventTime, 'doubt': 'no time zone recorded: taken as UTC'}
            when event.EventReceivedTime is not null then {'text': event.EventReceivedTime, 'doubt': 'time of receipt: the event''s own is missing'}
        end as clock
    from parsed
),

clocks as (
    -- How far each host's clock is from the truth, in minutes.
    select
        SourceFile,
        event.Hostname as Computer,
        round(median(epoch(event_time(clock.text)) - epoch(event_time(event.UtcTime))) / 60)::bigint as Minutes
    from timed
    where event.UtcTime is not null and is_sysmon(event.SourceName, event.Channel)
    group by SourceFile, event.Hostname
)

select
    timed.SourceFile,
    timed.SourceRecord,
    coalesce(Reason, case when event is null then 'not valid JSON' when event.EventID is null then 'has no event id' end) as Reason,
    case when event.RecordNumber is null then hash(Record) end as RecordHash,
    event.SourceName as Provider,
    coalesce(event.Channel, windows_channel(event.SourceName, event.EventID)) as Channel,
    event.EventID as EventId,
    event.Hostname as Computer,
    event.RecordNumber as RecordId,
    clock.text as SystemTime,
    case
        when clock is null then 'no time recorded'
        when event_time(clock.text) is null then 'the time cannot be read'
        when abs(clocks.Minutes) > 5 then 'the clock is ' || hours_and_minutes(abs(clocks.Minutes))
            || case when clocks.Minutes < 0 then ' behind' else ' ahead of' end || ' UTC by Sysmon''s UtcTime of the same host'
        when clocks.Minutes is not null and starts_with(clock.doubt, 'no time zone') then null -- the clock is UTC
        else clock.doubt
    end as TimeNote,
    event.ExecutionProcessID as ExecutionProcessId,
    event.UserID as UserSid,
    Record as Data
from timed
left join clocks
    on clocks.SourceFile = timed.SourceFile
    and clocks.Computer is not distinct from event.Hostname
