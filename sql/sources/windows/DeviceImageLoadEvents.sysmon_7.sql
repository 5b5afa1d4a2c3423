-- Sysmon 7, a process loaded a module: ImageLoaded.
select
    SourceFile,
    SourceRecord,
    sysmon_kind(Provider, Channel, '7') as Telemetry,
    coalesce(utc, event_time(SystemTime)) as Timestamp,
    case when utc is null then TimeNote end as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'ImageLoaded' as ActionType,
    path_file(loaded) as FileName,
    path_whole(loaded) as FolderPath,
    sysmon_hash(Data.Hashes, 'SHA1') as SHA1,
    sysmon_hash(Data.Hashes, 'SHA256') as SHA256,
    sysmon_hash(Data.Hashes, 'MD5') as MD5,
    path_file(image) as InitiatingProcessFileName,
    path_whole(image) as InitiatingProcessFolderPath,
    windows_number(Data.ProcessId) as InitiatingProcessId,
    windows_guid(Data.ProcessGuid) as InitiatingProcessGuid,
    account_domain(Data.User) as InitiatingProcessAccountDomain,
    account_name(Data.User) as InitiatingProcessAccountName
from (
    select
        *,
        event_time(Data.UtcTime) as utc,
        sysmon_image(Data.Image, Provider, Channel) as image,
        sysmon_text(Data.ImageLoaded, Provider, Channel) as loaded
    from events
    where EventId = 7 and is_sysmon(Provider, Channel)
) as loads
