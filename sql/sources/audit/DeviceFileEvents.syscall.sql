-- A file created, opened to be written, renamed or deleted by a system call that
-- succeeded. A relative name is joined with the working directory; one that is
-- relative to a folder the log does not name stands alone, without FolderPath.
-- Folders have actions of their own, which Defender does not record.
select
    SourceFile,
    SourceRecord,
    Telemetry || ' file' as Telemetry,
    Time as Timestamp,
    TimeNote as TimestampNote,
    Device as DeviceName,
    ActionType,
    path_file(coalesce(Path, Name)) as FileName,
    Path as FolderPath,
    path_file(PreviousPath) as PreviousFileName,
    PreviousPath as PreviousFolderPath,
    UserName as InitiatingProcessAccountName,
    path_file(Image) as InitiatingProcessFileName,
    path_whole(Image) as InitiatingProcessFolderPath,
    ProcessId as InitiatingProcessId,
    CommandLine as InitiatingProcessCommandLine,
    ParentId as InitiatingProcessParentId,
    Details as AdditionalFields
from events
where starts_with(ActionType, 'File') or starts_with(ActionType, 'Folder')
