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

-- Hours that have more than a tenth of all are in any stretch that holds nine tenths.
-- Cases of one account and hour are one question.
questions as (
    select
        whose.CaseId,
        whose.Account,
        whose.Hour,
        least(coalesce(own.Events, 0), coalesce(account_hours.Events, 0)) as Own,
        whose.Events - Own as Events,
        coalesce(account_hours.Events, 0) - Own as Here
    from whose
    left join own on own.CaseId = whose.CaseId
    left join account_hours
        on account_hours.Account = whose.Account
        and account_hours.Hour = whose.Hour
    where whose.Events - Own >= 20 and whose.Days - least(Own, 1) >= 5 and Here * 10 <= whose.Events - Own
),

days as (
    select
        asked.Account,
        asked.Hour,
        asked.Own,
        asked.Events,
        -- 48 hours, so that a stretch over midnight is one; entry n is what comes before hour n - 1.
        list_transform(
            range(0, 49),
            lambda n: coalesce(list_sum((hours.Counts || hours.Counts)[1:n]), 0)
            - asked.Own * (case when n > asked.Hour then 1 else 0 end + case when n > asked.Hour + 24 then 1 else 0 end)
        ) as Before
    from (select distinct Account, Hour, Own, Events from questions) as asked
    inner join (
        select
            Account,
            list_transform(range(0, 24), lambda h: coalesce(map_from_entries(list((cast(Hour as bigint), Events)))[h], 0)) as Counts
        from account_hours
        where Account in (select Account from questions)
        group by Account
    ) as hours on hours.Account = asked.Account
),

stretches as (
    select
        start.Hour as Start,
        hours.Length
    from range(0, 24) as start (Hour)
    cross join range(1, 25) as hours (Length) -- 576 rows
),

shortest as (
    select
        days.Account,
        days.Hour,
        days.Own,
        min(stretches.Length) as Length,
        min(stretches.Length) filter (where (days.Hour - stretches.Start + 24) % 24 < stretches.Length) as LengthWith
    from days
    inner join stretches on (days.Before[stretches.Start + stretches.Length + 1] - days.Before[stretches.Start + 1]) * 10 >= days.Events * 9
    group by days.Account, days.Hour, days.Own
)

select
    questions.CaseId,
    'off_hours',
    format(
        '{} of its {} events fall between {:02d} and {:02d} UTC',
        cast(questions.Here as bigint), cast(questions.Events as bigint), cast(questions.Hour as integer), cast((questions.Hour + 1) % 24 as integer)
    )
from questions
inner join shortest
    on shortest.Account = questions.Account
    and shortest.Hour = questions.Hour
    and shortest.Own = questions.Own
where shortest.LengthWith > shortest.Length;
