/*
id: W08
name: RemoteServiceControl
title: Service made or run on another machine
detection_type: RemoteServiceControl
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceProcessEvents, DeviceEvents, DeviceRegistryEvents, DeviceLogonEvents, DeviceNetworkEvents]
score: 20
description: >-
  Either side of a service that is made from another machine. The source: a command
  that makes, changes, starts or deletes one elsewhere (sc \\host, New-Service with
  -ComputerName, wmic /node, reg on \\host). The target: a service installed by someone
  whose logon came over the network (the same logon session; without one, the same
  account within a minute), or installed or pointed at a program within ten seconds of
  a connection that services.exe took. Where both sides are in the data, on the same
  service within a minute, they count as a pair. localhost is another machine here: who
  goes over the network to it hides something.
misses:
  - the source side of tools that call the API or WMI (PsExec, Impacket, Cobalt Strike)
  - a renamed sc.exe without a recorded original name that gives no program (start, delete)
  - the target side without logons or connections, and that of a service that is only started
  - in System 7045 alone, an installer of whom only a SID is known
  - a target that the source names by an address or alias while the service's name is common to several machines at once
falsepositives:
  - Configuration Manager, PDQ, Veeam, Ivanti, backup and monitoring servers
  - administrators who work over WinRM, whose session is a network logon
  - vulnerability scanners with credentials
references:
  - https://attack.mitre.org/techniques/T1021/002/
  - https://attack.mitre.org/techniques/T1569/002/
  - https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-scmr/
tests:
  - T1543.003/remote_create_both_sides
  - T1543.003/remote_install_by_network_logon
*/
with named as (
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        AccountDomain,
        AccountName,
        InitiatingProcessAccountName,
        FileName,
        FolderPath,
        ProcessCommandLine,
        FileNameLower in ('powershell.exe', 'pwsh.exe')
        or ProcessVersionInfoOriginalFileNameLower in ('powershell.exe', 'pwsh.dll') as IsPowerShell,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceProcessEvents
    where
        (
            FileNameLower in (
                'sc.exe', 'powershell.exe', 'pwsh.exe', 'wmic.exe', 'reg.exe', 'psservice.exe', 'psservice64.exe'
            )
            or ProcessVersionInfoOriginalFileNameLower in ('sc.exe', 'reg.exe', 'wmic.exe', 'powershell.exe', 'pwsh.dll')
        )
        and may_go_elsewhere(ProcessCommandLine)
),

-- A sc.exe by another name, where nothing tells: as in W07.
renamed as (
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        AccountDomain,
        AccountName,
        InitiatingProcessAccountName,
        FileName,
        FolderPath,
        ProcessCommandLine,
        FileNameLower in ('powershell.exe', 'pwsh.exe')
        or ProcessVersionInfoOriginalFileNameLower in ('powershell.exe', 'pwsh.dll') as IsPowerShell,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceProcessEvents
    where
        ProcessVersionInfoOriginalFileNameLower = ''
        and FileNameLower not in (
            'cmd.exe', 'powershell.exe', 'pwsh.exe', 'conhost.exe', 'wsl.exe', 'bash.exe',
            'sc.exe', 'wmic.exe', 'reg.exe', 'psservice.exe', 'psservice64.exe'
        )
        and contains_i(ProcessCommandLine, 'binpath')
),

started as (
    select * from named
    union all
    select * from renamed
),

readable as (
    select
        *,
        case when IsPowerShell then powershell_text(ProcessCommandLine) else ProcessCommandLine end as Text
    from started
),

taken_apart as (
    select
        *,
        sc_command(Text) as Sc,
        reg_command(Text) as Reg
    from readable
),

commands as (
    select
        *,
        lower(host_told(Text, Sc, Reg)) as Host,
        service_told(Text, Sc, Reg) as ServiceName,
        payload_told(Text, Sc, Reg) as Payload
    from taken_apart
    where case when IsPowerShell then is_script_elsewhere(Text) else is_told_elsewhere(Text, Sc, Reg) end
),

installs as (
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        InitiatingProcessAccountName,
        InitiatingProcessLogonId,
        FileName,
        FolderPath,
        cast(NULL as varchar) as RegistryKey,
        cast(NULL as varchar) as RegistryValueName,
        cast(NULL as varchar) as RegistryValueData,
        ServiceName,
        installed_command(AdditionalFields, FolderPath) as Payload,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceEvents
    where ActionType = 'ServiceInstalled'
),

writes as (
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        -- The service manager writes as SYSTEM, whoever asked.
        cast(NULL as varchar) as InitiatingProcessAccountName,
        cast(NULL as bigint) as InitiatingProcessLogonId,
        cast(NULL as varchar) as FileName,
        cast(NULL as varchar) as FolderPath,
        RegistryKey,
        RegistryValueName,
        RegistryValueData,
        ServiceName,
        RegistryValueData as Payload,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceRegistryEvents
    where
        RegistryValueNameLower = 'imagepath'
        and InitiatingProcessFileNameLower = 'services.exe'
        and ActionType = 'RegistryValueSet'
        and lower(ServiceValuePath) = 'imagepath'
        and by_service_manager(InitiatingProcessPath, InitiatingProcessFileNameLower)
),

