/*
id: W12
name: ServiceFailureCommand
title: Command set to be run when a service fails
detection_type: ServiceFailureCommand
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceRegistryEvents, DeviceProcessEvents, DeviceEvents]
score: 45
description: >-
  The service manager can run a program when a service fails, as SYSTEM, and
  nothing of the service itself has to be changed for it. This finds such a
  command set with `sc failure … command=`, with reg.exe or PowerShell, or
  seen in the registry, whoever wrote it: what sc.exe asks for services.exe
  writes. What shall happen on failure (FailureActions) counts only when a
  program other than the service manager and the installers of Windows writes
  it, and little.
misses:
  - a program that calls ChangeServiceConfig2 itself, in telemetry without registry events
  - a command that was there before and is now made to run, by failing the service on purpose
  - the command inside a script file, where script blocks are not recorded
falsepositives:
  - monitoring and backup agents that start a tool of their own on failure
  - cluster and database setup
  - administrators who have a mail sent when a service fails
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://learn.microsoft.com/en-us/windows/win32/api/winsvc/ns-winsvc-service_failure_actionsw
  - https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/sc-failure
tests:
  - T1543.003/failure_command
  - T1543.003/failure_command_by_registry
  - T1543.003/renamed_sc_sets_failure_command
*/
with

writes as (
    select *
    from DeviceRegistryEvents
    where RegistryValueNameLower in ('failurecommand', 'failureactions') and RegistryValueData <> ''
),

commands_set as (
    select *
    from writes
    where
        ServiceName <> ''
        and lower(ServiceValuePath) in ('failurecommand', 'failureactions')
        and (
            RegistryValueNameLower = 'failurecommand'
            or not (
                by_service_manager(InitiatingProcessPath, InitiatingProcessFileName)
                or by_servicing(InitiatingProcessPath, InitiatingProcessFileName)
            )
        )
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
            and contains_i(ProcessCommandLine, 'command=')
        )
),

-- `actions=` without `command=` restarts the service, which everybody does.
told_to_sc as (
    select
        *,
        ProcessCommandLine as Line,
        failure_service_text(ProcessCommandLine) as ServiceName,
        failure_command_text(ProcessCommandLine) as Payload
    from sc_lines
    where failure_command_text(ProcessCommandLine) <> ''
),

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
            and plain_text(ProcessCommandLine) like '%failurecommand%'
        )
        or (
            (
                FileNameLower in ('powershell.exe', 'pwsh.exe', 'powershell_ise.exe')
                or ProcessVersionInfoOriginalFileNameLower in ('powershell.exe', 'pwsh.dll')
            )
            and may_speak_of_services(ProcessCommandLine)
        )
),

told_to_registry as (
    select
        *,
        registry_service_text(Line) as ServiceName,
        registry_data_text(Line) as Payload
    from told
    where
        plain_text(Line) like '%failurecommand%'
        and is_registry_write(plain_text(Line))
),

blocks as (
    select
        *,
        powershell_text(json_text(AdditionalFields, '$.Command')) as Script
    from DeviceEvents
    where
        ActionType in ('PowerShellScriptBlock', 'PowerShellCommand')
        and lower(AdditionalFields) like '%failure%command%'
),

scripts as (
    select
        *,
        failure_command_text(Script) as Told
    from blocks
    where
        failure_command_text(Script) <> ''
        or (
            plain_text(Script) like '%failurecommand%'
            and is_registry_write(plain_text(Script))
        )
),

found as (
    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        CAST(NULL AS VARCHAR) as AccountDomain, CAST(NULL AS VARCHAR) as AccountName, InitiatingProcessAccountName,
        CAST(NULL AS VARCHAR) as FileName, CAST(NULL AS VARCHAR) as FolderPath, CAST(NULL AS VARCHAR) as ProcessCommandLine,
        RegistryKey, RegistryValueName, RegistryValueData,
        ServiceName, case when RegistryValueNameLower = 'failurecommand' then RegistryValueData end as Payload,
        case when RegistryValueNameLower = 'failureactions' then 'failure_actions_only' end as Reasons,
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from commands_set

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        AccountDomain, AccountName, InitiatingProcessAccountName,
        FileName, FolderPath, ProcessCommandLine,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        ServiceName, Payload, CAST(NULL AS VARCHAR),
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from (select * from told_to_sc union all select * from told_to_registry) as told

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), InitiatingProcessAccountName,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), Script,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        case when Told <> '' then failure_service_text(Script) else registry_service_text(Script) end,
        case when Told <> '' then Told else registry_data_text(Script) end, CAST(NULL AS VARCHAR),
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from scripts
)

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'ServiceFailureCommand' as DetectionType,
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
    Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from found
