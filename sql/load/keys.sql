-- The identity of each row of a batch: device, event time to the nanosecond,
-- ReportId, table. A row without a ReportId is the same event only as a row
-- that is equal in all its columns. An event that a channel numbered (EventChannel)
-- is known by that number and its time to the millisecond, which every exporter
-- writes: the numbers begin anew when a log is cleared. Doubtful is such an event
-- whose time cannot be relied on.
insert into event_keys
select
    SourceTable,
    SourceFileId,
    SourceRecord,
    case when DeviceId <> '' then hash(DeviceId) end as DeviceId,
    case when DeviceName <> '' then hash(lower(DeviceName)) end as DeviceName,
    case
        when EventTime is null and TimestampNote is not null then 0
        when EventChannel is null or ReportId is null then epoch_ns(EventTime)
        else epoch_ms(EventTime) * 1000000
    end as EventTime,
    ReportId,
    RowHash,
    Lacks,
    batch_keys.EventTime is not null and TimestampNote is not null and EventChannel is not null and ReportId is not null as Doubtful
from batch_keys
where in_window(batch_keys.EventTime);
