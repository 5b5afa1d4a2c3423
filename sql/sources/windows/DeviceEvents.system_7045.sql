-- System 7045, the service manager installed a service: ServiceInstalled.
--
-- ServiceName is the name that is displayed; the name of the service's key is not
-- in the event, and the two may differ. NXLog puts who did it into AccountName,
-- where Windows has the account that the service will run as; that is then only
-- in the rendered message, and there only in English.
select
    SourceFile,
    SourceRecord,
    'System 7045' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'ServiceInstalled' as ActionType,
    path_file(image) as FileName,
    path_whole(image) as FolderPath,
    case when Data.AccountType is not null then given(Data.Domain) else account_domain(Data.UserName) end as InitiatingProcessAccountDomain,
    case when Data.AccountType is not null then given(Data.AccountName) else account_name(Data.UserName) end as InitiatingProcessAccountName,
    real_sid(UserSid) as InitiatingProcessAccountSid,
    details({
        'ServiceName': given(Data.ServiceName),
        'ServiceDisplayName': given(Data.ServiceName),
        'ServiceNameIsDisplayName': true,
        'ServiceAccount': case
            when Data.AccountType is null then given(Data.AccountName)
            else message_field(Data.Message, 'Service Account')
        end,
        'ServiceStartType': coalesce(start_type(Data.StartType), given(Data.StartType)),
        'ServiceType': service_type(Data.ServiceType),
        'ServiceTypeRaw': service_type_raw(Data.ServiceType),
        'ImagePath': given(Data.ImagePath)
    }) as AdditionalFields
from (
    select
        *,
        image_path(Data.ImagePath) as image
    from events
    where EventId = 7045 and is_service_manager(Provider, Channel)
) as installed
