-- Which change tickets speak of which events.
--
-- Reads found_events, changes (one row per window of a ticket) and change_places (the
-- devices of each place that a window is for), names as change_names.sql has it. Adds to `allowed` one row per event and
-- ticket whose window the event lies in, [StartTime, EndTime), on the ticket's device
-- and by the ticket's account. Points 25 if the ticket names the event's service, 10 if
-- it names none; a ticket for another service does nothing. What comes of it for a case
-- is lowered.sql's.
--
-- What is unknown matches nothing: an event without a time, a device or an account, or
-- without a service where the ticket names one.

insert into allowed
with devices as (
    -- Each once, however many events it has.
    select distinct
        DeviceName,
        DeviceId,
        fold(DeviceName) as Name,
        fold(DeviceId) as Id
    from found_events
),

-- A device is known by its name or by its id, whichever the calendar has.
device_places as (
    select
        devices.DeviceName,
        devices.DeviceId,
        change_places.Place
    from devices
    inner join change_places on change_host(change_places.Device) = change_host(devices.Name)
    where devices.Name <> '' and change_same(devices.Name, change_places.Device)

    union

    select
        devices.DeviceName,
        devices.DeviceId,
        change_places.Place
    from devices
    inner join change_places on change_places.Device = devices.Id
    where devices.Id <> ''
),

accounts as (
    select
        ClientAccountDomain,
        ClientAccountName,
        fold(ClientAccountDomain) as Domain,
        fold(ClientAccountName) as Name
    from (select distinct ClientAccountDomain, ClientAccountName from found_events)
),

-- Where the name is recorded with its domain, that is the one that counts.
known_accounts as (
    select
        ClientAccountDomain,
        ClientAccountName,
        case when contains(Name, '@') then split_part(Name, '@', 2) else Domain end as Domain,
        split_part(Name, '@', 1) as Name
    from accounts
),

account_tickets as (
    select
        known.ClientAccountDomain,
        known.ClientAccountName,
        asked.AccountDomain,
        asked.AccountName
    from known_accounts as known
    inner join (select distinct AccountDomain, AccountName from changes) as asked on asked.AccountName = known.Name
    where known.Name <> ''
        and (
            asked.AccountDomain = ''
            or (
                known.Domain <> ''
                and change_host(known.Domain) = change_host(asked.AccountDomain)
                and change_same(known.Domain, asked.AccountDomain)
            )
        )
),

-- A row per day that a window touches, to join on: an account that works on one device
-- by hundreds of tickets meets those of the day alone.
days as (
    select
        Number,
        Place,
        AccountDomain,
        AccountName,
        StartTime,
        EndTime,
        unnest(range(epoch_ns(StartTime) // 86400000000000, (epoch_ns(EndTime) - 1) // 86400000000000 + 1)) as Day
    from changes
),

-- Events of accounts and places that any ticket is for. Materialized, lest windows meet
-- the devices of their groups first, which are many.
placed as materialized (
    select
        found_events.EventId,
        found_events.Timestamp,
        epoch_ns(found_events.Timestamp) // 86400000000000 as Day,
        found_events.CaseServiceName,
        account_tickets.AccountDomain,
        account_tickets.AccountName,
        device_places.Place
    from found_events
    inner join account_tickets
        on account_tickets.ClientAccountName = found_events.ClientAccountName
        and account_tickets.ClientAccountDomain is not distinct from found_events.ClientAccountDomain
    inner join device_places
        on device_places.DeviceName is not distinct from found_events.DeviceName
        and device_places.DeviceId is not distinct from found_events.DeviceId
    where found_events.Timestamp is not null
),

candidates as materialized (
    select
        placed.EventId,
        days.Number,
        fold(placed.CaseServiceName) as Service
    from placed
    inner join days
        on days.Place = placed.Place
        and days.AccountName = placed.AccountName
        and days.AccountDomain = placed.AccountDomain
        and days.Day = placed.Day
    where placed.Timestamp >= days.StartTime and placed.Timestamp < days.EndTime
),

-- Each service against each pattern once. A LIKE tells most apart, and costs a fraction
-- of the regular expression.
named as (
    select
        pairs.Service,
        pairs.Number
    from (select distinct Service, Number from candidates) as pairs
    inner join changes on changes.Number = pairs.Number
    where case
        when pairs.Service like changes.ServiceLike escape '^'
            then regexp_full_match(pairs.Service, changes.ServicePattern)
        else false
    end
),

weighed as (
    select
        candidates.EventId,
        changes.*,
        case when named.Number is null then 10 else 25 end as Points
    from candidates
    inner join changes on changes.Number = candidates.Number
    left join named
        on named.Number = candidates.Number
        and named.Service = candidates.Service
    where changes.ServicePattern is null or named.Number is not null
),

-- A ticket may have several lines.
strongest as (
    select
        EventId,
        Ticket,
        first({Points: Points, Reason: Reason, Account: Account, Expires: Expires} order by Points desc, Number) as Counts
    from weighed
    group by EventId, Ticket
)

select
    EventId,
    Ticket as EntryId,
    'administrator' as Class,
    'change' as Action,
    Counts.Points,
    '' as Note,
    Counts.Reason,
    Counts.Account as Owner,
    Ticket,
    Counts.Expires
from strongest;
