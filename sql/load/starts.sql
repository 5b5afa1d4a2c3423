-- The starts of processes in a batch: who a process id or GUID was.
insert into process_starts
select
    -- A log that names no device is of one, and of no other.
    coalesce(lower(DeviceName), '#' || SourceFileId),
    lower(ProcessGuid),
    ProcessId,
    EventTime,
    FileName,
    FolderPath,
    ProcessCommandLine,
    AccountDomain,
    AccountName,
    InitiatingProcessId,
    InitiatingProcessFileName,
    SourceFileId,
    SourceRecord,
    TimestampNote
from event_rows
where Rejection is null and (ProcessId is not null or ProcessGuid is not null);
