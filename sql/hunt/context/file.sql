-- Files that came into being and could be what a service runs. Any name will do on Unix,
-- so there it is the folders that programs are put into.
select
    'file' as Kind,
    Timestamp,
    DeviceId,
    DeviceName,
    SourceTable,
    SourceFile,
    SourceRecord,
    ActionType,
    '' as ServiceName,
    FilePath as Path,
    FilePath as Text,
    FilePath as Payload,
    cast(null as varchar) as AccountDomain,
    InitiatingProcessAccountName as AccountName,
    InitiatingProcessFileName,
    InitiatingProcessPath,
    InitiatingProcessCommandLine,
    cast(null as varchar) as Signer
from DeviceFileEvents
where
    ActionType in ('FileCreated', 'FileRenamed')
    and (
        right(FileNameLower, 4) in ('.exe', '.dll', '.sys', '.bat', '.cmd', '.ps1', '.com', '.scr', '.vbs')
        or FolderPath like '/tmp/%'
        or FolderPath like '/var/tmp/%'
        or FolderPath like '/dev/shm/%'
        or FolderPath like '/usr/local/%'
        or FolderPath like '/opt/%'
        or FolderPath like '/Users/Shared/%'
        or FolderPath like '%/bin/%'
        or FolderPath like '%/sbin/%'
    )
