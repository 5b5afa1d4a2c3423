-- Security 4624, a logon: LogonSuccess. Subject asked for it, Target logged on; a
-- network logon has no process.
select
    SourceFile,
    SourceRecord,
    'Security 4624' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'LogonSuccess' as ActionType,
    logon_type(Data.LogonType) as LogonType,
    given(Data.TargetDomainName) as AccountDomain,
    given(Data.TargetUserName) as AccountName,
    real_sid(Data.TargetUserSid) as AccountSid,
    windows_number(Data.TargetLogonId) as LogonId,
    given(Data.AuthenticationPackageName) as Protocol,
    given(Data.WorkstationName) as RemoteDeviceName,
    given(Data.IpAddress) as RemoteIP,
    nullif(windows_number(Data.IpPort), 0) as RemotePort,
    path_file(given(Data.ProcessName)) as InitiatingProcessFileName,
    path_whole(given(Data.ProcessName)) as InitiatingProcessFolderPath,
    nullif(windows_number(Data.ProcessId), 0) as InitiatingProcessId,
    given(Data.SubjectDomainName) as InitiatingProcessAccountDomain,
    given(Data.SubjectUserName) as InitiatingProcessAccountName,
    real_sid(Data.SubjectUserSid) as InitiatingProcessAccountSid
from events
where EventId = 4624 and is_security(Provider, Channel)
