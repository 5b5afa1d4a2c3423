-- Reasons that are true of a case as a whole, with what they rest on. Filled by the
-- files that follow.
create or replace temp table case_signals (
    CaseId varchar,
    ReasonId varchar,
    Detail varchar
);

-- When accounts are at work, over all files: minutes with a process started, by hour of
-- the day, and on how many days in that hour and at all.
create or replace temp table account_hours as
with days as (
    select
        Account,
        count(distinct Day) as Days
    from account_hours_read
    group by Account
),

-- What several batches or copies say of one hour is one hour.
hours as (
    select
        Account,
        Hour,
        Day,
        bit_count(bit_or(Minutes)) as Events
    from account_hours_read
    group by Account, Hour, Day
)

select
    hours.Account,
    hours.Hour,
    cast(sum(hours.Events) as bigint) as Events,
    count(distinct hours.Day) as HourDays,
    any_value(days.Days) as Days
from hours
inner join days on days.Account = hours.Account
group by hours.Account, hours.Hour;
