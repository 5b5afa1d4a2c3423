-- The score of every event and its place. Points are added up, then squashed,
-- so that ten weak reasons never equal one strong one; a reason with a floor
-- holds the score up whatever lowers it.
create or replace temp table ranked as
with points as (
    select
        EventId,
        sum(Points) as Points,
        max(Floor) as Floor
    from reasons
    group by EventId
),

lowered as (
    select
        EventId,
        sum(Points) as Points,
        bool_or(Action = 'suppress') as Suppressed
    from allowed
    group by EventId
),

titles as (
    -- Of the branch that gives the base.
    select
        found_events.EventId,
        arg_max(branches.Title, (branches.Score, branches.BranchId)) as Title
    from found_events
    inner join branches on list_contains(found_events.Branches, branches.BranchId)
    group by found_events.EventId
),

scored as (
    select
        found_events.*,
        titles.Title as BranchTitle,
        points.Points + coalesce(lowered.Points, 0) as Raw,
        points.Floor,
        coalesce(lowered.Suppressed, false) as Suppressed
    from found_events
    inner join points on points.EventId = found_events.EventId
    inner join titles on titles.EventId = found_events.EventId
    left join lowered on lowered.EventId = found_events.EventId
),

squashed as (
    select
        *,
        cast(greatest(round(100 * (1 - exp(-greatest(Raw, 0) / 60.0))), Floor) as integer) as Score
    from scored
)

select
    *,
    coalesce(
        finding_title(
            SourceTable, ActionType, ServiceName, Payload, RegistryValueName, RegistryValueData,
            ServiceVerb, ServiceHost,
            -- A folder may be recorded with the file's name or without.
            case
                when FolderPath is null or ends_with(FolderPath, FileName) then coalesce(FolderPath, FileName)
                else FolderPath || case when contains(FolderPath, '/') then '/' else '\' end || FileName
            end,
            InitiatingProcessFileName
        ),
        BranchTitle || coalesce(': ' || nullif(ServiceName, ''), '')
    ) as Title,
    concat_ws('\', nullif(AccountDomain, ''), nullif(AccountName, '')) as Account,
    case
        when Score >= 60 then 'high'
        when Score >= 35 then 'medium'
        when Score >= 15 then 'low'
        else 'informational'
    end as Severity,
    row_number() over (order by Score desc, Timestamp desc, EventId) as Place
from squashed;
