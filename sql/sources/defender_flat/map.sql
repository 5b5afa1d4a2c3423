-- Columns at the top of the record: the XDR and Graph APIs' results, a portal's
-- CSV or workbook, Log Analytics' export.
--
--   {"Timestamp":"…","DeviceName":"…","FileName":"…", …}
--
-- Log Analytics names the table in `Type`; the others are one table a file,
-- recognised by its columns. The result of a union has events of several tables
-- in one file: an ActionType that only another table has says where its row
-- belongs. `record_fields` has the columns that are wanted, as text.
select
    record_fields.* exclude (RecordHash),
    -- What tells two records apart that have no ReportId.
    case when record_fields."ReportId" is null then record_fields.RecordHash end as RecordHash,
    coalesce(action_tables.SourceTable, file_table(record_fields.SourceFileId), record_fields."Type") as SourceTable
from record_fields
left join action_tables
    on action_tables.ActionType = lower(record_fields."ActionType")
    and starts_with(file_table(record_fields.SourceFileId), 'Device') -- a cloud app has actions of the same names
