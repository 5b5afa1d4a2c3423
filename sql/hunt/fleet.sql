-- How common the cases' services are: on how many devices, since when, and
-- whether their names are like names. One service is told from another by the
-- templates of its name and of its program's path; a device has it where a record names
-- both, or where a service manager started or loaded the same program with the same
-- arguments, for most services were installed long before the data begin.
--
-- What must hold before a number says anything:
--   one device       of 10 or more; of fewer it is what one in ten devices is anyway
--   three devices    of 50 or more
--   one in a hundred of 100 or more
--   common           on 5 devices or more, of 20 or more
--   new              of 10 devices or more, and not in the first three days: what was there
--                    before the data begin is first seen then
--
-- Common points are not had for a spread: the share must have been reached a day before
-- the case began. Whoever puts a program on every device does it within hours; so does
-- patch day, which earns nothing then either, but is not rare. And they are not had for
-- a payload that something else speaks against, nor for a name alone, which anybody can
-- take.
--
-- What the case's own device has had for more than three days is known there, however
-- rare it is elsewhere.
--
-- Reads cases, found_events, context, devices, accounts, event_reasons, weights. Makes
-- case_fleet and adds to case_signals.

-- The records that tell of services, each thing that they say once.
create or replace temp table sightings as
with told as (
    select
        case_device(DeviceName, DeviceId) as Device,
        coalesce(ServiceName, '') as Name,
        coalesce(Path, '') as Path,
        case when Kind in ('run', 'load') then coalesce(Payload, '') end as Ran,
        Timestamp
    from context
    where Kind <> 'near' and (ServiceName <> '' or Path <> '')

    union all

    select
        case_device(DeviceName, DeviceId),
        coalesce(ServiceName, ''),
        PayloadPath,
        case when Kind in ('run', 'load') then coalesce(Payload, '') end,
        Timestamp
    from found_events
    where ServiceName <> '' or PayloadPath <> ''

    union all

    -- A case knows more than each of its events.
    select
        Device,
        coalesce(ServiceName, ''),
        PayloadPath,
        null,
        First
    from cases
),

once as (
    select
        Device,
        Name,
        Path,
        Ran,
        min(Timestamp) as First
    from told
    group by Device, Name, Path, Ran
),

-- What costs something is worked out once for each text.
names as (
    select
        Name,
        name_template(Name) as Template
    from (select distinct Name from once)
),

paths as (
    select
        Path,
        path_template(Path) as Template
    from (select distinct Path from once)
),

arguments as (
    select
        Ran,
        name_template(image_args(Ran)) as Template
    from (select distinct Ran from once where Ran is not null)
)

select
    once.Device,
    names.Template as Name,
    paths.Template as Path,
    paths.Template || ' ' || arguments.Template as Ran,
    min(once.First) as First
from once
inner join names on names.Name = once.Name
inner join paths on paths.Path = once.Path
left join arguments on arguments.Ran = once.Ran
group by once.Device, names.Template, paths.Template, arguments.Template;

-- What a case is counted by: name and path, or the one of them that is known; and what
-- it runs. Cases of one service share a number.
create or replace temp table case_prevalence as
with names as (
    select
        ServiceName,
        name_template(ServiceName) as Template
    from (select distinct ServiceName from cases)
),

paths as (
    select
        PayloadPath,
        path_template(PayloadPath) as Template
    from (select distinct PayloadPath from cases)
),

arguments as (
    select
        Payload,
        name_template(image_args(Payload)) as Template
    from (select distinct Payload from cases)
),

told as (
    select
        cases.CaseId,
        cases.Device,
        cases.First,
        names.Template as Name,
        paths.Template as Path,
        case when paths.Template <> '' then paths.Template || ' ' || arguments.Template end as Ran
    from cases
    inner join names on names.ServiceName is not distinct from cases.ServiceName
    inner join paths on paths.PayloadPath = cases.PayloadPath
    inner join arguments on arguments.Payload is not distinct from cases.Payload
    where names.Template <> '' or paths.Template <> ''
),

numbers as (
    select
        Name,
        Path,
        Ran,
        row_number() over () as Number
    from (select distinct Name, Path, Ran from told)
),

sighted as (
    select
        numbers.Number,
        sightings.Device,
        sightings.First
    from sightings
    inner join numbers
        on numbers.Name = sightings.Name
        and numbers.Path = sightings.Path
    where numbers.Name <> '' and numbers.Path <> ''

    union all

    select
        numbers.Number,
        sightings.Device,
        sightings.First
    from sightings
    inner join numbers on numbers.Name = sightings.Name
    where numbers.Path = ''

    union all

    select
        numbers.Number,
        sightings.Device,
        sightings.First
    from sightings
    inner join numbers on numbers.Path = sightings.Path
    where numbers.Name = ''

    union all

    select
        numbers.Number,
        sightings.Device,
        sightings.First
    from sightings
    inner join numbers on numbers.Ran = sightings.Ran
),

had as (
    select
        Number,
        Device,
        min(First) as First
    from sighted
    group by Number, Device
),

fleet as (
    select count(distinct lower(Device)) as Devices
    from devices
),

-- The how manieth device it was: the share of the fleet was reached with that one.
ordered as (
    select
        *,
        row_number() over (partition by Number order by First nulls last, Device) as Nth
    from had
),

