-- Which rows of the lake may be copies of those in event_keys, added to it. Reads
-- lake_stored: the identity of the rows in files of the days around, as lake_keys has
-- it. First a number for each key, then the few rows that have it.
create or replace temp table stored_keys as
with asked as (
    select distinct hash(EventTime, ReportId, RowHash) as Key
    from event_keys
),

doubtful as (
    -- A numbered event may be known by its number alone, where a clock is in doubt.
    select distinct hash(ReportId, RowHash) as Key
    from event_keys
    where Doubtful
),

numbered as (
    select distinct hash(ReportId, RowHash) as Key
    from event_keys
    where ReportId is not null
)

select *
from lake_stored
where
    hash(EventTime, ReportId, RowHash) in (select Key from asked)
    or (ReportId is not null and hash(ReportId, RowHash) in (select Key from doubtful))
    or (Doubtful and hash(ReportId, RowHash) in (select Key from numbered));

insert into event_keys by name
select *
from stored_keys;
