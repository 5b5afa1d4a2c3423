-- Which events an allowlist entry that matches only some of a case's does not match,
-- and why, in a few words: what it asks for first that is otherwise.
--
-- Reads shown, case_allowed, case_hardness, event_allowed, found_events and the entries.
-- Makes
--
--   case_partial    CaseId, EntryId, IsChange: entries and tickets that match some
--   case_missed     those with each event that they do not match, in order of time
--   case_unmatched  CaseId, EntryId, IsChange, EventId, Why, Nth, for the first three
create or replace temp table case_partial as
select distinct
    case_allowed.CaseId,
    case_allowed.EntryId,
    case_allowed.IsChange
from case_allowed
inner join shown on shown.CaseId = case_allowed.CaseId
inner join case_hardness on case_hardness.CaseId = case_allowed.CaseId
where case_allowed.Covers < case_hardness.Events and case_allowed.Action in ('down-rank', 'change');

create or replace temp table case_missed as
select
    case_partial.CaseId,
    case_partial.EntryId,
    case_partial.IsChange,
    row_number() over (
        partition by case_partial.CaseId, case_partial.EntryId, case_partial.IsChange
        order by events.Timestamp nulls last, events.SourceFile, events.SourceRecord, events.EventId
    ) as Nth,
    events.* exclude (CaseId)
from case_partial
inner join found_events as events on events.CaseId = case_partial.CaseId
anti join event_allowed as matched
    on matched.EventId = events.EventId
    and matched.EntryId = case_partial.EntryId
    and matched.IsChange = case_partial.IsChange
qualify Nth <= 3;

create or replace temp table case_unmatched as
with asked as (
    select
        EntryId,
        list(Pattern) filter (where MatchKey = 'Account') as Account,
        list(Pattern) filter (where MatchKey = 'InitiatingProcessPath') as Client,
        list(Pattern) filter (where MatchKey = 'PayloadPath') as Payload,
        list(Pattern) filter (where MatchKey = 'ServiceName') as Service,
        list(Pattern) filter (where MatchKey = 'Device') as Device
    from allowlist_patterns
    group by EntryId
)

select
    missed.CaseId,
    missed.EntryId,
    missed.IsChange,
    missed.EventId,
    case
        when asked.Account is not null and missed.ClientAccountName = '' then 'no account is known to have asked for it'
        when not allowlist_any(fold(concat(missed.ClientAccountDomain, '\', missed.ClientAccountName)), asked.Account)
            then 'asked for by ' || concat_ws('\', nullif(missed.ClientAccountDomain, ''), missed.ClientAccountName)
        when asked.Client is not null and missed.ClientPath = '' then 'the program that asked is not known'
        when not coalesce(allowlist_any(allowlist_path(missed.ClientPath), asked.Client), asked.Client is null)
            then 'asked for by ' || missed.ClientPath
        when asked.Payload is not null and missed.CasePayloadPath = '' then 'what it runs is not known'
        when not coalesce(allowlist_any(allowlist_path(missed.CasePayloadPath), asked.Payload), asked.Payload is null)
            then 'it runs ' || missed.CasePayloadPath
        when not allowlist_any(fold(missed.CaseServiceName), asked.Service) then 'another service'
        when not (
            allowlist_any(fold(coalesce(missed.DeviceName, '')), asked.Device)
            or allowlist_any(fold(coalesce(missed.DeviceId, '')), asked.Device)
        ) then 'another device'
        when not allowlist_any(fold(missed.ClientCommandLine), entry.InitiatingProcessCommand) then 'asked for by another command'
        when not allowlist_any(fold(coalesce(missed.ProcessCommandLine, '')), entry.ProcessCommand) then 'another command'
        when entry.Signer is not null and coalesce(missed.Signer, '') = '' then 'no signer is recorded'
        when not allowlist_any(fold(missed.Signer), entry.Signer) then 'signed by ' || missed.Signer
        else 'hit by ' || array_to_string(missed.Branches, ', ')
    end as Why,
    missed.Nth
from case_missed as missed
inner join allowlist_entries as entry on entry.EntryId = missed.EntryId
left join asked on asked.EntryId = missed.EntryId
where not missed.IsChange;
