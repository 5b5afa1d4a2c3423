-- A program started.
select
    SourceFile,
    SourceRecord,
    Telemetry,
    Time as Timestamp,
    TimeNote as TimestampNote,
    DeviceId,
    DeviceName,
    event.ActionType as ActionType,
    path_file(event.Image) as FileName,
    case when starts_with(event.Image, '/') then event.Image end as FolderPath,
    event.SHA1 as SHA1,
    event.SHA256 as SHA256,
    event.ProcessId as ProcessId,
    event.ProcessGuid as ProcessGuid,
    event.CommandLine as ProcessCommandLine,
    Time as ProcessCreationTime,
    event.UserName as AccountName,
    path_file(event.Actor.Image) as InitiatingProcessFileName,
    path_whole(event.Actor.Image) as InitiatingProcessFolderPath,
    event.Actor.Id as InitiatingProcessId,
    event.Actor.Guid as InitiatingProcessGuid,
    event.Actor.UserName as InitiatingProcessAccountName,
    event.Details as AdditionalFields
from events
where event.ActionType = 'ProcessCreated'
