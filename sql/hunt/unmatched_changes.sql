-- The same as unmatched.sql of change tickets. Of a ticket's lines the one that comes
-- nearest says why.
insert into case_unmatched
with lines as (
    select
        missed.*,
        missed.Timestamp >= changes.StartTime as Begun,
        missed.Timestamp < changes.EndTime as NotOver,
        split_part(fold(missed.ClientAccountName), '@', 1) = changes.AccountName as Named,
        changes.AccountDomain,
        case
            when contains(missed.ClientAccountName, '@') then split_part(fold(missed.ClientAccountName), '@', 2)
            else fold(coalesce(missed.ClientAccountDomain, ''))
        end as Domain,
        changes.ServicePattern is null
        or regexp_full_match(fold(missed.CaseServiceName), changes.ServicePattern) as OfService,
        exists (
            select 1
            from change_places
            where
                change_places.Place = changes.Place
                and (
                    change_places.Device = fold(missed.DeviceId)
                    or (
                        change_host(change_places.Device) = change_host(fold(missed.DeviceName))
                        and change_same(change_places.Device, fold(missed.DeviceName))
                    )
                )
        ) as Placed
    from case_missed as missed
    inner join changes on changes.Ticket = missed.EntryId
    where missed.IsChange
),

said as (
    select
        *,
        case
            when not Placed then {'Step': 1, 'Why': 'another device'}
            when ClientAccountName = '' then {'Step': 2, 'Why': 'no account is known to have asked for it'}
            when Named and AccountDomain <> '' and Domain = ''
                then {'Step': 2, 'Why': 'its account, ' || ClientAccountName || ', is recorded without a domain'}
            when
                not Named
                or (AccountDomain <> '' and not (change_host(Domain) = change_host(AccountDomain) and change_same(Domain, AccountDomain)))
                then {'Step': 2, 'Why': 'asked for by ' || concat_ws('\', nullif(ClientAccountDomain, ''), ClientAccountName)}
            when Timestamp is null then {'Step': 3, 'Why': 'it has no time'}
            when not Begun then {'Step': 3, 'Why': 'before the ticket''s window'}
            when not NotOver then {'Step': 3, 'Why': 'after the ticket''s window'}
            else {'Step': 4, 'Why': 'another service'}
        end as Told
    from lines
)

select
    CaseId,
    EntryId,
    true as IsChange,
    EventId,
    arg_max(Told.Why, (Told.Step, Told.Why)) as Why,
    any_value(Nth) as Nth
from said
group by CaseId, EntryId, EventId;
