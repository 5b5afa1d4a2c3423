/*
id: L20
name: SysVInitOrRcScript
title: Boot script written or registered
detection_type: SysVInitOrRcScript
technique: T1543.002
platform: linux
pack: [core]
tables: [DeviceFileEvents, DeviceProcessEvents]
score: 25
description: >-
  A script of SysV or BSD init, Upstart or OpenRC is written, made executable or
  registered for boot: a file in /etc/init.d or rc.d, rc.local, a link in a
  runlevel's folder; update-rc.d, chkconfig, insserv, rc-update, sysrc, and
  FreeBSD's `service x enable`. systemd makes units of such scripts, so they still
  run on hosts that have no init of that kind.
misses:
  - what a script runs, where it was written by an editor or another script
  - a change of a program that an existing script runs, or of a file that it reads (/etc/default)
  - scripts that come in a package
  - /etc/rc.conf written by other means than sysrc, and /etc/inittab
  - "`service x start`, which runs a script once and is done all day"
falsepositives:
  - vendors' agents that still bring a SysV script, and their installers
  - administrators who keep rc.local
  - packages whose scripts call chkconfig or insserv; Debian's are told by their path and left out
references:
  - https://attack.mitre.org/techniques/T1543/002/
  - https://attack.mitre.org/techniques/T1037/004/
  - https://www.freedesktop.org/software/systemd/man/latest/systemd-sysv-generator.html
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1543.002/T1543.002.md
tests:
  - T1543.002/atomic_2_create_sysv_service
  - T1543.002/atomic_3_init_script_with_code
  - T1543.002/rc_local
  - T1543.002/openrc_and_chkconfig
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
        '' as Service,
        echoed_text(InitiatingProcessCommandLine) as Payload,
        InitiatingProcessFileNameLower as Writer,
        InitiatingProcessPath as WriterImage,
        unix_actor(InitiatingProcessPath, InitiatingProcessCommandLine) as WriterPath,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName,
        -- A process that writes a file over and over (echo … >> script) is one writer.
        row_number() over (
            partition by DeviceId, DeviceName, FilePath, InitiatingProcessId, InitiatingProcessPath, InitiatingProcessCommandLine, CAST(Timestamp AS DATE)
            order by Timestamp, SourceFile, SourceRecord
        ) as Nth
    from DeviceFileEvents
    where
        ActionType in ('FileCreated', 'FileModified', 'FileRenamed')
        and (
            FolderPath like '%/etc/init%' or FolderPath like '%/etc/rc%' or FolderPath like '%/etc/runlevels/%'
            or FolderPath like '%/etc/local.d%' or FileNameLower in ('rc.local', 'rc.common')
            or (FolderPath like '%/etc/%' and path_has_dots(FolderPath))
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
        case
            when FileNameLower = 'chmod' then init_made_runnable(ProcessCommandLine)
            else init_written(FileNameLower, ProcessCommandLine)
        end as Path,
        init_registered(ProcessCommandLine) as Service,
        echoed_text(ProcessCommandLine) as Payload,
        FileNameLower as Writer,
        InitiatingProcessPath as WriterImage,
        unix_actor(InitiatingProcessPath, InitiatingProcessCommandLine) as WriterPath,
        InitiatingProcessFileName,
        InitiatingProcessFolderPath,
        InitiatingProcessCommandLine,
        InitiatingProcessParentFileName,
        1 as Nth
    from DeviceProcessEvents
    where
        FileNameLower in (
            'update-rc.d', 'chkconfig', 'insserv', 'rc-update', 'service', 'sysrc', 'chmod', 'sh', 'bash', 'dash', 'zsh', 'ksh', 'ash',
            'busybox', 'tee', 'cp', 'mv', 'install', 'ln', 'sed', 'dd', 'perl', 'curl', 'wget', 'python', 'python3'
        )
        and (
            FileNameLower in ('update-rc.d', 'chkconfig', 'insserv', 'rc-update', 'service', 'sysrc')
            or ProcessCommandLine like '%/etc/init%' or ProcessCommandLine like '%/etc/rc%' or ProcessCommandLine like '%/etc/local.d/%'
            or ProcessCommandLine like '%update-rc.d %' or ProcessCommandLine like '%service % enable%'
            or ProcessCommandLine like '%chkconfig %' or ProcessCommandLine like '%insserv %'
            or (ProcessCommandLine like '%/etc/%' and path_has_dots(ProcessCommandLine))
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
    'SysVInitOrRcScript' as DetectionType,
    writes.ActionType,
    writes.AccountName,
    writes.FileName,
    writes.FolderPath,
    writes.ProcessCommandLine,
    coalesce(nullif(writes.Service, ''), init_name(writes.Path)) as ServiceName,
    writes.Payload,
    concat_ws(
        ' ',
        case when init_place(writes.Path) = 'link' then 'init_link_by_hand' end,
        case when writes.Writer = 'chmod' then 'init_script_runnable' end,
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
    and (writes.Service <> '' or init_place(writes.Path) <> '')
    and coalesce(managers.kind, '') <> 'package'
    -- The scripts that Debian's packages bring run from here.
    and not starts_with(writes.WriterPath, '/var/lib/dpkg/info/')
