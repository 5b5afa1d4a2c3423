-- Sysmon 14, a key or a value was renamed: RegistryKeyRenamed,
-- RegistryValueRenamed. TargetObject is the old path, NewName the new one.
select
    SourceFile,
    SourceRecord,
    sysmon_kind(Provider, Channel, '14') as Telemetry,
    coalesce(utc, event_time(SystemTime)) as Timestamp,
    case when utc is null then TimeNote end as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    case when of_value then 'RegistryValueRenamed' else 'RegistryKeyRenamed' end as ActionType,
    case when of_value then new.key else after end as RegistryKey,
    case when of_value then new.name end as RegistryValueName,
    case when of_value then old.key else before end as PreviousRegistryKey,
    case when of_value then old.name end as PreviousRegistryValueName,
    path_file(image) as InitiatingProcessFileName,
    path_whole(image) as InitiatingProcessFolderPath,
    windows_number(Data.ProcessId) as InitiatingProcessId,
    windows_guid(Data.ProcessGuid) as InitiatingProcessGuid,
    account_domain(Data.User) as InitiatingProcessAccountDomain,
    account_name(Data.User) as InitiatingProcessAccountName
from (
    select
        *,
        case when of_value then sysmon_target(before) end as old,
        case when of_value then sysmon_target(after) end as new
    from (
        select
            *,
            event_time(Data.UtcTime) as utc,
            sysmon_image(Data.Image, Provider, Channel) as image,
            sysmon_text(Data.TargetObject, Provider, Channel) as before,
            sysmon_text(Data.NewName, Provider, Channel) as after,
            coalesce(Data.EventType, message_field(Data.Message, 'EventType')) = 'RenameValue' as of_value
        from events
        where EventId = 14 and is_sysmon(Provider, Channel)
    ) as recorded
) as renamed
