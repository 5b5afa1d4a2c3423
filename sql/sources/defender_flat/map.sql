-- Columns at the top of the record: the XDR and Graph APIs' results, a portal's
-- CSV or workbook, Log Analytics' export.
--
--   {"Timestamp":"…","DeviceName":"…","FileName":"…", …}
--
-- Log Analytics names the table in `Type`; the others are one table a file,
-- recognised by its columns. The result of a union has events of several tables
-- in one file: an ActionType that only another table has says where its row
-- belongs. The variable `wanted` holds the columns to read as
-- the structure that from_json takes; a record that is no JSON gives a NULL row,
-- which the loader rejects with its place.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(Record, getvariable('wanted'))) as event
    from read_records()
)

select
    parsed.SourceFile,
    SourceRecord,
    Reason,
    -- What tells two records apart that have no ReportId.
    case when event."ReportId" is null then hash(Record) end as RecordHash,
    event is not null as IsJSON,
    coalesce(action_tables.SourceTable, nullif(source_files.SourceTable, ''), event."Type") as SourceTable,
    event as row
from parsed
inner join source_files on source_files.SourceFile = parsed.SourceFile
left join action_tables
    on action_tables.ActionType = lower(event."ActionType")
    and starts_with(source_files.SourceTable, 'Device') -- a cloud app has actions of the same names
