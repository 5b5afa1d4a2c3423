-- A program started. The parent is named by Elastic Defend alone; Auditbeat gives its
-- number.
select
    SourceFile,
    SourceRecord,
    Source || ' process' as Telemetry,
    Time as Timestamp,
    case when Time is null then 'no time recorded' end as TimestampNote,
    DeviceId,
    DeviceName,
    ActionType,
    coalesce(path_file(process.executable), process.name) as FileName,
    process.executable as FolderPath,
    process.hash.md5 as MD5,
    process.hash.sha1 as SHA1,
    process.hash.sha256 as SHA256,
    process.pid as ProcessId,
    process.entity_id as ProcessGuid,
    ecs_command(process) as ProcessCommandLine,
    coalesce(event_time(process.start), Time) as ProcessCreationTime,
    "user".domain as AccountDomain,
    ecs_user("user") as AccountName,
    coalesce(path_file(process.parent.executable), process.parent.name) as InitiatingProcessFileName,
    path_whole(process.parent.executable) as InitiatingProcessFolderPath,
    coalesce(process.parent.pid, process.ppid) as InitiatingProcessId,
    process.parent.entity_id as InitiatingProcessGuid,
    coalesce(nullif(process.parent.command_line, ''), argv_line(json_texts(process.parent.args))) as InitiatingProcessCommandLine,
    Details as AdditionalFields
from events
where ActionType = 'ProcessCreated'
