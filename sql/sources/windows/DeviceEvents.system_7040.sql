-- System 7040, the start type of a service was changed: ServiceStartTypeChanged.
-- param1 is the displayed name, param2 the old and param3 the new start type,
-- param4 the name of the service's key, which old versions of Windows leave out.
select
    SourceFile,
    SourceRecord,
    'System 7040' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'ServiceStartTypeChanged' as ActionType,
    case when Data.AccountType is not null then given(Data.Domain) else account_domain(Data.UserName) end as InitiatingProcessAccountDomain,
    case when Data.AccountType is not null then given(Data.AccountName) else account_name(Data.UserName) end as InitiatingProcessAccountName,
    real_sid(UserSid) as InitiatingProcessAccountSid,
    details({
        'ServiceName': coalesce(given(Data.param4), given(Data.param1)),
        'ServiceDisplayName': given(Data.param1),
        'ServiceNameIsDisplayName': case when given(Data.param4) is null then true end,
        'ServiceStartType': coalesce(start_type(Data.param3), given(Data.param3)),
        'PreviousServiceStartType': coalesce(start_type(Data.param2), given(Data.param2))
    }) as AdditionalFields
from events
where EventId = 7040 and is_service_manager(Provider, Channel)
