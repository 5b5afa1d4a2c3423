-- A service, unit, launch item or startup item that is there (ServiceObserved: met for
-- the first time, or part of a snapshot) or is there no more (ServiceRemoved). Time is
-- when it was looked for, not when it was made. Units of systemd that start nothing,
-- as mounts and slices, are left out.
select
    SourceFile,
    SourceRecord,
    'osquery ' || TableName as Telemetry,
    Time as Timestamp,
    case when Time is null then 'no time recorded' end as TimestampNote,
    DeviceId,
    DeviceName,
    case when Action = 'removed' then 'ServiceRemoved' else 'ServiceObserved' end as ActionType,
    path_file(osquery_image(TableName, columns)) as FileName,
    osquery_image(TableName, columns) as FolderPath,
    osquery_service(TableName, columns) as AdditionalFields
from events
where TableName in ('services', 'launchd', 'startup_items')
    or TableName = 'systemd_units' and regexp_matches(columns.id, '\.(?:service|timer|socket|path)$')
