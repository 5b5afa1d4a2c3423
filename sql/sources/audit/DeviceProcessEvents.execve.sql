-- A program started, as the kernel saw it: execve or execveat that succeeded. The
-- program is the one that ran; of a script that is its interpreter. Who started it
-- is known by number alone.
select
    SourceFile,
    SourceRecord,
    Telemetry || ' execve' as Telemetry,
    Time as Timestamp,
    TimeNote as TimestampNote,
    Device as DeviceName,
    ActionType,
    path_file(Image) as FileName,
    Image as FolderPath,
    ProcessId,
    CommandLine as ProcessCommandLine,
    Time as ProcessCreationTime,
    UserName as AccountName,
    ParentId as InitiatingProcessId,
    Details as AdditionalFields
from events
where ActionType = 'ProcessCreated'
