/*
id: L19
name: SystemdUnitActivation
title: systemd unit enabled, linked or started
detection_type: SystemdUnitActivation
technique: T1543.002
platform: linux
pack: [core]
tables: [DeviceProcessEvents, DeviceFileEvents]
score: 8
description: >-
  systemctl enables, links, starts, restarts or edits a unit, systemd-run starts
  one that has no file, loginctl lets a user's units run without the user, or a
  D-Bus tool asks systemd for the same. By itself this is what administrators do
  all day. It counts more where the unit lies in a folder for temporary files, or
  where its file was written in the five minutes before (SystemdUnitWritten); what
  that file runs, if known, is then shown here. A reload of systemd counts only
  after a generator was written, for it runs the generators.
misses:
  - a program of its own that speaks to systemd over D-Bus
  - a renamed systemctl, unless it names the file of a unit in a folder for temporary files
  - a link in .wants made by hand and the next boot (the link is SystemdUnitWritten's)
  - the unit of a relative path (`systemctl link ./x.service`)
  - systemctl inside a script, where child processes are not recorded
falsepositives:
  - administrators, deployment scripts, and packages that restart their daemon
  - desktops and sudo-like tools that use systemd-run
references:
  - https://attack.mitre.org/techniques/T1543/002/
  - https://attack.mitre.org/techniques/T1569/003/
  - https://www.freedesktop.org/software/systemd/man/latest/systemctl.html
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1569.003/T1569.003.md
tests:
  - T1543.002/atomic_1_create_systemd_service
  - T1543.002/atomic_3_init_script_with_code
  - T1543.002/user_unit
  - T1543.002/lingering_user_unit
  - T1543.002/unit_behind_another_path
  - T1543.002/generator
  - T1543.002/start_over_dbus
  - T1569.003/atomic_1_create_and_enable
  - T1569.003/atomic_2_link_from_tmp
  - T1569.003/atomic_3_link_from_shared_memory
  - T1569.003/atomic_4_exec_start_replaced
  - T1569.003/atomic_5_systemd_run
  - T1569.003/atomic_7_payload_in_tmp
  - T1569.003/atomic_8_lookalike_name
  - T1569.003/renamed_systemctl
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
        FileNameLower in ('systemctl', 'systemd-run', 'loginctl', 'busctl', 'dbus-send', 'gdbus') as Known,
        coalesce(nullif(DeviceId, ''), lower(nullif(DeviceName, '')), SourceFile) as Device,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from DeviceProcessEvents
    where
        (
            FileNameLower in ('systemctl', 'systemd-run', 'loginctl', 'busctl', 'dbus-send', 'gdbus')
            and (
                (FileNameLower = 'systemctl' and systemctl_verb(ProcessCommandLine) <> '')
                or FileNameLower = 'systemd-run'
                or (FileNameLower = 'loginctl' and ProcessCommandLine like '%enable-linger%')
                or (FileNameLower in ('busctl', 'dbus-send', 'gdbus') and systemd_bus_call(ProcessCommandLine) <> '')
            )
        )
        -- A copy of systemctl under another name. Programs of Linux and macOS have no
        -- version information, and their paths begin with a slash, which '0' follows:
        -- rows of Windows are asked no further.
        or (
            ProcessVersionInfoOriginalFileNameLower = '' and FolderPath >= '/' and FolderPath < '0'
            and ProcessCommandLine like '%.service%'
            and FileNameLower not in ('systemctl', 'systemd-run', 'loginctl', 'busctl', 'dbus-send', 'gdbus')
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
        Known,
        case when Program = 'systemctl' or not Known then systemctl_verb(ProcessCommandLine) else '' end as Verb,
        case when Program = 'systemctl' or not Known then systemctl_unit(ProcessCommandLine) else '' end as Unit,
        case when Program = 'systemd-run' then systemd_run_payload(ProcessCommandLine) else '' end as Command,
        Device,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName
    from lines
    where Known or systemctl_words(ProcessCommandLine)
),

-- The files that SystemdUnitWritten looks at.
writes as (
    select
        Timestamp,
        coalesce(nullif(DeviceId, ''), lower(nullif(DeviceName, '')), SourceFile) as Device,
        FilePath as Path,
        unit_exec(InitiatingProcessCommandLine) as Payload,
        unix_actor(InitiatingProcessPath, InitiatingProcessCommandLine) as WriterPath
    from DeviceFileEvents
    where
        ActionType in ('FileCreated', 'FileModified', 'FileRenamed')
        and (
            FolderPath like '%/systemd/system%' or FolderPath like '%/systemd/user%' or FolderPath like '%.service.d%'
            or FileNameLower like '%.service' or FileNameLower like '%.timer'
            or (FolderPath like '%/systemd/%' and path_has_dots(FolderPath))
        )

    union all

    select
        Timestamp,
        coalesce(nullif(DeviceId, ''), lower(nullif(DeviceName, '')), SourceFile) as Device,
        unit_written(FileNameLower, ProcessCommandLine) as Path,
        unit_exec(ProcessCommandLine) as Payload,
        '' as WriterPath
    from DeviceProcessEvents
    where
        FileNameLower in (
            'sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'busybox', 'tee', 'cp', 'mv', 'install', 'ln', 'sed', 'dd', 'perl', 'curl', 'wget',
            'rsync', 'python', 'python3'
        )
        and (
            ProcessCommandLine like '%systemd%' or ProcessCommandLine like '%.service%' or ProcessCommandLine like '%.timer%'
            or (ProcessCommandLine like '%>%' and shell_breaks_words(ProcessCommandLine))
        )
),

own_writes as (
    select
        writes.Timestamp,
        writes.Device,
        writes.Path,
        unit_place(writes.Path) as Place,
        writes.Payload
    from writes
    left join reference_package_managers as managers on managers.path = writes.WriterPath
    where
        coalesce(managers.kind, '') <> 'package'
        and unit_place(writes.Path) not in ('', 'generated', 'wants')
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
        and activations.Timestamp >= own_writes.Timestamp
        and activations.Timestamp <= own_writes.Timestamp + INTERVAL '300' SECOND
    where case
        when activations.Verb = 'daemon-reload' then own_writes.Place = 'generator'
        else systemctl_names(activations.ProcessCommandLine, own_writes.Path)
    end
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
    'SystemdUnitActivation' as DetectionType,
    activations.ActionType,
    activations.AccountName,
    activations.InitiatingProcessAccountName,
    activations.FileName,
    activations.FolderPath,
    activations.ProcessCommandLine,
    activations.Unit as ServiceName,
    coalesce(nullif(activations.Command, ''), pairs.Payload) as Payload,
    concat_ws(
        ' ',
        case when pairs.SourceFile is not null then 'unit_written_and_started' end,
        case
            when is_volatile_path(activations.Unit) then 'unit_linked_from_volatile'
            when starts_with(activations.Unit, '/') and unit_place(activations.Unit) = '' then 'unit_outside'
        end,
        case when not activations.Known then 'unix_tool_renamed' end,
        case when activations.Program = 'systemd-run' then 'unit_transient' end,
        case when activations.Program in ('busctl', 'dbus-send', 'gdbus') then 'unit_by_bus' end,
        nullif(unix_payload_reasons(coalesce(nullif(activations.Command, ''), pairs.Payload)), '')
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
where
    (activations.Verb <> 'daemon-reload' or pairs.SourceFile is not null)
    and (activations.Program <> 'systemd-run' or activations.Command <> '')
