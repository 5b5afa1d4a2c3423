-- The starts of processes in a batch: who a process id or GUID was.
insert into process_starts
select
    lower(DeviceName),
    lower(ProcessGuid),
    ProcessId,
    EventTime,
    FileName,
    FolderPath,
    ProcessCommandLine,
    AccountDomain,
    AccountName,
    InitiatingProcessId,
    InitiatingProcessFileName
from event_rows
where Rejection is null and DeviceName is not null and (ProcessId is not null or ProcessGuid is not null);
