-- The score of every case and its place. Points are added up, then squashed, so that
-- ten weak reasons never equal one strong one; a reason with a floor holds the score up
-- whatever lowers it.
create or replace temp table ranked as
with points as (
    select
        CaseId,
        sum(Points) as Points,
        max(Floor) as Floor,
        list(ReasonId order by ReasonId) as ReasonIds
    from reasons
    group by CaseId
),

lowered as (
    select
        CaseId,
        sum(Points) as Points
    from case_allowed
    group by CaseId
),

scored as (
    select
        cases.*,
        points.ReasonIds,
        cast(points.Points + coalesce(lowered.Points, 0) as integer) as Raw,
        points.Floor,
        case_suppressed.CaseId is not null as Suppressed
    from cases
    inner join points on points.CaseId = cases.CaseId
    left join lowered on lowered.CaseId = cases.CaseId
    left join case_suppressed on case_suppressed.CaseId = cases.CaseId
),

squashed as (
    select
        *,
        cast(greatest(round(100 * (1 - exp(-greatest(Raw, 0) / 60.0))), Floor) as integer) as Score
    from scored
)

select
    squashed.* exclude (ReasonIds),
    case_title(
        squashed.ServiceName,
        squashed.Payload,
        squashed.PayloadPath,
        squashed.Technique,
        squashed.Kinds,
        squashed.Account,
        squashed.Client,
        squashed.ReasonIds,
        squashed.ServiceVerb,
        squashed.OnFailure,
        coalesce(event_titles.Title, '')
    ) as Title,
    case
        when Score >= 60 then 'high'
        when Score >= 35 then 'medium'
        when Score >= 15 then 'low'
        else 'informational'
    end as Severity,
    row_number() over (order by Score desc, Raw desc, Last desc nulls last, squashed.CaseId) as Place
from squashed
inner join event_titles on event_titles.EventId = squashed.StrongestEvent;
