/*
id: W14
name: KernelDriverService
title: Driver registered or loaded from an unusual place, or known to be misused
detection_type: KernelDriverService
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceRegistryEvents, DeviceEvents, DeviceProcessEvents, DeviceFileEvents, DeviceImageLoadEvents]
score: 30
description: >-
  A driver is a service whose program runs in the kernel. Found are drivers
  registered with sc.exe (type= kernel or filesys); drivers whose file lies
  outside the places for drivers (System32\drivers, the driver store, Program
  Files, Defender's definitions), as an install event, in the registry or as it
  is loaded; a driver that a program registers in the registry by itself and
  then loads (NtLoadDriver); and, with a list from LOLDrivers (--loldrivers),
  any driver with a hash on it, wherever it lies. A driver that a program in Program
  Files unpacked counts less.
misses:
  - a driver in an ordinary place that is not on the list of hashes, unless it was registered by hand
  - the driver of an ordinary product misused as it is
  - a driver in an ordinary place that WMI or the API registers, as every installer does
  - drivers installed with pnputil or devcon, which the operating system registers as it does every other
  - hashes, where the telemetry records none (7045, 4697, Security and registry events)
falsepositives:
  - hardware tools that unpack a driver into Temp or the Windows folder (CPU-Z, fan and lighting control, BIOS updates)
  - security products that register their driver with sc.exe
  - Process Explorer and Process Monitor, which register their driver by themselves
  - driver developers
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://attack.mitre.org/techniques/T1068/
  - https://www.loldrivers.io/
  - https://learn.microsoft.com/en-us/windows-hardware/drivers/ddi/wdm/nf-wdm-zwloaddriver
tests:
  - T1543.003/driver_from_desktop
  - T1543.003/driver_by_sc
  - T1543.003/driver_by_ntloaddriver
  - T1543.003/hardware_tool_unpacks_driver
  - T1543.003/driver_path_swapped
*/
with

sc_lines as (
    select *
    from DeviceProcessEvents
    where
        (
            (FileNameLower = 'sc.exe' or ProcessVersionInfoOriginalFileNameLower = 'sc.exe')
            and ProcessCommandLine <> ''
        )
        or (
            -- A renamed sc.exe where nothing tells: Security 4688 has no original name.
            ProcessVersionInfoOriginalFileNameLower = ''
            and FileNameLower not in ('cmd.exe', 'powershell.exe', 'pwsh.exe', 'conhost.exe', 'wsl.exe', 'bash.exe')
            and contains_i(ProcessCommandLine, 'binpath')
        )
),

told as (
    select
        *,
        sc_command(ProcessCommandLine) as Told
    from sc_lines
),

commands as (
    select
        *,
        Told.name as ServiceName,
        Told.payload as Payload
    from told
    where Told.verb in ('create', 'config') and is_driver_type(Told.type)
),

service_installs as (
    select *
    from DeviceEvents
    where ActionType = 'ServiceInstalled'
),

installs as (
    select
        *,
        'install' as Part,
        json_text(AdditionalFields, '$.ImagePath') as Command,
        PayloadPath as DriverPath,
        '' as Signed
    from service_installs
    where
        PayloadPath like '%.sys'
        or lower(json_text(AdditionalFields, '$.ServiceType')) in (
            'kernel driver', 'file system driver', 'recognizer driver', 'kerneldriver', 'filesystemdriver',
            '1', '2', '8', '0x1', '0x2', '0x8'
        )
),

driver_loads as (
    select *
    from DeviceEvents
    where ActionType = 'DriverLoad'
),

loads as (
    select
        *,
        'load' as Part,
        full_path(FolderPath, FileName) as Command,
        full_path(FolderPath, FileName) as DriverPath,
        lower(concat_ws(' ', json_text(AdditionalFields, '$.Signed'), json_text(AdditionalFields, '$.SignatureStatus'))) as Signed
    from driver_loads
),

service_values as (
    select *
    from DeviceRegistryEvents
    where
        (
            RegistryValueNameLower = 'imagepath'
            and (lower(RegistryValueData) like '%.sys%' or lower(RegistryValueData) not like '%.exe%')
        )
        or (RegistryValueNameLower = 'type' and RegistryValueDword in (1, 2, 8))
        or (RegistryValueNameLower = 'start' and RegistryValueDword in (0, 1, 2, 3))
),

-- Of a driver's key, what says that it is one. Values of other services' keys are
-- left out below, when it is known which services are drivers.
writes as (
    select
        *,
        lower(ServiceName) as Service,
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device,
        by_service_manager(InitiatingProcessPath, InitiatingProcessFileName) as ByManager,
        by_servicing(InitiatingProcessPath, InitiatingProcessFileName) as ByServicing
    from service_values
    where
        ServiceName <> ''
        and lower(ServiceValuePath) in ('imagepath', 'type', 'start')
        and RegistryValueData <> ''
),

-- One key, what was written to it within ten seconds: it tells that the service is a
-- driver. Where the driver lies each row says for itself.
around as (
    select
        *,
        max(case when RegistryValueNameLower = 'type' then 1 else 0 end) over near as IsDriverType,
        max(case when RegistryValueNameLower = 'imagepath' and PayloadPath like '%.sys' then 1 else 0 end) over near as HasDriverFile,
        PayloadPath as DriverPath
    from writes
    window near as (
        partition by Device, Service
        order by Timestamp
        range between INTERVAL '10' SECOND preceding and INTERVAL '10' SECOND following
    )
),

