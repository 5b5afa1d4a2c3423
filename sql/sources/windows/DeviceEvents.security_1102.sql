-- Security 1102, the Security log was cleared: SecurityLogCleared, and by whom.
-- Some exports have who it was in the rendered message only.
select
    SourceFile,
    SourceRecord,
    'Security 1102' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'SecurityLogCleared' as ActionType,
    coalesce(given(Data.SubjectDomainName), message_field(Data.Message, 'Domain Name')) as InitiatingProcessAccountDomain,
    coalesce(given(Data.SubjectUserName), message_field(Data.Message, 'Account Name')) as InitiatingProcessAccountName,
    real_sid(coalesce(given(Data.SubjectUserSid), message_field(Data.Message, 'Security ID'))) as InitiatingProcessAccountSid,
    windows_number(Data.SubjectLogonId) as InitiatingProcessLogonId
from events
where EventId = 1102 and lower(Channel) = 'security'
