-- Reasons that are true of a case as a whole, with what they rest on. Filled by the
-- files that follow.
create or replace temp table case_signals (
    CaseId varchar,
    ReasonId varchar,
    Detail varchar
);

-- When accounts are at work, over all files: processes started by hour of the day, and
-- on how many days in that hour and at all.
create or replace temp table account_hours as
with days as (
    select
        Account,
        count(distinct Day) as Days
    from account_hours_read
    group by Account
)

select
    account_hours_read.Account,
    account_hours_read.Hour,
    cast(sum(account_hours_read.Events) as bigint) as Events,
    count(distinct account_hours_read.Day) as HourDays,
    any_value(days.Days) as Days
from account_hours_read
inner join days on days.Account = account_hours_read.Account
group by account_hours_read.Account, account_hours_read.Hour;
