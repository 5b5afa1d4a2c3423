-- Sysmon 12, a key was created or deleted, or a value deleted. EventType says
-- which; a shipper may have put its own word there (NXLog's INFO), then the
-- rendered message still has it.
--
--   CreateKey    RegistryKeyCreated
--   DeleteKey    RegistryKeyDeleted
--   DeleteValue  RegistryValueDeleted
--   unknown      RegistryObjectChanged
--
-- Defender has what is gone in the columns of the previous state; here it is in
-- both.
select
    SourceFile,
    SourceRecord,
    sysmon_kind(Provider, Channel, '12') as Telemetry,
    coalesce(utc, event_time(SystemTime)) as Timestamp,
    case when utc is null then TimeNote end as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    case change
        when 'DeleteKey' then 'RegistryKeyDeleted'
        when 'DeleteValue' then 'RegistryValueDeleted'
        when 'CreateKey' then 'RegistryKeyCreated'
        else 'RegistryObjectChanged'
    end as ActionType,
    case when change = 'DeleteValue' then coalesce(nullif(target.key, ''), object) else object end as RegistryKey,
    case when change = 'DeleteValue' then nullif(target.name, '') else '' end as RegistryValueName,
    '' as RegistryValueData, -- what is created or deleted has none: that is known, not missing
    case
        when change = 'DeleteKey' then object
        when change = 'DeleteValue' then coalesce(nullif(target.key, ''), object)
    end as PreviousRegistryKey,
    case when change = 'DeleteValue' then nullif(target.name, '') end as PreviousRegistryValueName,
    path_file(image) as InitiatingProcessFileName,
    path_whole(image) as InitiatingProcessFolderPath,
    windows_number(Data.ProcessId) as InitiatingProcessId,
    windows_guid(Data.ProcessGuid) as InitiatingProcessGuid,
    account_domain(Data.User) as InitiatingProcessAccountDomain,
    account_name(Data.User) as InitiatingProcessAccountName
from (
    select
        *,
        case when change = 'DeleteValue' then sysmon_target(object) end as target
    from (
        select
            *,
            event_time(Data.UtcTime) as utc,
            sysmon_image(Data.Image, Provider, Channel) as image,
            sysmon_text(Data.TargetObject, Provider, Channel) as object,
            case
                when Data.EventType in ('CreateKey', 'DeleteKey', 'DeleteValue') then Data.EventType
                else message_field(Data.Message, 'EventType')
            end as change
        from events
        where EventId = 12 and is_sysmon(Provider, Channel)
    ) as recorded
) as changed
