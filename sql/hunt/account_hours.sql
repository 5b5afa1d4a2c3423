-- When accounts are at work: the minutes of each hour, UTC, in which they started a
-- process, a bit each. Filled batch by batch while the files go by.
create or replace temp table account_hours_read (
    Account varchar,
    Hour tinyint,
    Day date,
    Minutes ubigint
);
