-- One row per event that any branch hit, with the branches that hit it: one
-- event is one piece of evidence, however many branches say so.
--
-- The rows are wide and may be many, so they are laid down twice only: as they are put
-- together, and whole. What is worked out between is kept by row number.
create or replace temp table hit_events as
select
    SourceTable,
    SourceFile,
    SourceRecord,
    Timestamp,
    list_sort(list(distinct BranchId)) as Branches,
    -- Its strongest branch, by the number that orders them: see `branches`.
    max(branches.Strength) as Strength,
    any_value(DeviceId) as DeviceId,
    any_value(DeviceName) as DeviceName,
    any_value(ReportId) as ReportId,
    any_value(ActionType) as ActionType,
    -- Branches may call different accounts so: the smallest name, and the domain
    -- that stands beside it.
    arg_min_null(AccountDomain, AccountName) filter (where AccountName <> '') as AccountDomain,
    coalesce(min(nullif(AccountName, '')), min(nullif(InitiatingProcessAccountName, ''))) as AccountName,
    any_value(FileName) as FileName,
    any_value(FolderPath) as FolderPath,
    any_value(ProcessCommandLine) as ProcessCommandLine,
    any_value(RegistryKey) as RegistryKey,
    any_value(RegistryValueName) as RegistryValueName,
    any_value(RegistryValueData) as RegistryValueData,
    -- Of what branches say it runs, what the strongest of them says.
    arg_max(ServiceName, branches.Strength) filter (where ServiceName <> '') as BranchServiceName,
    arg_max(Payload, branches.Strength) filter (where Payload <> '') as BranchPayload,
    list_sort(list_distinct(flatten(list(string_split(Reasons, ' ')) filter (where Reasons <> '')))) as BranchReasons,
    any_value(InitiatingProcessFileName) as InitiatingProcessFileName,
    any_value(InitiatingProcessFolderPath) as InitiatingProcessFolderPath,
    any_value(InitiatingProcessCommandLine) as InitiatingProcessCommandLine,
    any_value(InitiatingProcessParentFileName) as InitiatingProcessParentFileName
from hits
inner join branches using (BranchId)
group by SourceTable, SourceFile, SourceRecord, Timestamp;

-- The id is made of what identifies the event (table, device, time, ReportId),
-- so that it is the same in every run, whatever else was loaded.
create or replace temp macro event_identity(
    source_table, device_name, device_id, moment, report, said
) as
    concat_ws(
        '|',
        source_table,
        lower(coalesce(nullif(device_name, ''), nullif(device_id, ''), '')),
        epoch_ns(moment),
        coalesce(cast(report as varchar), said)
    );

create or replace temp table event_ids as
with identified as (
    select
        rowid as Event,
        event_identity(
            SourceTable, DeviceName, DeviceId, Timestamp, ReportId,
            -- Without a ReportId, by all that the row says.
            md5(
                cast(
                    to_json(
                        [
                            ActionType, AccountDomain, AccountName, FileName, FolderPath, ProcessCommandLine,
                            RegistryKey, RegistryValueName, RegistryValueData, InitiatingProcessFileName,
                            InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessParentFileName
                        ]
                    ) as varchar
                )
            )
        ) as Identity
    from hit_events
),

known as materialized (
    select
        Event,
        Identity,
        md5(Identity)[:16] as EventId
    from identified
),

-- Events that nothing tells apart are still several: one id for all would add
-- their points up. There are few, and only they are put in order.
repeated as (
    select
        known.Event,
        known.Identity,
        row_number() over (
            partition by known.Identity
            order by
                hit_events.FileName, hit_events.FolderPath, hit_events.InitiatingProcessFileName,
                hit_events.InitiatingProcessCommandLine, hit_events.AccountName, hit_events.SourceFile, hit_events.SourceRecord
        ) as Occurrence
    from known
    inner join hit_events on hit_events.rowid = known.Event
    where known.EventId in (select EventId from known group by EventId having count(*) > 1)
)

select
    known.Event,
    case when repeated.Occurrence > 1 then md5(known.Identity || '|' || repeated.Occurrence)[:16] else known.EventId end as EventId
from known
left join repeated on repeated.Event = known.Event;