targets as (
    select
        *,
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device
    from (
        select * from installs
        union all
        select * from writes
    ) as either
),

logons as (
    select
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device,
        Timestamp,
        LogonId,
        lower(AccountName) as Account
    from DeviceLogonEvents
    where
        LogonType = 'Network'
        and ActionType = 'LogonSuccess'
        and AccountName not like '%$'
        and lower(AccountName) not in ('anonymous logon', 'system', '')
),

connections as (
    select
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device,
        Timestamp
    from DeviceNetworkEvents
    where
        ActionType = 'InboundConnectionAccepted'
        and eq_i(InitiatingProcessFileName, 'services.exe')
),

pairs as (
    select
        commands.SourceTable as CommandTable,
        commands.SourceFile as CommandFile,
        commands.SourceRecord as CommandRecord,
        targets.SourceTable,
        targets.SourceFile,
        targets.SourceRecord
    from commands
    inner join targets
        -- A command that names no service is no pair of anything.
        on lower(targets.ServiceName) = nullif(lower(commands.ServiceName), '')
        and targets.Timestamp between commands.Timestamp - interval '60' second and commands.Timestamp + interval '60' second
    where
        -- Loopback, or the machine that the command names; an address may be any.
        case
            when commands.Host in ('localhost', '127.0.0.1', '::1', '.') then targets.DeviceName = commands.DeviceName
            when is_address(commands.Host) then true
            else split_part(lower(targets.DeviceName), '.', 1) = split_part(commands.Host, '.', 1)
        end
),

sources as (
    select distinct
        CommandTable,
        CommandFile,
        CommandRecord
    from pairs
),

-- Why a target is taken to be asked for from elsewhere.
grounds as (
    select
        SourceTable,
        SourceFile,
        SourceRecord,
        true as Paired
    from pairs

    union all

    select
        targets.SourceTable,
        targets.SourceFile,
        targets.SourceRecord,
        false as Paired
    from targets
    inner join logons
        on logons.Device = targets.Device
        and logons.LogonId = targets.InitiatingProcessLogonId
        and logons.Timestamp between targets.Timestamp - interval '1' day and targets.Timestamp + interval '10' second

    union all

    select
        targets.SourceTable,
        targets.SourceFile,
        targets.SourceRecord,
        false as Paired
    from targets
    inner join logons
        on logons.Device = targets.Device
        and logons.Account = lower(targets.InitiatingProcessAccountName)
        and logons.Timestamp between targets.Timestamp - interval '60' second and targets.Timestamp + interval '10' second
    where logons.LogonId is null or targets.InitiatingProcessLogonId is null

    union all

    select
        targets.SourceTable,
        targets.SourceFile,
        targets.SourceRecord,
        false as Paired
    from targets
    inner join connections
        on connections.Device = targets.Device
        and connections.Timestamp between targets.Timestamp - interval '10' second and targets.Timestamp + interval '1' second
),

judged as (
    select
        SourceTable,
        SourceFile,
        SourceRecord,
        bool_or(Paired) as Paired
    from grounds
    group by
        SourceTable,
        SourceFile,
        SourceRecord
)

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'RemoteServiceControl' as DetectionType,
    ActionType,
    AccountDomain,
    AccountName,
    InitiatingProcessAccountName,
    FileName,
    FolderPath,
    ProcessCommandLine,
    cast(NULL as varchar) as RegistryKey,
    cast(NULL as varchar) as RegistryValueName,
    cast(NULL as varchar) as RegistryValueData,
    ServiceName,
    Payload,
    case when sources.CommandRecord is not null then 'remote_pair' end as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from commands
left join sources
    on sources.CommandTable = commands.SourceTable
    and sources.CommandFile = commands.SourceFile
    and sources.CommandRecord = commands.SourceRecord
-- Who names his own machine by its name is at home; localhost is a way around.
where split_part(coalesce(lower(DeviceName), ''), '.', 1) <> split_part(Host, '.', 1)

union all

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    targets.SourceTable,
    targets.SourceFile,
    targets.SourceRecord,
    'RemoteServiceControl' as DetectionType,
    ActionType,
    cast(NULL as varchar) as AccountDomain,
    cast(NULL as varchar) as AccountName,
    InitiatingProcessAccountName,
    FileName,
    FolderPath,
    cast(NULL as varchar) as ProcessCommandLine,
    RegistryKey,
    RegistryValueName,
    RegistryValueData,
    ServiceName,
    Payload,
    concat_ws(' ', 'remote_install', case when judged.Paired then 'remote_pair' end) as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from targets
inner join judged
    on judged.SourceTable = targets.SourceTable
    and judged.SourceFile = targets.SourceFile
    and judged.SourceRecord = targets.SourceRecord
