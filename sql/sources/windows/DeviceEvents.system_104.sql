-- System 104, some other log was cleared: EventLogCleared, which one and by whom.
-- In flat exports the cleared log's name is overwritten by the event's own
-- channel; the rendered message still has it.
select
    SourceFile,
    SourceRecord,
    'System 104' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'EventLogCleared' as ActionType,
    given(Data.SubjectDomainName) as InitiatingProcessAccountDomain,
    given(Data.SubjectUserName) as InitiatingProcessAccountName,
    real_sid(UserSid) as InitiatingProcessAccountSid,
    details({
        'LogName': coalesce(
            given(regexp_extract(Data.Message, '^The (.+) log file was cleared', 1)),
            given(Data.Channel)
        ),
        'BackupPath': given(Data.BackupPath)
    }) as AdditionalFields
from events
where EventId = 104 and lower(Channel) = 'system' and lower(Provider) = 'microsoft-windows-eventlog'
