-- The lines of a case's arithmetic: the base of its strongest branch, then every reason
-- that holds, each once, with the points that sql/reference/weights.csv gives it.
--
-- Branches that see the same act, the seed's and their better twins among them, never
-- add up: the largest base counts.
--
-- Reads found_events, event_reasons and case_signals (what is true of a case as a whole).
create or replace temp table reasons as
with bases as (
    select
        CaseId,
        max(Strength) as Strength,
        max(Strength) // 100000 as Score
    from found_events
    group by CaseId
),

-- The events that the base is of, by whichever branch scores so: what speaks for the case's harmlessness must be said
-- of all of them. That some other event of it is harmless says nothing.
strongest as (
    select
        found_events.CaseId,
        found_events.EventId,
        found_events.Timestamp,
        bases.Strength
    from found_events
    inner join bases
        on bases.CaseId = found_events.CaseId
        and bases.Score = found_events.Strength // 100000
),

strongest_counts as (
    select
        CaseId,
        count(*) as Events
    from strongest
    group by CaseId
),

said as (
    select
        found_events.CaseId,
        event_reasons.ReasonId,
        list(found_events.EventId order by found_events.Timestamp nulls last, found_events.EventId) as Events,
        count(strongest.EventId) as OfStrongest
    from event_reasons
    inner join found_events on found_events.EventId = event_reasons.EventId
    left join strongest on strongest.EventId = event_reasons.EventId
    group by found_events.CaseId, event_reasons.ReasonId
),

lines as (
    select
        said.CaseId,
        said.ReasonId,
        '' as Detail,
        said.Events
    from said
    inner join strongest_counts on strongest_counts.CaseId = said.CaseId
    left join weights on weights.ReasonId = said.ReasonId
    where coalesce(weights.Grp, '') <> 'benign' or said.OfStrongest = strongest_counts.Events

    union all

    select
        CaseId,
        ReasonId,
        min(Detail),
        cast([] as varchar[])
    from case_signals
    group by CaseId, ReasonId
)

select
    strongest.CaseId,
    'branch:' || any_value(branches.BranchId) as ReasonId,
    'base' as Grp,
    cast(any_value(branches.Score) as integer) as Points,
    'base of ' || any_value(branches.BranchId) as Text,
    '' as Detail,
    false as Pierces,
    0 as Floor,
    0 as Place,
    list(strongest.EventId order by strongest.Timestamp nulls last, strongest.EventId) as Events
from strongest
inner join branches on branches.Strength = strongest.Strength
group by strongest.CaseId

union all

select
    lines.CaseId,
    lines.ReasonId,
    coalesce(weights.Grp, 'act'),
    coalesce(weights.Points, 0),
    coalesce(weights.Text, lines.ReasonId || ': said by a branch, but weights.csv has no points for it'),
    lines.Detail,
    coalesce(weights.Pierces, false),
    coalesce(weights.Floor, 0),
    coalesce(weights.Place, 1000),
    lines.Events
from lines
left join weights on weights.ReasonId = lines.ReasonId;

-- Rarity and unusual hours are minority evidence: together they count 30 at most, so
-- that what is merely rare never outranks what is known to be bad.
insert into reasons
select
    rare.CaseId,
    'rarity_cap',
    'rarity',
    30 - rare.Points,
    weights.Text,
    '',
    false,
    0,
    weights.Place,
    cast([] as varchar[])
from (
    select
        CaseId,
        cast(sum(Points) as integer) as Points
    from reasons
    where (Grp = 'rarity' or ReasonId = 'off_hours') and Points > 0
    group by CaseId
) as rare
inner join weights on weights.ReasonId = 'rarity_cap'
where rare.Points > 30;

-- A change of the start type alone runs nothing: whatever else holds, the sum stays
-- at 12. It must be all that the case has.
update reasons
set Points = least(0, 12 - totals.Raw)
from (
    select
        CaseId,
        cast(sum(Points) as integer) as Raw
    from reasons
    group by CaseId
) as totals
where
    totals.CaseId = reasons.CaseId
    and reasons.ReasonId = 'start_type_only'
    and len(reasons.Events) = (select count(*) from case_events where case_events.CaseId = reasons.CaseId);
