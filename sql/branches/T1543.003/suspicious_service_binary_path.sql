/*
id: W02
name: SuspiciousServiceBinary
title: Service set to run a program from a user's folder or a LOLBin
detection_type: SuspiciousServiceBinaryPath
technique: T1543.003
platform: windows
pack: [seed]
tables: [DeviceRegistryEvents]
score: 30
description: >-
  ImagePath of a service is set to a command that names a folder users can
  write to (Temp, AppData, Downloads, Public) or a Windows program that runs
  other people's code (powershell, cmd, mshta, rundll32 …). The registry shows
  the service whoever created it, sc.exe or not.
misses:
  - programs named without `.exe` (`powershell -enc …`) and %COMSPEC%
  - network paths (`\\127.0.0.1\ADMIN$\x.exe`), PerfLogs, ProgramData, a drive's root and other writable folders
  - pwsh.exe, installutil.exe and further programs of that kind
  - a payload in ServiceDll, FailureCommand or a wrapper's Parameters
  - the same path in an install event (System 7045, Security 4697), and logs without registry events (W06 reads both)
falsepositives:
  - installers that run a temporary service from Temp
  - vendors whose service starts a helper through rundll32.exe or cmd.exe
  - developers who test a service from their own folders
  - names that end in a listed one after a separator (`my-cmd.exe`)
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://learn.microsoft.com/en-us/windows/win32/services/service-control-manager
  - https://github.com/SigmaHQ/sigma/tree/master/rules/windows/registry/registry_set
deviations:
  - the window is the hunt's own; the seed's is always the last 24 hours
  - the seed's last line leaves this branch out of its union; here it is returned
  - the key is compared in one spelling, so that ControlSet001, HKLM and \REGISTRY\MACHINE are found, which the seed's text misses
  - the words match in any Unicode case, which adds U+212A for k and U+017F for s to what the seed matches
twins: [W06]
tests: [T1543.003/atomic_1_fax_runs_powershell, T1543.003/payload_in_temp]
*/
select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'SuspiciousServiceBinaryPath' as DetectionType,
    ActionType,
    InitiatingProcessAccountName,
    RegistryKey,
    RegistryValueName,
    RegistryValueData,
    ServiceName,
    RegistryValueData as Payload,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from DeviceRegistryEvents
where
    RegistryValueNameLower = 'imagepath'
    and has(RegistryKeyNormalized, 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services')
    and (
        has_any(RegistryValueData, ARRAY[
            '\Temp\',
            '\AppData\',
            '\Downloads\',
            '\Public\',
            '\Users\Public\',
            '%TEMP%',
            '%APPDATA%',
            '%PUBLIC%'
        ])
        or has_any(RegistryValueData, ARRAY[
            'powershell.exe',
            'cmd.exe',
            'wscript.exe',
            'cscript.exe',
            'mshta.exe',
            'regsvr32.exe',
            'rundll32.exe',
            'certutil.exe',
            'bitsadmin.exe',
            'wmic.exe',
            'msbuild.exe'
        ])
    )
