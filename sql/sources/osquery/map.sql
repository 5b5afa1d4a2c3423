/*
source: osquery
title: osquery results
records: json
recognise:
  - [columns, hostIdentifier, unixTime]
  - [snapshot, hostIdentifier, unixTime]
  - [diffResults, hostIdentifier, unixTime]
*/
-- The results log of osquery, as the agent writes it or a fleet manager passes it on:
--
--   {"name":"pack/x/services","hostIdentifier":"pc1","unixTime":1700000000,"action":"added","columns":{"name":"Fax",…}}
--
-- A record becomes one row. So of a snapshot, and of a difference that holds all its
-- rows at once, only one with a single row can be taken; the others say how to export
-- them row by row.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(Record, osquery_fields())) as result
    from read_records()
),

counted as (
    select
        *,
        list_concat(
            list_transform(result.snapshot, lambda r: {'action': 'snapshot', 'columns': r}),
            list_transform(result.diffResults.added, lambda r: {'action': 'added', 'columns': r}),
            list_transform(result.diffResults.removed, lambda r: {'action': 'removed', 'columns': r})
        ) as rows
    from parsed
),

read as (
    select
        SourceFile,
        SourceRecord,
        case
            when Reason is not null then Reason
            when result is null then 'not valid JSON'
            when result.columns is null and len(rows) > 1 and result.snapshot is not null
                then 'a snapshot of several rows in one record: let osquery log with --logger_snapshot_event_type=true'
            when result.columns is null and len(rows) > 1
                then 'a difference of several rows in one record: let osquery log with --logger_event_type=true'
        end as Reason,
        hash(Record) as RecordHash,
        epoch_time(result.unixTime) as Reported,
        nullif(result.decorations.host_uuid, '') as DeviceId,
        coalesce(nullif(result.decorations.hostname, ''), result.hostIdentifier) as DeviceName,
        coalesce(result.action, rows[1].action) as Action,
        coalesce(result.columns, rows[1].columns) as columns
    from counted
),

named as (
    select
        *,
        osquery_table(columns) as TableName
    from read
)

select
    *,
    -- Tables of events say when it happened, the others are as they were found.
    coalesce(case when ends_with(TableName, '_events') then epoch_time(columns.time) end, Reported) as Time
from named
