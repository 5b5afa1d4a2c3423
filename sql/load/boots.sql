-- The boots in a batch of a family that knows them: `booted` is its boots.sql.
insert into boots
select
    coalesce(lower(DeviceName), '#' || SourceFile),
    event_time
from (
    select
        SourceFile,
        DeviceName,
        try_cast(Timestamp as timestamp_ns) as event_time
    from booted
)
where event_time is not null;
