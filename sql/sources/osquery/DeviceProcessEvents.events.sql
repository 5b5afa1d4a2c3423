-- A program started: process_events of Linux (audit or eBPF), es_process_events of
-- macOS, process_etw_events of Windows. Forks and exits are not starts of programs.
select
    SourceFile,
    SourceRecord,
    'osquery ' || TableName as Telemetry,
    Time as Timestamp,
    case when Time is null then 'no time recorded' end as TimestampNote,
    DeviceId,
    DeviceName,
    'ProcessCreated' as ActionType,
    path_file(columns.path) as FileName,
    columns.path as FolderPath,
    try_cast(columns.pid as bigint) as ProcessId,
    columns.cmdline as ProcessCommandLine,
    Time as ProcessCreationTime,
    account_domain(columns.username) as AccountDomain,
    coalesce(account_name(columns.username), columns.uid) as AccountName,
    path_file(columns.parent_path) as InitiatingProcessFileName,
    path_whole(columns.parent_path) as InitiatingProcessFolderPath,
    try_cast(coalesce(columns.parent, columns.ppid) as bigint) as InitiatingProcessId,
    without_nulls({
        'WorkingDirectory': nullif(trim(columns.cwd, '"'), ''),
        'LoginUser': nullif(columns.auid, '4294967295'),
        'SigningId': nullif(columns.signing_id, ''),
        'TeamId': nullif(columns.team_id, '')
    }) as AdditionalFields
from events
where TableName in ('process_events', 'es_process_events', 'process_etw_events')
    and coalesce(columns.event_type, 'exec') = 'exec'
    and coalesce(nullif(columns.syscall, ''), 'execve') in ('execve', 'execveat')
