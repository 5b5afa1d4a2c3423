/*
id: W17
name: ServiceMasquerade
title: Service that passes for one of Windows or of a vendor
detection_type: ServiceMasquerade
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceRegistryEvents, DeviceEvents, DeviceProcessEvents]
score: 25
description: >-
  Five ways to hide behind a name that is trusted, each with a reason of its
  own: (a) a service of Windows is made to run a program that is not its own;
  (b) the program is named like one of Windows' (svchost, lsass, WerFault) and
  does not lie where Windows has it; (c) the service is named like one of
  Windows but for a letter or two, or displayed under the name of one; (d) it is
  named like a vendor's updater and lies outside the vendor's folder; (e) its folder
  is called Program Files or System32 and is neither. Seen as the service is installed,
  in the registry, or on the command line of sc.exe.
misses:
  - services of Windows that are not in sql/reference/stock_services.csv, and vendors that are not in vendors.csv
  - a service of Windows that runs inside svchost and is given another DLL (ServiceDllOrSvchostGroup)
  - names in other alphabets that only look alike, and display names in other languages
  - changes that neither the registry nor a command line of sc.exe shows
falsepositives:
  - services of Windows that a version or a role has elsewhere than the list says
  - another product that took the name of a service of Windows (OpenSSH, SNMP)
  - vendors that move their updater, and resellers that rename it
references:
  - https://attack.mitre.org/techniques/T1036/004/
  - https://attack.mitre.org/techniques/T1036/005/
  - https://attack.mitre.org/techniques/T1543/003/
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1543.003/T1543.003.md
tests:
  - T1543.003/stock_service_other_program
  - T1543.003/system_program_elsewhere
  - T1543.003/service_named_like_stock
  - T1543.003/vendor_updater_elsewhere
  - T1543.003/folder_like_program_files
  - T1543.003/renamed_sc_sets_failure_command
*/
with

service_values as (
    select *
    from DeviceRegistryEvents
    where
        RegistryValueNameLower in ('imagepath', 'displayname')
        and RegistryValueData <> ''
        and lower(RegistryKey) like '%\services\%'
),

registry_rows as (
    select
        *,
        case when RegistryValueNameLower = 'displayname' then RegistryValueData else '' end as DisplayName,
        case when RegistryValueNameLower = 'imagepath' then PayloadPath else '' end as Program
    from service_values
    where ServiceName <> '' and lower(ServiceValuePath) in ('imagepath', 'displayname')
),

service_installs as (
    select *
    from DeviceEvents
    where ActionType = 'ServiceInstalled'
),

installs as (
    select
        *,
        coalesce(json_text(AdditionalFields, '$.ImagePath'), FolderPath) as Command,
        coalesce(json_text(AdditionalFields, '$.ServiceDisplayName'), '') as DisplayName
    from service_installs
),

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
    where lower(ProcessCommandLine) like '%=%'
),

commands as (
    select
        *,
        Told.name as ServiceName,
        Told.payload as Command
    from told
    where Told.verb in ('create', 'config') and Told.payload <> ''
),

named as (
    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        CAST(NULL AS VARCHAR) as AccountDomain, CAST(NULL AS VARCHAR) as AccountName, InitiatingProcessAccountName,
        CAST(NULL AS VARCHAR) as FileName, CAST(NULL AS VARCHAR) as FolderPath, CAST(NULL AS VARCHAR) as ProcessCommandLine,
        RegistryKey, RegistryValueName, RegistryValueData,
        ServiceName, case when RegistryValueNameLower = 'imagepath' then RegistryValueData end as Payload,
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName,
        service_template(ServiceName) as Service, service_template(DisplayName) as Display, without_dots(Program) as Program
    from registry_rows

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), InitiatingProcessAccountName, FileName, FolderPath, CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        ServiceName, Command,
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName,
        service_template(ServiceName), service_template(DisplayName), without_dots(PayloadPath)
    from installs

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        AccountDomain, AccountName, InitiatingProcessAccountName, FileName, FolderPath, ProcessCommandLine,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        ServiceName, Command,
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName,
        service_template(ServiceName), '', without_dots(image_path(Command))
    from commands
),

