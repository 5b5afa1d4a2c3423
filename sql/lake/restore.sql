-- The account of a hunt over a lake, out of the lake's manifest: what a load of the files
-- themselves would have counted. Reads the views manifest_<kind>; window_days, which says
-- of each day whether the window holds it whole, cuts it or leaves it out; and cut_rows,
-- the rows of the days that are cut, which are counted anew. Fills the tables of
-- load/tables.sql and account_hours_read, and makes duplicate_rows.
--
-- A day counts as cut as well if `as_of` lies in it.

-- Rows that were stored and gave way to a better copy, with the one that stands in the
-- end: that too may have given way.
create or replace temp table gave_way as
with recursive moved as (
    select
        copies.SourceTable,
        copies.SourceFileId,
        copies.SourceRecord,
        copies.KeptFileId,
        copies.KeptRecord
    from manifest_duplicates as copies
    semi join manifest_duplicates as others
        on others.SourceTable = copies.SourceTable
        and others.KeptFileId = copies.SourceFileId
        and others.KeptRecord = copies.SourceRecord
),

chains as (
    select
        *,
        1 as Step
    from moved

    union all

    select
        chains.SourceTable,
        chains.SourceFileId,
        chains.SourceRecord,
        moved.KeptFileId,
        moved.KeptRecord,
        chains.Step + 1
    from chains
    inner join moved
        on moved.SourceTable = chains.SourceTable
        and moved.SourceFileId = chains.KeptFileId
        and moved.SourceRecord = chains.KeptRecord
    where chains.Step < 1000
)

select
    SourceTable,
    SourceFileId,
    SourceRecord,
    arg_max(KeptFileId, Step) as KeptFileId,
    arg_max(KeptRecord, Step) as KeptRecord
from chains
group by SourceTable, SourceFileId, SourceRecord;

-- Copies of events, by the row that stands in the end.
create or replace temp view lake_copies as
select
    copies.SourceTable,
    copies.Day,
    copies.SourceFileId,
    copies.SourceRecord,
    coalesce(gave_way.KeptFileId, copies.KeptFileId) as KeptFileId,
    coalesce(gave_way.KeptRecord, copies.KeptRecord) as KeptRecord
from manifest_duplicates as copies
left join gave_way
    on gave_way.SourceTable = copies.SourceTable
    and gave_way.SourceFileId = copies.KeptFileId
    and gave_way.SourceRecord = copies.KeptRecord;

-- Rows of the days that are cut, those among them that repeat an event.
create or replace temp table cut_all as
select
    SourceTable,
    SourceFileId,
    Timestamp,
    DeviceId,
    DeviceName,
    TimestampNote,
    false as Copy
from cut_rows

union all

select
    lake_copies.SourceTable,
    lake_copies.SourceFileId,
    cut_rows.Timestamp,
    cut_rows.DeviceId,
    cut_rows.DeviceName,
    cut_rows.TimestampNote,
    true
from lake_copies
inner join window_days
    on window_days.Day = lake_copies.Day
    and window_days.Part = 'cut'
inner join cut_rows
    on cut_rows.SourceTable = lake_copies.SourceTable
    and cut_rows.SourceFileId = lake_copies.KeptFileId
    and cut_rows.SourceRecord = lake_copies.KeptRecord;

insert into accounts
select
    lake_id(manifest_accounts.Number),
    manifest_accounts.SourceTable,
    manifest_accounts.Day,
    case when coalesce(window_days.Part, 'whole') = 'whole' then manifest_accounts.Rows else 0 end,
    case when window_days.Part = 'out' then manifest_accounts.Rows else 0 end,
    case when coalesce(window_days.Part, 'whole') = 'whole' then manifest_accounts.First end,
    case when coalesce(window_days.Part, 'whole') = 'whole' then manifest_accounts.Last end,
    case when coalesce(window_days.Part, 'whole') = 'whole' and manifest_accounts.First > getvariable('as_of') then manifest_accounts.Rows else 0 end
from manifest_accounts
left join window_days on window_days.Day = manifest_accounts.Day
where coalesce(window_days.Part, 'whole') <> 'cut';

-- The rows of cut days are counted as a load counts its batches: load/account.sql runs
-- next.
create or replace temp view batch_events as
select
    SourceTable,
    lake_id(SourceFileId) as SourceFileId,
    Timestamp as EventTime,
    DeviceId,
    DeviceName
from cut_all;

insert into devices
select distinct
    manifest_devices.SourceTable,
    manifest_devices.Device
from manifest_devices
left join window_days on window_days.Day = manifest_devices.Day
where coalesce(window_days.Part, 'whole') = 'whole';

insert into doubts
select
    lake_id(manifest_doubts.Number),
    manifest_doubts.Reason,
    case when coalesce(window_days.Part, 'whole') = 'whole' then manifest_doubts.Rows else 0 end,
    case when window_days.Part = 'out' then manifest_doubts.Rows else 0 end
from manifest_doubts
left join window_days on window_days.Day = manifest_doubts.Day
where coalesce(window_days.Part, 'whole') <> 'cut'

union all

select
    lake_id(SourceFileId),
    TimestampNote,
    count(*) filter (where in_window(Timestamp)),
    count(*) filter (where not in_window(Timestamp))
from cut_all
where TimestampNote is not null
group by SourceFileId, TimestampNote;

insert into rejections
select
    lake_id(Number),
    Reason,
    Rows,
    Records,
    Sample
from manifest_rejections;

insert into records_met
select
    lake_id(manifest_sources.Number),
    manifest_sources.Read - coalesce(forgotten.Rows, 0)
from manifest_sources
left join (
    select
        Number,
        sum(Rows) as Rows
    from manifest_forgotten
    group by Number
) as forgotten on forgotten.Number = manifest_sources.Number;

insert into boots
select
    coalesce(Device, '#' || lake_id(Number)),
    Booted
from manifest_boots;

insert into account_hours_read
select
    manifest_hours.Account,
    manifest_hours.Hour,
    manifest_hours.Day,
    manifest_hours.Minutes
from manifest_hours
left join window_days on window_days.Day = manifest_hours.Day
where coalesce(window_days.Part, 'whole') = 'whole';

drop table if exists duplicate_rows;

create or replace temp view duplicate_rows as
select
    lake_copies.SourceTable,
    lake_id(lake_copies.SourceFileId) as SourceFileId,
    lake_copies.SourceRecord,
    lake_id(lake_copies.KeptFileId) as KeptFileId,
    lake_copies.KeptRecord
from lake_copies
left join window_days on window_days.Day = lake_copies.Day
where coalesce(window_days.Part, 'whole') = 'whole'

union all

select
    lake_copies.SourceTable,
    lake_id(lake_copies.SourceFileId),
    lake_copies.SourceRecord,
    lake_id(lake_copies.KeptFileId),
    lake_copies.KeptRecord
from lake_copies
inner join window_days
    on window_days.Day = lake_copies.Day
    and window_days.Part = 'cut'
inner join cut_rows
    on cut_rows.SourceTable = lake_copies.SourceTable
    and cut_rows.SourceFileId = lake_copies.KeptFileId
    and cut_rows.SourceRecord = lake_copies.KeptRecord
where in_window(cut_rows.Timestamp);
