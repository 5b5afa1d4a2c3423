-- Programs that a service manager started. Windows' shared hosts say nothing of a
-- service by themselves, and launchd starts whatever there is on a Mac: of that only
-- what is no part of the system.
select
    'run' as Kind,
    Timestamp,
    DeviceId,
    DeviceName,
    SourceTable,
    SourceFile,
    SourceRecord,
    ActionType,
    '' as ServiceName,
    full_path(FolderPath, FileName) as Path,
    coalesce(nullif(ProcessCommandLine, ''), full_path(FolderPath, FileName)) as Text,
    coalesce(nullif(ProcessCommandLine, ''), full_path(FolderPath, FileName)) as Payload,
    AccountDomain,
    AccountName,
    InitiatingProcessFileName,
    InitiatingProcessPath,
    InitiatingProcessCommandLine,
    cast(null as varchar) as Signer
from DeviceProcessEvents
where
    (InitiatingProcessFileNameLower in ('services.exe', 'systemd') and FileNameLower <> 'svchost.exe')
    or (
        InitiatingProcessFileNameLower = 'launchd'
        and FolderPath not like '/System/%'
        and FolderPath not like '/usr/libexec/%'
        and FolderPath not like '/usr/sbin/%'
        and FolderPath not like '/Applications/%'
    )
