-- What a run notes of the files that it reads: one Parquet file of each under the lake's
-- manifest. A file is known by its number in the lake. What is noted of a file is whole:
-- when the file is read once more because it grew, all of it replaces what was noted.

-- Rows by file, table and day; copies of events stored already are among them.
create or replace temp table lake_accounts (
    SourceFileId integer,
    SourceTable varchar,
    Day date,              -- NULL for rows without a time
    Rows bigint,
    First timestamp_ns,
    Last timestamp_ns,
    LastRecord bigint
);

-- Rows whose time cannot be relied on.
create or replace temp table lake_doubts (
    SourceFileId integer,
    SourceTable varchar,
    Day date,
    Reason varchar,
    Rows bigint
);

-- Which columns have values, and which actions there are, by kind of telemetry.
create or replace temp table lake_presence (
    SourceFileId integer,
    SourceTable varchar,
    Telemetry varchar,
    ColumnNames varchar[],
    Actions varchar[]
);

-- Devices by table and day, as rows call them.
create or replace temp table lake_devices (
    SourceTable varchar,
    Day date,
    DeviceId varchar,
    DeviceName varchar
);

-- When devices booted; Device is NULL where the log names none.
create or replace temp table lake_boots (
    SourceFileId integer,
    Device varchar,
    Booted timestamp_ns
);

-- Rows that repeat an event, and the row that was stored instead.
create or replace temp table lake_duplicates (
    SourceTable varchar,
    Day date,
    SourceFileId integer,
    SourceRecord bigint,
    KeptFileId integer,
    KeptRecord bigint
);

-- Rows of days that the lake has forgotten: they are not taken in again.
create or replace temp table lake_forgotten (
    SourceFileId integer,
    SourceTable varchar,
    Rows bigint,
    LastRecord bigint,
    Fresh bigint           -- of them, those that no run before has met
);
