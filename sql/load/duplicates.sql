-- Which rows of `event_keys` repeat an event that another row already has.
-- The copy that is kept is the one that lacks least of what is looked at (one
-- export may have fewer columns than another), then one that names the device by
-- id, then the first in order of file and record, so that the answer does not
-- depend on the order in which files were read.

-- A numbered event whose clock is in doubt is the one of that number, channel and
-- kind on the device whose clock is not, if the two are no further apart than zones
-- are. It takes that one's time.
create or replace temp table attached as
select
    doubtful.SourceTable,
    doubtful.SourceFileId,
    doubtful.SourceRecord,
    arg_min(sure.EventTime, abs(sure.EventTime - doubtful.EventTime)) as EventTime
from event_keys as doubtful
inner join event_keys as sure
    on sure.SourceTable = doubtful.SourceTable
    and sure.DeviceName = doubtful.DeviceName
    and sure.ReportId = doubtful.ReportId
    and sure.RowHash = doubtful.RowHash
where
    doubtful.Doubtful
    and not sure.Doubtful
    and abs(sure.EventTime - doubtful.EventTime) <= 26 * 3600 * 1000000000::bigint
group by doubtful.SourceTable, doubtful.SourceFileId, doubtful.SourceRecord;

update event_keys
set EventTime = attached.EventTime
from attached
where
    event_keys.SourceTable = attached.SourceTable
    and event_keys.SourceFileId = attached.SourceFileId
    and event_keys.SourceRecord = attached.SourceRecord;

create or replace temp table duplicate_rows as
with unnamed as (
    select distinct DeviceName
    from event_keys
    where DeviceId is null and DeviceName is not null
),

names as (
    -- An export may give the name only, another the id too. A name that
    -- belongs to exactly one id stands for it.
    select
        DeviceName,
        min(DeviceId) as DeviceId
    from event_keys
    where DeviceId is not null and DeviceName in (select DeviceName from unnamed)
    group by DeviceName
    having min(DeviceId) = max(DeviceId)
),

resolved as (
    select
        event_keys.*,
        event_keys.DeviceId as Device
    from event_keys
    where DeviceId is not null and EventTime is not null
    union all
    select
        event_keys.*,
        coalesce(names.DeviceId, event_keys.DeviceName) as Device
    from event_keys
    left join names on names.DeviceName = event_keys.DeviceName
    where event_keys.DeviceId is null and event_keys.EventTime is not null
),

suspects as (
    -- One number for all that must be equal: to group by it costs a fraction of
    -- grouping by the columns, and few rows are left to be compared.
    select hash(SourceTable, Device, EventTime, ReportId, RowHash) as Key
    from resolved
    group by Key
    having count(*) > 1
),

alike as (
    select *
    from resolved
    where hash(SourceTable, Device, EventTime, ReportId, RowHash) in (select Key from suspects)
),

repeated as (
    select
        SourceTable,
        Device,
        EventTime,
        ReportId,
        RowHash,
        min((Lacks, Doubtful, DeviceId is null, SourceFileId, SourceRecord)) as kept
    from alike
    group by SourceTable, Device, EventTime, ReportId, RowHash
    having count(*) > 1
)

select
    alike.SourceTable,
    alike.SourceFileId,
    alike.SourceRecord,
    repeated.kept[4] as KeptFileId,
    repeated.kept[5] as KeptRecord
from alike
inner join repeated
    on repeated.SourceTable = alike.SourceTable
    and repeated.EventTime = alike.EventTime
    and repeated.Device is not distinct from alike.Device
    and repeated.ReportId is not distinct from alike.ReportId
    and repeated.RowHash = alike.RowHash
where (alike.SourceFileId, alike.SourceRecord) <> (repeated.kept[4], repeated.kept[5]);
