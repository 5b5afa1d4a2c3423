/*
id: C24
name: KubernetesNodeAgentPersistence
title: Pod that every node or the kubelet itself keeps running
detection_type: KubernetesNodeAgentPersistence
technique: T1543.005
platform: containers
pack: [core]
tables: [DeviceProcessEvents, DeviceFileEvents]
score: 20
description: >-
  A static pod or a setting of the kubelet is written on a node by another program
  than Kubernetes' own; k3s or RKE2 is given a manifest to apply; a kubelet is told
  to take pods from elsewhere; kubectl brings a DaemonSet, or a pod that names its
  node or is privileged, into the cluster. A static pod needs no leave of the
  cluster and comes back when it is deleted there.
misses:
  - a DaemonSet in a manifest whose name does not say so (`kubectl apply -f x.yaml`), and one that Helm or a program brings
  - what the API server alone sees, as requests from outside of the hosts watched (its audit log is no source here)
  - what a manifest asks for, unless a shell's line has its text
  - static pods from a web address that the kubelet's configuration file names
falsepositives:
  - tools that set up clusters (Kubespray, Ansible, images of clouds)
  - deployment of monitoring and networking, which are DaemonSets nearly everywhere
references:
  - https://attack.mitre.org/techniques/T1543/005/
  - https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
  - https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
  - https://docs.k3s.io/installation/packaged-components
tests:
  - T1543.005/static_pod
  - T1543.005/static_pod_from_a_container
  - T1543.005/daemonset_by_kubectl
  - T1543.005/daemonset_from_a_shell
  - T1543.005/kubelet_told_other_manifests
  - T1611/atomic_privileged_pod_on_a_node
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
        kube_written(FileNameLower, ProcessCommandLine) as Path,
        case when FileNameLower = 'kubelet' then kubelet_pod_source(ProcessCommandLine) else '' end as PodSource,
        case
            when FileNameLower in ('kubectl', 'kubectl.exe', 'oc', 'oc.exe', 'k3s', 'microk8s') then kube_change(ProcessCommandLine)
            when
                FileNameLower in ('sh', 'bash', 'dash', 'zsh', 'ash')
                and (ProcessCommandLine like '%DaemonSet%' or shell_breaks_words(ProcessCommandLine))
                then kube_change(ProcessCommandLine)
            else ''
        end as Change,
        ProcessCommandLine as Text,
        FileNameLower as Program,
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
            'kubectl', 'kubectl.exe', 'oc', 'oc.exe', 'k3s', 'microk8s', 'kubelet', 'sh', 'bash', 'dash', 'zsh', 'ash', 'busybox', 'tee',
            'cp', 'mv', 'install', 'ln', 'sed', 'curl', 'wget', 'python', 'python3'
        )
        and (
            ProcessCommandLine like '%apply%' or ProcessCommandLine like '%create%' or ProcessCommandLine like '%replace%'
            or ProcessCommandLine like '%edit%' or ProcessCommandLine like '%patch%' or ProcessCommandLine like '% run %'
            or ProcessCommandLine like '%debug%' or ProcessCommandLine like '%manifest%' or ProcessCommandLine like '%kubelet%'
            or ProcessCommandLine like '%/etc/kubernetes%' or ProcessCommandLine like '%/rancher/%' or ProcessCommandLine like '%DaemonSet%'
        )
        and (
            FileNameLower in ('kubectl', 'kubectl.exe', 'oc', 'oc.exe', 'microk8s')
            or ProcessCommandLine like '%kube%' or ProcessCommandLine like '%/rancher/%'
            or shell_breaks_words(ProcessCommandLine)
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
        '' as PodSource,
        '' as Change,
        echoed_text(InitiatingProcessCommandLine) as Text,
        '' as Program,
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
        and (FolderPath like '%kube%' or FolderPath like '%/rancher/%' or FileNameLower = 'kubelet' or FileNameLower like 'k3s%' or FileNameLower like 'rke2%')
)

select
    acts.Timestamp,
    acts.DeviceId,
    acts.DeviceName,
    acts.ReportId,
    acts.SourceTable,
    acts.SourceFile,
    acts.SourceRecord,
    'KubernetesNodeAgentPersistence' as DetectionType,
    acts.ActionType,
    acts.AccountName,
    acts.FileName,
    acts.FolderPath,
    acts.ProcessCommandLine,
    coalesce(nullif(acts.PodSource, ''), unit_of_path(acts.Path)) as ServiceName,
    concat_ws(
        ' ',
        case kube_place(acts.Path)
            when 'static pod' then 'kube_static_pod'
            when 'auto deploy' then 'kube_auto_deploy'
        end,
        case when acts.PodSource <> '' then 'kube_pod_source' end,
        case when acts.Program <> 'kubelet' then nullif(container_reasons(acts.Text), '') end,
        case when is_volatile_path(acts.WriterImage) or is_fetching(acts.Program) then 'unix_writer_volatile' end,
        case when managers.kind = 'config' then 'config_management' end
    ) as Reasons,
    acts.InitiatingProcessFileName,
    acts.InitiatingProcessFolderPath,
    acts.InitiatingProcessCommandLine,
    acts.InitiatingProcessParentFileName
from acts
left join reference_package_managers as managers on managers.path = acts.WriterPath
left join reference_kubernetes_agents as agents on agents.path = acts.WriterPath
where
    acts.Nth = 1
    and (acts.Change <> '' or acts.PodSource <> '' or kube_place(acts.Path) <> '')
    and coalesce(managers.kind, '') <> 'package'
    and agents.path is null
