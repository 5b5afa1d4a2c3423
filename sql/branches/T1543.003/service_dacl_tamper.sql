/*
id: W13
name: ServiceDaclTamper
title: Permissions of a service changed
detection_type: ServiceDaclTamper
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceProcessEvents, DeviceRegistryEvents, DeviceEvents]
score: 30
description: >-
  Who may see, stop and change a service is in its security descriptor. With
  entries that deny, a service disappears from every list, for administrators
  too; with entries that allow everybody, any user makes it run what he likes;
  with those of the service manager itself (scmanager) any user makes services.
  Found are `sc sdset`, Set-Service with a descriptor, subinacl, and the
  Security value written past the service manager.
misses:
  - a program that calls SetServiceObjectSecurity itself, of which services.exe writes the same value as of every lawful change
  - what a descriptor says that is written to the registry, where it is binary
  - the descriptor inside a script file, where script blocks are not recorded
falsepositives:
  - agents that protect their own service (a mobile device management agent runs `sc sdset`)
  - hardening scripts, and scripts that let helpdesk staff restart one service
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://attack.mitre.org/techniques/T1564/
  - https://learn.microsoft.com/en-us/windows/win32/services/service-security-and-access-rights
  - https://learn.microsoft.com/en-us/windows/win32/secauthz/ace-strings
tests:
  - T1543.003/service_hidden_by_deny
  - T1543.003/service_opened_to_everyone
  - T1543.003/service_security_by_registry
*/
with

lines as (
    select
        *,
        case
            when FileNameLower in ('powershell.exe', 'pwsh.exe', 'powershell_ise.exe')
                or ProcessVersionInfoOriginalFileNameLower in ('powershell.exe', 'pwsh.dll')
                then powershell_text(ProcessCommandLine)
            else ProcessCommandLine
        end as Line
    from DeviceProcessEvents
    where
        (
            (FileNameLower in ('sc.exe', 'subinacl.exe') or ProcessVersionInfoOriginalFileNameLower in ('sc.exe', 'subinacl.exe'))
            and ProcessCommandLine <> ''
        )
        or (
            -- A renamed sc.exe where nothing tells (Security 4688 has no original name):
            -- whoever is given such a descriptor.
            ProcessVersionInfoOriginalFileNameLower = ''
            and ProcessCommandLine like '%;;;%'
            and FileNameLower not in ('cmd.exe', 'powershell.exe', 'pwsh.exe', 'conhost.exe')
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
            and plain_text(ProcessCommandLine) like '%security%'
        )
),

-- sdset without a descriptor that can be read is still one.
commands as (
    select *
    from lines
    where
        permission_text(Line) <> ''
        or sdset_service_text(Line) <> ''
        or (
            (FileNameLower = 'reg.exe' or ProcessVersionInfoOriginalFileNameLower = 'reg.exe')
            and plain_text(Line) like '%\services\%\security%'
            and is_registry_write(plain_text(Line))
            and registry_service_text(Line) <> ''
        )
),

security_values as (
    select *
    from DeviceRegistryEvents
    where RegistryValueNameLower = 'security' and ActionType = 'RegistryValueSet'
),

writes as (
    select *
    from security_values
    where
        lower(ServiceValuePath) = 'security\security'
        and not (
            by_service_manager(InitiatingProcessPath, InitiatingProcessFileName)
            or by_servicing(InitiatingProcessPath, InitiatingProcessFileName)
        )
),

blocks as (
    select
        *,
        powershell_text(json_text(AdditionalFields, '$.Command')) as Line
    from DeviceEvents
    where
        ActionType in ('PowerShellScriptBlock', 'PowerShellCommand')
        and (lower(AdditionalFields) like '%sdset%' or lower(AdditionalFields) like '%set-service%')
),

scripts as (
    select *
    from blocks
    where permission_text(Line) <> ''
),

found as (
    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        AccountDomain, AccountName, InitiatingProcessAccountName, FileName, FolderPath, ProcessCommandLine,
        CAST(NULL AS VARCHAR) as RegistryKey, CAST(NULL AS VARCHAR) as RegistryValueName, CAST(NULL AS VARCHAR) as RegistryValueData,
        permission_service_text(Line) as ServiceName,
        permission_text(Line) as Descriptor,
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from commands

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), InitiatingProcessAccountName, CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), Line,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        permission_service_text(Line),
        permission_text(Line),
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from scripts

    union all

    select
        Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, ActionType,
        CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), InitiatingProcessAccountName, CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR),
        RegistryKey, RegistryValueName, RegistryValueData,
        ServiceName,
        '',
        InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
    from writes
)

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'ServiceDaclTamper' as DetectionType,
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
    concat_ws(
        ' ',
        case when sddl_denies(Descriptor) then 'deny_ace' end,
        case when sddl_opens(Descriptor) and lower(ServiceName) <> 'scmanager' then 'open_ace' end,
        case when lower(ServiceName) = 'scmanager' then 'scmanager_acl' end
    ) as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from found
