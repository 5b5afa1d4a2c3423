/*
id: W16
name: TransientOrRestoredService
title: Service that lived for minutes, or ran another program for minutes
detection_type: TransientOrRestoredService
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceRegistryEvents, DeviceEvents, DeviceProcessEvents]
score: 35
description: >-
  Remote execution makes a service, runs it and deletes it; a hijack sets the
  program or the DLL of a service that is there to another one, runs it and
  sets it back. Both are over within minutes. Found are services that were
  created and deleted within ten minutes, by name of the service (deleted is: a
  `sc delete`, a key that is gone, or the service manager's Start=4, its mark
  of a service to be deleted), and services whose program or DLL was set to
  something foreign and within ten minutes to what it was before. Shown are the
  rows of the creation or change, the deletion or return; that it also ran is a
  reason of its own. Where a product works by a service of the moment, by that name and
  from that place (transient_services.csv), it says little, and counts so.
misses:
  - services that are left behind, or deleted after more than ten minutes
  - a deletion that nothing shows (System events alone; Security events without the key's auditing or `sc delete`)
  - a service that a 7045 event names by a display name unlike its own name, without registry or 4697 events
  - a change whose old value is not known and is neither a stock program nor in System32
falsepositives:
  - PsExec, deployment tools and backup agents that run by a service of the moment (PDQ, Veeam)
  - installers that use a temporary service
  - an installation that fails and is rolled back
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://attack.mitre.org/techniques/T1569/002/
  - https://learn.microsoft.com/en-us/windows/win32/api/winsvc/nf-winsvc-deleteservice
tests:
  - T1543.003/service_created_run_deleted
  - T1543.003/program_hijacked_and_restored
  - T1543.003/servicedll_hijacked_and_restored
  - T1543.003/transient_beside_definitions
*/
with

-- Wide and cheap; what is looked for is said below.
service_values as (
    select *
    from DeviceRegistryEvents
    where
        (RegistryValueNameLower in ('imagepath', 'servicedll') and RegistryValueData <> '')
        or (
            -- How the service manager begins a service and marks it to be deleted.
            RegistryValueNameLower in ('start', 'type')
            and InitiatingProcessFileNameLower = 'services.exe'
        )
        or (ActionType = 'RegistryKeyDeleted' and lower(RegistryKey) like '%\services\%')
),

registry_rows as (
    select
        *,
        case
            when ActionType = 'RegistryKeyDeleted' then 'gone'
            when RegistryValueNameLower = 'start' and RegistryValueDword = 4 then 'gone'
            when RegistryValueNameLower in ('start', 'type') then 'start'
            else 'program'
        end as Part
    from service_values
    where
        ServiceName <> ''
        and (
            (RegistryValueNameLower = 'imagepath' and lower(ServiceValuePath) = 'imagepath')
            or (RegistryValueNameLower = 'servicedll' and lower(ServiceValuePath) in ('servicedll', 'parameters\servicedll'))
            or (
                RegistryValueNameLower in ('start', 'type')
                and RegistryValueDword is not null
                and lower(ServiceValuePath) in ('start', 'type')
                and by_service_manager(InitiatingProcessPath, InitiatingProcessFileName)
            )
            or (ActionType = 'RegistryKeyDeleted' and ServiceValuePath in ('', '\'))
        )
),

installs as (
    select
        *,
        coalesce(json_text(AdditionalFields, '$.ImagePath'), FolderPath) as Command
    from DeviceEvents
    where ActionType = 'ServiceInstalled'
),

sc_lines as (
    select *
    from DeviceProcessEvents
    where
        (FileNameLower = 'sc.exe' or ProcessVersionInfoOriginalFileNameLower = 'sc.exe')
        and ProcessCommandLine <> ''
),

told as (
    select
        *,
        sc_command(ProcessCommandLine) as Told
    from sc_lines
    where lower(ProcessCommandLine) like '%del%'
),

deletions as (
    select
        *,
        Told.name as ServiceName
    from told
    where Told.verb = 'delete' and lower(Told.host) in ('', '.', 'localhost', '127.0.0.1', '::1')
),

children as (
    select
        *,
        full_path(FolderPath, FileName) as ChildPath
    from DeviceProcessEvents
    where
        InitiatingProcessFileNameLower = 'services.exe'
        and (
            not in_windows_or_programs(FolderPath)
            or contains(reference_lolbins(), replace(FileNameLower, '.exe', ''))
            or contains(reference_lolbins(), replace(ProcessVersionInfoOriginalFileNameLower, '.exe', ''))
        )
),

steps as (
    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        InitiatingProcessAccountName, CAST(NULL AS VARCHAR) as FileName, CAST(NULL AS VARCHAR) as FolderPath,
        RegistryKey, RegistryValueName, RegistryValueData, PreviousRegistryValueData, RegistryValueNameLower,
        ServiceName, case when Part = 'program' then RegistryValueData end as Payload,
        case when Part = 'program' then without_dots(PayloadPath) else '' end as ProgramPath,
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName,
        Part
    from registry_rows

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        InitiatingProcessAccountName, FileName, FolderPath,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), '',
        ServiceName, Command, without_dots(PayloadPath),
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName,
        'install'
    from installs

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        InitiatingProcessAccountName, FileName, FolderPath,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), '',
        ServiceName, CAST(NULL AS VARCHAR), '',
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName,
        'deletion'
    from deletions
),

