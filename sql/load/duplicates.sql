-- Which rows of `event_keys` repeat an event that another row already has.
-- The copy that is kept is the one that lacks least of what is looked at (one
-- export may have fewer columns than another), then one that names the device by
-- id, then the first in order of file and record, so that the answer does not
-- depend on the order in which files were read.
create or replace temp table duplicate_rows as
with names as (
    -- An export may give the name only, another the id too. A name that
    -- belongs to exactly one id stands for it.
    select
        DeviceName,
        min(DeviceId) as DeviceId
    from event_keys
    where DeviceName is not null and DeviceId is not null
    group by DeviceName
    having min(DeviceId) = max(DeviceId)
),

resolved as (
    select
        event_keys.*,
        coalesce(event_keys.DeviceId, names.DeviceId, event_keys.DeviceName) as Device
    from event_keys
    left join names on names.DeviceName = event_keys.DeviceName
),

repeated as (
    select
        SourceTable,
        Device,
        EventTime,
        ReportId,
        RowHash,
        min((Lacks, DeviceId is null, SourceFileId, SourceRecord)) as kept
    from resolved
    where EventTime is not null
    group by SourceTable, Device, EventTime, ReportId, RowHash
    having count(*) > 1
)

select
    resolved.SourceTable,
    resolved.SourceFileId,
    resolved.SourceRecord,
    repeated.kept[3] as KeptFileId,
    repeated.kept[4] as KeptRecord
from resolved
inner join repeated
    on repeated.SourceTable = resolved.SourceTable
    and repeated.EventTime = resolved.EventTime
    and repeated.Device is not distinct from resolved.Device
    and repeated.ReportId is not distinct from resolved.ReportId
    and repeated.RowHash = resolved.RowHash
where (resolved.SourceFileId, resolved.SourceRecord) <> (repeated.kept[3], repeated.kept[4]);
