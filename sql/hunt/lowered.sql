-- What the allowlist and the change tickets do to a case.
--
-- A case is lowered by what all of its events are allowed by: that one of five is
-- expected says nothing of the other four. Of an event, the strongest entry of each
-- class counts (three entries that know the same product know one thing), classes add,
-- and 40 is the most. The case loses the least that any of its events would lose, and
-- the entries of that event carry the points. It is hidden only if each of its events
-- is covered by an entry that hides. A hard reason pierces all of it; so does not
-- knowing whether there is one.
--
-- Reads found_events, reasons (Pierces) and allowed. Makes
--
--   case_allowed     CaseId, EntryId, Class, IsChange (it is a ticket), Action, Points
--                    (0 or less: what it took off), Covers (events of the case that it
--                    matches), Note (why it did less than it asks for), Reason, Owner,
--                    Ticket, Expires. Action is suppress only where the case is hidden,
--                    else what came of the entry: down-rank, tag, change, pierced.
--   case_suppressed  CaseId of those that are hidden.

-- An entry once per event, however often it matched it.
create or replace temp table event_allowed as
select
    found_events.CaseId,
    allowed.EventId,
    allowed.EntryId,
    allowed.Class,
    allowed.Action = 'change' as IsChange,
    bool_or(allowed.Action = 'suppress') as Hides,
    bool_and(allowed.Action = 'tag') as Tags,
    max(coalesce(allowed.Points, 0)) as Asks,
    max(coalesce(allowed.Note, '')) as Note,
    min(allowed.Reason) as Reason,
    min(allowed.Owner) as Owner,
    min(allowed.Ticket) as Ticket,
    min(allowed.Expires) as Expires
from allowed
inner join found_events on found_events.EventId = allowed.EventId
group by found_events.CaseId, allowed.EventId, allowed.EntryId, allowed.Class, allowed.Action = 'change';

-- Only cases that some entry speaks of.
create or replace temp table case_hardness as
select
    sizes.CaseId,
    sizes.Events,
    -- A verdict that is missing is not a verdict of harmless.
    coalesce(said.Hard, true) as Hard,
    coalesce(said.Texts, 'no reason is known') as Texts
from (
    select
        CaseId,
        count(*) as Events
    from found_events
    where CaseId in (select CaseId from event_allowed)
    group by CaseId
) as sizes
left join (
    select
        CaseId,
        bool_or(coalesce(Pierces, true)) as Hard,
        string_agg(Text, '; ' order by Place, ReasonId) filter (where coalesce(Pierces, true)) as Texts
    from reasons
    where CaseId in (select CaseId from event_allowed)
    group by CaseId
) as said on said.CaseId = sizes.CaseId;

create or replace temp table case_suppressed as
select covered.CaseId
from (
    select
        CaseId,
        count(distinct EventId) as Events
    from event_allowed
    where Hides
    group by CaseId
) as covered
inner join case_hardness on case_hardness.CaseId = covered.CaseId
where covered.Events = case_hardness.Events and not case_hardness.Hard;

create or replace temp table case_allowed as
with placed as (
    select
        *,
        row_number() over (
            partition by EventId, Class
            order by Asks desc, EntryId, IsChange
        ) as OfClass
    from event_allowed
    where Asks > 0
),

sums as (
    select
        CaseId,
        EventId,
        least(sum(Asks), 40) as Points
    from placed
    where OfClass = 1
    group by CaseId, EventId
),

-- The event that loses least; none if some event loses nothing.
least_event as (
    select
        sums.CaseId,
        first(sums.EventId order by sums.Points, sums.EventId) as EventId
    from sums
    inner join case_hardness on case_hardness.CaseId = sums.CaseId
    where not case_hardness.Hard
    group by sums.CaseId
    having count(*) = any_value(case_hardness.Events)
),

-- Its entries one after the other, until 40 are used up.
carried as (
    select
        placed.CaseId,
        placed.EntryId,
        placed.Class,
        placed.IsChange,
        placed.Asks,
        coalesce(
            sum(placed.Asks) over (
                partition by placed.CaseId
                order by placed.Asks desc, placed.EntryId, placed.Class
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as Before
    from placed
    inner join least_event on least_event.EventId = placed.EventId
    where placed.OfClass = 1
),

entries as (
    select
        CaseId,
        EntryId,
        Class,
        IsChange,
        bool_or(Hides) as Hides,
        bool_and(Tags) as Tags,
        max(Asks) as Asks,
        count(*) as Covers,
        max(Note) as Note,
        min(Reason) as Reason,
        min(Owner) as Owner,
        min(Ticket) as Ticket,
        min(Expires) as Expires
    from event_allowed
    group by CaseId, EntryId, Class, IsChange
),

weighed as (
    select
        entries.*,
        case_hardness.Events,
        case_hardness.Hard,
        case_hardness.Texts,
        case_suppressed.CaseId is not null as Hidden,
        carried.CaseId is not null as Counts,
        cast(coalesce(least(carried.Asks, greatest(40 - carried.Before, 0)), 0) as integer) as Took
    from entries
    inner join case_hardness on case_hardness.CaseId = entries.CaseId
    left join case_suppressed on case_suppressed.CaseId = entries.CaseId
    left join carried
        on carried.CaseId = entries.CaseId
        and carried.EntryId = entries.EntryId
        and carried.Class = entries.Class
        and carried.IsChange = entries.IsChange
)

select
    CaseId,
    EntryId,
    Class,
    IsChange,
    case
        when Tags then 'tag'
        when Hard then 'pierced'
        when IsChange then 'change'
        when Hides and Hidden then 'suppress'
        else 'down-rank'
    end as Action,
    -Took as Points,
    Covers,
    case
        when Tags then ''
        when Hard then 'a hard reason stands: ' || Texts
        when Hides and Hidden then ''
        else concat_ws(
            '; ',
            nullif(Note, ''),
            case
                when Covers < Events and (Hides or Took < Asks)
                    then 'matches ' || Covers || ' of the case''s ' || Events || ' events'
                when Took = Asks then null
                when Counts then 'all entries together take off 40 at most'
                else 'another entry of its class counts'
            end
        )
    end as Note,
    Reason,
    Owner,
    Ticket,
    Expires
from weighed;
