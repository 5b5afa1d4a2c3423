-- A file created, written, renamed or deleted. One that was closed without having
-- been written to is no change. Folders have actions of their own, which Defender
-- does not record.
select
    SourceFile,
    SourceRecord,
    Telemetry,
    Time as Timestamp,
    TimeNote as TimestampNote,
    DeviceId,
    DeviceName,
    event.ActionType as ActionType,
    path_file(event.Path) as FileName,
    event.Path as FolderPath,
    path_file(event.PreviousPath) as PreviousFileName,
    event.PreviousPath as PreviousFolderPath,
    path_file(event.Actor.Image) as InitiatingProcessFileName,
    path_whole(event.Actor.Image) as InitiatingProcessFolderPath,
    event.Actor.Id as InitiatingProcessId,
    event.Actor.Guid as InitiatingProcessGuid,
    event.Actor.UserName as InitiatingProcessAccountName,
    event.Actor.ParentId as InitiatingProcessParentId,
    event.Details as AdditionalFields
from events
where starts_with(event.ActionType, 'File') or starts_with(event.ActionType, 'Folder')