named as (
    select
        *,
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device,
        lower(ServiceName) as Service
    from steps
    where ServiceName <> ''
),

-- Most services are written once and stay.
changing as (
    select
        Device,
        Service
    from named
    group by Device, Service
    having
        count(distinct case when Part = 'program' then RegistryValueData end) > 1
        or (
            count(case when Part in ('gone', 'deletion') then 1 end) > 0
            and count(case when Part in ('program', 'install') then 1 end) > 0
        )
),

keyed as (
    select named.*
    from named
    inner join changing on changing.Device = named.Device and changing.Service = named.Service
),

-- Every user's own copy of a service of Windows is created as he logs on and
-- deleted as he logs off; Defender's definitions come with a driver of the moment.
-- Whatever else a service was given for a program is foreign.
weighed as (
    select
        *,
        case
            when
                ProgramPath = ''
                or starts_with(ProgramPath, 'c:\programdata\microsoft\windows defender\definition updates\')
                or exists (
                    select 1
                    from reference_stock_services as stock
                    where
                        stock.service = service_template(keyed.Service)
                        and stock.service <> keyed.Service
                        and image_is_like(keyed.ProgramPath, stock.image)
                ) then 0
            else 1
        end as IsForeign
    from keyed
),

-- A service is created where its program and its start type or type are written
-- together, or where an install event says so. A change writes the program alone.
begun as (
    select
        *,
        case
            when Part = 'install' then 1
            when Part in ('program', 'start') and RegistryValueNameLower <> 'servicedll'
                then max(case when Part = 'start' then 1 else 0 end) over beside
                    * max(case when Part = 'program' and RegistryValueNameLower = 'imagepath' then 1 else 0 end) over beside
            else 0
        end as IsCreation
    from weighed
    window beside as (
        partition by Device, Service
        order by Timestamp
        range between INTERVAL '5' SECOND preceding and INTERVAL '5' SECOND following
    )
),

lives as (
    select
        *,
        max(IsCreation) over before as WasCreated,
        max(case when Part in ('gone', 'deletion') then 1 else 0 end) over after as WillBeGone,
        max(IsForeign) over lately as RanForeign,
        -- A row that names no program is told by those around it, a foreign one first.
        coalesce(
            nullif(ProgramPath, ''),
            nullif(max(case when IsForeign = 1 then ProgramPath else '' end) over lately, ''),
            max(ProgramPath) over lately
        ) as Program,
        coalesce(
            nullif(Payload, ''),
            nullif(max(case when IsForeign = 1 then coalesce(Payload, '') else '' end) over lately, ''),
            max(coalesce(Payload, '')) over lately
        ) as Command
    from begun
    window
        before as (
            partition by Device, Service
            order by Timestamp
            range between INTERVAL '10' MINUTE preceding and CURRENT ROW
        ),
        after as (
            partition by Device, Service
            order by Timestamp
            range between CURRENT ROW and INTERVAL '10' MINUTE following
        ),
        lately as (
            partition by Device, Service
            order by Timestamp
            range between INTERVAL '10' MINUTE preceding and INTERVAL '10' MINUTE following
        )
),

-- One foreign program is enough, whatever else the service was given beside it.
transient as (
    select lives.*
    from lives
    where
        (
            (IsCreation = 1 and WillBeGone = 1)
            or (Part = 'gone' and WasCreated = 1)
        )
        and (RanForeign = 1 or Program = '')
),

programs as (
    select
        lives.*,
        -- What the value was before this row, so far as anything tells.
        coalesce(
            nullif(PreviousRegistryValueData, ''),
            lag(RegistryValueData) over (partition by Device, Service, RegistryValueNameLower order by Timestamp, SourceRecord),
            ''
        ) as Was,
        exists (
            select 1
            from reference_stock_services as stock
            where stock.service = service_template(lives.Service) and image_is_like(lives.ProgramPath, stock.image)
        ) as IsStock
    from lives
    where Part = 'program'
),

-- X is set and gives way to Y. Y is what was there before X, or the service's stock
-- program, or Windows' own where X is nobody's; or X is nothing that a service
-- should be. What is set to a service that is being created is no change of it.
returns as (
    select
        changed.SourceFile as ChangedFile,
        changed.SourceRecord as ChangedRecord,
        returned.SourceFile as ReturnedFile,
        returned.SourceRecord as ReturnedRecord
    from programs as changed
    inner join programs as returned
        on
            returned.Device = changed.Device
            and returned.Service = changed.Service
            and returned.RegistryValueNameLower = changed.RegistryValueNameLower
            and returned.Timestamp between changed.Timestamp and changed.Timestamp + INTERVAL '10' MINUTE
    where
        returned.ProgramPath <> changed.ProgramPath
        and (returned.Timestamp > changed.Timestamp or returned.SourceRecord > changed.SourceRecord)
        and (changed.WasCreated = 0 or returned.IsStock)
        and not changed.IsStock
        and (
            without_dots(image_path(changed.Was)) = returned.ProgramPath
            or returned.IsStock
            or (
                in_system_folder(returned.ProgramPath)
                and not in_system_folder(changed.ProgramPath)
                and not in_program_files(changed.ProgramPath)
            )
            or is_lolbin(path_stem(changed.ProgramPath))
            or is_user_writable(changed.ProgramPath)
            or is_unc(changed.ProgramPath)
        )
),

restored as (
    select ChangedFile as SourceFile, ChangedRecord as SourceRecord from returns
    union
    select ReturnedFile, ReturnedRecord from returns
),

found as (
    select
        lives.*,
        lives.Program as Ran,
        transient.SourceRecord is not null as IsTransient,
        restored.SourceRecord is not null as IsRestored
    from lives
    left join transient
        on
            transient.SourceTable = lives.SourceTable
            and transient.SourceFile = lives.SourceFile
            and transient.SourceRecord = lives.SourceRecord
    left join restored
        on restored.SourceFile = lives.SourceFile and restored.SourceRecord = lives.SourceRecord and lives.Part = 'program'
    where
        -- One act is a few rows: not the start type and the type, which stand beside the
        -- program, nor a command or a key's end, which the mark says already.
        lives.Part in ('install', 'program', 'gone')
        and lives.RegistryValueNameLower in ('', 'imagepath', 'servicedll', 'start')
        and lives.ActionType <> 'RegistryKeyDeleted'
        and (transient.SourceRecord is not null or restored.SourceRecord is not null)
),

-- The same few programs come again and again: each is asked once.
kinds as (
    select distinct
        Service,
        Ran
    from found
    where IsTransient
),

by_design as (
    select distinct
        kinds.Service,
        kinds.Ran
    from kinds
    inner join reference_transient_services as known
        on image_is_like(kinds.Service, known.service) and image_is_like(kinds.Ran, known.image)
),

started as (
    select
        coalesce(nullif(DeviceId, ''), lower(DeviceName), '') as Device,
        without_dots(ChildPath) as Path,
        path_stem(ChildPath) as Stem,
        Timestamp
    from children
    where coalesce(nullif(DeviceId, ''), lower(DeviceName), '') in (select Device from found)
),

-- A bare word (cmd) is looked for along the search path.
ran as (
    select distinct
        found.SourceTable,
        found.SourceFile,
        found.SourceRecord
    from found
    inner join started on started.Device = found.Device and started.Path = found.Program
    where
        found.IsTransient
        and started.Timestamp between found.Timestamp - INTERVAL '10' MINUTE and found.Timestamp + INTERVAL '10' MINUTE

    union

    select
        found.SourceTable,
        found.SourceFile,
        found.SourceRecord
    from found
    inner join started on started.Device = found.Device and started.Stem = path_stem(found.Program)
    where
        found.IsTransient
        and strpos(found.Program, '\') = 0
        and started.Timestamp between found.Timestamp - INTERVAL '10' MINUTE and found.Timestamp + INTERVAL '10' MINUTE
)

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    found.SourceTable,
    found.SourceFile,
    found.SourceRecord,
    'TransientOrRestoredService' as DetectionType,
    ActionType,
    InitiatingProcessAccountName,
    FileName,
    FolderPath,
    RegistryKey,
    RegistryValueName,
    RegistryValueData,
    ServiceName,
    -- What ran, on every row of the act: the row that ends it names nothing.
    case when IsRestored then Payload else Command end as Payload,
    concat_ws(
        ' ',
        case when IsRestored then 'service_restored' end,
        case when ran.SourceRecord is not null then 'transient_ran' end,
        case when by_design.Service is not null then 'transient_by_design' end
    ) as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from found
left join ran
    on
        ran.SourceTable = found.SourceTable
        and ran.SourceFile = found.SourceFile
        and ran.SourceRecord = found.SourceRecord
left join by_design
    on found.IsTransient and by_design.Service = found.Service and by_design.Ran = found.Ran
