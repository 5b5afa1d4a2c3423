-- The identity of each row of a batch: device, event time to the nanosecond,
-- ReportId, table. A row without a ReportId is the same event only as a row
-- that is equal in all its columns.
insert into event_keys
select
    SourceTable,
    SourceFileId,
    SourceRecord,
    case when DeviceId <> '' then hash(DeviceId) end,
    case when DeviceName <> '' then hash(lower(DeviceName)) end,
    epoch_ns(EventTime),
    ReportId,
    RowHash,
    Lacks
from batch_keys
where in_window(EventTime);