counted as (
    select
        ordered.Number,
        count(*) as Devices,
        greatest(any_value(fleet.Devices), count(*)) as "Of",
        min(ordered.Device, 5) as Names,
        min(ordered.First) as Since,
        arg_min(ordered.Device, ordered.Nth) as Site,
        min(ordered.First) filter (where ordered.Nth = greatest(5, fleet.Devices // 10 + 1)) as TenthSince,
        min(ordered.First) filter (where ordered.Nth = greatest(5, fleet.Devices // 2 + 1)) as HalfSince
    from ordered
    cross join fleet -- one row
    group by ordered.Number
)

select
    told.CaseId,
    told.First,
    told.Name,
    told.Path,
    counted.* exclude (Number),
    had.First as Here -- since when this device has it
from told
inner join numbers
    on numbers.Name = told.Name
    and numbers.Path = told.Path
    and numbers.Ran is not distinct from told.Ran
inner join counted on counted.Number = numbers.Number
left join had
    on had.Number = numbers.Number
    and had.Device = told.Device;

create or replace temp table case_fleet as
select
    CaseId,
    Devices,
    "Of",
    Names,
    Since
from case_prevalence;

-- When there is history: three days after the last of the tables that tell of services
-- begins.
create or replace temp table history as
select max(First) + interval 3 day as Begins
from (
    select min(First) as First
    from accounts
    where SourceTable in ('DeviceProcessEvents', 'DeviceRegistryEvents', 'DeviceEvents') and InWindow > 0
    group by SourceTable
);

insert into case_signals
with spoken_against as (
    select distinct found_events.CaseId
    from event_reasons
    inner join weights on weights.ReasonId = event_reasons.ReasonId
    inner join found_events on found_events.EventId = event_reasons.EventId
    where (weights.Grp = 'payload' and weights.Points > 0) or weights.Pierces
),

-- At most one of each kind holds: the strongest.
judged as (
    select
        case_prevalence.CaseId,
        case
            when Devices = 1 and "Of" >= 10 then 'rare_one_device'
            when Devices <= 3 and "Of" >= 50 then 'rare_few'
            when Devices * 100 <= "Of" then 'rare_percent'
            when "Of" < 20 or Path = '' or spoken_against.CaseId is not null then null
            when HalfSince <= case_prevalence.First - interval 1 day then 'common_half'
            when TenthSince <= case_prevalence.First - interval 1 day then 'common_tenth'
        end as Prevalence,
        Since >= case_prevalence.First - interval 1 day and Since >= history.Begins and "Of" >= 10 as New,
        'on ' || Devices || ' of ' || "Of" || case when "Of" = 1 then ' device: ' else ' devices: ' end
        || array_to_string(list_transform(Names, lambda name: coalesce(nullif(name, ''), '(no device)')), ', ') || case when Devices > 5 then ', …' else '' end as Shown,
        'first seen ' || strftime(cast(Since as timestamp), '%Y-%m-%d %H:%M:%S') || ' UTC on ' || coalesce(nullif(Site, ''), '(no device)') as Told
    from case_prevalence
    left join history on true -- one row
    left join spoken_against on spoken_against.CaseId = case_prevalence.CaseId
)

select
    CaseId,
    Prevalence,
    Shown
from judged
where Prevalence is not null

union all

select
    CaseId,
    'new_in_fleet',
    Told
from judged
where New;

-- What a device has had for days is no news when it is touched again: the nightly job,
-- the developer's build. Not where a hard reason stands, and not for a name alone.
insert into case_signals
select
    case_prevalence.CaseId,
    'known_here',
    'there since ' || strftime(cast(case_prevalence.Here as timestamp), '%Y-%m-%d %H:%M:%S') || ' UTC'
from case_prevalence
where
    case_prevalence.Path <> ''
    and case_prevalence.Here < case_prevalence.First - interval 3 day
    and case_prevalence.CaseId not in (
        select found_events.CaseId
        from event_reasons
        inner join weights on weights.ReasonId = event_reasons.ReasonId
        inner join found_events on found_events.EventId = event_reasons.EventId
        where weights.Pierces
    );

-- Names that nobody thought of. What one device in twenty has is a name, whatever it is
-- like, and so are Windows' own.
insert into case_signals
with scored as (
    select
        ServiceName,
        name_template(ServiceName) as Template,
        random_name_score(ServiceName) as Bits
    from (
        select distinct ServiceName
        from cases
        where
            ServiceName <> ''
            and Technique in ('T1543.003', 'T1569.002', 'T1574.011')
            and service_template(ServiceName) not in (select service from reference_stock_services)
    )
),

random as (
    select *
    from scored
    where is_random_name(Bits)
),

spread as (
    select
        random.Template,
        count(distinct sightings.Device) as Devices
    from (select distinct Template from random) as random
    inner join sightings on sightings.Name = random.Template
    group by random.Template
),

fleet as (
    select count(distinct lower(Device)) as Devices
    from devices
)

select
    cases.CaseId,
    'random_name',
    format('{:.1f} bits for each pair of letters; 99 in 100 names of known services have no more than {:.1f}', random.Bits, ordinary.Bits)
from cases
inner join random on random.ServiceName = cases.ServiceName
inner join (
    select cast(bits as double) as Bits
    from reference_name_surprise
    where percentile = '99'
) as ordinary on true -- one row
inner join spread on spread.Template = random.Template
cross join fleet -- one row
where
    cases.Technique in ('T1543.003', 'T1569.002', 'T1574.011')
    and (spread.Devices < 3 or spread.Devices * 20 <= fleet.Devices);
