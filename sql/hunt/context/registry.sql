-- What a service runs, as it was written: by the service manager for whoever asked it,
-- or past it.
select
    'registry' as Kind,
    Timestamp,
    DeviceId,
    DeviceName,
    SourceTable,
    SourceFile,
    SourceRecord,
    ActionType,
    ServiceName,
    PayloadPath as Path,
    RegistryValueName || ' = ' || RegistryValueData as Text,
    RegistryValueData as Payload,
    cast(null as varchar) as AccountDomain,
    InitiatingProcessAccountName as AccountName,
    InitiatingProcessFileName,
    InitiatingProcessPath,
    InitiatingProcessCommandLine,
    cast(null as varchar) as Signer
from DeviceRegistryEvents
where RegistryValueNameLower in ('imagepath', 'servicedll') and RegistryValueData <> ''
