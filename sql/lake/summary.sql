-- What a batch of one table says of its files. Reads lake_batch: SourceTable,
-- SourceFileId (the number in the lake), SourceRecord, Timestamp, DeviceId, DeviceName, TimestampNote.
insert into lake_accounts
select
    SourceFileId,
    SourceTable,
    cast(Timestamp as date),
    count(*),
    min(Timestamp),
    max(Timestamp),
    max(SourceRecord)
from lake_batch
group by SourceFileId, SourceTable, cast(Timestamp as date);

insert into lake_devices
select distinct
    SourceTable,
    cast(Timestamp as date),
    DeviceId,
    DeviceName
from lake_batch
where DeviceId is not null or DeviceName is not null;

insert into lake_doubts
select
    SourceFileId,
    SourceTable,
    cast(Timestamp as date),
    TimestampNote,
    count(*)
from lake_batch
where TimestampNote is not null
group by SourceFileId, SourceTable, cast(Timestamp as date), TimestampNote;
