-- Cases: what happened to one service, unit, launchd label or container of one device,
-- in one session. An event that names no service (the service as it runs, the file that
-- it runs) belongs to the service of that device that runs the same thing.
--
-- Reads found_events and context. Makes cases, case_events and case_related, and adds
-- to found_events which case an event belongs to and who asked for it.

-- case_device(name, id): devices are told apart by name; an id only where there is none.
create or replace temp macro case_device(name, id) as
    coalesce(nullif(lower(name), ''), nullif(id, ''), '');

-- What two records have in common that run the same thing: the program's path, and its
-- arguments where the program alone says nothing (cmd.exe runs for everybody).
create or replace temp macro runs_the_same(path, payload) as
    case
        when coalesce(path, '') = '' then ''
        when is_lolbin(path_stem(path)) then path || ' ' || fold(image_args(payload))
        else path
    end;

create or replace temp table case_subjects as
with told as (
    select
        EventId,
        case_device(DeviceName, DeviceId) as Device,
        Timestamp,
        found_events.Kind,
        -- systemctl takes a unit's name without its ending.
        lower(ServiceName) || case
            when branches.Technique = 'T1543.002'
                and not regexp_matches(ServiceName, '\.(?:service|socket|timer|target|mount|automount|path|scope|slice|swap|device)$')
                then '.service'
            else ''
        end as Service,
        -- Of a service as it runs or a file that was written, the thing itself.
        case
            when PayloadPath = '' then full_path(FolderPath, FileName)
            when is_lolbin(PayloadStem) then PayloadWhole
            else PayloadPath
        end as Runs,
        coalesce(nullif(fold(ProcessCommandLine), ''), nullif(fold(RegistryKey), '')) as Said
    from found_events
    inner join branches on branches.Strength = found_events.Strength
),

services as (
    select
        Device,
        Runs,
        Service,
        Timestamp
    from told
    where Service <> '' and Runs <> ''

    union all

    select
        case_device(DeviceName, DeviceId),
        runs_the_same(Path, Payload),
        lower(ServiceName),
        Timestamp
    from context
    where ServiceName <> '' and Path <> '' and case_device(DeviceName, DeviceId) in (select Device from told)
),

-- Each service once, with the time that it is known from and until.
known as (
    select
        Device,
        Runs,
        Service,
        min(Timestamp) as First,
        max(Timestamp) as Last
    from services
    group by Device, Runs, Service
),

-- The one that is told of nearest in time; the smallest name of several.
nearest as (
    select
        told.EventId,
        arg_min(
            known.Service,
            (
                case
                    when told.Timestamp between known.First and known.Last then 0
                    else least(
                        abs(epoch_ns(told.Timestamp) - epoch_ns(known.First)),
                        abs(epoch_ns(told.Timestamp) - epoch_ns(known.Last))
                    )
                end,
                known.Service
            )
        ) as Service
    from told
    inner join known
        on known.Device = told.Device
        and known.Runs = told.Runs
    where
        (told.Service is null or told.Service = '')
        -- It must have been known by then, and lately, unless it is the service as it
        -- runs, which may have been made long before.
        and epoch_ns(known.First) <= epoch_ns(told.Timestamp) + 600000000000
        and (told.Kind in ('run', 'load') or epoch_ns(known.Last) >= epoch_ns(told.Timestamp) - 1800000000000)
    group by told.EventId
)

select
    told.EventId,
    told.Device,
    told.Timestamp,
    case
        when told.Service <> '' then 'service ' || told.Service
        when nearest.Service is not null then 'service ' || nearest.Service
        when told.Runs <> '' then 'program ' || told.Runs
        when told.Said <> '' then 'said ' || told.Said
        else 'event ' || told.EventId
    end as Subject,
    told.Runs
from told
left join nearest on nearest.EventId = told.EventId;

-- Sessions: events at most half an hour apart, and no longer than a day, lest what
-- comes every twenty minutes be one case for ever. Subjects are numbered first, for
-- numbers are sorted faster than names.
create or replace temp table case_events as
with numbers as (
    select
        Device,
        Subject,
        row_number() over () as Number
    from (select distinct Device, Subject from case_subjects)
),

