/*
id: W01
name: NewServiceCreation
title: Service created or reconfigured with sc.exe or PowerShell
detection_type: NewServiceCreation
technique: T1543.003
platform: windows
pack: [seed]
tables: [DeviceProcessEvents]
score: 8
description: >-
  A command line that creates or reconfigures a Windows service: sc.exe with
  `create` or `config`, or PowerShell with New-Service, Set-Service or
  `sc.exe create`. Half of what it finds changes only how a service starts, so
  it scores low by itself.
misses:
  - services made without one of these programs' command lines (CreateService, WMI, `reg add`, an MSI)
  - New-Service inside a script file, a remote session or an encoded command
  - a renamed sc.exe, and the verbs `failure`, `sdset` and `delete`
  - PowerUp's Set-ServiceBinaryPath, because Set-Service is no whole term of it
  - logs in which process events carry no command line
falsepositives:
  - hardening scripts that disable services (`sc config … start= disabled`, Set-Service -StartupType Disabled)
  - software installers and updaters
  - configuration management (SCCM, Ansible, Puppet, Chef)
  - administrators at work in a maintenance window
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://technet.microsoft.com/en-us/library/cc772408.aspx
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1543.003/T1543.003.md
deviations:
  - the window is the hunt's own; the seed's is always the last 24 hours
  - the words match in any Unicode case, which adds U+212A for k and U+017F for s to what the seed matches
twins: [W07]
tests: [T1543.003/atomic_2_service_installation_cmd, T1543.003/atomic_3_service_installation_powershell]
*/
select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'NewServiceCreation' as DetectionType,
    ActionType,
    AccountDomain,
    AccountName,
    InitiatingProcessAccountName,
    FileName,
    FolderPath,
    ProcessCommandLine,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from DeviceProcessEvents
where
    (
        FileNameLower = 'sc.exe'
        and has_any(ProcessCommandLine, ARRAY['create', 'config'])
    )
    or (
        FileNameLower in ('powershell.exe', 'pwsh.exe')
        and has_any(ProcessCommandLine, ARRAY['New-Service', 'Set-Service', 'sc.exe create'])
    )
