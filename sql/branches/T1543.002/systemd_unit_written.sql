/*
id: L18
name: SystemdUnitWritten
title: systemd unit, drop-in or generator written
detection_type: SystemdUnitWritten
technique: T1543.002
platform: linux
pack: [core]
tables: [DeviceFileEvents, DeviceProcessEvents]
score: 20
description: >-
  A file from which systemd makes a service is created, changed or renamed into
  place: a unit of the system or of a user, a drop-in that overrides one, a link
  in .wants, a generator, or a unit or drop-in in a folder for temporary files, to
  be linked from there. Where only processes are recorded, the command line that writes
  such a file. Package managers are left out; what the unit would run is read off
  the command line of its writer, if that has it.
misses:
  - what the unit runs, where it was written by an editor, a script file or a program of the attacker's own
  - a unit that comes in a package, whose writer is the package manager
  - a file named relative to a folder that the log does not name, as the audit system does for openat on a descriptor
  - units in an image or a chroot (/mnt/etc/systemd/system), and in folders set with SYSTEMD_UNIT_PATH
  - a change of a script or program that an existing unit runs
  - hosts without file events, unless a shell, tee, cp, mv, install, ln, sed, dd, curl, wget or python -c names the file
  - there, a shell's line whose words are put together from variables or escapes; quotes and backslashes within words are taken out
  - a link to a folder of systemd's that lies in no folder for temporary files, where the log has the link's path
  - an interpreter that calls itself a package manager by the whole of its argument zero, where the log joins arguments with spaces
falsepositives:
  - administrators who write a unit or run `systemctl edit`
  - installers that are not packages, above all those piped from curl into a shell
  - agents that write their own unit when they are updated
  - configuration management, which is lowered, and builds of images
references:
  - https://attack.mitre.org/techniques/T1543/002/
  - https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html
  - https://www.freedesktop.org/software/systemd/man/latest/systemd.generator.html
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1543.002/T1543.002.md
tests:
  - T1543.002/atomic_1_create_systemd_service
  - T1543.002/user_unit
  - T1543.002/lingering_user_unit
  - T1543.002/unit_behind_another_path
  - T1543.002/generator
  - T1543.002/dropin
  - T1543.002/link_by_hand
  - T1543.002/unit_downloaded
  - T1543.002/unit_written_unseen
  - T1543.002/unit_renamed_into_place
  - T1543.002/dropin_through_a_link
  - T1543.002/words_broken_in_a_shell
  - T1569.003/atomic_1_create_and_enable
  - T1569.003/atomic_2_link_from_tmp
  - T1569.003/atomic_3_link_from_shared_memory
  - T1569.003/atomic_4_exec_start_replaced
  - T1569.003/atomic_7_payload_in_tmp
  - T1569.003/atomic_8_lookalike_name
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
        unit_exec(InitiatingProcessCommandLine) as Payload,
        InitiatingProcessFileNameLower as Writer,
        InitiatingProcessPath as WriterImage,
        unix_actor(InitiatingProcessPath, InitiatingProcessCommandLine) as WriterPath,
        coalesce(json_text(AdditionalFields, '$.LinkTarget'), '') as LinkTarget,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName,
        -- A process that writes a file over and over (echo … >> unit) is one writer.
        row_number() over (
            partition by DeviceId, DeviceName, FilePath, InitiatingProcessId, InitiatingProcessPath, InitiatingProcessCommandLine, CAST(Timestamp AS DATE)
            order by Timestamp, SourceFile, SourceRecord
        ) as Nth
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
        unit_written(FileNameLower, ProcessCommandLine) as Path,
        unit_exec(ProcessCommandLine) as Payload,
        FileNameLower as Writer,
        '' as WriterImage,
        '' as WriterPath,
        '' as LinkTarget,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName,
        1 as Nth
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
)

select
    writes.Timestamp,
    writes.DeviceId,
    writes.DeviceName,
    writes.ReportId,
    writes.SourceTable,
    writes.SourceFile,
    writes.SourceRecord,
    'SystemdUnitWritten' as DetectionType,
    writes.ActionType,
    writes.AccountName,
    writes.FileName,
    writes.FolderPath,
    writes.ProcessCommandLine,
    unit_of_path(writes.Path) as ServiceName,
    writes.Payload,
    concat_ws(
        ' ',
        case unit_place(writes.Path)
            when 'generator' then 'unit_generator'
            when 'dropin' then 'unit_dropin'
            when 'outside' then 'unit_outside'
            when 'wants' then 'unit_link_by_hand'
            when 'user unit' then case
                when writes.AccountName in ('root', '0') and not starts_with(writes.Path, '/root/') then 'unit_user_by_root'
            end
        end,
        case when is_hidden_file(writes.Path) then 'unix_hidden_name' end,
        case when is_volatile_path(writes.WriterImage) or is_fetching(writes.Writer) then 'unix_writer_volatile' end,
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
    and coalesce(managers.kind, '') <> 'package'
    -- Left out: what is no file of systemd's, what systemd and its generators make by
    -- themselves, and the links that systemd makes because systemctl has asked it to.
    and case unit_place(writes.Path)
        when '' then false
        when 'generated' then false
        when 'wants' then writes.WriterPath not in ('/usr/lib/systemd/systemd', '/lib/systemd/systemd', '/usr/bin/systemctl', '/bin/systemctl')
        else
            writes.LinkTarget = ''
            or writes.WriterPath not in ('/usr/lib/systemd/systemd', '/lib/systemd/systemd', '/usr/bin/systemctl', '/bin/systemctl')
    end