numbered as (
    select
        case_subjects.EventId,
        case_subjects.Runs,
        numbers.Number,
        epoch_ns(case_subjects.Timestamp) as Moment
    from case_subjects
    inner join numbers
        on numbers.Device = case_subjects.Device
        and numbers.Subject = case_subjects.Subject
),

steps as (
    select
        *,
        row_number() over told as Place,
        case when Moment - lag(Moment) over told <= 1800000000000 then 0 else 1 end as Begins
    from numbered
    window told as (partition by Number order by Moment nulls last, EventId)
),

chained as (
    select
        *,
        sum(Begins) over (partition by Number order by Moment nulls last, EventId rows unbounded preceding) as Chain
    from steps
),

chains as (
    select
        Number,
        Chain,
        min(Moment) as First
    from chained
    group by Number, Chain
),

sessions as (
    select
        chained.*,
        (chained.Moment - chains.First) // 86400000000000 as Days
    from chained
    inner join chains
        on chains.Number = chained.Number
        and chains.Chain = chained.Chain
),

-- The id is made of what the case is about and when it began, so that it is the same
-- in every run, whatever else was loaded. What has no time is a case by itself.
began as (
    select
        Number,
        Chain,
        Days,
        min(Moment) as Began,
        case when Moment is null then EventId end as Timeless
    from sessions
    group by Number, Chain, Days, case when Moment is null then EventId end
),

identified as (
    select
        began.*,
        numbers.Device,
        numbers.Subject,
        md5(cast(to_json([numbers.Device, numbers.Subject, cast(began.Began as varchar), began.Timeless]) as varchar))[:16] as CaseId
    from began
    inner join numbers on numbers.Number = began.Number
)

select
    identified.CaseId,
    sessions.EventId,
    identified.Device,
    identified.Subject,
    sessions.Runs,
    sessions.Place -- orders the events of a case
from sessions
inner join identified
    on identified.Number = sessions.Number
    and identified.Chain = sessions.Chain
    and identified.Days is not distinct from sessions.Days
    and identified.Timeless is not distinct from case when sessions.Moment is null then sessions.EventId end;

create or replace temp view case_found as
select
    case_events.CaseId,
    case_events.Place,
    found_events.*
from found_events
inner join case_events on case_events.EventId = found_events.EventId;

-- Records that no branch hit and that tell of the case: of the same service, or of what
-- it runs, about the time of the session; a file may have been there for an hour. Of
-- each kind the three that are nearest. Sessions are cut into hours to join on: a
-- service that comes up a thousand times is not a thousand times a thousand pairs.
create or replace temp table case_related as
with spans as (
    select
        case_events.CaseId,
        any_value(case_events.Device) as Device,
        any_value(case_events.Subject) as Subject,
        min(epoch_ns(found_events.Timestamp)) as First,
        max(epoch_ns(found_events.Timestamp)) as Last
    from case_events
    inner join found_events on found_events.EventId = case_events.EventId
    group by case_events.CaseId
),

runs as (
    select distinct
        CaseId,
        Runs
    from case_events
    where Runs <> ''
),

-- What a record may be told by: its service or what it runs.
handles as (
    select
        CaseId,
        Subject as Handle
    from spans
    where starts_with(Subject, 'service ')

    union

    select
        CaseId,
        'runs ' || Runs
    from runs
),

