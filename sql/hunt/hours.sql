-- Whether a case began at an hour at which its account is not at work. The account's own
-- hours are the shortest stretch of the day that holds nine in ten of its events, over
-- midnight if need be: a night shift's is 22 to 6. An hour is outside of them only if
-- no stretch of that length holds it. The account must be known by 20 events on 5 days,
-- what the case itself adds not counted; who is nobody is awake at all hours.
--
-- Reads cases, found_events, account_hours. Adds to case_signals.

insert into case_signals
with asked as (
    select
        CaseId,
        lower(Account) as Account,
        lower(AccountName) as Name,
        coalesce(AccountDomain, '') = '' as Bare,
        First,
        cast(epoch_ns(First) // 3600000000000 % 24 as tinyint) as Hour
    from cases
    where AccountName <> '' and First is not null and not is_system_account(AccountDomain, AccountName)
),

accounts_known as (
    select
        Account,
        regexp_extract(Account, '[^\\]*$') as Name,
        sum(Events) as Events,
        max(Days) as Days
    from account_hours
    group by Account
),

-- An account recorded without its domain is the one of that name, if there is one only.
only_one as (
    select
        Name,
        min(Account) as Account
    from accounts_known
    group by Name
    having count(*) = 1
),

whose as (
    select
        asked.CaseId,
        asked.First,
        asked.Hour,
        accounts_known.Account,
        accounts_known.Events,
        accounts_known.Days
    from asked
    left join only_one
        on only_one.Name = asked.Name
        and asked.Bare
    inner join accounts_known on accounts_known.Account = coalesce(only_one.Account, asked.Account)
),

-- What of the account's hours is the case itself.
own as (
    select
        whose.CaseId,
        count(*) as Events
    from whose
    inner join found_events on found_events.CaseId = whose.CaseId
    where
        found_events.SourceTable = 'DeviceProcessEvents'
        and ends_with(whose.Account, lower(found_events.AccountName))
        and epoch_ns(found_events.Timestamp) // 3600000000000 = epoch_ns(whose.First) // 3600000000000
    group by whose.CaseId
),

-- What the case adds is taken off where it is a twentieth of all or more.
theirs as (
    select
        whose.CaseId,
        whose.Account,
        whose.Hour,
        whose.Days,
        whose.Events as Whole,
        coalesce(account_hours.Events, 0) as Here,
        case when own.Events * 20 >= whose.Events then least(own.Events, coalesce(account_hours.Events, 0)) else 0 end as Own
    from whose
    left join own on own.CaseId = whose.CaseId
    left join account_hours
        on account_hours.Account = whose.Account
        and account_hours.Hour = whose.Hour
),

-- An hour that has more than a tenth of all is in any stretch that holds nine tenths.
questions as (
    select
        CaseId,
        Account,
        Hour,
        Own,
        case when Own = 0 then 0 else Hour end as OwnHour,
        Whole - Own as Events,
        Here - Own as Here
    from theirs
    where Whole - Own >= 20 and Days - least(Own, 1) >= 5 and (Here - Own) * 10 <= Whole - Own
),

-- How many events come before each hour of two days, so that a stretch over midnight is
-- one; entry n is what comes before hour n - 1.
clock as (
    select
        days.Day * 24 + hours.Hour as Position,
        hours.Hour
    from range(0, 24) as hours (Hour)
    cross join range(0, 2) as days (Day) -- 48 rows
),

counted as (
    select
        asked.Account,
        clock.Position,
        sum(coalesce(account_hours.Events, 0)) over (partition by asked.Account order by clock.Position) as Events
    from (select distinct Account from questions) as asked
    cross join clock
    left join account_hours
        on account_hours.Account = asked.Account
        and account_hours.Hour = clock.Hour
),

counts as (
    select
        Account,
        [0] || list(cast(Events as bigint) order by Position) as Before
    from counted
    group by Account
),

-- The shortest stretch from each hour on that holds enough; cases of one account are one
-- question, mostly.
stretches as (
    select
        asked.Account,
        asked.OwnHour,
        asked.Own,
        start.Hour as Start,
        min(lengths.Length) as Length
    from (select distinct Account, OwnHour, Own, Events from questions) as asked
    inner join counts on counts.Account = asked.Account
    cross join range(0, 24) as start (Hour)
    cross join range(1, 25) as lengths (Length) -- 576 rows
    where
        (
            counts.Before[start.Hour + lengths.Length + 1] - counts.Before[start.Hour + 1]
            - case when (asked.OwnHour - start.Hour + 24) % 24 < lengths.Length then asked.Own else 0 end
        ) * 10 >= asked.Events * 9
    group by asked.Account, asked.OwnHour, asked.Own, start.Hour
),

shortest as (
    select *
    from stretches
    qualify Length = min(Length) over (partition by Account, OwnHour, Own)
),

outside as (
    select questions.*
    from questions
    anti join shortest
        on shortest.Account = questions.Account
        and shortest.OwnHour = questions.OwnHour
        and shortest.Own = questions.Own
        and (questions.Hour - shortest.Start + 24) % 24 < shortest.Length
)

select
    CaseId,
    'off_hours',
    format(
        '{} of its {} active minutes fall between {:02d} and {:02d} UTC',
        cast(Here as bigint), cast(Events as bigint), cast(Hour as integer), cast((Hour + 1) % 24 as integer)
    )
from outside;
