-- A unit started or stopped by systemd, or one that failed to start, which is what
-- an attacker's first attempt looks like.
select
    SourceFile,
    SourceRecord,
    Telemetry || ' service' as Telemetry,
    Time as Timestamp,
    TimeNote as TimestampNote,
    Device as DeviceName,
    ActionType,
    UserName as InitiatingProcessAccountName,
    path_file(Image) as InitiatingProcessFileName,
    path_whole(Image) as InitiatingProcessFolderPath,
    ProcessId as InitiatingProcessId,
    without_nulls({'ServiceName': Unit}) as AdditionalFields
from events
where starts_with(ActionType, 'Service')
