/*
id: W10
name: DirectServiceRegistryWrite
title: Service's key written past the service manager
detection_type: DirectServiceRegistryWrite
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceRegistryEvents]
score: 20
description: >-
  A value that decides what a service runs, as whom or when (ImagePath, ServiceDll,
  ServiceManifest, FailureCommand, FailureActions, ObjectName, Type, a wrapper's
  Application, its permissions; of Start only 0, 1 and 2) is written by a program other
  than the service manager and those that install parts of Windows
  (service_key_writers.csv), each by its full path: svchost.exe in Temp is found. WMI
  and the remote registry write for someone on another machine and count more, as does
  a program that is only called like one of Windows' own. Where
  only the name of the writer was recorded, it is judged by that.
misses:
  - what the service manager writes for sc.exe, the API or an installer (W05, W06, W07)
  - rows in which the writer is not known at all; nearly all of those are the service manager's
  - Start of a service that svchost sets where its command line is not known
  - a program run in the place of one of service_key_writers.csv, and a MSI that writes a key
  - keys that are renamed, restored or loaded as a whole
falsepositives:
  - drivers' own tools and agents that write their key themselves (they count less from Program Files)
  - imaging, sysprep, Group Policy preferences
  - nssm and other wrappers
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://attack.mitre.org/techniques/T1112/
  - https://learn.microsoft.com/en-us/windows-hardware/drivers/install/hklm-system-currentcontrolset-services-registry-tree
twins: [W04]
tests:
  - T1543.003/start_written_by_reg
  - T1543.003/image_written_by_wmi
  - T1543.003/image_written_by_remote_registry
*/
with writes as (
    -- Wide and cheap; nearly all is the service manager's own.
    select *
    from DeviceRegistryEvents
    where
        RegistryValueNameLower in (
            'imagepath',
            'start',
            'type',
            'objectname',
            'servicedll',
            'servicemanifest',
            'failurecommand',
            'failureactions',
            'application',
            'security'
        )
        and ActionType = 'RegistryValueSet'
        and InitiatingProcessFileNameLower <> ''
        and (
            InitiatingProcessFileNameLower <> 'services.exe'
            or lower(InitiatingProcessFolderPath) not in ('c:\windows\system32\services.exe', 'c:\windows\system32')
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
    'DirectServiceRegistryWrite' as DetectionType,
    ActionType,
    InitiatingProcessAccountName,
    RegistryKey,
    RegistryValueName,
    RegistryValueData,
    ServiceName,
    case
        when RegistryValueNameLower in ('imagepath', 'servicedll', 'servicemanifest', 'failurecommand', 'application')
            then RegistryValueData
    end as Payload,
    concat_ws(
        ' ',
        case
            when InitiatingProcessFileNameLower = 'wmiprvse.exe'
                and InitiatingProcessPath in ('', 'c:\windows\system32\wbem\wmiprvse.exe')
                then 'writer_wmi'
        end,
        case
            when InitiatingProcessFileNameLower = 'svchost.exe'
                and InitiatingProcessPath in ('', 'c:\windows\system32\svchost.exe', 'c:\windows\syswow64\svchost.exe')
                then 'writer_remote_registry'
        end,
        case when is_user_writable(InitiatingProcessPath) then 'writer_user_writable' end,
        case
            when is_named_like_key_writer(InitiatingProcessFileNameLower)
                and InitiatingProcessPath not in (
                    '',
                    'c:\windows\system32\svchost.exe',
                    'c:\windows\syswow64\svchost.exe',
                    'c:\windows\system32\wbem\wmiprvse.exe',
                    'c:\windows\syswow64\wbem\wmiprvse.exe'
                )
                then 'writer_masquerade'
        end,
        case when RegistryValueNameLower = 'start' then 'service_starts_itself' end,
        case when in_program_files(InitiatingProcessPath) then 'writer_program_files' end
    ) as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from writes
where
    lower(ServiceValuePath) in (
        'imagepath',
        'start',
        'type',
        'objectname',
        'servicedll',
        'parameters\servicedll',
        'servicemanifest',
        'parameters\servicemanifest',
        'failurecommand',
        'failureactions',
        'parameters\application',
        'security\security'
    )
    and (RegistryValueNameLower <> 'start' or RegistryValueDword in (0, 1, 2))
    and not is_service_key_writer(InitiatingProcessPath, InitiatingProcessFileNameLower)
    -- Of Windows' own hosts only the one of the remote registry; where the command line
    -- is not known, for what no host writes by itself.
    and (
        InitiatingProcessFileNameLower <> 'svchost.exe'
        or InitiatingProcessPath not in ('', 'c:\windows\system32\svchost.exe', 'c:\windows\syswow64\svchost.exe')
        or (
            coalesce(InitiatingProcessCommandLine, '') = ''
            and RegistryValueNameLower in ('imagepath', 'servicedll', 'servicemanifest', 'failurecommand', 'application')
        )
        or lower(InitiatingProcessCommandLine) like '%remoteregistry%'
        or lower(InitiatingProcessCommandLine) like '%regsvc%'
        or (
            lower(InitiatingProcessCommandLine) like '%-k localservice%'
            and lower(InitiatingProcessCommandLine) not like '%-s %'
        )
    )
