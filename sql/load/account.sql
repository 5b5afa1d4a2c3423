-- The kept rows of a batch, counted. `batch_events` is one table's rows of the
-- batch; since, until and as_of are variables, NULL where not set.
insert into accounts
select
    SourceFileId,
    SourceTable,
    cast(EventTime as date),
    count(*) filter (where in_window(EventTime)),
    count(*) filter (where not in_window(EventTime)),
    min(EventTime) filter (where in_window(EventTime)),
    max(EventTime) filter (where in_window(EventTime)),
    count(*) filter (where in_window(EventTime) and EventTime > getvariable('as_of'))
from batch_events
group by SourceFileId, SourceTable, cast(EventTime as date);

insert into devices
select distinct
    SourceTable,
    coalesce(DeviceId, DeviceName)
from batch_events
where in_window(EventTime) and coalesce(DeviceId, DeviceName) is not null;
