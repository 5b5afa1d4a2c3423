-- Which allowlist entries speak of which events, and what each of them asks for.
--
-- Reads found_events (one row per event), allowlist_entries and
-- allowlist_patterns (what holds today). Makes `allowed`, one row per event
-- and entry that matched it. What comes of that for a case is lowered.sql's.
--
--   Action   suppress, down-rank, tag; a suppress of which not everything could
--            be checked is a down-rank, and Note says why
--   Points   0 or more: what the entry asks to take off; 40 of a suppress
--
-- An event is asked for who told the service manager to do it (ClientPath, …), and
-- for the service and payload of its case where it names none of its own.
--
-- What is unknown matches nothing: an unknown writer is not an allowed writer.

-- A canonical path has no . or .. segment, no segment that ends in a dot or a
-- space (Windows drops them), and no colon but the drive's (an alternate
-- stream). Anything else is a disguise.
create or replace temp macro allowlist_path(path) as
    case when path <> '' and not regexp_matches(path, '(?s)[. ]([\\/]|$)|^.{2,}:') then path end;

-- A key as a bit, so that the keys of an entry are one number.
create or replace temp macro allowlist_bit(key) as
    1 << list_position(['InitiatingProcessPath', 'PayloadPath', 'Account', 'ServiceName', 'Device'], key);

create or replace temp macro allowlist_any(value, patterns) as
    len(list_filter(patterns, lambda pattern: regexp_full_match(value, pattern))) > 0;

create or replace temp table allowed as
with subjects as (
    -- What an event says under each key that is cheap to index. A device has a
    -- name and an id, and a scope may give either.
    select EventId, 'InitiatingProcessPath' as MatchKey, ClientPath as Value
    from found_events
    union all
    select EventId, 'PayloadPath', CasePayloadPath
    from found_events
    union all
    select EventId, 'Account', coalesce(ClientAccountDomain, '') || '\' || nullif(ClientAccountName, '')
    from found_events
    union all
    select EventId, 'ServiceName', CaseServiceName
    from found_events
    union all
    select EventId, 'Device', DeviceName
    from found_events
    union all
    select EventId, 'Device', DeviceId
    from found_events
    where DeviceId <> DeviceName or DeviceName is null
),

indexed as (
    select *
    from allowlist_patterns
    where MatchKey in ('InitiatingProcessPath', 'PayloadPath', 'Account', 'ServiceName', 'Device')
),

prefixes as (
    select distinct MatchKey, length(Prefix) as PrefixLength
    from indexed
),

-- Each value once, however many events share it.
distinct_values as (
    select
        MatchKey,
        Value,
        count(*) as Events
    from subjects
    where Value <> '' and MatchKey in (select MatchKey from prefixes)
    group by MatchKey, Value
),

known_values as (
    select
        MatchKey,
        Value,
        Events,
        case
            when MatchKey in ('InitiatingProcessPath', 'PayloadPath') then allowlist_path(Value)
            else fold(Value)
        end as Comparable
    from distinct_values
),

-- First the entries whose pattern begins as the value does (a hash join), then
-- LIKE, and the regular expression, which costs most, on what is left.
value_matches as materialized (
    select distinct
        known_values.MatchKey,
        allowlist_bit(known_values.MatchKey) as KeyBit,
        known_values.Value,
        known_values.Events,
        indexed.EntryId
    from known_values
    inner join prefixes on prefixes.MatchKey = known_values.MatchKey
    inner join indexed
        on indexed.MatchKey = known_values.MatchKey
        and indexed.Prefix = left(known_values.Comparable, prefixes.PrefixLength)
    where case
        when known_values.Comparable like indexed.LikePattern escape '^'
            then regexp_full_match(known_values.Comparable, indexed.Pattern)
        else false
    end
),

wanted as (
    select EntryId, bit_or(allowlist_bit(MatchKey)) as Keys
    from indexed
    group by EntryId
),

-- Entries of commands or branches alone: every event is a candidate.
-- Materialized, lest all entries are crossed with all events first.
unindexed as materialized (
    select EntryId
    from allowlist_entries
    anti join wanted using (EntryId)
),

-- An entry is looked for by that one of its keys which the fewest events have; the
-- others are asked only of those. A thousand entries that each take in every service by
-- its name, and one program by its path, are then a thousand programs.
rarest as (
    select
        keys.EntryId,
        arg_min(keys.MatchKey, (keys.Events, keys.MatchKey)) as MatchKey
    from (
        select
            EntryId,
            MatchKey,
            KeyBit,
            sum(Events) as Events
        from value_matches
        group by EntryId, MatchKey, KeyBit
    ) as keys
    inner join wanted on wanted.EntryId = keys.EntryId
    group by keys.EntryId
    having bit_or(keys.KeyBit) = any_value(wanted.Keys)
),

likely as (
    select distinct
        subjects.EventId,
        value_matches.EntryId
    from subjects
    inner join value_matches
        on value_matches.MatchKey = subjects.MatchKey
        and value_matches.Value = subjects.Value
    inner join rarest
        on rarest.EntryId = value_matches.EntryId
        and rarest.MatchKey = value_matches.MatchKey
),

candidates as (
    -- All indexed keys of the entry hold.
    select likely.EventId, likely.EntryId
    from likely
    inner join subjects on subjects.EventId = likely.EventId
    inner join value_matches
        on value_matches.EntryId = likely.EntryId
        and value_matches.MatchKey = subjects.MatchKey
        and value_matches.Value = subjects.Value
    inner join wanted on wanted.EntryId = likely.EntryId
    group by likely.EventId, likely.EntryId
    having bit_or(value_matches.KeyBit) = any_value(wanted.Keys)

    union all

    select found_events.EventId, unindexed.EntryId
    from found_events
    cross join unindexed
),

matched as (
    select
        found_events.EventId,
        entry.Action = 'suppress' and coalesce(found_events.Signer, '') = '' as Unsure,
        entry.*
    from candidates
    inner join found_events on found_events.EventId = candidates.EventId
    inner join allowlist_entries as entry on entry.EntryId = candidates.EntryId
    where (
            entry.InitiatingProcessCommand is null
            or allowlist_any(fold(found_events.ClientCommandLine), entry.InitiatingProcessCommand)
        )
        and (
            entry.ProcessCommand is null
            or allowlist_any(fold(found_events.ProcessCommandLine), entry.ProcessCommand)
        )
        -- A signer that is recorded must be the entry's; one that is not is no
        -- match, but that an entry which would hide may lower still.
        and (
            entry.Signer is null
            or allowlist_any(fold(found_events.Signer), entry.Signer)
            or (entry.Action = 'suppress' and coalesce(found_events.Signer, '') = '')
        )
        -- An entry hides an event only if it knows every branch that hit it;
        -- a hit of another branch must not vanish with it.
        and case
            when entry.Branches is null then true
            when entry.Action = 'suppress'
                then list_has_all(entry.Branches, list_transform(found_events.Branches, lambda id: lower(id)))
                and len(found_events.Branches) > 0
            else list_has_any(entry.Branches, list_transform(found_events.Branches, lambda id: lower(id)))
        end
)

select
    EventId,
    EntryId,
    Class,
    case when Unsure then 'down-rank' else Action end as Action,
    case when Action = 'tag' then 0 else Points end as Points,
    case when Unsure then 'no signer is recorded, so it is lowered by 40 and not hidden' else '' end as Note,
    Reason,
    Owner,
    Ticket,
    Expires
from matched;
