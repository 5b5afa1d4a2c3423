/*
id: W03
name: UnusualParentService
title: Service created by an Office program or a script host
detection_type: ServiceCreatedByOfficeOrScript
technique: T1543.003
platform: windows
pack: [seed]
tables: [DeviceProcessEvents]
score: 35
description: >-
  sc.exe with `create`, started directly by Word, Excel, PowerPoint, Outlook or
  by wscript, cscript, mshta or rundll32. Every event it finds is one of
  NewServiceCreation's too; this branch adds who asked.
misses:
  - an indirect parent (Office starts cmd.exe, cmd.exe starts sc.exe)
  - other parents, such as PowerShell, WMI, browsers, web servers and databases
  - "`sc config`, a renamed sc.exe, and services made without sc.exe"
  - logs in which the parent of a process is not recorded
falsepositives:
  - actions of an MSI, which run in rundll32.exe
  - an administrator's own VBScript or HTA tool
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/T1543.003/T1543.003.md
deviations:
  - the window is the hunt's own; the seed's is always the last 24 hours
  - the words match in any Unicode case, which adds U+212A for k and U+017F for s to what the seed matches
twins: [W07]
tests: [T1543.003/office_starts_sc]
*/
select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'ServiceCreatedByOfficeOrScript' as DetectionType,
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
    FileNameLower = 'sc.exe'
    and InitiatingProcessFileNameLower in (
        'winword.exe',
        'excel.exe',
        'powerpnt.exe',
        'outlook.exe',
        'wscript.exe',
        'cscript.exe',
        'mshta.exe',
        'rundll32.exe'
    )
    and has(ProcessCommandLine, 'create')
