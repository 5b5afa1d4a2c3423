-- One batch of text records, parsed once, with the verdict on each: Rejection
-- is NULL for a row that is kept and says why for one that is not.
--
-- `mapped` is the source's own map.sql; `known_tables` lists the tables of
-- Advanced Hunting and whether each has event time.
with timed as (
    select
        mapped.SourceFile as SourceFileId,
        mapped.SourceRecord,
        mapped.Reason,
        mapped.RecordHash,
        mapped.IsJSON,
        mapped.SourceTable as NamedTable,
        known_tables.Name as SourceTable,
        known_tables.HasTime,
        coalesce(mapped.row."Timestamp", mapped.row."TimeGenerated") as EventTimeText,
        event_time(coalesce(mapped.row."Timestamp", mapped.row."TimeGenerated")) as EventTime,
        mapped.row
    from mapped
    left join known_tables on lower(known_tables.Name) = lower(mapped.SourceTable)
)

select
    SourceFileId,
    SourceRecord,
    SourceTable as SourceTable,
    EventTime,
    RecordHash,
    case
        when Reason is not null then Reason
        when not IsJSON then 'not valid JSON'
        when NamedTable is null then 'names no table'
        when SourceTable is null then 'a table smew does not know'
        when row is null then 'holds no columns'
        when HasTime and EventTimeText is null then 'no Timestamp'
        when HasTime and EventTime is null then 'Timestamp is no time'
    end as Rejection,
    case
        when Reason is not null or not IsJSON then null
        when SourceTable is null then NamedTable
        when HasTime and EventTime is null then EventTimeText
    end as Sample,
    unnest(row)
from timed
