-- Commands that blind a device or take traces away, or may: a service that is stopped,
-- disabled or deleted, a log cleared, shadow copies deleted. Which of them tell anything,
-- the judgement says (sql/hunt/surroundings.sql).
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
    ProcessCommandLine as Text,
    FileNameLower as Payload,
    AccountDomain,
    AccountName,
    InitiatingProcessFileName,
    InitiatingProcessPath,
    InitiatingProcessCommandLine,
    cast(null as varchar) as Signer
from DeviceProcessEvents
where
    FileNameLower in (
        'wevtutil.exe', 'vssadmin.exe', 'wmic.exe', 'wbadmin.exe', 'fsutil.exe', 'diskshadow.exe', 'net.exe', 'net1.exe', 'sc.exe', 'fltmc.exe',
        'powershell.exe', 'pwsh.exe', 'systemctl', 'service', 'launchctl', 'journalctl'
    )
    and regexp_matches(
        ProcessCommandLine,
        '(?i)\bcl\b|clear|shadow|catalog|backup|deletejournal|\bstop|\bdelete|disable|\bunload\b|\bbootout\b|\bmask\b|\bkill\b|vacuum|suspend-service|remove-service'
    )
