/*
id: C23
name: ContainerServicePersistence
title: Container that comes back by itself
detection_type: ContainerServicePersistence
technique: T1543.005
platform: containers
pack: [core]
tables: [DeviceProcessEvents, DeviceFileEvents]
score: 15
description: >-
  A container is created or changed so that its engine starts it again (docker,
  podman and nerdctl with a restart policy, a service of a swarm), or so that
  systemd does (a Quadlet file, podman generate systemd), or the engine's own
  settings or unit are changed. Also the same request made through the engine's
  socket. Half of all home servers do this; it counts more where the container is
  privileged, may write to the host's root, or runs a shell's line.
misses:
  - a compose file, whose text no log of files shows, and `docker compose up`; it is seen where a shell's line has the text
  - containers that a program creates through the engine's library
  - a policy set in the image's orchestrator (Nomad, Kubernetes; DaemonSets are C24's)
  - a container that is started at boot by a unit or cron job of its own (the unit is L18's)
falsepositives:
  - home servers, build servers and appliances, which start everything with --restart
  - monitoring agents, which want the host's processes and network besides
  - administrators who set daemon.json
references:
  - https://attack.mitre.org/techniques/T1543/005/
  - https://docs.docker.com/engine/containers/start-containers-automatically/
  - https://docs.podman.io/en/latest/markdown/podman-systemd.unit.5.html
tests:
  - T1543.005/privileged_container_with_host_mount
  - T1543.005/container_restart_policy_set_later
  - T1543.005/container_by_docker_socket
  - T1543.005/quadlet
  - T1543.005/quadlet_of_a_user
  - T1543.005/compose_written_by_shell
  - T1543.005/engine_settings
*/
with acts as (
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
        container_written(FileNameLower, ProcessCommandLine) as Path,
        container_name(ProcessCommandLine) as Container,
        ProcessCommandLine as Text,
        case
            when FileNameLower in ('docker', 'podman', 'nerdctl', 'docker.exe', 'podman.exe', 'nerdctl.exe') then container_payload(ProcessCommandLine)
            else ''
        end as Payload,
        case
            when FileNameLower in ('docker', 'podman', 'nerdctl', 'docker.exe', 'podman.exe', 'nerdctl.exe') then case
                when container_restart(ProcessCommandLine) <> '' or container_unit(ProcessCommandLine) then 'client'
                else ''
            end
            when FileNameLower in ('curl', 'curl.exe', 'wget', 'socat') and container_api(ProcessCommandLine) then 'request'
            else ''
        end as Way,
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
            'docker', 'podman', 'nerdctl', 'docker.exe', 'podman.exe', 'nerdctl.exe', 'curl', 'curl.exe', 'wget', 'socat', 'sh', 'bash',
            'dash', 'zsh', 'ash', 'busybox', 'tee', 'cp', 'mv', 'install', 'ln', 'sed'
        )
        and (
            ProcessCommandLine like '%restart%' or ProcessCommandLine like '%generate systemd%' or ProcessCommandLine like '%quadlet%'
            or ProcessCommandLine like '%service create%' or ProcessCommandLine like '%kube play%' or ProcessCommandLine like '%RestartPolicy%'
            or ProcessCommandLine like '%/create%' or ProcessCommandLine like '%containers/systemd%'
            or ProcessCommandLine like '%/docker/daemon.json%' or ProcessCommandLine like '%docker.service%'
            or ProcessCommandLine like '%/containerd%'
            or ((ProcessCommandLine like '%/etc/%' or ProcessCommandLine like '%/containers/%') and path_has_dots(ProcessCommandLine))
            or (ProcessCommandLine like '%>%' and shell_breaks_words(ProcessCommandLine))
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
        InitiatingProcessAccountName as AccountName,
        FileName,
        FolderPath,
        CAST(NULL AS VARCHAR) as ProcessCommandLine,
        FilePath as Path,
        unit_of_path(FilePath) as Container,
        echoed_text(InitiatingProcessCommandLine) as Text,
        '' as Payload,
        '' as Way,
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
        and (
            FolderPath like '%/containers/systemd%' or FolderPath like '%/etc/docker%' or FolderPath like '%/.config/docker%'
            or FolderPath like '%/etc/containerd%' or FolderPath like '%/systemd/system%' or FolderPath like '%/systemd/user%'
            or ((FolderPath like '%/etc/%' or FolderPath like '%/containers/%') and path_has_dots(FolderPath))
        )
)

select
    acts.Timestamp,
    acts.DeviceId,
    acts.DeviceName,
    acts.ReportId,
    acts.SourceTable,
    acts.SourceFile,
    acts.SourceRecord,
    'ContainerServicePersistence' as DetectionType,
    acts.ActionType,
    acts.AccountName,
    acts.FileName,
    acts.FolderPath,
    acts.ProcessCommandLine,
    coalesce(nullif(acts.Container, ''), unit_of_path(acts.Path)) as ServiceName,
    acts.Payload,
    concat_ws(
        ' ',
        case when acts.Way = 'request' then 'container_by_api' end,
        nullif(container_reasons(acts.Text), ''),
        case when unix_payload_code(acts.Payload) then 'unix_payload_code' end,
        case when is_volatile_path(acts.WriterImage) then 'unix_writer_volatile' end,
        case when managers.kind = 'config' then 'config_management' end
    ) as Reasons,
    acts.InitiatingProcessFileName,
    acts.InitiatingProcessFolderPath,
    acts.InitiatingProcessCommandLine,
    acts.InitiatingProcessParentFileName
from acts
left join reference_package_managers as managers on managers.path = acts.WriterPath
where
    acts.Nth = 1
    and (acts.Way <> '' or (acts.Path <> '' and (acts.SourceTable <> 'DeviceFileEvents' or container_place(acts.Path) <> '')))
    and coalesce(managers.kind, '') <> 'package'
