/*
id: W04
name: AutostartServiceReg
title: Service set to start by itself, written past the service manager
detection_type: AutostartServiceRegistered
technique: T1543.003
platform: windows
pack: [seed]
tables: [DeviceRegistryEvents]
score: 15
description: >-
  Start of a service is set to boot (0) or automatic (2) by a program other
  than the service manager, svchost, the installer services, WMI or Defender.
  A service registered with sc.exe or New-Service is written by services.exe
  and is not found here; what is found was written straight into the registry.
misses:
  - everything the service manager writes, which is nearly every service there is
  - system start (1), start on demand (3) and DelayedAutostart
  - writers that borrow an excluded name (svchost.exe in Temp), remote registry (svchost.exe) and WMI (WmiPrvSE.exe)
  - logs without registry events
falsepositives:
  - Windows servicing (TiWorker.exe, poqexec.exe, drvinst.exe), above all on patch days
  - imaging and first boot (sysprep, vendors' setup)
  - security products that register themselves
references:
  - https://attack.mitre.org/techniques/T1543/003/
  - https://learn.microsoft.com/en-us/windows/win32/services/service-control-manager
  - https://github.com/SigmaHQ/sigma/tree/master/rules/windows/registry/registry_set
deviations:
  - the window is the hunt's own; the seed's is always the last 24 hours
  - the seed's last line leaves this branch out of its union; here it is returned
  - the key is compared in one spelling, so that ControlSet001, HKLM and \REGISTRY\MACHINE are found, which the seed's text misses
  - Start is read as a number, so that 0x2, 0x00000002 and DWORD (0x00000002) are found, which the seed's text misses
  - the key's words match in any Unicode case, which adds U+212A for k and U+017F for s to what the seed matches
twins: [W10]
tests: [T1543.003/start_written_by_reg]
*/
select
    Timestamp,
    DeviceId,
    DeviceName,
    ReportId,
    SourceTable,
    SourceFile,
    SourceRecord,
    'AutostartServiceRegistered' as DetectionType,
    ActionType,
    InitiatingProcessAccountName,
    RegistryKey,
    RegistryValueName,
    RegistryValueData,
    ServiceName,
    InitiatingProcessFileName,
    InitiatingProcessFolderPath,
    InitiatingProcessCommandLine,
    InitiatingProcessParentFileName
from DeviceRegistryEvents
where
    RegistryValueNameLower = 'start'
    and RegistryValueDword in (0, 2)
    and not_in_i(InitiatingProcessFileName, ARRAY[
        'services.exe',
        'svchost.exe',
        'msiexec.exe',
        'TrustedInstaller.exe',
        'WmiPrvSE.exe',
        'MsMpEng.exe'
    ])
    and has(RegistryKeyNormalized, 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services')
