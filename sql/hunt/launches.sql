-- One launch of a process may be recorded by several kinds of telemetry: Sysmon
-- 1 and Security 4688, auditd and Sysmon for Linux. It is one event with several
-- sources. `row_facts` has what the rows that were hit say of themselves beyond a
-- hit's columns.
--
-- The same launch: same device, process id, program and command line, no parent that
-- differs, and the same time within ten seconds, or as far as zones are apart where a
-- clock is in doubt. What stays is the record that tells most; it gets the branches of
-- the others.
create or replace temp table launches as
with starts as (
    select
        found_events.EventId,
        lower(found_events.DeviceName) as Device,
        row_facts.ProcessId,
        lower(found_events.FileName) as Program,
        trim(found_events.ProcessCommandLine) as CommandLine,
        row_facts.InitiatingProcessId as ParentId,
        lower(found_events.InitiatingProcessFileName) as Parent,
        found_events.Timestamp,
        row_facts.Telemetry,
        row_facts.TimestampNote,
        row_number() over (
            order by
                row_facts.TimestampNote is not null,
                found_events.InitiatingProcessCommandLine is null,
                found_events.InitiatingProcessFileName is null,
                row_facts.Telemetry desc,
                found_events.EventId
        ) as Preference
    from found_events
    inner join row_facts
        on row_facts.SourceTable = found_events.SourceTable
        and row_facts.SourceFile = found_events.SourceFile
        and row_facts.SourceRecord = found_events.SourceRecord
    where found_events.SourceTable = 'DeviceProcessEvents' and row_facts.ProcessId is not null
),

pairs as (
    select
        kept.EventId,
        other.EventId as OtherId,
        abs(epoch_ns(kept.Timestamp) - epoch_ns(other.Timestamp)) as Apart,
        kept.Preference
    from starts as kept
    inner join starts as other
        on other.Device = kept.Device
        and other.ProcessId = kept.ProcessId
        and other.Program = kept.Program
        and coalesce(other.CommandLine, kept.CommandLine, '') = coalesce(kept.CommandLine, other.CommandLine, '')
        and coalesce(other.ParentId, kept.ParentId, 0) = coalesce(kept.ParentId, other.ParentId, 0)
        and coalesce(other.Parent, kept.Parent, '') = coalesce(kept.Parent, other.Parent, '')
        and other.Telemetry <> kept.Telemetry
        and kept.Preference < other.Preference
    where
        abs(epoch_ns(kept.Timestamp) - epoch_ns(other.Timestamp)) <= case
            when coalesce(kept.TimestampNote, other.TimestampNote) is null then 10
            else 26 * 3600
        end * 1000000000::bigint
)

-- Each record joins one launch, that of the record that tells most, and a launch
-- takes one record of a kind: the nearest in time.
select
    EventId,
    OtherId
from (
    select
        pairs.*,
        other.Telemetry,
        row_number() over (partition by pairs.OtherId order by pairs.Preference, pairs.Apart) as ForOther
    from pairs
    inner join starts as other on other.EventId = pairs.OtherId
)
where ForOther = 1
qualify row_number() over (partition by EventId, Telemetry order by Apart, OtherId) = 1;

-- The records that are told of beside the event's own.
create or replace temp table also_seen as
select
    launches.EventId,
    found_events.SourceFile,
    found_events.SourceRecord,
    row_facts.RecordShown,
    row_facts.Telemetry
from launches
inner join found_events on found_events.EventId = launches.OtherId
inner join row_facts
    on row_facts.SourceTable = found_events.SourceTable
    and row_facts.SourceFile = found_events.SourceFile
    and row_facts.SourceRecord = found_events.SourceRecord
where launches.EventId not in (select OtherId from launches);

update found_events
set
    Branches = list_sort(list_distinct(list_concat(found_events.Branches, others.Branches))),
    Strength = greatest(found_events.Strength, others.Strength),
    BranchReasons = list_sort(list_distinct(list_concat(found_events.BranchReasons, others.BranchReasons)))
from (
    select
        also.EventId,
        flatten(list(other.Branches)) as Branches,
        max(other.Strength) as Strength,
        flatten(list(other.BranchReasons)) as BranchReasons
    from launches as also
    inner join found_events as other on other.EventId = also.OtherId
    where also.EventId not in (select OtherId from launches)
    group by also.EventId
) as others
where others.EventId = found_events.EventId;

delete from found_events
where EventId in (
    select OtherId from launches where EventId not in (select OtherId from launches)
);
