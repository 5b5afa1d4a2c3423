-- Logs that were cleared, as the event log itself tells it.
select
    'near' as Kind,
    Timestamp,
    DeviceId,
    DeviceName,
    SourceTable,
    SourceFile,
    SourceRecord,
    ActionType,
    '' as ServiceName,
    '' as Path,
    ActionType as Text,
    '' as Payload,
    InitiatingProcessAccountDomain as AccountDomain,
    InitiatingProcessAccountName as AccountName,
    InitiatingProcessFileName,
    InitiatingProcessPath,
    InitiatingProcessCommandLine,
    cast(null as varchar) as Signer
from DeviceEvents
where ActionType in ('SecurityLogCleared', 'EventLogCleared')
