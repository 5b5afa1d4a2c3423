-- Records that are parsed here, whole, since internal/fields left them: the columns
-- of `record_fields`, read anew from `staged`. The variable `wanted` holds the
-- columns to read as the structure that from_json takes.
with parsed as (
    select
        SourceFileId,
        SourceRecord,
        RecordHash,
        try(from_json(WholeRow, '{"category":"VARCHAR","properties":' || getvariable('wanted') || '}')) as event
    from staged
    where WholeRow is not null
)

select
    SourceFileId,
    SourceRecord,
    case
        when event is null then 'not valid JSON'
        when event.properties is null then 'holds no columns'
    end as Rejection,
    null::varchar as WholeRow,
    RecordHash,
    event.category as SourceTable,
    unnest(event.properties)
from parsed
