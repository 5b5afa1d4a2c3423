/*
id: W09
name: ServiceExecToolSignature
title: Service with the shape or the name of a tool that runs programs as services
detection_type: ServiceExecToolSignature
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceEvents, DeviceRegistryEvents, DeviceProcessEvents, DeviceFileEvents]
score: 20
description: >-
  What is installed, written to ImagePath, started by the service manager or put on the
  disk over the network has the mark of a tool: a shape (a program of eight random
  letters in %systemroot%, output that goes to a file on a share, seven letters in
  ADMIN$, an echo into a pipe, a DLL called with `,a /p:`) or a name (PsExec, PAExec,
  RemCom, mimikatz). All of it is data, known_tools.csv, with its kind: malware, or
  dual use. The names can be switched off, the shapes stay: `known_tool_names,off` in a
  settings.csv of your own. A remote-access product (rmm_products.csv) is told of only
  where it is rare: on fewer than three devices and on less than five per cent of those
  with an install in the data, of which there must be twenty.
misses:
  - tools that were told other names and take no shape known here
  - remote-access products in data of few devices, and where installs are not recorded
  - a program that a service starts under another's name, where no original name is recorded
falsepositives:
  - administrators with PsExec, PAExec or PDQ; vulnerability scanners
  - a first device with a new remote-access product that IT has begun to roll out
references:
  - https://attack.mitre.org/techniques/T1569/002/
  - https://github.com/fortra/impacket
  - https://attack.mitre.org/techniques/T1219/
tests:
  - T1543.003/tool_random_program
  - T1543.003/tool_pipe_echo
*/
with installed as (
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        cast(NULL as varchar) as AccountDomain,
        cast(NULL as varchar) as AccountName,
        InitiatingProcessAccountName,
        FileName,
        FolderPath,
        cast(NULL as varchar) as ProcessCommandLine,
        cast(NULL as varchar) as RegistryKey,
        cast(NULL as varchar) as RegistryValueName,
        cast(NULL as varchar) as RegistryValueData,
        ServiceName,
        PayloadPath,
        PayloadStem,
        installed_command(AdditionalFields, FolderPath) as Payload,
        service_signature(ServiceName, installed_command(AdditionalFields, FolderPath), PayloadPath, '') as Signature,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceEvents
    where ActionType = 'ServiceInstalled'
),

written as (
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        cast(NULL as varchar) as AccountDomain,
        cast(NULL as varchar) as AccountName,
        InitiatingProcessAccountName,
        cast(NULL as varchar) as FileName,
        cast(NULL as varchar) as FolderPath,
        cast(NULL as varchar) as ProcessCommandLine,
        RegistryKey,
        RegistryValueName,
        RegistryValueData,
        ServiceName,
        PayloadPath,
        PayloadStem,
        RegistryValueData as Payload,
        service_signature(ServiceName, RegistryValueData, PayloadPath, '') as Signature,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceRegistryEvents
    where
        RegistryValueNameLower = 'imagepath'
        and ActionType = 'RegistryValueSet'
        and lower(ServiceValuePath) = 'imagepath'
),

started as (
    -- A tool's own program is no program of Windows; what it runs as one is W15's.
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
        cast(NULL as varchar) as RegistryKey,
        cast(NULL as varchar) as RegistryValueName,
        cast(NULL as varchar) as RegistryValueData,
        '' as ServiceName,
        full_path(FolderPath, FileName) as PayloadPath,
        path_stem(FileName) as PayloadStem,
        ProcessCommandLine as Payload,
        service_signature('', '', full_path(FolderPath, FileName), ProcessVersionInfoOriginalFileName) as Signature,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceProcessEvents
    where
        InitiatingProcessFileNameLower = 'services.exe'
        and FileNameLower not in ('svchost.exe', 'msiexec.exe', 'dllhost.exe', 'trustedinstaller.exe', 'sppsvc.exe', 'searchindexer.exe')
        and not has_any(FolderPath, ARRAY[
            '\Program Files\',
            '\Program Files (x86)\',
            '\Windows\System32\',
            '\Windows\CCM\',
            '\Windows Defender\',
            '\Windows Defender Advanced Threat Protection\'
        ])
),

