-- In which minutes accounts started processes. Reads lake_batch: Timestamp,
-- AccountDomain, AccountName. Accounts that belong to nobody are left out.
insert into lake_hours
select
    lower(concat_ws('\', nullif(AccountDomain, ''), AccountName)),
    cast(epoch_ns(Timestamp) // 3600000000000 % 24 as tinyint),
    cast(Timestamp as date),
    bit_or(1::ubigint << cast(epoch_ns(Timestamp) // 60000000000 % 60 as integer))
from lake_batch
where
    AccountName <> ''
    and Timestamp is not null
    and not ends_with(AccountName, '$')
    and lower(AccountName) not in ('system', 'local service', 'network service', 'root')
group by all;
