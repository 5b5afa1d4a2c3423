-- PowerShell 4104, a script block as it was compiled: PowerShellScriptBlock. A
-- long script comes in several events, MessageNumber of MessageTotal.
select
    SourceFile,
    SourceRecord,
    'PowerShell 4104' as Telemetry,
    event_time(SystemTime) as Timestamp,
    TimeNote as TimestampNote,
    lower(Channel) as EventChannel,
    RecordId as ReportId,
    Computer as DeviceName,
    'PowerShellScriptBlock' as ActionType,
    nullif(ExecutionProcessId, 0) as InitiatingProcessId,
    real_sid(UserSid) as InitiatingProcessAccountSid,
    details({
        'Command': given(Data.ScriptBlockText),
        'ScriptBlockId': given(Data.ScriptBlockId),
        'ScriptPath': given(Data.Path),
        'MessageNumber': windows_number(Data.MessageNumber),
        'MessageTotal': windows_number(Data.MessageTotal)
    }) as AdditionalFields
from events
where EventId = 4104 and is_powershell(Provider, Channel)
