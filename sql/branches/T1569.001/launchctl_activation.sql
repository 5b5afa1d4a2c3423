/*
id: M22
name: LaunchctlActivation
title: launchctl loads, enables or starts an item
detection_type: LaunchctlActivation
technique: T1569.001
platform: macos
pack: [core]
tables: [DeviceProcessEvents, DeviceFileEvents]
score: 8
description: >-
  launchctl loads or bootstraps a property list, enables, starts or kicks an item,
  submits a program without a file, or runs one as another user. By itself this is
  what installers do. It counts more where the file lies outside of launchd's
  folders, where a program is submitted, or where the file was written in the
  minute before (LaunchAgentWritten, LaunchDaemonWritten); what that file runs, if
  known, is then shown here.
misses:
  - items that launchd finds by itself at the next login or boot, which need no launchctl
  - applications that register their items by themselves (SMAppService, SMLoginItemSetEnabled)
  - a program that speaks to launchd over XPC
  - a renamed launchctl that enables, starts or kicks an item; bootstrap, load -w and submit are told by their words
  - a relative path, whose folder is not on the command line
falsepositives:
  - scripts of packages, device management and updaters
  - Homebrew's `brew services`
references:
  - https://attack.mitre.org/techniques/T1569/001/
  - https://attack.mitre.org/techniques/T1543/004/
  - https://ss64.com/mac/launchctl.html
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1569.001/T1569.001.md
tests:
  - T1543.001/atomic_1_launch_agent
  - T1543.001/atomic_3_launch_agent_for_everyone
  - T1543.001/apple_named_agent
  - T1543.001/agent_in_small_letters
  - T1543.004/atomic_1_launch_daemon
  - T1569.001/atomic_1_launchctl_submit
  - T1569.001/bootstrap_from_shared_folder
  - T1569.001/renamed_launchctl
*/
with lines as (
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        AccountName,
        InitiatingProcessAccountName,
        FileName,
        FolderPath,
        ProcessCommandLine,
        FileNameLower as Program,
        coalesce(nullif(DeviceId, ''), lower(nullif(DeviceName, '')), SourceFile) as Device,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceProcessEvents
    where
        FileNameLower = 'launchctl'
        -- A copy of launchctl under another name. Programs of Linux and macOS have no
        -- version information, and their paths begin with a slash, which '0' follows:
        -- rows of Windows are asked no further.
        or (
            ProcessVersionInfoOriginalFileNameLower = '' and FolderPath >= '/' and FolderPath < '0'
            and (lower(ProcessCommandLine) like '%.plist%' or ProcessCommandLine like '% submit %')
        )
),

activations as (
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        AccountName,
        InitiatingProcessAccountName,
        FileName,
        FolderPath,
        ProcessCommandLine,
        Program,
        launchctl_verb(ProcessCommandLine) as Verb,
        tidy_path(launchctl_path(ProcessCommandLine)) as Path,
        launchctl_label(ProcessCommandLine) as Label,
        launchctl_payload(ProcessCommandLine) as Payload,
        Device,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from lines
    where launchctl_verb(ProcessCommandLine) <> '' and (Program = 'launchctl' or launchctl_words(ProcessCommandLine))
),

-- The files that LaunchAgentWritten and LaunchDaemonWritten look at.
writes as (
    select
        Timestamp,
        coalesce(nullif(DeviceId, ''), lower(nullif(DeviceName, '')), SourceFile) as Device,
        launch_label(FilePath) as Label,
        launch_payload(InitiatingProcessCommandLine) as Payload,
        unix_actor(InitiatingProcessPath, InitiatingProcessCommandLine) as WriterPath
    from DeviceFileEvents
    where
        ActionType in ('FileCreated', 'FileModified', 'FileRenamed')
        and (lower(FolderPath) like '%/launchagents%' or lower(FolderPath) like '%/launchdaemons%')

    union all

    select
        Timestamp,
        coalesce(nullif(DeviceId, ''), lower(nullif(DeviceName, '')), SourceFile) as Device,
        launch_label(launch_written(FileNameLower, ProcessCommandLine)) as Label,
        launch_payload(ProcessCommandLine) as Payload,
        '' as WriterPath
    from DeviceProcessEvents
    where
        FileNameLower in (
            'sh', 'bash', 'zsh', 'dash', 'ksh', 'cp', 'mv', 'tee', 'install', 'ln', 'ditto', 'sed', 'perl', 'ruby', 'curl', 'wget', 'rsync',
            'python', 'python3', 'plutil', 'defaults', 'plistbuddy'
        )
        and (
            lower(ProcessCommandLine) like '%launchagents%' or lower(ProcessCommandLine) like '%launchdaemons%'
            or (ProcessCommandLine like '%>%' and shell_breaks_words(ProcessCommandLine))
        )
),

own_writes as (
    select
        writes.Timestamp,
        writes.Device,
        writes.Label,
        writes.Payload
    from writes
    left join reference_package_managers as managers on managers.path = writes.WriterPath
    where coalesce(managers.kind, '') <> 'package'
),

pairs as (
    select
        activations.SourceTable,
        activations.SourceFile,
        activations.SourceRecord,
        max(own_writes.Payload) as Payload
    from activations
    inner join own_writes
        on own_writes.Device = activations.Device
        and own_writes.Label = activations.Label
        and activations.Timestamp >= own_writes.Timestamp
        and activations.Timestamp <= own_writes.Timestamp + INTERVAL '60' SECOND
    where activations.Label <> ''
    group by activations.SourceTable, activations.SourceFile, activations.SourceRecord
)

select
    activations.Timestamp,
    activations.DeviceId,
    activations.DeviceName,
    activations.ReportId,
    activations.SourceTable,
    activations.SourceFile,
    activations.SourceRecord,
    'LaunchctlActivation' as DetectionType,
    activations.ActionType,
    activations.AccountName,
    activations.InitiatingProcessAccountName,
    activations.FileName,
    activations.FolderPath,
    activations.ProcessCommandLine,
    activations.Label as ServiceName,
    coalesce(nullif(activations.Payload, ''), pairs.Payload) as Payload,
    concat_ws(
        ' ',
        case when activations.Program <> 'launchctl' then 'unix_tool_renamed' end,
        case when activations.Verb = 'submit' then 'launchctl_submit' end,
        case
            when is_volatile_path(activations.Path) then 'launchctl_volatile_path'
            when starts_with(activations.Path, '/') and not has_any(activations.Path, ARRAY['/LaunchAgents', '/LaunchDaemons'])
                then 'launchctl_other_path'
        end,
        nullif(unix_payload_reasons(coalesce(nullif(activations.Payload, ''), pairs.Payload)), '')
    ) as Reasons,
    activations.InitiatingProcessFileName,
    activations.InitiatingProcessFolderPath,
    activations.InitiatingProcessCommandLine,
    activations.InitiatingProcessParentFileName
from activations
left join pairs
    on pairs.SourceTable = activations.SourceTable
    and pairs.SourceFile = activations.SourceFile
    and pairs.SourceRecord = activations.SourceRecord