hours as (
    select
        spans.CaseId,
        spans.Device,
        handles.Handle,
        spans.First,
        spans.Last,
        unnest(range((spans.First - 3600000000000) // 3600000000000, (spans.Last + 600000000000) // 3600000000000 + 1)) as Hour
    from spans
    inner join handles on handles.CaseId = spans.CaseId
    where spans.First is not null
),

records as (
    select
        *,
        case_device(DeviceName, DeviceId) as Device,
        case when ServiceName <> '' then 'service ' || lower(ServiceName) else 'runs ' || runs_the_same(Path, Payload) end as Handle,
        epoch_ns(Timestamp) as Moment
    from context
    where Kind <> 'near' and Timestamp is not null
),

near as (
    select
        hours.CaseId,
        records.*,
        greatest(hours.First - records.Moment, records.Moment - hours.Last, 0) as Apart
    from records
    inner join hours
        on hours.Device = records.Device
        and hours.Handle = records.Handle
        and hours.Hour = records.Moment // 3600000000000
    where
        records.Moment <= hours.Last + 600000000000
        and (records.Kind = 'file' or records.Moment >= hours.First - 600000000000)
),

fresh as (
    select near.*
    from near
    anti join found_events
        on found_events.SourceTable = near.SourceTable
        and found_events.SourceFile = near.SourceFile
        and found_events.SourceRecord = near.SourceRecord
),

-- A record of a launch that another telemetry's record was joined to.
unjoined as (
    select fresh.*
    from fresh
    anti join also_seen
        on also_seen.SourceFile = fresh.SourceFile
        and also_seen.SourceRecord = fresh.SourceRecord
        and fresh.SourceTable = 'DeviceProcessEvents'
)

select
    CaseId,
    Kind,
    Timestamp,
    SourceTable,
    SourceFile,
    SourceRecord,
    ActionType,
    ServiceName,
    Path,
    Text,
    AccountDomain,
    AccountName,
    InitiatingProcessFileName,
    InitiatingProcessPath,
    InitiatingProcessCommandLine,
    row_number() over (partition by CaseId, Kind order by Apart, Moment, SourceTable, SourceFile, SourceRecord) as Place
from unjoined
qualify Place <= 3;

-- Who asked. What the service manager does it does for somebody: a client is whatever
-- program told it to, wrote past it, or is named by the record of the installation.
create or replace temp table case_clients as
with named as (
    -- A hit has no column for the domain of the one who asked; the record has.
    select
        case_found.CaseId,
        case_found.EventId as Id,
        case_found.Timestamp,
        case
            when case_found.Kind = 'install' and case_found.AccountName <> '' then 1
            when case_found.Kind = 'command' then 2
            else 3
        end as Rank,
        case_found.InitiatingProcessPath as Path,
        case_found.InitiatingProcessCommandLine as CommandLine,
        case
            when lower(installs.AccountName) = lower(case_found.AccountName)
                then coalesce(nullif(case_found.AccountDomain, ''), installs.AccountDomain)
            else case_found.AccountDomain
        end as AccountDomain,
        case_found.AccountName
    from case_found
    left join (select * from context where Kind = 'install') as installs
        on installs.SourceTable = case_found.SourceTable
        and installs.SourceFile = case_found.SourceFile
        and installs.SourceRecord = case_found.SourceRecord
    where case_found.Kind <> 'run'

    union all

    select
        CaseId,
        SourceFile || cast(SourceRecord as varchar),
        Timestamp,
        case when Kind = 'install' and AccountName <> '' then 1 else 3 end,
        InitiatingProcessPath,
        InitiatingProcessCommandLine,
        AccountDomain,
        AccountName
    from case_related
    where Kind in ('install', 'registry')
)

select *
from named
where
    -- The service manager by its own path: a copy of it elsewhere is a client like others.
    -- The kernel (System) writes files for whoever is on the network.
    Path not in ('c:\windows\system32\services.exe', 'services.exe', 'system', 'system\system')
    and (Path <> '' or AccountName <> '');

create or replace temp table cases as
with actors as (
    select
        CaseId,
        first({'Domain': AccountDomain, 'Name': AccountName, 'Rank': Rank} order by Rank, Timestamp nulls last, Id) filter (where AccountName <> '') as Actor,
        first(Path order by case Rank when 2 then 0 else Rank end, Timestamp nulls last, Id) filter (where Path <> '') as Client
    from case_clients
    group by CaseId
),

kinds as (
    select
        CaseId,
        list_sort(list(distinct Kind)) as Kinds
    from (
        select CaseId, Kind from case_found
        union
        select CaseId, Kind from case_related
    )
    group by CaseId
),

grouped as (
    select
        CaseId,
        min(DeviceName) as DeviceName,
        min(DeviceId) as DeviceId,
        min(Timestamp) as First,
        max(Timestamp) as Last,
        arg_min(ServiceName, Place) filter (where ServiceName <> '') as ServiceName,
        -- What it runs: of several, what looks worst, not what came first: a harmless
        -- command before the other must not stand for both.
        arg_max(
            {'Payload': Payload, 'Path': PayloadPath, 'Stem': PayloadStem, 'OnFailure': OnFailure},
            PayloadDoubt * 1000000000000000000::hugeint + Strength * 10000000000 + Place
        ) filter (where PayloadPath <> '') as Runs,
        arg_max(EventId, PayloadDoubt * 1000000000000000000::hugeint + Strength * 10000000000 + Place)
            filter (where PayloadPath <> '') as RunsEvent,
        arg_max(EventId, Strength * 10000000000 - Place) as StrongestEvent,
        -- What was told to the service: that it was made says more than that it was changed.
        max('create') filter (where ServiceVerb in ('create', 'new-service')) as Made,
        max(ServiceVerb) as Verb,
        max(Strength) as Strength,
        list_sort(list_distinct(flatten(list(Branches)))) as Branches
    from case_found
    group by CaseId
),

-- Of several who asked, the one who asked for what is shown, if that event tells.
doers as (
    select
        grouped.CaseId,
        case
            when asked.AccountName <> '' then {'Domain': asked.AccountDomain, 'Name': asked.AccountName, 'Rank': asked.Rank}
            else actors.Actor
        end as Actor,
        case when asked.AccountName <> '' and asked.Rank <> 1 then asked.Path else coalesce(nullif(asked.Path, ''), actors.Client) end as Client
    from grouped
    left join actors on actors.CaseId = grouped.CaseId
    left join case_clients as asked on asked.Id = grouped.RunsEvent
),

subjects as (
    select distinct
        CaseId,
        Device,
        Subject
    from case_events
)

select
    grouped.* exclude (Runs, RunsEvent, ServiceName, Strength, Made, Verb),
    coalesce(grouped.Made, grouped.Verb, '') as ServiceVerb,
    subjects.Device,
    subjects.Subject,
    branches.Technique,
    -- The service of an event that names none is known by what it runs.
    coalesce(grouped.ServiceName, case when starts_with(subjects.Subject, 'service ') then substr(subjects.Subject, 9) end) as ServiceName,
    grouped.Runs.Payload as Payload,
    coalesce(grouped.Runs.Path, '') as PayloadPath,
    coalesce(grouped.Runs.Stem, '') as PayloadStem,
    coalesce(grouped.Runs.OnFailure, false) as OnFailure,
    doers.Actor.Domain as AccountDomain,
    doers.Actor.Name as AccountName,
    concat_ws('\', nullif(doers.Actor.Domain, ''), nullif(doers.Actor.Name, '')) as Account,
    case doers.Actor.Rank
        when 1 then 'record of the installation'
        when 2 then 'process that asked'
        when 3 then 'process that wrote it'
        else ''
    end as AccountFrom,
    coalesce(doers.Client, '') as Client,
    kinds.Kinds
from grouped
inner join subjects on subjects.CaseId = grouped.CaseId
inner join branches on branches.Strength = grouped.Strength
inner join kinds on kinds.CaseId = grouped.CaseId
left join doers on doers.CaseId = grouped.CaseId;

-- What an event is allowed by is asked of who asked for it. An event of the service
-- manager's own is of the client that came within a minute before it, or that the record
-- of the installation names within ten seconds, and never of another account than the
-- record itself has; else of nobody known, for an intruder who
-- comes after somebody known must not pass for them. The service as it runs was put
-- there by the only client that the case had by then.
create or replace temp table case_asked as
with carried_out as (
    select
        EventId,
        CaseId,
        Timestamp,
        Kind,
        case when Kind = 'install' then lower(AccountName) end as AskedBy
    from case_found
    where
        InitiatingProcessPath in ('c:\windows\system32\services.exe', 'services.exe')
        or (Kind = 'install' and coalesce(InitiatingProcessPath, '') = '')
        -- The kernel loads a driver for the service manager.
        or (ActionType = 'DriverLoad' and coalesce(InitiatingProcessPath, '') in ('', 'system', 'system\system'))
),

only_one as (
    select
        CaseId,
        min(Path) as Path,
        min(CommandLine) as CommandLine,
        min(coalesce(AccountDomain, '')) as AccountDomain,
        min(coalesce(AccountName, '')) as AccountName,
        min(Timestamp) as First
    from case_clients
    where Path <> ''
    group by CaseId
    having
        -- A client without a time may have come after.
        count(*) = count(Timestamp)
        and count(distinct Path) = 1
        and count(distinct coalesce(CommandLine, '')) = 1
        and count(distinct coalesce(AccountDomain, '') || '\' || coalesce(AccountName, '')) = 1
),

-- One client a moment, so that the nearest can be found without looking at all.
moments as (
    select
        CaseId,
        Timestamp,
        Rank = 1 as OfInstall,
        first({'Path': Path, 'CommandLine': CommandLine, 'AccountDomain': AccountDomain, 'AccountName': AccountName} order by Rank, Id) as Client
    from case_clients
    where Path <> '' and Timestamp is not null
    group by CaseId, Timestamp, Rank = 1
),

latest as (
    select
        CaseId,
        Timestamp,
        arg_min(Client, not OfInstall) as Client
    from moments
    group by CaseId, Timestamp
),

before as (
    select
        carried_out.EventId,
        latest.Client
    from carried_out
    asof inner join latest
        on latest.CaseId = carried_out.CaseId
        and latest.Timestamp <= carried_out.Timestamp
    where epoch_ns(carried_out.Timestamp) - epoch_ns(latest.Timestamp) <= 60000000000
),

installs as (
    select *
    from moments
    where OfInstall
),

after as (
    select
        carried_out.EventId,
        installs.Client
    from carried_out
    asof inner join installs
        on installs.CaseId = carried_out.CaseId
        and installs.Timestamp >= carried_out.Timestamp
    where epoch_ns(installs.Timestamp) - epoch_ns(carried_out.Timestamp) <= 10000000000
),

nearest as (
    select
        carried_out.EventId,
        coalesce(before.Client, after.Client) as Client
    from carried_out
    left join before on before.EventId = carried_out.EventId
    left join after on after.EventId = carried_out.EventId
    where
        coalesce(before.Client, after.Client) is not null
        and coalesce(
            nullif(carried_out.AskedBy, '') = lower(coalesce(before.Client, after.Client).AccountName),
            coalesce(carried_out.AskedBy, '') = ''
        )
)

select
    carried_out.EventId,
    coalesce(nearest.Client.Path, only_one.Path, '') as Path,
    coalesce(case when nearest.EventId is not null then nearest.Client.CommandLine else only_one.CommandLine end, '') as CommandLine,
    coalesce(case when nearest.EventId is not null then nearest.Client.AccountDomain else only_one.AccountDomain end, '') as AccountDomain,
    coalesce(case when nearest.EventId is not null then nearest.Client.AccountName else only_one.AccountName end, '') as AccountName
from carried_out
left join nearest on nearest.EventId = carried_out.EventId
left join only_one
    on only_one.CaseId = carried_out.CaseId
    and only_one.First <= case when carried_out.Kind in ('run', 'load') then carried_out.Timestamp end;

-- Who signed the payload, where the device recorded it as it was loaded and all records
-- agree. The record of an installation knows the account even where it knows no process.
create or replace temp table found_events as
with signed as (
    select
        case_device(DeviceName, DeviceId) as Device,
        Path,
        min(Signer) as Signer
    from context
    where ActionType = 'DriverLoad' and Path <> ''
    group by case_device(DeviceName, DeviceId), Path
    -- One load of it that is not validly signed, and nothing is known.
    having count(distinct Signer) = 1 and count(*) = count(nullif(Signer, ''))
)

select
    case_events.CaseId,
    found_events.*,
    coalesce(asked.Path, found_events.InitiatingProcessPath, '') as ClientPath,
    coalesce(asked.CommandLine, found_events.InitiatingProcessCommandLine, '') as ClientCommandLine,
    case
        when asked.EventId is null or (Kind = 'install' and found_events.AccountName <> '') then coalesce(found_events.AccountDomain, '')
        else asked.AccountDomain
    end as ClientAccountDomain,
    case
        when asked.EventId is null or (Kind = 'install' and found_events.AccountName <> '') then coalesce(found_events.AccountName, '')
        else asked.AccountName
    end as ClientAccountName,
    coalesce(cases.ServiceName, '') as CaseServiceName,
    coalesce(nullif(found_events.PayloadPath, ''), cases.PayloadPath, '') as CasePayloadPath,
    signed.Signer
from found_events
inner join case_events on case_events.EventId = found_events.EventId
inner join cases on cases.CaseId = case_events.CaseId
left join case_asked as asked on asked.EventId = found_events.EventId
left join signed
    on signed.Device = cases.Device
    and signed.Path = coalesce(
        nullif(found_events.PayloadPath, ''),
        nullif(cases.PayloadPath, ''),
        full_path(found_events.FolderPath, found_events.FileName)
    );
