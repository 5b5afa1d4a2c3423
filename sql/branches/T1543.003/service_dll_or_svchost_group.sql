/*
id: W11
name: ServiceDllOrSvchostGroup
title: Service that runs inside svchost given a DLL or a group of its own
detection_type: ServiceDllOrSvchostGroup
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceRegistryEvents, DeviceEvents, DeviceProcessEvents, DeviceImageLoadEvents, DeviceFileEvents]
score: 45
description: >-
  A service can be a DLL that svchost loads. This finds a ServiceDll set to a
  file outside System32 or by a program other than Windows' own installers; a
  value written to the list of svchost's groups; a service whose program is
  svchost with a group that Windows does not have; and svchost loading a DLL
  from a folder that users can write to. A service may also be given a DLL with no
  change of its key: some of Windows' services look for one that Windows does
  not have (sql/reference/phantom_dlls.csv), and whoever puts it into System32
  runs in them. A ServiceDll together with a group of
  its own within five minutes is what an implant of this kind leaves and no
  ordinary installer does; each part is then shown with that reason.
misses:
  - a DLL in System32 that is named by a stock service already and is overwritten
  - a DLL that an .msi puts into System32
  - registry writes by programs in telemetry without registry events; `reg add` and PowerShell are then still seen by their command lines
  - whether the DLL is signed, which no table records
  - hives that were changed offline
falsepositives:
  - products whose service is a DLL in their own folder (graphics, telephony and audio drivers, older security products)
  - printer drivers (PrintConfig.dll) and the directory service on domain controllers, as they are installed
  - installers of server roles that come with a group of their own
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://learn.microsoft.com/en-us/windows/win32/services/service-programs
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1543.003/T1543.003.md
tests:
  - T1543.003/servicedll_with_new_group
  - T1543.003/servicedll_hijacked_and_restored
  - T1543.003/phantom_dll_planted
*/
with

-- Wide and cheap; what is looked for is said below.
registry_writes as (
    select *
    from DeviceRegistryEvents
    where
        RegistryValueNameLower = 'servicedll'
        or (RegistryValueNameLower = 'imagepath' and lower(RegistryValueData) like '%svchost%')
        or RegistryKey like '%vchost'
        or RegistryKey like '%vcHost'
        or RegistryKey like '%VCHOST'
),

service_dlls as (
    select
        *,
        'dll' as Part,
        lower(ServiceName) as Service
    from registry_writes
    where
        RegistryValueNameLower = 'servicedll'
        and RegistryValueData <> ''
        and lower(ServiceValuePath) in ('servicedll', 'parameters\servicedll')
        and not (
            in_system_folder(PayloadPath)
            and (
                by_servicing(InitiatingProcessPath, InitiatingProcessFileName)
                -- A domain controller's own service; print drivers by the spooler.
                or InitiatingProcessPath in ('c:\windows\system32\lsass.exe', 'c:\windows\system32\spoolsv.exe')
            )
        )
),

-- The names of services in a group may be unreadable: Sysmon writes no list out.
group_lists as (
    select
        *,
        'group' as Part,
        '' as Service
    from registry_writes
    where
        RegistryValueName <> ''
        and ActionType = 'RegistryValueSet'
        and svchost_groups_key(RegistryKey)
        and not by_servicing(InitiatingProcessPath, InitiatingProcessFileName)
),

images as (
    select
        *,
        'group' as Part,
        lower(ServiceName) as Service
    from registry_writes
    where
        RegistryValueNameLower = 'imagepath'
        and svchost_group(RegistryValueData) <> ''
        and not contains(reference_svchost_groups(), svchost_group(RegistryValueData))
        and ServiceName <> ''
        and PayloadStem = 'svchost'
        and not by_servicing(InitiatingProcessPath, InitiatingProcessFileName)
),

service_installs as (
    select
        *,
        lower(ServiceName) as Service,
        json_text(AdditionalFields, '$.ImagePath') as Command
    from DeviceEvents
    where ActionType = 'ServiceInstalled' and lower(AdditionalFields) like '%svchost%'
),

installs as (
    select *
    from service_installs
    where
        PayloadStem = 'svchost'
        and svchost_group(Command) <> ''
        and not contains(reference_svchost_groups(), svchost_group(Command))
),

-- What reg.exe and PowerShell were told to write, for logs without registry events.
told as (
    select
        *,
        case
            when FileNameLower = 'reg.exe' or ProcessVersionInfoOriginalFileNameLower = 'reg.exe' then ProcessCommandLine
            else powershell_text(ProcessCommandLine)
        end as Line
    from DeviceProcessEvents
    where
        (
            (FileNameLower = 'reg.exe' or ProcessVersionInfoOriginalFileNameLower = 'reg.exe')
            and (plain_text(ProcessCommandLine) like '%servicedll%' or plain_text(ProcessCommandLine) like '%svchost%')
        )
        or (
            (
                FileNameLower in ('powershell.exe', 'pwsh.exe', 'powershell_ise.exe')
                or ProcessVersionInfoOriginalFileNameLower in ('powershell.exe', 'pwsh.dll')
            )
            and may_speak_of_services(ProcessCommandLine)
        )
),

commands as (
    select
        *,
        registry_service_text(Line) as ServiceName,
        case when plain_text(Line) like '%servicedll%' then 'dll' else 'group' end as Part,
        lower(registry_service_text(Line)) as Service,
        registry_data_text(Line) as Payload
    from told
    where
        (plain_text(Line) like '%servicedll%' or plain_text(Line) like '%currentversion\svchost%')
        and is_registry_write(plain_text(Line))
),