-- What is costly to read is read once, however many events say it.
create or replace temp table event_told as
with commands as (
    select
        Command,
        nullif(service_command_name(Command), '') as Name,
        nullif(service_command_payload(Command), '') as Payload,
        lower(service_command_verb(Command)) as Verb,
        service_command_host(Command) as Host
    from (select distinct ProcessCommandLine as Command from hit_events where ProcessCommandLine is not null)
)

select
    hit_events.rowid as Event,
    coalesce(hit_events.BranchServiceName, commands.Name) as ServiceName,
    coalesce(
        hit_events.BranchPayload,
        case when hit_events.RegistryValueName is not null then hit_events.RegistryValueData end,
        commands.Payload
    ) as Payload,
    -- A start type and permissions are data of a service, not something it runs.
    hit_events.BranchPayload is not null or coalesce(lower(hit_events.RegistryValueName) not in ('start', 'security'), true) as Runs,
    coalesce(commands.Verb, '') as Verb,
    coalesce(commands.Host, '') as Host,
    lower(hit_events.RegistryValueName) is not distinct from 'failurecommand'
    or commands.Verb is not distinct from 'failure'
    or (hit_events.RegistryValueName is null and coalesce(regexp_matches(hit_events.ProcessCommandLine, '(?i)\bFailureCommand\b'), false)) as OnFailure
from hit_events
left join commands on commands.Command = hit_events.ProcessCommandLine;

create or replace temp table found_events as
with payloads as (
    select
        Payload,
        Path,
        image_stem(Payload) as Stem,
        -- The path with its arguments: what two records have in common that run the same.
        Path || ' ' || fold(image_args(Payload)) as Whole,
        -- Of several that a case has, the one to look at first.
        cast(is_unc(Path) or has_hidden_code(Payload) as integer) * 2
        + cast(is_user_writable(Path) as integer)
        + cast(is_lolbin(image_stem(Payload)) as integer) as Doubt
    from (
        select
            Payload,
            image_path(Payload) as Path
        from (select distinct Payload from event_told where Payload is not null and Runs)
    )
),

clients as (
    select
        Folder,
        File,
        full_path(nullif(Folder, '|'), nullif(File, '|')) as Path
    from (
        select distinct
            coalesce(InitiatingProcessFolderPath, '|') as Folder,
            coalesce(InitiatingProcessFileName, '|') as File
        from hit_events
    )
)

select
    event_ids.EventId,
    hit_events.* exclude (BranchServiceName, BranchPayload),
    event_told.ServiceName,
    event_told.Payload,
    event_told.Verb as ServiceVerb,
    event_told.Host as ServiceHost,
    -- What it is told to run is for when the service fails.
    event_told.OnFailure,
    -- The kind of telemetry that tells of it. What a service manager starts is the
    -- service as it runs, unless it is a command about services itself.
    case SourceTable
        when 'DeviceRegistryEvents' then 'registry'
        when 'DeviceFileEvents' then 'file'
        when 'DeviceImageLoadEvents' then 'load'
        when 'DeviceEvents' then case
            when ActionType = 'DriverLoad' then 'load'
            when ActionType like 'PowerShell%' then 'command'
            else 'install'
        end
        else case
            when lower(InitiatingProcessFileName) in ('services.exe', 'systemd', 'launchd') and event_told.Verb = '' then 'run'
            else 'command'
        end
    end as Kind,
    clients.Path as InitiatingProcessPath,
    fold(InitiatingProcessFileName) as InitiatingProcessFileNameLower,
    coalesce(payloads.Path, '') as PayloadPath,
    coalesce(payloads.Stem, '') as PayloadStem,
    coalesce(payloads.Whole, '') as PayloadWhole,
    coalesce(payloads.Doubt, 0) as PayloadDoubt
from hit_events
inner join event_ids on event_ids.Event = hit_events.rowid
inner join event_told on event_told.Event = hit_events.rowid
inner join clients
    on clients.Folder = coalesce(hit_events.InitiatingProcessFolderPath, '|')
    and clients.File = coalesce(hit_events.InitiatingProcessFileName, '|')
left join payloads on payloads.Payload = case when event_told.Runs then event_told.Payload end;

drop table hit_events;
drop table event_ids;
drop table event_told;
