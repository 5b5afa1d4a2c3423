-- System 7036, a service started or stopped: ServiceStateChanged. param1 is the
-- displayed name, param2 the state in the words of the system's language. Binary
-- holds the name of the service's key and the state's number, as UTF-16: NAME/4.
select
    SourceFile,
    SourceRecord,
    'System 7036' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'ServiceStateChanged' as ActionType,
    details({
        'ServiceName': coalesce(key, given(Data.param1)),
        'ServiceDisplayName': given(Data.param1),
        'ServiceNameIsDisplayName': case when key is null then true end,
        'ServiceState': given(Data.param2)
    }) as AdditionalFields
from (
    select
        *,
        nullif(split_part(utf16_hex(Data.Binary), '/', 1), '') as key
    from events
    where EventId = 7036 and is_service_manager(Provider, Channel)
) as changed
