/*
id: M21D
name: LaunchDaemonWritten
title: Launch daemon written
detection_type: LaunchDaemonWritten
technique: T1543.004
platform: macos
pack: [core]
tables: [DeviceFileEvents, DeviceProcessEvents, DeviceEvents]
score: 20
description: >-
  A property list from which launchd runs a program as root is created, changed or
  renamed into place in a LaunchDaemons folder, or macOS itself takes note of a new
  daemon. Where only processes are recorded, the command line that writes the file.
  Launch agents are LaunchAgentWritten's (M21). What Apple's installer lays down is
  left out.
misses:
  - what the daemon runs, where its file was written by an editor, a script file or a program of the attacker's own
  - a daemon that comes in a package (.pkg), whose writer is the installer, unless macOS's note of it is recorded
  - daemons inside of an application that it registers by itself (SMAppService), unless macOS's note of it is recorded
  - a property list elsewhere that is only loaded with launchctl (M22 sees that)
  - a change of the program that an existing daemon runs
  - where files are not recorded, a shell's line whose words are put together from variables or escapes
falsepositives:
  - vendors' helpers that are installed without a package
  - Homebrew's `sudo brew services`
  - device management, which is lowered or, where macOS says so, left out
references:
  - https://attack.mitre.org/techniques/T1543/004/
  - https://developer.apple.com/library/archive/documentation/MacOSX/Conceptual/BPSystemStartup/Chapters/CreatingLaunchdJobs.html
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1543.004/T1543.004.md
twins: [M21]
tests:
  - T1543.004/atomic_1_launch_daemon
  - T1543.004/daemon_noted_by_macos
  - T1543.004/hidden_daemon_by_script
  - T1543.004/daemon_edited_with_plistbuddy
*/
with writes as (
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        InitiatingProcessAccountName as AccountName,
        FileName,
        FolderPath,
        CAST(NULL AS VARCHAR) as ProcessCommandLine,
        FilePath as Path,
        '' as Label,
        launch_payload(InitiatingProcessCommandLine) as Payload,
        InitiatingProcessFileNameLower as Writer,
        InitiatingProcessPath as WriterImage,
        unix_actor(InitiatingProcessPath, InitiatingProcessCommandLine) as WriterPath,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName,
        -- A process that writes a file over and over is one writer.
        row_number() over (
            partition by DeviceId, DeviceName, FilePath, InitiatingProcessId, InitiatingProcessPath, InitiatingProcessCommandLine, CAST(Timestamp AS DATE)
            order by Timestamp, SourceFile, SourceRecord
        ) as Nth
    from DeviceFileEvents
    where
        ActionType in ('FileCreated', 'FileModified', 'FileRenamed')
        and lower(FolderPath) like '%/launchdaemons%'

    union all

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
        FileName,
        FolderPath,
        ProcessCommandLine,
        launch_written(FileNameLower, ProcessCommandLine) as Path,
        '' as Label,
        launch_payload(ProcessCommandLine) as Payload,
        FileNameLower as Writer,
        '' as WriterImage,
        '' as WriterPath,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName,
        1 as Nth
    from DeviceProcessEvents
    where
        FileNameLower in (
            'sh', 'bash', 'zsh', 'dash', 'ksh', 'cp', 'mv', 'tee', 'install', 'ln', 'ditto', 'sed', 'perl', 'ruby', 'curl', 'wget', 'rsync',
            'python', 'python3', 'plutil', 'defaults', 'plistbuddy'
        )
        and (
            lower(ProcessCommandLine) like '%launchdaemons%'
            or (ProcessCommandLine like '%>%' and shell_breaks_words(ProcessCommandLine))
        )

    union all

    -- macOS's own note of an item, and Defender's of a changed property list.
    select
        Timestamp,
        DeviceId,
        DeviceName,
        ReportId,
        SourceTable,
        SourceFile,
        SourceRecord,
        ActionType,
        InitiatingProcessAccountName as AccountName,
        FileName,
        FolderPath,
        CAST(NULL AS VARCHAR) as ProcessCommandLine,
        coalesce(json_text(AdditionalFields, '$.ItemPath'), full_path(FolderPath, FileName)) as Path,
        ServiceName as Label,
        coalesce(json_text(AdditionalFields, '$.ImagePath'), json_text(AdditionalFields, '$.ExecutablePath'), '') as Payload,
        '' as Writer,
        InitiatingProcessPath as WriterImage,
        unix_actor(InitiatingProcessPath, InitiatingProcessCommandLine) as WriterPath,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName,
        1 as Nth
    from DeviceEvents
    where
        ActionType in ('LaunchItemAdded', 'PlistPropertyModified')
        and (
            (
                ActionType = 'LaunchItemAdded'
                and launch_item_kind(AdditionalFields) in ('daemon')
                -- What device management has installed.
                and coalesce(json_text(AdditionalFields, '$.Managed'), '') <> 'true'
            )
            or ActionType = 'PlistPropertyModified'
        )
)

select
    writes.Timestamp,
    writes.DeviceId,
    writes.DeviceName,
    writes.ReportId,
    writes.SourceTable,
    writes.SourceFile,
    writes.SourceRecord,
    'LaunchDaemonWritten' as DetectionType,
    writes.ActionType,
    writes.AccountName,
    writes.FileName,
    writes.FolderPath,
    writes.ProcessCommandLine,
    coalesce(nullif(writes.Label, ''), launch_label(writes.Path)) as ServiceName,
    writes.Payload,
    concat_ws(
        ' ',
        case when is_hidden_file(writes.Path) then 'unix_hidden_name' end,
        case
            when is_volatile_path(writes.WriterImage) or is_fetching(writes.Writer) then 'unix_writer_volatile'
            when is_interpreter(writes.Writer) or writes.Writer = 'java' then 'plist_by_script'
        end,
        case
            when launch_place(writes.Path) = 'system daemon' then 'plist_system_library'
            when launch_label(writes.Path) like 'com.apple.%' then 'plist_apple_label'
        end,
        case
            when writes.Writer in ('plutil', 'defaults', 'plistbuddy') and launch_starts_itself(writes.ProcessCommandLine) then 'plist_edited'
        end,
        case when managers.kind = 'config' then 'config_management' end,
        nullif(unix_payload_reasons(writes.Payload), '')
    ) as Reasons,
    writes.InitiatingProcessFileName,
    writes.InitiatingProcessFolderPath,
    writes.InitiatingProcessCommandLine,
    writes.InitiatingProcessParentFileName
from writes
left join reference_package_managers as managers on managers.path = writes.WriterPath
where
    writes.Nth = 1
    and (launch_place(writes.Path) in ('daemon', 'system daemon') or writes.ActionType = 'LaunchItemAdded')
    -- macOS's note of an item stands, whoever laid the file down.
    and (coalesce(managers.kind, '') <> 'package' or writes.ActionType = 'LaunchItemAdded')
