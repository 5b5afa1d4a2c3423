-- Sysmon 3, a connection: ConnectionSuccess where the process asked for it,
-- InboundConnectionAccepted where it answered. Source is the side that asked, so
-- that which side is this device depends on Initiated (the recordings show it:
-- System answers at DestinationPort 445).
select
    SourceFile,
    SourceRecord,
    sysmon_kind(Provider, Channel, '3') as Telemetry,
    coalesce(utc, event_time(SystemTime)) as Timestamp,
    case when utc is null then TimeNote end as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    case when inbound then 'InboundConnectionAccepted' else 'ConnectionSuccess' end as ActionType,
    case when inbound then source_ip else target_ip end as RemoteIP,
    case when inbound then source_port else target_port end as RemotePort,
    case when inbound then target_ip else source_ip end as LocalIP,
    case when inbound then target_port else source_port end as LocalPort,
    case lower(Data.Protocol)
        when 'tcp' then 'Tcp'
        when 'udp' then 'Udp'
        else sysmon_text(Data.Protocol, Provider, Channel)
    end as Protocol,
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
        lower(Data.Initiated) = 'false' as inbound,
        sysmon_text(Data.SourceIp, Provider, Channel) as source_ip,
        sysmon_text(Data.DestinationIp, Provider, Channel) as target_ip,
        windows_number(Data.SourcePort) as source_port,
        windows_number(Data.DestinationPort) as target_port,
        sysmon_image(Data.Image, Provider, Channel) as image
    from events
    where EventId = 3 and is_sysmon(Provider, Channel)
) as connections
