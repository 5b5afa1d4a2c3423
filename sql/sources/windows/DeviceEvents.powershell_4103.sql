-- PowerShell 4103, what a pipeline called with which parameters:
-- PowerShellCommand. ContextInfo is a list of settings, the command line of the
-- host among them; its labels are English whatever the system's language.
select
    SourceFile,
    SourceRecord,
    'PowerShell 4103' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'PowerShellCommand' as ActionType,
    host_program(host) as InitiatingProcessFileName,
    host as InitiatingProcessCommandLine,
    nullif(ExecutionProcessId, 0) as InitiatingProcessId,
    account_domain(account) as InitiatingProcessAccountDomain,
    account_name(account) as InitiatingProcessAccountName,
    real_sid(UserSid) as InitiatingProcessAccountSid,
    details({
        'Command': given(trim(Data.Payload, e' \t\r\n')),
        'CommandName': shell_info(Data.ContextInfo, 'Command Name', 'Command Type'),
        'ScriptPath': shell_info(Data.ContextInfo, 'Script Name', 'Command Path')
    }) as AdditionalFields
from (
    select
        *,
        coalesce(shell_info(Data.ContextInfo, 'Host Application', 'Engine Version'), given(Data.HostApplication)) as host,
        coalesce(shell_info(Data.ContextInfo, 'User', 'Connected User'), given(Data.User)) as account
    from events
    where EventId = 4103 and is_powershell(Provider, Channel)
) as called
