-- The identity of each row of a batch: device, event time to the nanosecond,
-- ReportId, table. A row without a ReportId is the same event only as a row
-- that is equal in all its columns. An event that a channel numbered (EventChannel)
-- is known by that number and by what it says: its time is left out, for one
-- exporter's clock is not another's.
insert into event_keys
select
    SourceTable,
    SourceFileId,
    SourceRecord,
    case when DeviceId <> '' then hash(DeviceId) end,
    case when DeviceName <> '' then hash(lower(DeviceName)) end,
    case when EventChannel is null or ReportId is null then epoch_ns(EventTime) else 0 end,
    ReportId,
    RowHash,
    Lacks
from batch_keys
where in_window(EventTime);
