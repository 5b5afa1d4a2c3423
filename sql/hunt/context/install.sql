-- Records of an installation: System 7045, Security 4697, Defender's ServiceInstalled,
-- launch items; with who asked for it, where the record tells.
select
    'install' as Kind,
    Timestamp,
    DeviceId,
    DeviceName,
    SourceTable,
    SourceFile,
    SourceRecord,
    ActionType,
    ServiceName,
    PayloadPath as Path,
    coalesce(nullif(installed_command(AdditionalFields, FolderPath), ''), PayloadPath) as Text,
    installed_command(AdditionalFields, FolderPath) as Payload,
    InitiatingProcessAccountDomain as AccountDomain,
    InitiatingProcessAccountName as AccountName,
    InitiatingProcessFileName,
    InitiatingProcessPath,
    InitiatingProcessCommandLine,
    cast(null as varchar) as Signer
from DeviceEvents
where ActionType in ('ServiceInstalled', 'LaunchItemAdded')
