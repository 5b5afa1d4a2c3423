-- Sysmon 13, a value was set: RegistryValueSet. TargetObject is key and value in
-- one text; Details is the data, "DWORD (0x00000002)" for numbers and "Binary
-- Data" for what Sysmon does not show.
select
    SourceFile,
    SourceRecord,
    sysmon_kind(Provider, Channel, '13') as Telemetry,
    coalesce(utc, event_time(SystemTime)) as Timestamp,
    case when utc is null then TimeNote end as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'RegistryValueSet' as ActionType,
    coalesce(nullif(target.key, ''), object) as RegistryKey,
    nullif(target.name, '') as RegistryValueName,
    sysmon_value_type(Data.Details) as RegistryValueType,
    sysmon_text(Data.Details, Provider, Channel) as RegistryValueData,
    path_file(image) as InitiatingProcessFileName,
    path_whole(image) as InitiatingProcessFolderPath,
    windows_number(Data.ProcessId) as InitiatingProcessId,
    windows_guid(Data.ProcessGuid) as InitiatingProcessGuid,
    account_domain(Data.User) as InitiatingProcessAccountDomain,
    account_name(Data.User) as InitiatingProcessAccountName
from (
    select
        *,
        sysmon_target(object) as target
    from (
        select
            *,
            event_time(Data.UtcTime) as utc,
            sysmon_image(Data.Image, Provider, Channel) as image,
            sysmon_text(Data.TargetObject, Provider, Channel) as object
        from events
        where EventId = 13 and is_sysmon(Provider, Channel)
    ) as recorded
) as written
