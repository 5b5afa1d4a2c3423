-- What a load keeps account of. Made once, filled batch by batch.

-- Rows kept, by file, table and day of the event.
create or replace temp table accounts (
    SourceFileId integer,
    SourceTable varchar,
    Day date,              -- NULL for a table without event time
    InWindow bigint,
    Outside bigint,        -- good rows, but before or after the window
    First timestamp_ns,    -- of the rows in the window
    Last timestamp_ns,
    Future bigint          -- rows in the window that are later than `as_of`
);

-- Rows left out, by file and reason, with the places of the first few.
create or replace temp table rejections (
    SourceFileId integer,
    Reason varchar,
    Rows bigint,
    Records bigint[],
    Sample varchar         -- the offending value of the first, where one exists
);

-- Devices met, by table.
create or replace temp table devices (
    SourceTable varchar,
    Device varchar
);

-- Identity of every row read, where one event may have been exported twice.
create or replace temp table event_keys (
    SourceTable varchar,
    SourceFileId integer,
    SourceRecord bigint,
    DeviceId ubigint,      -- hashes; NULL where absent
    DeviceName ubigint,
    EventTime bigint,      -- nanoseconds since 1970
    ReportId bigint,
    RowHash ubigint,       -- of the whole row where there is no ReportId, else 0
    Lacks integer,         -- how much the row lacks of what is looked at
    Doubtful boolean       -- a numbered event whose time cannot be relied on
);

-- Records met in files of events, good or bad, by file. What is neither kept nor
-- rejected in the end is of a kind that no table is made of.
create or replace temp table records_met (
    SourceFileId integer,
    Records bigint
);

-- The start of every process met: who a process id or GUID was.
create or replace temp table process_starts (
    Device varchar,
    Guid varchar,
    ProcessId bigint,
    Started timestamp_ns,
    FileName varchar,
    FolderPath varchar,
    CommandLine varchar,
    AccountDomain varchar,
    AccountName varchar,
    ParentId bigint,
    ParentFileName varchar,
    SourceFileId integer,
    SourceRecord bigint,
    Doubt varchar          -- why its time cannot be relied on
);

-- When devices booted: process ids begin anew.
create or replace temp table boots (
    Device varchar,
    Booted timestamp_ns
);

-- Rows kept whose time cannot be relied on, by file and reason.
create or replace temp table doubts (
    SourceFileId integer,
    Reason varchar,
    Rows bigint,           -- in the window
    Outside bigint
);

-- Every row left out, where a load is asked to keep them (RowsOnly).
create or replace temp table rejected_rows (
    SourceFileId integer,
    SourceRecord bigint,
    Reason varchar
);