-- A driver's file lies where no driver should, or its key was written by hand.
driver_keys as (
    select *
    from around
    where
        -- Of one act the row with the program; the type and the start type tell of it.
        RegistryValueNameLower = 'imagepath'
        and DriverPath <> ''
        and (HasDriverFile = 1 or IsDriverType = 1)
        and not ByServicing
        and (not in_driver_place(DriverPath) or not ByManager)
),

loaded_files as (
    select distinct
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device,
        path_stem(DriverPath) as Stem,
        Timestamp
    from loads
),

by_hand as (
    select distinct
        driver_keys.Device,
        driver_keys.Service,
        path_stem(driver_keys.DriverPath) as Stem,
        loaded_files.Timestamp as LoadedAt
    from driver_keys
    inner join loaded_files
        on
            loaded_files.Device = driver_keys.Device
            and loaded_files.Stem = path_stem(driver_keys.DriverPath)
            and loaded_files.Timestamp between driver_keys.Timestamp - INTERVAL '1' MINUTE and driver_keys.Timestamp + INTERVAL '5' MINUTE
    where not driver_keys.ByManager
),

files as (
    select
        *,
        FilePath as DriverPath
    from DeviceFileEvents
    where FileNameLower like '%.sys'
),

modules as (
    select
        *,
        FilePath as DriverPath
    from DeviceImageLoadEvents
    where FileNameLower like '%.sys'
),

-- Drivers that an installed program unpacks: hardware tools do, into Temp.
unpacked as (
    select distinct
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device,
        DriverPath
    from files
    where ActionType <> 'FileDeleted' and in_program_files(InitiatingProcessPath)
),

-- A list gives of each driver one hash or several.
listed as (
    select lower(sha256) as Hash from reference_vulnerable_drivers where sha256 <> ''
    union
    select lower(sha1) from reference_vulnerable_drivers where sha1 <> ''
    union
    select lower(md5) from reference_vulnerable_drivers where md5 <> ''
),

seen as (
    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        AccountDomain, AccountName, InitiatingProcessAccountName, FileName, FolderPath, ProcessCommandLine,
        CAST(NULL AS VARCHAR) as RegistryKey, CAST(NULL AS VARCHAR) as RegistryValueName, CAST(NULL AS VARCHAR) as RegistryValueData,
        ServiceName, Payload, image_path(Payload) as DriverPath, '' as Stem, '' as Signed, true as Unusual, false as ByHand,
        CAST(NULL AS VARCHAR) as SHA256, CAST(NULL AS VARCHAR) as SHA1, CAST(NULL AS VARCHAR) as MD5,
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from commands

    union all

    select
        found.Timestamp, found.DeviceId, found.DeviceName, found.ReportId, found.SourceTable, found.SourceFile, found.SourceRecord, found.ActionType,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), found.InitiatingProcessAccountName, found.FileName, found.FolderPath, CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        found.ServiceName, found.Command, found.DriverPath, path_stem(found.DriverPath), found.Signed,
        found.DriverPath <> '' and not in_driver_place(found.DriverPath),
        found.Part = 'load' and by_hand.Stem is not null,
        found.SHA256, found.SHA1, found.MD5,
        found.InitiatingProcessFileName, found.InitiatingProcessFolderPath, found.InitiatingProcessCommandLine, found.InitiatingProcessParentFileName
    from (select * from installs union all select * from loads) as found
    left join (select distinct Device, Stem, LoadedAt from by_hand) as by_hand
        on
            by_hand.Device = coalesce(nullif(found.DeviceId, ''), lower(found.DeviceName), '')
            and by_hand.Stem = path_stem(found.DriverPath)
            and by_hand.LoadedAt = found.Timestamp

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), InitiatingProcessAccountName,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        RegistryKey, RegistryValueName, RegistryValueData,
        ServiceName, RegistryValueData, DriverPath, path_stem(DriverPath), '',
        true,
        not ByManager and exists (
            select 1 from by_hand where by_hand.Device = driver_keys.Device and by_hand.Service = driver_keys.Service
        ),
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from driver_keys

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), InitiatingProcessAccountName, FileName, FolderPath, CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        '', DriverPath, DriverPath, path_stem(DriverPath), '', false, false,
        SHA256, SHA1, MD5,
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from files

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), InitiatingProcessAccountName, FileName, FolderPath, CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        '', DriverPath, DriverPath, path_stem(DriverPath), '', false, false,
        SHA256, SHA1, MD5,
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from modules
),

judged as (
    select
        *,
        coalesce(
            lower(SHA256) in (select Hash from listed)
            or lower(SHA1) in (select Hash from listed)
            or lower(MD5) in (select Hash from listed),
            false
        ) as Listed,
        exists (
            select 1
            from unpacked
            where
                unpacked.Device = coalesce(nullif(seen.DeviceId, ''), lower(seen.DeviceName), '')
                and unpacked.DriverPath = seen.DriverPath
        ) as Unpacked
    from seen
)

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'KernelDriverService' as DetectionType,
    ActionType,
    AccountDomain,
    AccountName,
    InitiatingProcessAccountName,
    FileName,
    FolderPath,
    ProcessCommandLine,
    RegistryKey,
    RegistryValueName,
    RegistryValueData,
    ServiceName,
    Payload,
    concat_ws(
        ' ',
        case when Listed then 'loldrivers_hash' end,
        case when is_user_writable(DriverPath) then 'driver_user_writable' end,
        case when ByHand then 'driver_by_hand' end,
        case when Unpacked and not Listed then 'driver_unpacked' end,
        case when Signed like 'false%' or Signed like '%revoked%' or Signed like '%expired%' then 'driver_unsigned' end
    ) as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from judged
where Unusual or ByHand or Listed