-- The same service is installed on many devices, and for every user: each name,
-- display name and program is judged once.
names as (
    select distinct
        Service,
        Display,
        Program,
        path_stem(Program) as Stem,
        -- cmd is looked for along the search path: no more than its stem is known.
        strpos(Program, '\') > 0 as HasFolder,
        substr(Service, 1, 2) as Head,
        reverse(substr(reverse(Service), 1, 3)) as Tail
    from named
    where Service <> ''
),

stock as (
    select
        service,
        image,
        lower(display) as Display,
        substr(service, 1, 2) as Head,
        reverse(substr(reverse(service), 1, 3)) as Tail
    from reference_stock_services
),

-- Which service of Windows a name stands for: by its own name, its user's copy's, or,
-- where an event has no other, the name it is displayed by.
stock_names as (
    select
        names.Service, names.Display, names.Program, names.Stem, names.HasFolder,
        stock.service as Stock,
        true as ByName
    from names
    inner join stock on stock.service = names.Service

    union

    select
        names.Service, names.Display, names.Program, names.Stem, names.HasFolder,
        stock.service,
        names.Service = stock.service
    from names
    inner join stock on stock.Display = names.Service
    where stock.Display <> ''

    union

    select
        names.Service, names.Display, names.Program, names.Stem, names.HasFolder,
        stock.service,
        names.Service = stock.service
    from names
    inner join stock on stock.Display = names.Display
    where stock.Display <> ''
),

own_programs as (
    select
        stock_names.Service,
        stock_names.Display,
        stock_names.Program,
        bool_or(
            image_is_like(stock_names.Program, stock.image)
            or (not stock_names.HasFolder and stock_names.Stem = path_stem(stock.image))
            -- A driver of Windows may have moved to the store.
            or (stock.image like '%.sys' and stock_names.Stem = path_stem(stock.image) and in_driver_place(stock_names.Program))
        ) as IsOwn,
        bool_or(stock_names.ByName) as ByName
    from stock_names
    inner join reference_stock_services as stock on stock.service = stock_names.Stock
    group by stock_names.Service, stock_names.Display, stock_names.Program
),

-- Who is to be taken for another begins or ends as he does. Drivers are named in
-- short words that are all alike.
services as (
    select distinct
        Service,
        Head,
        Tail
    from names
    where
        Program not like '%.sys'
        and Service not in (select service from reference_stock_services)
),

near_names as (
    select
        services.Service,
        stock.service as Stock
    from services
    inner join stock on stock.Head = services.Head
    where stock.image not like '%.sys'

    union

    select
        services.Service,
        stock.service
    from services
    inner join stock on stock.Tail = services.Tail
    where stock.image not like '%.sys'
),

lookalikes as (
    select distinct Service
    from near_names
    where resembles(Service, Stock)
),

strangers as (
    select
        names.Service,
        names.Display,
        names.Program
    from names
    inner join reference_system_programs as known on known.program = names.Stem
    where names.HasFolder
    group by names.Service, names.Display, names.Program
    having not bool_or(starts_with(names.Program, known.folder) and strpos(substr(names.Program, length(known.folder) + 1), '\') = 0)
),

patterns as (
    select distinct pattern from reference_vendors
),

vendor_names as (
    select
        names.Service, names.Display, names.Program,
        patterns.pattern
    from names
    inner join patterns
        on
            names.Service like patterns.pattern escape '!'
            or names.Display like patterns.pattern escape '!'
            or names.Stem like patterns.pattern escape '!'
    where names.HasFolder
),

vendors as (
    select
        vendor_names.Service,
        vendor_names.Display,
        vendor_names.Program
    from vendor_names
    inner join reference_vendors as vendor on vendor.pattern = vendor_names.pattern
    group by vendor_names.Service, vendor_names.Display, vendor_names.Program
    having not bool_or(starts_with(vendor_names.Program, vendor.directory))
),

judged as (
    select
        names.Service,
        names.Display,
        names.Program,
        coalesce(names.Program <> '' and not own_programs.IsOwn, false) as IsOtherProgram,
        coalesce(names.Program = '' and names.Display <> '' and not own_programs.ByName, false) as IsDisplayOnly,
        lookalikes.Service is not null as IsLookalike,
        strangers.Service is not null as IsStranger,
        vendors.Service is not null as IsVendors,
        is_in_lookalike_folder(names.Program) as IsInLikeFolder
    from names
    left join own_programs
        on own_programs.Service = names.Service and own_programs.Display = names.Display and own_programs.Program = names.Program
    left join lookalikes
        on lookalikes.Service = names.Service and names.Program not like '%.sys'
    left join strangers
        on strangers.Service = names.Service and strangers.Display = names.Display and strangers.Program = names.Program
    left join vendors
        on vendors.Service = names.Service and vendors.Display = names.Display and vendors.Program = names.Program
)

select
    named.Timestamp,
    named.DeviceId,
    named.DeviceName,
    named.ReportId,
    named.SourceTable,
    named.SourceFile,
    named.SourceRecord,
    'ServiceMasquerade' as DetectionType,
    named.ActionType,
    named.AccountDomain,
    named.AccountName,
    named.InitiatingProcessAccountName,
    named.FileName,
    named.FolderPath,
    named.ProcessCommandLine,
    named.RegistryKey,
    named.RegistryValueName,
    named.RegistryValueData,
    named.ServiceName,
    named.Payload,
    concat_ws(
        ' ',
        case when judged.IsOtherProgram then 'masquerade_stock' end,
        case when judged.IsStranger then 'masquerade_program' end,
        case when judged.IsVendors then 'masquerade_vendor' end,
        case when judged.IsInLikeFolder then 'masquerade_folder' end,
        case when judged.IsDisplayOnly then 'masquerade_display' end,
        case when judged.IsLookalike then 'masquerade_name' end
    ) as Reasons,
    named.InitiatingProcessFileName,
    named.InitiatingProcessFolderPath,
    named.InitiatingProcessCommandLine,
    named.InitiatingProcessParentFileName
from named
inner join judged
    on judged.Service = named.Service and judged.Display = named.Display and judged.Program = named.Program
where judged.IsOtherProgram or judged.IsDisplayOnly or judged.IsLookalike or judged.IsStranger or judged.IsVendors or judged.IsInLikeFolder
