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
  script, an alternate data stream, a name of a letter or two, a path that goes up the
  tree or by way of a device, text that is encoded,
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
  - T1543.003/payload_up_the_tree
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
        ServiceValuePath,
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
        and RegistryValueData <> ''
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
        'ImagePath' as ServiceValuePath,
        PayloadPath,
        PayloadStem,
        installed_command(AdditionalFields, FolderPath) as Payload,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceEvents
    where ActionType = 'ServiceInstalled'
),

payloads as (
    select * from written
    union all
    select * from installed
),

-- The same programs are installed everywhere: each is judged once. What is asked of a
-- maximum cannot be asked of every row instead.
programs as (
    select
        Payload,
        PayloadPath,
        max(Payload) as Command,
        max(PayloadPath) as Path,
        max(PayloadStem) as Stem
    from payloads
    where lower(ServiceValuePath) = 'imagepath'
    group by
        Payload,
        PayloadPath
),

judged as (
    select
        Payload,
        PayloadPath,
        Path,
        is_strange_payload(Command, Path, Stem) as IsStrange
    from programs
),

suspects as (
    select *
    from judged
    where IsStrange or is_nonstandard(Path)
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
    payloads.Payload,
    concat_ws(
        ' ',
        case when is_script_file(payloads.PayloadPath) then 'payload_script' end,
        case when is_short_name(payloads.PayloadPath) then 'payload_short_name' end,
        case when has_admin_share(payloads.Payload) and not is_unc(payloads.PayloadPath) then 'payload_admin_share' end,
        case when has_disguise(payloads.Payload) then 'payload_disguised' end,
        case when not suspects.IsStrange then 'payload_nonstandard' end
    ) as Reasons,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from payloads
inner join suspects
    on suspects.Payload = payloads.Payload
    and suspects.PayloadPath = payloads.PayloadPath
where lower(payloads.ServiceValuePath) = 'imagepath'
