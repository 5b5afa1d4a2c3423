-- PowerShell 800, what a pipeline did: PowerShellCommand. Its data has no names:
-- the pipeline as it was typed (often empty), a list of settings, what was called
-- with which parameters. A shipper may leave only the message that has all three.
select
    SourceFile,
    SourceRecord,
    'PowerShell 800' as Telemetry,
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
    details({
        'Command': coalesce(pipeline, called),
        'CommandDetails': case when pipeline is not null then called end,
        'ScriptPath': shell_setting(context, 'ScriptName', 'CommandLine')
    }) as AdditionalFields
from (
    select
        *,
        given(trim(
            coalesce(
                texts[1],
                regexp_replace(text_between(Data.Message, 'command line: ', 'Context Information:'), '\.$', ''),
                Data.Command
            ),
            e' \t\r\n'
        )) as pipeline,
        given(trim(
            coalesce(texts[3], Data.Message[nullif(strpos(Data.Message, e'\nDetails:'), 0) + 9:], Data.Payload), e' \t\r\n'
        )) as called,
        coalesce(shell_setting(context, 'HostApplication', 'EngineVersion'), given(Data.HostApplication)) as host,
        coalesce(shell_setting(context, 'UserId', 'HostName'), given(Data.User)) as account
    from (
        select
            *,
            message_list(Data.Data, Data.param1, Data.param2, Data.param3) as texts,
            coalesce(texts[2], Data.Message) as context
        from events
        where EventId = 800 and is_powershell(Provider, Channel)
    ) as recorded
) as executed
