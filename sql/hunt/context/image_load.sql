-- Programs and the libraries of services as they are loaded: Sysmon records a program's
-- own image among them.
select
    'load' as Kind,
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
    cast(null as varchar) as AccountName,
    InitiatingProcessFileName,
    InitiatingProcessPath,
    InitiatingProcessCommandLine,
    cast(null as varchar) as Signer
from DeviceImageLoadEvents
where FileNameLower = InitiatingProcessFileNameLower or InitiatingProcessFileNameLower = 'svchost.exe'
