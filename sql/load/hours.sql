-- In which minutes of which hours accounts started processes, a bit a minute: minutes and
-- not processes, for copies of an event must not count twice. Reads batch_hours: Timestamp,
-- AccountDomain, AccountName. Accounts that belong to nobody are awake at all hours and are
-- left out.
insert into account_hours_read
select
    lower(concat_ws('\', nullif(AccountDomain, ''), AccountName)),
    cast(epoch_ns(Timestamp) // 3600000000000 % 24 as tinyint),
    cast(Timestamp as date),
    bit_or(1::ubigint << cast(epoch_ns(Timestamp) // 60000000000 % 60 as integer))
from batch_hours
where
    AccountName <> ''
    and Timestamp is not null
    and not ends_with(AccountName, '$')
    and lower(AccountName) not in ('system', 'local service', 'network service', 'root')
group by all;
