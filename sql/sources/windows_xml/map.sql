/*
source: windows_xml
title: Windows events as XML (Event Viewer, wevtutil, Sysmon for Linux)
records: xml
family: windows
*/
-- One <Event> element a record, wherever it stood: a file that Event Viewer saved
-- or `wevtutil qe /f:xml` printed, or syslog with Sysmon for Linux in it. How the
-- element is read is sql/functions/xml.sql.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        xml_event(Record) as event
    from read_records()
)

select
    SourceFile,
    SourceRecord,
    coalesce(Reason, case when event.EventId is null then 'an Event without System or EventID' end) as Reason,
    case when event.Channel is null or event.RecordId is null then hash(Record) end as RecordHash,
    event.Provider,
    event.Channel,
    event.EventId,
    event.Computer,
    event.RecordId,
    event.SystemTime,
    case
        when event.SystemTime is null then 'no time recorded'
        when event_time(event.SystemTime) is null then 'the time cannot be read'
        when not has_zone(event.SystemTime) then 'no time zone recorded: taken as UTC'
    end as TimeNote,
    event.ExecutionProcessId,
    event.UserSid,
    event.Data
from parsed
