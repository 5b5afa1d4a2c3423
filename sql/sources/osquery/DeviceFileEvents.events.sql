-- A file created, changed, moved or deleted: file_events, which do not say who did it
-- and give a move as two events (away from one name, to another), and
-- es_process_file_events of macOS, which do.
select
    SourceFile,
    SourceRecord,
    'osquery ' || TableName as Telemetry,
    Time as Timestamp,
    case when Time is null then 'no time recorded' end as TimestampNote,
    DeviceId,
    DeviceName,
    case coalesce(columns.event_type, columns.action)
        when 'CREATED' then 'FileCreated'
        when 'create' then 'FileCreated'
        when 'MOVED_TO' then 'FileCreated'
        when 'UPDATED' then 'FileModified'
        when 'write' then 'FileModified'
        when 'truncate' then 'FileModified'
        when 'DELETED' then 'FileDeleted'
        when 'MOVED_FROM' then 'FileDeleted'
        when 'unlink' then 'FileDeleted'
        when 'rename' then 'FileRenamed'
    end as ActionType,
    path_file(coalesce(columns.target_path, nullif(columns.dest_filename, ''), columns.filename)) as FileName,
    coalesce(columns.target_path, nullif(columns.dest_filename, ''), columns.filename) as FolderPath,
    case when columns.event_type = 'rename' then path_file(columns.filename) end as PreviousFileName,
    case when columns.event_type = 'rename' then columns.filename end as PreviousFolderPath,
    nullif(columns.md5, '') as MD5,
    nullif(columns.sha1, '') as SHA1,
    nullif(columns.sha256, '') as SHA256,
    try_cast(columns.size as bigint) as FileSize,
    path_file(columns.path) as InitiatingProcessFileName,
    path_whole(columns.path) as InitiatingProcessFolderPath,
    try_cast(columns.pid as bigint) as InitiatingProcessId,
    try_cast(columns.parent as bigint) as InitiatingProcessParentId,
    case
        when columns.action in ('MOVED_TO', 'MOVED_FROM') then without_nulls({'Action': columns.action, 'Transaction': columns.transaction_id})
    end as AdditionalFields
from events
where TableName in ('file_events', 'es_process_file_events')
    and coalesce(columns.event_type, columns.action) in (
        'CREATED', 'create', 'MOVED_TO', 'UPDATED', 'write', 'truncate', 'DELETED', 'MOVED_FROM', 'unlink', 'rename'
    )
