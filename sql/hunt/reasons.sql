-- Why an event scores as it does: the highest base of its branches, then every
-- reason that holds, with the points that sql/reference/weights.csv gives it.
create or replace temp table reasons as
with bases as (
    -- The seed's branches 1 and 3 see the same act, so a twin never counts
    -- twice: the larger base wins.
    select
        found_events.EventId,
        arg_max(branches.BranchId, (branches.Score, branches.BranchId)) as BranchId,
        max(branches.Score) as Points
    from found_events
    inner join branches on list_contains(found_events.Branches, branches.BranchId)
    group by found_events.EventId
),

facts as (
    select
        EventId,
        -- Who asked may have gone by way of a shell: Word, cmd, sc.
        InitiatingProcessFileNameLower in (select program from reference_parents where kind = 'office')
        or fold(InitiatingProcessParentFileName) in (select program from reference_parents where kind = 'office') as office_parent,
        InitiatingProcessFileNameLower in (
            select program from reference_parents where kind in ('browser', 'reader', 'web_server', 'database')
        )
        or fold(InitiatingProcessParentFileName) in (
            select program from reference_parents where kind in ('browser', 'reader', 'web_server', 'database')
        ) as exposed_parent,
        InitiatingProcessFileNameLower in (select program from reference_parents where kind = 'script_host') as script_parent,
        is_lolbin(PayloadStem) as payload_lolbin,
        has_hidden_code(Payload) as payload_hidden,
        has_shell_redirect(Payload) as payload_redirect,
        has_named_pipe(Payload) as payload_pipe,
        is_unc(PayloadPath) as payload_unc,
        is_user_writable(PayloadPath) as payload_user_writable,
        has_stream(PayloadPath) as payload_stream,
        ServiceHost <> '' as remote_target,
        RegistryKey is not null and InitiatingProcessFileNameLower in (
            'reg.exe', 'regedit.exe', 'powershell.exe', 'pwsh.exe', 'cmd.exe', 'wscript.exe', 'cscript.exe', 'mshta.exe',
            'rundll32.exe', 'wmiprvse.exe'
        ) as writer_script,
        ProcessCommandLine is not null
        and (
            (
                ServiceVerb = 'config'
                and regexp_matches(ProcessCommandLine, '(?i)\sstart\s*=')
                and not regexp_matches(ProcessCommandLine, '(?i)\s(?:binpath|obj|password|type|depend|group)\s*=')
            )
            or (
                ServiceVerb = 'set-service'
                and regexp_matches(ProcessCommandLine, '(?i)\s-(?:s|startuptype|status)\b')
                and not regexp_matches(ProcessCommandLine, '(?i)\s-(?:credential|securitydescriptorsddl|sd|displayname)\b|new-service|sc\.exe create')
            )
        ) as start_type_only
    from found_events
),

held as (
    -- One row per reason that holds; the names above are the ids of the weights.
    select EventId, ReasonId
    from (
        unpivot facts
        on columns(* exclude (EventId))
        into name ReasonId value Holds
    )
    where Holds
    union
    -- What only a branch can know, it says itself.
    select EventId, unnest(BranchReasons)
    from found_events
)

select
    EventId,
    'branch:' || BranchId as ReasonId,
    cast(Points as integer) as Points,
    'base of ' || BranchId as Text,
    false as Pierces,
    0 as Floor,
    0 as Place
from bases

union all

select
    held.EventId,
    held.ReasonId,
    coalesce(weights.Points, 0),
    coalesce(weights.Text, held.ReasonId || ': said by a branch, but weights.csv has no points for it'),
    coalesce(weights.Pierces, false),
    coalesce(weights.Floor, 0),
    coalesce(weights.Place, 1000)
from held
left join weights on weights.ReasonId = held.ReasonId;

-- A change of the start type alone runs nothing: whatever else holds, the sum
-- stays at 12.
update reasons
set Points = least(0, 12 - totals.Raw)
from (select EventId, sum(Points) as Raw from reasons group by EventId) as totals
where totals.EventId = reasons.EventId and reasons.ReasonId = 'start_type_only';

alter table found_events add column if not exists HardReason boolean;

update found_events
set HardReason = exists (select 1 from reasons where reasons.EventId = found_events.EventId and reasons.Pierces);
