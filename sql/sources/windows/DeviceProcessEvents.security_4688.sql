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
    recorded as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'ProcessCreated' as ActionType,
    path_file(image) as FileName,
    path_whole(image) as FolderPath,
    windows_number(Data.NewProcessId) as ProcessId,
    given(Data.CommandLine) as ProcessCommandLine,
    case when TimeNote is null then recorded end as ProcessCreationTime,
    integrity_level(Data.MandatoryLabel) as ProcessIntegrityLevel,
    token_elevation(Data.TokenElevationType) as ProcessTokenElevation,
    case when other then given(Data.TargetDomainName) else domain end as AccountDomain,
    case when other then given(Data.TargetUserName) else account end as AccountName,
    case when other then real_sid(Data.TargetUserSid) else real_sid(Data.SubjectUserSid) end as AccountSid,
    case when other then windows_number(Data.TargetLogonId) else windows_number(Data.SubjectLogonId) end as LogonId,
    path_file(parent) as InitiatingProcessFileName,
    path_whole(parent) as InitiatingProcessFolderPath,
    windows_number(Data.ProcessId) as InitiatingProcessId,
    domain as InitiatingProcessAccountDomain,
    account as InitiatingProcessAccountName,
    real_sid(Data.SubjectUserSid) as InitiatingProcessAccountSid,
    windows_number(Data.SubjectLogonId) as InitiatingProcessLogonId
from (
    select
        *,
        event_time(SystemTime) as recorded,
        given(Data.NewProcessName) as image,
        given(Data.ParentProcessName) as parent,
        coalesce(given(Data.SubjectDomainName), account_domain(Data.Account)) as domain, -- Account: Log Analytics
        coalesce(given(Data.SubjectUserName), account_name(Data.Account)) as account,
        given(Data.TargetUserName) is not null as other -- the rights are not those of the one who started it
    from events
    where EventId = 4688 and is_security(Provider, Channel)
) as started
