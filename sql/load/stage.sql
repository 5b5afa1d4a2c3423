-- One batch of text records with the verdict on each: Rejection is NULL for a row
-- that is kept and says why for one that is not. A record with WholeRow is still to
-- be parsed and has no verdict.
--
-- `mapped` is the source's own map.sql. What its SourceTable says stays where no
-- table has that name. No file can have a column named Sample.
with timed as (
    select
        mapped.* exclude (SourceTable),
        known_table(mapped.SourceTable) as SourceTable,
        mapped.SourceTable as Sample,
        event_time(coalesce(mapped."Timestamp", mapped."TimeGenerated")) as EventTime
    from mapped
)

select
    timed.* exclude (Sample)
    replace (
        coalesce(SourceTable, Sample) as SourceTable,
        case
            when WholeRow is not null then null
            when Rejection <> 'holds no columns' then Rejection
            when SourceTable is null then if(coalesce(Sample, '') = '', 'names no table', 'a table smew does not know')
            when Rejection is not null then Rejection
            when EventTime is not null then null
            when not has_time(SourceTable) then null
            when coalesce("Timestamp", "TimeGenerated") is null then 'no Timestamp'
            else 'Timestamp is no time'
        end as Rejection
    )
from timed
