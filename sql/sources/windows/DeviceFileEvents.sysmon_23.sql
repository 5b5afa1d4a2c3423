-- Sysmon 23 and 26, a file was deleted, with a copy kept (23) or without (26):
-- FileDeleted, with the hashes of what was deleted.
select
    SourceFile,
    SourceRecord,
    sysmon_kind(Provider, Channel, EventId) as Telemetry,
    coalesce(utc, event_time(SystemTime)) as Timestamp,
    case when utc is null then TimeNote end as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'FileDeleted' as ActionType,
    path_file(file) as FileName,
    path_whole(file) as FolderPath,
    sysmon_hash(Data.Hashes, 'SHA1') as SHA1,
    sysmon_hash(Data.Hashes, 'SHA256') as SHA256,
    sysmon_hash(Data.Hashes, 'MD5') as MD5,
    path_file(image) as InitiatingProcessFileName,
    path_whole(image) as InitiatingProcessFolderPath,
    windows_number(Data.ProcessId) as InitiatingProcessId,
    windows_guid(Data.ProcessGuid) as InitiatingProcessGuid,
    account_domain(Data.User) as InitiatingProcessAccountDomain,
    account_name(Data.User) as InitiatingProcessAccountName,
    details({
        'IsExecutable': given(Data.IsExecutable),
        'Archived': given(Data.Archived)
    }) as AdditionalFields
from (
    select
        *,
        event_time(Data.UtcTime) as utc,
        sysmon_image(Data.Image, Provider, Channel) as image,
        sysmon_text(Data.TargetFilename, Provider, Channel) as file
    from events
    where EventId in (23, 26) and is_sysmon(Provider, Channel)
) as deleted
