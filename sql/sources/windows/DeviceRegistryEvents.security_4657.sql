-- Security 4657, a value of an audited key was changed.
--
--   %%1904 created, %%1905 changed  RegistryValueSet
--   %%1906 deleted                  RegistryValueDeleted
--
-- ObjectName is the key in the kernel's spelling, ObjectValueName the value's name.
-- For a value that was deleted the old data is what is known of it.
select
    SourceFile,
    SourceRecord,
    'Security 4657' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    case when Data.OperationType = '%%1906' then 'RegistryValueDeleted' else 'RegistryValueSet' end as ActionType,
    given(Data.ObjectName) as RegistryKey,
    given(Data.ObjectValueName) as RegistryValueName,
    registry_type(Data.NewValueType) as RegistryValueType,
    given(Data.NewValue) as RegistryValueData,
    case when Data.OperationType = '%%1906' then given(Data.ObjectName) end as PreviousRegistryKey,
    case when Data.OperationType = '%%1906' then given(Data.ObjectValueName) end as PreviousRegistryValueName,
    given(Data.OldValue) as PreviousRegistryValueData,
    path_file(given(Data.ProcessName)) as InitiatingProcessFileName,
    path_whole(given(Data.ProcessName)) as InitiatingProcessFolderPath,
    windows_number(Data.ProcessId) as InitiatingProcessId,
    given(Data.SubjectDomainName) as InitiatingProcessAccountDomain,
    given(Data.SubjectUserName) as InitiatingProcessAccountName,
    real_sid(Data.SubjectUserSid) as InitiatingProcessAccountSid
from events
where EventId = 4657 and is_security(Provider, Channel)
