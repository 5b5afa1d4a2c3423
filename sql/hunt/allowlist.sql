-- Which allowlist entries speak of which events, and what each of them does.
--
-- Reads found_events (one row per event), allowlist_entries and
-- allowlist_patterns (what holds today). Makes `allowed`, one row per event
-- and entry that matched it. Nothing is removed: an event with a row of action
-- 'suppress' is hidden by whoever reads this.
--
--   Action   suppress, down-rank, tag; or pierced: the event has a hard reason,
--            so an entry that would hide or lower it does nothing
--   Points   0 or less. Their sum over an event is what its score loses.
--
-- How several down-ranks add up: within a class only the strongest counts
-- (three entries that know the same product know one thing), classes add, and
-- an event loses 40 at most. What does not count stays in the list with 0.
--
-- What is unknown matches nothing: an unknown writer is not an allowed writer.

-- A canonical path has no . or .. segment, no segment that ends in a dot or a
-- space (Windows drops them), and no colon but the drive's (an alternate
-- stream). Anything else is a disguise.
create or replace temp macro allowlist_path(path) as
    case when path <> '' and not regexp_matches(path, '(?s)[. ]([\\/]|$)|^.{2,}:') then path end;

create or replace temp macro allowlist_any(value, patterns) as
    len(list_filter(patterns, lambda pattern: regexp_full_match(value, pattern))) > 0;

create or replace temp table allowed as
with subjects as (
    -- What an event says under each key that is cheap to index.
    select EventId, 'InitiatingProcessPath' as MatchKey, InitiatingProcessPath as Value
    from found_events
    union all
    select EventId, 'PayloadPath', PayloadPath
    from found_events
    union all
    select EventId, 'Account', coalesce(AccountDomain, '') || '\' || nullif(AccountName, '')
    from found_events
    union all
    select EventId, 'ServiceName', ServiceName
    from found_events
    union all
    select EventId, 'Device', DeviceName
    from found_events
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
    select distinct MatchKey, Value
    from subjects
    where Value <> '' and MatchKey in (select MatchKey from prefixes)
),

known_values as (
    select
        MatchKey,
        Value,
        case
            when MatchKey in ('InitiatingProcessPath', 'PayloadPath') then allowlist_path(Value)
            else fold(Value)
        end as Comparable
    from distinct_values
),

-- First the entries whose pattern begins as the value does (a hash join), then
-- LIKE, and the regular expression, which costs most, on what is left.
value_matches as (
    select distinct
        known_values.MatchKey,
        known_values.Value,
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
    select EntryId, count(distinct MatchKey) as Keys
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

candidates as (
    -- All indexed keys of the entry hold.
    select subjects.EventId, value_matches.EntryId
    from subjects
    inner join value_matches
        on value_matches.MatchKey = subjects.MatchKey
        and value_matches.Value = subjects.Value
    inner join wanted on wanted.EntryId = value_matches.EntryId
    group by subjects.EventId, value_matches.EntryId
    having count(*) = any_value(wanted.Keys)
    union all
    select found_events.EventId, unindexed.EntryId
    from found_events
    cross join unindexed
),

matched as (
    select
        found_events.EventId,
        -- A verdict that is missing is not a verdict of harmless.
        coalesce(found_events.HardReason, true) and entry.Action <> 'tag' as Pierced,
        entry.*
    from candidates
    inner join found_events on found_events.EventId = candidates.EventId
    inner join allowlist_entries as entry on entry.EntryId = candidates.EntryId
    where (
            entry.InitiatingProcessCommand is null
            or allowlist_any(
                fold(found_events.InitiatingProcessCommandLine), entry.InitiatingProcessCommand
            )
        )
        and (
            entry.ProcessCommand is null
            or allowlist_any(fold(found_events.ProcessCommandLine), entry.ProcessCommand)
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
),

strongest as (
    select
        *,
        case
            when Action = 'down-rank' and not Pierced
                and row_number() over (
                    partition by EventId, Class, Action
                    order by Points desc, EntryId
                ) = 1
                then Points
            else 0
        end as ClassPoints
    from matched
),

capped as (
    select
        *,
        coalesce(
            sum(ClassPoints) over (
                partition by EventId
                order by ClassPoints desc, EntryId
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as TakenBefore
    from strongest
),

final as (
    select
        EventId,
        EntryId,
        Class,
        case when Pierced then 'pierced' else Action end as Action,
        cast(-least(ClassPoints, greatest(40 - TakenBefore, 0)) as integer) as Points,
        Reason,
        Owner,
        Ticket,
        Expires
    from capped
)

select * from final;