-- A file that Windows does not have, put where a service of Windows looks for it.
-- The kernel writes what comes over the network.
planted as (
    select *
    from DeviceFileEvents
    where
        contains(reference_phantom_dlls(), FileNameLower)
        and in_system_folder(FilePath)
        and (
            InitiatingProcessFileNameLower = 'system'
            or not by_servicing(InitiatingProcessPath, InitiatingProcessFileName)
        )
        and ActionType <> 'FileDeleted'
),

modules as (
    select
        *,
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device
    from DeviceImageLoadEvents
    where
        InitiatingProcessFileNameLower = 'svchost.exe'
        and (is_user_writable(FilePath) or contains(reference_phantom_dlls(), FileNameLower))
),

-- A module in a folder that users can write to has no business in svchost; one of
-- those names has if Windows brought it (a server's load balancing), unless it was
-- seen to be planted.
strange_modules as (
    select *
    from modules
    where
        is_user_writable(FilePath)
        or exists (
            select 1
            from planted
            where
                coalesce(nullif(planted.DeviceId, ''), lower(planted.DeviceName), '') = modules.Device
                and planted.FileNameLower = modules.FileNameLower
        )
),

registry_rows as (
    select * from service_dlls
    union all
    select * from group_lists
    union all
    select * from images
),

evidence as (
    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        InitiatingProcessAccountName, CAST(NULL AS VARCHAR) as FileName, CAST(NULL AS VARCHAR) as FolderPath,
        CAST(NULL AS VARCHAR) as ProcessCommandLine, RegistryKey, RegistryValueName, RegistryValueData,
        ServiceName, case when ServiceName <> '' then RegistryValueData end as Payload,
        InitiatingProcessFileName, InitiatingProcessFolderPath,
        InitiatingProcessCommandLine, InitiatingProcessParentFileName, Part, Service
    from registry_rows

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        InitiatingProcessAccountName, FileName, FolderPath,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        ServiceName, Command, InitiatingProcessFileName, InitiatingProcessFolderPath,
        InitiatingProcessCommandLine, InitiatingProcessParentFileName, 'group', Service
    from installs

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        InitiatingProcessAccountName, FileName, FolderPath,
        ProcessCommandLine, CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        ServiceName, Payload, InitiatingProcessFileName, InitiatingProcessFolderPath,
        InitiatingProcessCommandLine, InitiatingProcessParentFileName, Part, Service
    from commands

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        InitiatingProcessAccountName, FileName, FolderPath,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        '', FilePath, InitiatingProcessFileName, InitiatingProcessFolderPath,
        InitiatingProcessCommandLine, InitiatingProcessParentFileName,
        case when contains(reference_phantom_dlls(), FileNameLower) then 'phantom' else 'module' end, ''
    from strange_modules

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        InitiatingProcessAccountName, FileName, FolderPath,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        '', FilePath, InitiatingProcessFileName, InitiatingProcessFolderPath,
        InitiatingProcessCommandLine, InitiatingProcessParentFileName, 'phantom', ''
    from planted
),

numbered as (
    select
        *,
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device,
        coalesce(RegistryValueData, ProcessCommandLine, '') as Written
    from evidence
),

-- A DLL and a group are of one service if both name it. Where the group's list
-- does not say whom it holds, that both were written within five minutes must do.
pairs as (
    select
        dll.SourceFile as DllFile,
        dll.SourceRecord as DllRecord,
        other.SourceFile as GroupFile,
        other.SourceRecord as GroupRecord
    from numbered as dll
    inner join numbered as other
        on
            other.Device = dll.Device
            and other.Timestamp between dll.Timestamp - INTERVAL '5' MINUTE and dll.Timestamp + INTERVAL '5' MINUTE
    where
        dll.Part = 'dll'
        and other.Part = 'group'
        and (
            other.Service = dll.Service
            or (
                other.Service = ''
                and ((dll.Service <> '' and strpos(lower(other.Written), dll.Service) > 0) or lower(other.Written) in ('', 'binary data'))
            )
        )
),

paired as (
    select DllFile as SourceFile, DllRecord as SourceRecord from pairs
    union
    select GroupFile, GroupRecord from pairs
)

select
    numbered.Timestamp,
    numbered.DeviceId,
    numbered.DeviceName,
    numbered.ReportId,
    numbered.SourceTable,
    numbered.SourceFile,
    numbered.SourceRecord,
    'ServiceDllOrSvchostGroup' as DetectionType,
    numbered.ActionType,
    numbered.InitiatingProcessAccountName,
    numbered.FileName,
    numbered.FolderPath,
    numbered.ProcessCommandLine,
    numbered.RegistryKey,
    numbered.RegistryValueName,
    numbered.RegistryValueData,
    numbered.ServiceName,
    numbered.Payload,
    concat_ws(
        ' ',
        case when paired.SourceRecord is not null then 'servicedll_new_group' end,
        case when numbered.Part = 'phantom' then 'phantom_dll' end
    ) as Reasons,
    numbered.InitiatingProcessFileName,
    numbered.InitiatingProcessFolderPath,
    numbered.InitiatingProcessCommandLine,
    numbered.InitiatingProcessParentFileName
from numbered
left join paired
    on paired.SourceFile = numbered.SourceFile and paired.SourceRecord = numbered.SourceRecord
