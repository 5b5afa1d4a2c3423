-- When accounts are at work: how many processes each started in each hour of the day,
-- UTC. Filled batch by batch while the files go by.
create or replace temp table account_hours_read (
    Account varchar,
    Hour tinyint,
    Day date,
    Events bigint
);
