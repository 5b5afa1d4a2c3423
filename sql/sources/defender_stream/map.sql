-- Defender's streaming API: a record says when it was received and of which
-- table it is, and holds the row under `properties`.
--
--   {"time":"…","tenantId":"…","category":"AdvancedHunting-DeviceProcessEvents","properties":{…}}
--
-- A storage account has one such record a line; an Event Hub's {"records":[…]}
-- is taken apart before it comes here. The variable `wanted` holds the columns
-- to read as the structure that from_json takes; a record that is no JSON gives
-- a NULL row, which the loader rejects with its place.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(Record, '{"category":"VARCHAR","properties":' || getvariable('wanted') || '}')) as event
    from read_records()
)

select
    SourceFile,
    SourceRecord,
    Reason,
    -- What tells two records apart that have no ReportId.
    case when event.properties."ReportId" is null then hash(Record) end as RecordHash,
    event is not null as IsJSON,
    nullif(regexp_extract(event.category, '^(?i:AdvancedHunting-)?(\w+)$', 1), '') as SourceTable,
    event.properties as row
from parsed