dropped as (
    -- What comes over a share is written by the kernel.
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        cast(NULL as varchar) as AccountDomain,
        cast(NULL as varchar) as AccountName,
        InitiatingProcessAccountName,
        FileName,
        FolderPath,
        cast(NULL as varchar) as ProcessCommandLine,
        cast(NULL as varchar) as RegistryKey,
        cast(NULL as varchar) as RegistryValueName,
        cast(NULL as varchar) as RegistryValueData,
        '' as ServiceName,
        FilePath as PayloadPath,
        path_stem(FileName) as PayloadStem,
        FolderPath as Payload,
        service_signature('', '', FilePath, '') as Signature,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceFileEvents
    where
        ActionType = 'FileCreated'
        and InitiatingProcessFileNameLower in ('system', 'ntoskrnl.exe', 'psexesvc.exe')
        and has_any(FolderPath, ARRAY['\Windows\', '\ADMIN$\'])
),

seen as (
    select * from installed
    union all
    select * from written
    union all
    select * from started
    union all
    select * from dropped
),

suspects as (
    select *
    from seen
    where has_signature(Signature, reference_known_tools())
),

-- A pattern that differs from row to row is costly: each text is asked once.
signatures as (
    select distinct Signature
    from suspects
),

known_signatures as (
    select
        signatures.Signature,
        bool_or(tools.kind = 'malware') as IsMalware,
        bool_or(tools.kind = 'random_names') as IsRandomNames
    from signatures
    inner join reference_known_tools as tools on matches_signature(signatures.Signature, tools.pattern)
    where
        tools.class = 'shape'
        or not exists (
            select 1 from reference_settings as settings
            where settings.setting = 'known_tool_names' and settings.value = 'off'
        )
    group by signatures.Signature
),

known as (
    select
        seen.SourceTable,
        seen.SourceFile,
        seen.SourceRecord,
        -- A tool's own service is called as its program is.
        marks.IsMalware or (marks.IsRandomNames and seen.PayloadStem <> lower(seen.ServiceName)) as IsMalware
    from suspects as seen
    inner join known_signatures as marks on marks.Signature = seen.Signature
),

remote_access_paths as (
    select distinct PayloadPath
    from installed
    where has_signature(PayloadPath, reference_rmm_products())
),

remote_access as (
    select distinct
        products.product,
        installed.SourceTable,
        installed.SourceFile,
        installed.SourceRecord,
        coalesce(nullif(installed.DeviceId, ''), installed.DeviceName) as Device
    from remote_access_paths as paths
    inner join reference_rmm_products as products on matches_signature(paths.PayloadPath, products.pattern)
    inner join installed on installed.PayloadPath = paths.PayloadPath
),

rare_products as (
    select product
    from remote_access
    group by product
    having
        count(distinct Device) < 3
        and count(distinct Device) * 20
        < (select count(distinct coalesce(nullif(DeviceId, ''), lower(DeviceName))) from installed)
        and (select count(distinct coalesce(nullif(DeviceId, ''), lower(DeviceName))) from installed) >= 20
),

marked as (
    select
        SourceTable,
        SourceFile,
        SourceRecord,
        case when IsMalware then 'tool_malware' else 'tool_dual_use' end as Reasons
    from known

    union all

    select distinct
        SourceTable,
        SourceFile,
        SourceRecord,
        'rmm' as Reasons
    from remote_access
    where product in (select product from rare_products)
),

reasons as (
    -- One row an event; the strongest reason of each kind is enough.
    select
        SourceTable,
        SourceFile,
        SourceRecord,
        concat_ws(' ', max(case when Reasons <> 'rmm' then Reasons end), max(case when Reasons = 'rmm' then Reasons end)) as Reasons
    from marked
    group by
        SourceTable,
        SourceFile,
        SourceRecord
)

select
    seen.Timestamp,
    seen.DeviceId,
    seen.DeviceName,
    seen.ReportId,
    seen.SourceTable,
    seen.SourceFile,
    seen.SourceRecord,
    'ServiceExecToolSignature' as DetectionType,
    seen.ActionType,
    seen.AccountDomain,
    seen.AccountName,
    seen.InitiatingProcessAccountName,
    seen.FileName,
    seen.FolderPath,
    seen.ProcessCommandLine,
    seen.RegistryKey,
    seen.RegistryValueName,
    seen.RegistryValueData,
    seen.ServiceName,
    seen.Payload,
    reasons.Reasons,
    seen.InitiatingProcessFileName,
    seen.InitiatingProcessFolderPath,
    seen.InitiatingProcessCommandLine,
    seen.InitiatingProcessParentFileName
from seen
inner join reasons
    on reasons.SourceTable = seen.SourceTable
    and reasons.SourceFile = seen.SourceFile
    and reasons.SourceRecord = seen.SourceRecord
