-- Drivers as they are loaded, with who signed them.
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
    full_path(FolderPath, FileName) as Path,
    full_path(FolderPath, FileName) as Text,
    full_path(FolderPath, FileName) as Payload,
    cast(null as varchar) as AccountDomain,
    cast(null as varchar) as AccountName,
    InitiatingProcessFileName,
    InitiatingProcessPath,
    InitiatingProcessCommandLine,
    case
        when lower(json_text(AdditionalFields, '$.SignatureStatus')) = 'valid'
            then nullif(json_text(AdditionalFields, '$.Signature'), '')
    end as Signer
from DeviceEvents
where ActionType = 'DriverLoad'
