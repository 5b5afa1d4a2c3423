/*
id: W06
name: SuspiciousServicePayload
title: Service that runs a payload no service is made to run
detection_type: SuspiciousServicePayload
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceRegistryEvents, DeviceEvents]
score: 30
description: >-
  ImagePath of a service, or the program of one that is installed, is of a kind that
  programs made to be services are not: in a place where users can write, on a network
  path or an administrative share, a Windows program that runs other people's code, a
  script, an alternate data stream, a name of a letter or two, text that is encoded,
  hidden, downloads, echoes into a pipe or a file. Weaker, and counted so: a program in
  no folder of programs, on another drive, or named without a folder. The path is read
  as Windows reads it, after variables, quotes and prefixes, and only the program's
  own: an argument that names a user's folder is none.
misses:
  - a program in an ordinary place that takes its orders from there (a DLL, a settings file)
  - programs in ProgramData deeper than its first level, Windows and System32 (W05 has those that are no stock service's)
  - names in 8.3 form are compared as they are, C:\PROGRA~1 counts as no folder of programs
  - interpreters that Windows does not ship (python, node, java), but for their place
  - ServiceDll and FailureCommand (W11, W12)
falsepositives:
  - installers that run a temporary service from Temp (Malwarebytes)
  - scanners that bring their own program to C:\Windows\Temp (THOR)
  - programs on D:\ and in folders of their own below C:\ (they score low)
  - developers who test a service from their own folders
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://attack.mitre.org/techniques/T1569/002/
  - https://lolbas-project.github.io/
twins: [W02]
tests:
  - T1543.003/payload_in_temp
  - T1543.003/payload_over_network
  - T1543.003/payload_without_folder
*/
with written as (
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
        cast(NULL as varchar) as FileName,
        cast(NULL as varchar) as FolderPath,
        RegistryKey,
        RegistryValueName,
        RegistryValueData,
        ServiceName,
        PayloadPath,
        PayloadStem,
        RegistryValueData as Payload,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceRegistryEvents
    where
        RegistryValueNameLower = 'imagepath'
        and ActionType = 'RegistryValueSet'
        and lower(ServiceValuePath) = 'imagepath'
        and (is_strange_payload(RegistryValueData, PayloadPath, PayloadStem) or is_nonstandard(PayloadPath))
),

installed as (
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
        cast(NULL as varchar) as RegistryKey,
        cast(NULL as varchar) as RegistryValueName,
        cast(NULL as varchar) as RegistryValueData,
        ServiceName,
        PayloadPath,
        PayloadStem,
        installed_command(AdditionalFields, FolderPath) as Payload,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceEvents
    where
        ActionType = 'ServiceInstalled'
        and (
            is_strange_payload(installed_command(AdditionalFields, FolderPath), PayloadPath, PayloadStem)
            or is_nonstandard(PayloadPath)
        )
),

payloads as (
    select * from written
    union all
    select * from installed
)

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'SuspiciousServicePayload' as DetectionType,
    ActionType,
    InitiatingProcessAccountName,
    FileName,
    FolderPath,
    RegistryKey,
    RegistryValueName,
    RegistryValueData,
    ServiceName,
    Payload,
    concat_ws(
        ' ',
        case when is_script_file(PayloadPath) then 'payload_script' end,
        case when is_short_name(PayloadPath) then 'payload_short_name' end,
        case when has_admin_share(Payload) and not is_unc(PayloadPath) then 'payload_admin_share' end,
        case when not is_strange_payload(Payload, PayloadPath, PayloadStem) then 'payload_nonstandard' end
    ) as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from payloads
