-- Sysmon 1, process creation, on Windows and Linux: a process with its parent.
--
-- UtcTime is the process's start by Sysmon itself and right where the log's own
-- clock is not.
select
    SourceFile,
    SourceRecord,
    sysmon_kind(Provider, Channel, '1') as Telemetry,
    coalesce(utc, event_time(SystemTime)) as Timestamp,
    case when utc is null then TimeNote end as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'ProcessCreated' as ActionType,
    path_file(image) as FileName,
    path_whole(image) as FolderPath,
    sysmon_hash(Data.Hashes, 'SHA1') as SHA1,
    sysmon_hash(Data.Hashes, 'SHA256') as SHA256,
    sysmon_hash(Data.Hashes, 'MD5') as MD5,
    given(Data.Company) as ProcessVersionInfoCompanyName,
    given(Data.Product) as ProcessVersionInfoProductName,
    given(Data.FileVersion) as ProcessVersionInfoProductVersion,
    given(Data.OriginalFileName) as ProcessVersionInfoOriginalFileName,
    given(Data.Description) as ProcessVersionInfoFileDescription,
    windows_number(Data.ProcessId) as ProcessId,
    windows_guid(Data.ProcessGuid) as ProcessGuid,
    sysmon_text(Data.CommandLine, Provider, Channel) as ProcessCommandLine,
    coalesce(utc, case when TimeNote is null then event_time(SystemTime) end) as ProcessCreationTime,
    given(Data.IntegrityLevel) as ProcessIntegrityLevel,
    account_domain(Data.User) as AccountDomain,
    account_name(Data.User) as AccountName,
    windows_number(Data.LogonId) as LogonId,
    path_file(parent) as InitiatingProcessFileName,
    path_whole(parent) as InitiatingProcessFolderPath,
    windows_number(Data.ParentProcessId) as InitiatingProcessId,
    windows_guid(Data.ParentProcessGuid) as InitiatingProcessGuid,
    sysmon_text(Data.ParentCommandLine, Provider, Channel) as InitiatingProcessCommandLine,
    account_domain(Data.ParentUser) as InitiatingProcessAccountDomain,
    account_name(Data.ParentUser) as InitiatingProcessAccountName
from (
    select
        *,
        event_time(Data.UtcTime) as utc,
        sysmon_image(Data.Image, Provider, Channel) as image,
        sysmon_image(Data.ParentImage, Provider, Channel) as parent
    from events
    where EventId = 1 and is_sysmon(Provider, Channel)
) as started
