-- Defender's streaming API: a record says when it was received and of which
-- table it is, and holds the row under `properties`.
--
--   {"time":"…","tenantId":"…","category":"AdvancedHunting-DeviceProcessEvents","properties":{…}}
--
-- A storage account has one such record a line; an Event Hub's {"records":[…]}
-- is taken apart before it comes here. `record_fields` has the columns of the row
-- that are wanted, as text, and `category` as SourceTable.
select
    record_fields.* exclude (RecordHash, SourceTable),
    -- What tells two records apart that have no ReportId.
    case when record_fields."ReportId" is null then record_fields.RecordHash end as RecordHash,
    coalesce(
        case
            when starts_with(record_fields.SourceTable, 'AdvancedHunting-')
                then known_table(record_fields.SourceTable[17:])
        end,
        -- Spelled otherwise, or a name that no table has, which is to be told. Text
        -- that is no name gives ''.
        regexp_extract(record_fields.SourceTable, '^(?i:AdvancedHunting-)?(\w+)$', 1)
    ) as SourceTable
from record_fields
