-- Security 4688, a process was created.
--
-- ProcessId is the parent's, in hexadecimal; NewProcessId the child's. Subject is
-- who started it; Target is whose rights it has, where these differ. The command
-- line is there only if the machine audits it, the parent's name only since
-- Windows 10.
select
    SourceFile,
    SourceRecord,
    'Security 4688' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'ProcessCreated' as ActionType,
    path_file(image) as FileName,
    path_whole(image) as FolderPath,
    windows_number(Data.NewProcessId) as ProcessId,
    given(Data.CommandLine) as ProcessCommandLine,
    case when TimeNote is null then event_time(SystemTime) end as ProcessCreationTime,
    integrity_level(Data.MandatoryLabel) as ProcessIntegrityLevel,
    token_elevation(Data.TokenElevationType) as ProcessTokenElevation,
    case when other then given(Data.TargetDomainName) else given(Data.SubjectDomainName) end as AccountDomain,
    case when other then given(Data.TargetUserName) else given(Data.SubjectUserName) end as AccountName,
    case when other then real_sid(Data.TargetUserSid) else real_sid(Data.SubjectUserSid) end as AccountSid,
    case when other then windows_number(Data.TargetLogonId) else windows_number(Data.SubjectLogonId) end as LogonId,
    path_file(parent) as InitiatingProcessFileName,
    path_whole(parent) as InitiatingProcessFolderPath,
    windows_number(Data.ProcessId) as InitiatingProcessId,
    given(Data.SubjectDomainName) as InitiatingProcessAccountDomain,
    given(Data.SubjectUserName) as InitiatingProcessAccountName,
    real_sid(Data.SubjectUserSid) as InitiatingProcessAccountSid,
    windows_number(Data.SubjectLogonId) as InitiatingProcessLogonId
from (
    select
        *,
        given(Data.NewProcessName) as image,
        given(Data.ParentProcessName) as parent,
        given(Data.TargetUserName) is not null as other -- the rights are not those of the one who started it
    from events
    where EventId = 4688 and is_security(Provider, Channel)
) as started
