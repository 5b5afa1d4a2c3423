/*
id: W05
name: ServiceInstallEvent
title: Service installed with a program that lies in no ordinary place
detection_type: ServiceInstalled
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceEvents, DeviceRegistryEvents]
score: 10
description: >-
  A service is installed whose program lies neither where installers put programs
  (Program Files, the drivers' folders, the places of ordinary_places.csv) nor is one
  of Windows' own services' (stock_services.csv), svchost under a group of Windows
  among them; or it is installed by no process of this machine (Security 4697 has 0 for
  the client), which is how an install over the network looks, and one by way of a
  relayed Kerberos ticket; it counts as the target side of W08 does.
  Seen in the install event (System 7045, Security 4697, Defender) and, without one,
  in the registry: the service manager writes Start and ImagePath of one service
  within ten seconds. It is no inventory: `smew query` lists every install
  (ActionType = 'ServiceInstalled').
misses:
  - a program that an administrator has put into Program Files, the drivers' folders or in the place of a stock service's
  - changes of a service that exists (`sc config` leaves no install event and does not write Start)
  - a DLL of a service in svchost (W11)
  - the client of an install where it is not recorded, as in System 7045 and Security 4697 before Windows 10 1809
falsepositives:
  - vendors' agents that live in Windows, System32 or ProgramData
  - developers' and administrators' own tools
  - remote installers of management and security products, which come without a client
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-4697
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1543.003/T1543.003.md
tests:
  - T1543.003/install_from_another_folder
  - T1543.003/install_seen_in_registry
*/
-- Wide and cheap; what is looked for is said below.
with installs as (
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
        FileName,
        FolderPath,
        ServiceName,
        PayloadPath,
        installed_command(AdditionalFields, FolderPath) as Payload,
        -- The service manager writes 0 for a client that it does not know.
        coalesce(json_text(AdditionalFields, '$.ClientProcessId') = '0', false) as NoClient,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceEvents
    where ActionType = 'ServiceInstalled'
),

written as (
    -- A start type of 4 is what the service manager writes when it deletes one.
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
        RegistryKey,
        RegistryValueName,
        RegistryValueData,
        RegistryValueNameLower,
        ServiceName,
        ServiceValuePath,
        InitiatingProcessFileName,
        InitiatingProcessFileNameLower,
        InitiatingProcessPath,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceRegistryEvents
    where
        InitiatingProcessFileNameLower = 'services.exe'
        and ActionType = 'RegistryValueSet'
        and (
            (RegistryValueNameLower = 'start' and RegistryValueDword in (0, 1, 2, 3))
            or (RegistryValueNameLower = 'imagepath' and RegistryValueData <> '')
        )
),

-- The same programs are installed everywhere, day after day: each is judged once. What
-- is asked of a maximum cannot be asked of every row instead.
images as (
    select
        RegistryValueData as Payload,
        max(RegistryValueData) as Command
    from written
    where RegistryValueNameLower = 'imagepath'
    group by RegistryValueData
),

programs as (
    select
        Payload,
        image_path(Command) as Path
    from images

    union

    select
        Payload,
        PayloadPath
    from installs
),

unusual as (
    select
        Payload,
        Path
    from programs
    where
        Path <> ''
        and not is_ordinary_place(Path)
        and not is_service_host(Path, Payload)
        and (
            svchost_group(Payload) <> ''
            or path_stem(Path) = 'svchost'
            or not exists (
                select 1 from reference_stock_services as stock where image_is_like(programs.Path, stock.image)
            )
        )
),

events as (
    select
        installs.*,
        NoClient and not is_remote_installer(PayloadPath) as IsRemote
    from installs
    left join unusual on unusual.Payload = installs.Payload and unusual.Path = installs.PayloadPath
    where unusual.Payload is not null or (NoClient and not is_remote_installer(PayloadPath))
),

settings as (
    select *
    from written
    where
        RegistryValueNameLower = 'start'
        or RegistryValueData in (select Payload from unusual)
),

own as (
    select *
    from settings
    where
        lower(ServiceValuePath) in ('start', 'imagepath')
        and by_service_manager(InitiatingProcessPath, InitiatingProcessFileNameLower)
),

paired as (
    select
        *,
        max(case when RegistryValueNameLower = 'imagepath' then RegistryValueData end) over near as InstalledCommand,
        count_if(RegistryValueNameLower = 'start') over near as Starts
    from own
    window near as (
        partition by coalesce(nullif(DeviceId, ''), lower(DeviceName), ''), lower(ServiceName)
        order by Timestamp
        range between interval '10' second preceding and interval '10' second following
    )
)

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'ServiceInstalled' as DetectionType,
    ActionType,
    InitiatingProcessAccountName,
    FileName,
    FolderPath,
    cast(NULL as varchar) as RegistryKey,
    cast(NULL as varchar) as RegistryValueName,
    cast(NULL as varchar) as RegistryValueData,
    ServiceName,
    Payload,
    case when IsRemote then 'remote_install' end as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from events

union all

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'ServiceInstalled' as DetectionType,
    ActionType,
    InitiatingProcessAccountName,
    cast(NULL as varchar) as FileName,
    cast(NULL as varchar) as FolderPath,
    RegistryKey,
    RegistryValueName,
    RegistryValueData,
    ServiceName,
    InstalledCommand as Payload,
    cast(NULL as varchar) as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from paired
where InstalledCommand is not null and Starts > 0
