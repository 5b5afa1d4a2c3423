-- PowerShell 400, the engine started: PowerShellStarted. Its data has no names;
-- the third text is a list of settings, the command line of the host among them.
select
    SourceFile,
    SourceRecord,
    'PowerShell 400' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'PowerShellStarted' as ActionType,
    host_program(host) as InitiatingProcessFileName,
    host as InitiatingProcessCommandLine,
    nullif(ExecutionProcessId, 0) as InitiatingProcessId,
    details({
        'HostName': shell_setting(context, 'HostName', 'HostVersion'),
        'EngineVersion': shell_setting(context, 'EngineVersion', 'RunspaceId')
    }) as AdditionalFields
from (
    select
        *,
        coalesce(shell_setting(context, 'HostApplication', 'EngineVersion'), given(Data.HostApplication)) as host
    from (
        select
            *,
            coalesce(message_list(Data.Data, Data.param1, Data.param2, Data.param3)[3], Data.Message) as context
        from events
        where EventId = 400 and is_powershell(Provider, Channel)
    ) as recorded
) as started
