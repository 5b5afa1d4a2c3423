-- The kept rows of a batch, counted. `batch_events` is one table's rows of the
-- batch; as_of is a variable.
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
    DeviceId
from batch_events
where in_window(EventTime) and DeviceId is not null;

-- Apart, so that names are read only where the id is missing: a Parquet file's
-- statistics mostly say that it never is.
insert into devices
select distinct
    SourceTable,
    DeviceName
from batch_events
where in_window(EventTime) and DeviceId is null and DeviceName is not null;
