/*
id: W07
name: ServiceControlCommand
title: Command that makes a service or changes what one runs
detection_type: ServiceControlCommand
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceProcessEvents, DeviceEvents]
score: 10
description: >-
  A command line or a script that changes what runs as a service: sc.exe with create,
  or with config and a program, an account or a type; New-Service, Set-Service with an
  account or a security descriptor, PowerUp's cmdlets, Create and Change of
  Win32_Service, a value of a service's key that decides what runs; reg.exe on such a
  value, of Start only 0, 1 and 2; wmic; nssm, instsrv, WinSW, InstallUtil, PsService.
  sc.exe is known by its name, by its original name, and where no original name was
  recorded by its option binPath. Command lines are split as Windows splits them, so
  that quotes within words hide nothing; encoded PowerShell is decoded. A change of the
  start type alone is none, and the shell around a sc.exe is not counted as one. That an
  Office program, a reader, a browser, a web server or a database does it, itself or by
  a shell, is a reason of its own.
misses:
  - the API (CreateService), remote or not, and what is inside a script file that no PowerShell log shows
  - New-Service that is put together at run time (variables, format strings, characters by number)
  - reg.exe import and regedit, whose files are not on the command line
  - a renamed sc.exe without a recorded original name that changes only the account or the type
  - a service made by WMI, the API or a tool of one's own (nothing is left of the command; the install is seen by W05, W06 and W14 where its program lies in no ordinary place)
  - a renamed nssm, and where no original name is recorded a renamed PowerShell, reg.exe or wmic
falsepositives:
  - installers and build agents
  - administrators and configuration management
  - DBA scripts that set a service's account
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/sc-create
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1543.003/T1543.003.md
  - https://github.com/PowerShellMafia/PowerSploit/blob/master/Privesc/PowerUp.ps1
twins: [W01, W03]
tests:
  - T1543.003/encoded_new_service
  - T1543.003/renamed_sc
  - T1543.003/reg_with_dashes
  - T1543.003/office_starts_sc
  - T1543.003/wmi_creates_service
  - T1543.003/cim_creates_service
  - T1543.003/web_server_makes_service
*/
with started as (
    -- Wide and cheap: every command line that may be one.
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
        ProcessIntegrityLevel,
        case
            when FileNameLower in ('powershell.exe', 'pwsh.exe', 'powershell_ise.exe')
                or ProcessVersionInfoOriginalFileNameLower in ('powershell.exe', 'pwsh.dll') then 'powershell'
            when FileNameLower = 'reg.exe' or ProcessVersionInfoOriginalFileNameLower = 'reg.exe' then 'reg'
            when FileNameLower = 'wmic.exe' or ProcessVersionInfoOriginalFileNameLower = 'wmic.exe' then 'wmic'
            when FileNameLower = 'sc.exe' or ProcessVersionInfoOriginalFileNameLower = 'sc.exe' then 'sc'
            when FileNameLower in (
                'nssm.exe', 'nssm64.exe', 'instsrv.exe', 'winsw.exe', 'winsw-x64.exe', 'winsw-x86.exe', 'installutil.exe',
                'psservice.exe', 'psservice64.exe'
            ) then 'wrapper'
            else 'sc'
        end as Program,
        ProcessCommandLine as Command,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceProcessEvents
    where
        (
            (FileNameLower = 'sc.exe' or ProcessVersionInfoOriginalFileNameLower = 'sc.exe')
            and may_change_service(ProcessCommandLine)
        )
        or (
            -- By its option where nothing else tells: Security 4688 has no original name.
            -- The one test of all command lines there.
            ProcessVersionInfoOriginalFileNameLower = ''
            and FileNameLower not in ('cmd.exe', 'powershell.exe', 'pwsh.exe', 'conhost.exe', 'wsl.exe', 'bash.exe')
            and contains_i(ProcessCommandLine, 'binpath')
        )
        or (
            (
                FileNameLower in ('powershell.exe', 'pwsh.exe', 'powershell_ise.exe')
                or ProcessVersionInfoOriginalFileNameLower in ('powershell.exe', 'pwsh.dll')
            )
            and may_speak_of_services(ProcessCommandLine)
        )
        or (
            (FileNameLower = 'reg.exe' or ProcessVersionInfoOriginalFileNameLower = 'reg.exe')
            and may_name_services(ProcessCommandLine)
        )
        or (
            (FileNameLower = 'wmic.exe' or ProcessVersionInfoOriginalFileNameLower = 'wmic.exe')
            and wmic_changes_service(ProcessCommandLine)
        )
        or (
            FileNameLower in (
                'nssm.exe', 'nssm64.exe', 'instsrv.exe', 'winsw.exe', 'winsw-x64.exe', 'winsw-x86.exe', 'installutil.exe',
                'psservice.exe', 'psservice64.exe'
            )
            and ProcessCommandLine <> ''
        )
),

scripts as (
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
        cast(NULL as varchar) as ProcessIntegrityLevel,
        'script' as Program,
        concat_ws(' ', json_text(AdditionalFields, '$.Command'), json_text(AdditionalFields, '$.CommandDetails')) as Command,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceEvents
    where
        ActionType in ('PowerShellCommand', 'PowerShellScriptBlock')
        and may_speak_of_services(AdditionalFields)
),

commands as (
    select * from started
    union all
    select * from scripts
),

readable as (
    select
        *,
        case when Program in ('powershell', 'script') then powershell_text(Command) else Command end as Text
    from commands
),

taken_apart as (
    select
        *,
        sc_command(Text) as Sc,
        reg_command(Text) as Reg
    from readable
),

changes as (
    select *
    from taken_apart
    where
        case Program
            when 'powershell' then powershell_verb(Text) <> ''
            when 'script' then is_service_script(Text)
            when 'reg' then reg_changes(Reg)
            when 'wrapper' then wrapper_changes_service(Text)
            when 'sc' then sc_changes(Sc)
            else true
        end
),

-- Programs that have no business with services: what they start was put into them.
exposed as (
    select program
    from reference_parents
    where kind in ('office', 'reader', 'browser', 'web_server', 'database')
)

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'ServiceControlCommand' as DetectionType,
    ActionType,
    AccountDomain,
    AccountName,
    InitiatingProcessAccountName,
    FileName,
    FolderPath,
    ProcessCommandLine,
    service_told(Text, Sc, Reg) as ServiceName,
    payload_told(Text, Sc, Reg) as Payload,
    concat_ws(
        ' ',
        case when ProcessIntegrityLevel in ('Low', 'Medium') then 'actor_not_elevated' end,
        case
            when lower(InitiatingProcessFileName) in (select program from exposed)
                or (
                    lower(InitiatingProcessFileName) in ('cmd.exe', 'powershell.exe', 'pwsh.exe', 'wscript.exe', 'cscript.exe', 'mshta.exe')
                    and lower(InitiatingProcessParentFileName) in (select program from exposed)
                )
                then 'service_by_exposed'
        end
    ) as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from changes
