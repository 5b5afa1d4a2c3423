-- Who the initiating process was, for the rows of `context_wanted`: by the GUID
-- that the recorder gave it, which is never used again; else by its id, as the
-- latest process of that id on the device that started before, in the same boot.
-- Where no boot of the device is known, a day is as far as an id is believed. Where
-- the event names the process, the start found must be of that name: an id that was
-- used again is no answer. Two clocks of which one is in doubt say nothing of what
-- came first, unless it is one and the same clock.
create or replace temp table context_found as
with booted as (
    select distinct
        Device,
        Booted
    from boots
    union
    -- The session manager is the first program of a boot. It starts once more for
    -- every session, but only the first one is started by System, which is pid 4.
    select
        Device,
        Started as Booted
    from process_starts
    where lower(FileName) = 'smss.exe' and ParentId = 4
),

starts as (
    select
        process_starts.*,
        booted.Booted
    from process_starts
    asof left join booted on booted.Device = process_starts.Device and booted.Booted <= process_starts.Started
),

wanted as (
    select
        context_wanted.*,
        lower(context_wanted.InitiatingProcessGuid) as Guid,
        booted.Booted
    from context_wanted
    asof left join booted on booted.Device = context_wanted.Device and booted.Booted <= context_wanted.Timestamp
),

by_guid as (
    -- A start may be in several files; the one that says most is taken.
    select
        wanted.SourceFileId,
        wanted.SourceRecord,
        arg_min(starts, (starts.CommandLine is null, starts.FolderPath is null, starts.Started, starts.CommandLine, starts.FolderPath, starts.FileName)) as start
    from wanted
    inner join starts on starts.Device = wanted.Device and starts.Guid = wanted.Guid
    group by wanted.SourceFileId, wanted.SourceRecord
),

numbered as (
    -- One start for each moment: of two recorders' the one that says most.
    select unnest(arg_min(starts, (starts.CommandLine is null, starts.FolderPath is null, starts.CommandLine, starts.FolderPath, starts.FileName, starts.SourceFileId, starts.SourceRecord)))
    from starts
    where starts.ProcessId is not null
    group by starts.Device, starts.ProcessId, starts.Started, coalesce(starts.Doubt || '|' || starts.SourceFileId, '')
),

by_id as (
    select
        wanted.SourceFileId,
        wanted.SourceRecord,
        starts as start
    from wanted
    asof inner join numbered as starts
        on starts.Device = wanted.Device
        and starts.ProcessId = wanted.InitiatingProcessId
        -- A clock in doubt is compared with itself alone.
        and coalesce(starts.Doubt || '|' || starts.SourceFileId, '') = coalesce(wanted.TimestampNote || '|' || wanted.SourceFileId, '')
        and starts.Started <= wanted.Timestamp
    where
        (starts.Booted = wanted.Booted or (starts.Booted is null and wanted.Booted is null and wanted.Timestamp <= starts.Started + interval 1 day))
        -- What started itself is a number used again.
        and not (starts.SourceFileId = wanted.SourceFileId and starts.SourceRecord = wanted.SourceRecord)
),

matched as (
    select
        wanted.SourceFileId,
        wanted.SourceRecord,
        wanted.Known,
        wanted.TimestampNote is not null as Doubtful,
        case when wanted.InitiatingProcessFileName is null then 'unknown: ' else 'its command line is unknown: ' end as What,
        wanted.Guid is null and wanted.InitiatingProcessId is null as Nameless,
        by_guid.start is not null as ByGuid,
        by_id.start is not null as ById,
        case
            when by_guid.start is not null then by_guid.start
            when lower(by_id.start.FileName) = lower(coalesce(wanted.InitiatingProcessFileName, by_id.start.FileName)) then by_id.start
        end as start
    from wanted
    left join by_guid on by_guid.SourceFileId = wanted.SourceFileId and by_guid.SourceRecord = wanted.SourceRecord
    left join by_id on by_id.SourceFileId = wanted.SourceFileId and by_id.SourceRecord = wanted.SourceRecord
)

select
    SourceFileId,
    SourceRecord,
    start.FileName as InitiatingProcessFileName,
    start.FolderPath as InitiatingProcessFolderPath,
    start.CommandLine as InitiatingProcessCommandLine,
    start.AccountDomain as InitiatingProcessAccountDomain,
    start.AccountName as InitiatingProcessAccountName,
    start.ParentId as InitiatingProcessParentId,
    start.ParentFileName as InitiatingProcessParentFileName,
    case
        when Known then null
        when start is not null and ByGuid then 'from its start, by GUID'
        when start is not null then 'from its start, by process id'
        when ById then What || 'the process id was used again'
        when Nameless then What || 'the event does not say which process'
        when Doubtful then What || 'the clock is in doubt, and its start is not by the same clock'
        else What || 'its start is not in these files'
    end as InitiatingProcessNote
from matched;
