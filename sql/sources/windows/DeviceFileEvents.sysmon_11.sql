-- Sysmon 11, a file was created or overwritten, on Windows and Linux: FileCreated.
select
    SourceFile,
    SourceRecord,
    sysmon_kind(Provider, Channel, '11') as Telemetry,
    coalesce(utc, event_time(SystemTime)) as Timestamp,
    case when utc is null then TimeNote end as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'FileCreated' as ActionType,
    path_file(file) as FileName,
    path_whole(file) as FolderPath,
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
        sysmon_text(Data.TargetFilename, Provider, Channel) as file
    from events
    where EventId = 11 and is_sysmon(Provider, Channel)
) as created
