-- A file created, changed, renamed or deleted. File integrity does not know who did it.
select
    SourceFile,
    SourceRecord,
    Source || ' file' as Telemetry,
    Time as Timestamp,
    case when Time is null then 'no time recorded' end as TimestampNote,
    DeviceId,
    DeviceName,
    ActionType,
    path_file(coalesce(Path, Name)) as FileName,
    Path as FolderPath,
    coalesce(file.hash.md5, hash.md5) as MD5,
    coalesce(file.hash.sha1, hash.sha1) as SHA1,
    coalesce(file.hash.sha256, hash.sha256) as SHA256,
    file.size as FileSize,
    path_file(PreviousPath) as PreviousFileName,
    PreviousPath as PreviousFolderPath,
    "user".domain as InitiatingProcessAccountDomain,
    ecs_user("user") as InitiatingProcessAccountName,
    coalesce(path_file(process.executable), process.name) as InitiatingProcessFileName,
    path_whole(process.executable) as InitiatingProcessFolderPath,
    process.pid as InitiatingProcessId,
    process.entity_id as InitiatingProcessGuid,
    ecs_command(process) as InitiatingProcessCommandLine,
    coalesce(process.parent.pid, process.ppid) as InitiatingProcessParentId,
    Details as AdditionalFields
from events
where starts_with(ActionType, 'File') or starts_with(ActionType, 'Folder')
