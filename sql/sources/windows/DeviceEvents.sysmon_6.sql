-- Sysmon 6, a driver was loaded: DriverLoad. It does not say by whom; on Windows
-- it is the kernel.
select
    SourceFile,
    SourceRecord,
    sysmon_kind(Provider, Channel, '6') as Telemetry,
    coalesce(utc, event_time(SystemTime)) as Timestamp,
    case when utc is null then TimeNote end as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'DriverLoad' as ActionType,
    path_file(loaded) as FileName,
    path_whole(loaded) as FolderPath,
    sysmon_hash(Data.Hashes, 'SHA1') as SHA1,
    sysmon_hash(Data.Hashes, 'SHA256') as SHA256,
    sysmon_hash(Data.Hashes, 'MD5') as MD5,
    details({
        'Signed': given(Data.Signed),
        'Signature': given(Data.Signature),
        'SignatureStatus': given(Data.SignatureStatus)
    }) as AdditionalFields
from (
    select
        *,
        event_time(Data.UtcTime) as utc,
        sysmon_text(Data.ImageLoaded, Provider, Channel) as loaded
    from events
    where EventId = 6 and is_sysmon(Provider, Channel)
) as loads
