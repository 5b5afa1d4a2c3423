-- System 7035, a service was sent a control (Windows XP and 2003 only):
-- ServiceControlSent. param1 is the displayed name, param2 the control.
select
    SourceFile,
    SourceRecord,
    'System 7035' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'ServiceControlSent' as ActionType,
    real_sid(UserSid) as InitiatingProcessAccountSid,
    details({
        'ServiceName': given(Data.param1),
        'ServiceDisplayName': given(Data.param1),
        'ServiceNameIsDisplayName': true,
        'ServiceControl': given(Data.param2)
    }) as AdditionalFields
from events
where EventId = 7035 and is_service_manager(Provider, Channel)
