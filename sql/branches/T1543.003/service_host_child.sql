/*
id: W15
name: ServiceHostChild
title: Service manager started a shell or a program that users can replace
detection_type: ServiceHostChild
technique: T1543.003
platform: windows
pack: [core]
tables: [DeviceProcessEvents]
score: 40
description: >-
  What services.exe starts is a service, whatever it is called and however it
  was registered. This finds those that are a shell, a script host or another
  Windows program that runs other people's code, and those whose file lies on
  the network or where users can write. It shows that a payload did run, also
  where neither the registry nor the installation was recorded.
misses:
  - programs in ordinary places, whatever they are; no table records the signer of a process that was started
  - a service that runs inside svchost
  - logs in which the parent of a process is not recorded (4688 before Windows 10)
  - a payload that was started by another service that restarts its children
falsepositives:
  - vendors whose service starts a helper by rundll32.exe or cmd.exe
  - wrappers that run a script as a service
  - services of software that is installed for one user (in AppData)
  - PDQ, remote support and other products that run a program for once out of a folder of their own
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://attack.mitre.org/techniques/T1569/002/
  - https://github.com/FalconForceTeam/FalconFriday
tests:
  - T1543.003/service_child_shell
  - T1543.003/service_child_user_folder
*/
with children as (
    select *
    from DeviceProcessEvents
    where
        InitiatingProcessFileNameLower = 'services.exe'
        and (
            not in_windows_or_programs(FolderPath)
            or contains(reference_lolbins(), replace(FileNameLower, '.exe', ''))
            or contains(reference_lolbins(), replace(ProcessVersionInfoOriginalFileNameLower, '.exe', ''))
        )
),

-- The same services start everywhere, day after day: each program is judged once. What
-- is asked of a maximum cannot be asked of every row instead.
programs as (
    select
        coalesce(FolderPath, '') as Folder,
        coalesce(FileName, '') as Name,
        coalesce(ProcessVersionInfoOriginalFileName, '') as Original,
        full_path(max(FolderPath), max(FileName)) as Program,
        path_stem(max(FileName)) as Stem,
        path_stem(max(ProcessVersionInfoOriginalFileName)) as OriginalStem
    from children
    group by
        coalesce(FolderPath, ''),
        coalesce(FileName, ''),
        coalesce(ProcessVersionInfoOriginalFileName, '')
),

suspects as (
    select
        *,
        Program in ('c:\windows\system32\msiexec.exe', 'c:\windows\syswow64\msiexec.exe') as IsInstaller
    from programs
    where
        is_lolbin(Stem)
        or is_lolbin(OriginalStem)
        or is_user_writable(Program)
        or is_unc(Program)
)

select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'ServiceHostChild' as DetectionType,
    ActionType,
    AccountDomain,
    AccountName,
    InitiatingProcessAccountName,
    FileName,
    FolderPath,
    ProcessCommandLine,
    -- A path with no command line is still what ran.
    coalesce(nullif(ProcessCommandLine, ''), nullif(full_path(FolderPath, FileName), ''), FileName) as Payload,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from children
inner join suspects
    on suspects.Folder = coalesce(children.FolderPath, '')
    and suspects.Name = coalesce(children.FileName, '')
    and suspects.Original = coalesce(children.ProcessVersionInfoOriginalFileName, '')
where
    by_service_manager(InitiatingProcessPath, InitiatingProcessFileName)
    -- Windows Installer's own service.
    and not (suspects.IsInstaller and lower(image_args(ProcessCommandLine)) in ('', '/v'))
