-- Security 4697, a service was installed: ServiceInstalled. ServiceName is the
-- name of the service's key. Newer versions name the process that asked for it
-- (Client…) and that one's parent.
select
    SourceFile,
    SourceRecord,
    'Security 4697' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'ServiceInstalled' as ActionType,
    path_file(image) as FileName,
    path_whole(image) as FolderPath,
    nullif(windows_number(Data.ClientProcessId), 0) as InitiatingProcessId,
    nullif(windows_number(Data.ParentProcessId), 0) as InitiatingProcessParentId,
    coalesce(given(Data.SubjectDomainName), account_domain(Data.Account)) as InitiatingProcessAccountDomain,
    coalesce(given(Data.SubjectUserName), account_name(Data.Account)) as InitiatingProcessAccountName,
    real_sid(Data.SubjectUserSid) as InitiatingProcessAccountSid,
    windows_number(Data.SubjectLogonId) as InitiatingProcessLogonId,
    details({
        'ServiceName': given(Data.ServiceName),
        'ServiceAccount': given(Data.ServiceAccount),
        'ServiceStartType': coalesce(start_type(Data.ServiceStartType), given(Data.ServiceStartType)),
        'ServiceType': service_type(Data.ServiceType),
        'ServiceTypeRaw': service_type_raw(Data.ServiceType),
        'ImagePath': given(Data.ServiceFileName),
        -- 0 is a process too: nobody on this device asked.
        'ClientProcessId': cast(windows_number(Data.ClientProcessId) as varchar),
        'ParentProcessId': cast(windows_number(Data.ParentProcessId) as varchar)
    }) as AdditionalFields
from (
    select
        *,
        image_path(Data.ServiceFileName) as image
    from events
    where EventId = 4697 and is_security(Provider, Channel)
) as installed
