-- A launch agent, launch daemon or login item added or removed. FolderPath is the
-- program it runs, AdditionalFields has the item.
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
    path_file(event.Actor.Image) as InitiatingProcessFileName,
    path_whole(event.Actor.Image) as InitiatingProcessFolderPath,
    event.Actor.Id as InitiatingProcessId,
    event.Actor.Guid as InitiatingProcessGuid,
    event.Actor.UserName as InitiatingProcessAccountName,
    event.Actor.ParentId as InitiatingProcessParentId,
    event.Details as AdditionalFields
from events
where starts_with(event.ActionType, 'LaunchItem')
