-- What else happened around a case: the file it runs is new, its doer did the same on
-- other devices, protection was stopped or traces taken away on the device, several
-- kinds of telemetry tell of it.
--
-- Reads cases, found_events, case_related, context, case_signals. Adds to case_signals.

-- clock(t): a moment, for people. The fraction of a second says nothing here.
create or replace temp macro clock(t) as strftime(cast(t as timestamp), '%Y-%m-%d %H:%M:%S') || ' UTC';

-- The payload's file was made within the hour before. The first record of the file
-- counts: one that was there before and is written anew is no new program.
insert into case_signals
with wanted as (
    select distinct
        Device,
        PayloadPath
    from cases
    where PayloadPath <> '' and not is_lolbin(PayloadStem)
),

files as (
    select
        case_device(DeviceName, DeviceId) as Device,
        Path,
        Timestamp,
        coalesce(InitiatingProcessPath, '') as Writer
    from context
    where Kind = 'file' and Timestamp is not null

    union all

    select
        case_device(DeviceName, DeviceId),
        full_path(FolderPath, FileName),
        Timestamp,
        coalesce(InitiatingProcessPath, '')
    from found_events
    where Kind = 'file' and Timestamp is not null and ActionType in ('FileCreated', 'FileRenamed')
),

made as (
    select
        wanted.Device,
        wanted.PayloadPath,
        min({'Time': files.Timestamp, 'Writer': files.Writer}) as First
    from wanted
    inner join files
        on files.Device = wanted.Device
        and files.Path = wanted.PayloadPath
    group by wanted.Device, wanted.PayloadPath
)

select
    cases.CaseId,
    'payload_new_file',
    'made ' || clock(made.First.Time) || case when made.First.Writer = '' then '' else ' by ' || made.First.Writer end
from cases
inner join made
    on made.Device = cases.Device
    and made.PayloadPath = cases.PayloadPath
where epoch_ns(cases.First) - epoch_ns(made.First.Time) between 0 and 3600000000000;

-- The same account did the same, by the name or by what it runs, on three devices or
-- more within an hour. Names drawn at random count as one: tools that go from device to
-- device draw a new one on each.
insert into case_signals
with names as (
    select
        ServiceName,
        name_template(ServiceName) as Template
    from (select distinct ServiceName from cases where ServiceName <> '')
),

paths as (
    select
        PayloadPath,
        path_template(PayloadPath) as Template
    from (select distinct PayloadPath from cases where PayloadPath <> '')
),

acted as (
    select
        CaseId,
        Device,
        ServiceName,
        PayloadPath,
        lower(Account) as Account,
        epoch_ns(First) as Moment
    from cases
    where AccountName <> '' and First is not null and not is_system_account(AccountDomain, AccountName)
),

acts as (
    select
        acted.CaseId,
        acted.Device,
        acted.Moment,
        acted.Account || chr(1) || case when random.CaseId is null then 'name ' || names.Template else 'random' end as Act
    from acted
    inner join names on names.ServiceName = acted.ServiceName
    left join (select CaseId from case_signals where ReasonId = 'random_name') as random on random.CaseId = acted.CaseId

    union all

    select
        acted.CaseId,
        acted.Device,
        acted.Moment,
        acted.Account || chr(1) || 'path ' || paths.Template
    from acted
    inner join paths on paths.PayloadPath = acted.PayloadPath
),

-- Acts of one device alone need not be looked at.
wide as (
    select acts.*
    from acts
    inner join (
        select Act
        from acts
        group by Act
        having count(distinct Device) >= 3
    ) as several on several.Act = acts.Act
),

hours as (
    select
        *,
        count(distinct Device) over hour as Devices,
        min(Device) over hour as FirstDevice,
        max(Device) over hour as LastDevice
    from wide
    window hour as (partition by Act order by Moment range between 3600000000000 preceding and current row)
),

-- An act is one of a spread if any hour that has it has three devices.
around as (
    select
        CaseId,
        max({'Devices': Devices, 'FirstDevice': FirstDevice, 'LastDevice': LastDevice}) over (
            partition by Act
            order by Moment
            range between current row and 3600000000000 following
        ) as Most
    from hours
),

spread as (
    select
        CaseId,
        max(Most) as Most
    from around
    where Most.Devices >= 3
    group by CaseId
),

managed as (
    select Client
    from (select distinct Client from cases where Client <> '')
    where is_like_any(Client, reference_management_writers())
)

select
    spread.CaseId,
    case when managed.Client is null then 'spread' else 'spread_managed' end,
    cases.Account || ' did the same on ' || spread.Most.Devices || ' devices within an hour, '
    || spread.Most.FirstDevice || ' and ' || spread.Most.LastDevice || ' among them'
from spread
inner join cases on cases.CaseId = spread.CaseId
left join managed on managed.Client = cases.Client;

-- Commands and records near by that blind the device or take traces away.
create or replace temp table blinding as
with near as (
    select
        case_device(DeviceName, DeviceId) as Device,
        Timestamp,
        SourceTable,
        SourceFile,
        SourceRecord,
        Payload as Program,
        coalesce(Text, '') as Text
    from context
    where Kind = 'near' and Timestamp is not null
),

told as (
    select
        *,
        case Program
            when '' then true
            when 'wevtutil.exe' then regexp_matches(Text, '(?i)^\s*(?:"[^"]*"|\S+)\s+"?(?:cl|clear-log)\b')
            when 'vssadmin.exe' then regexp_matches(Text, '(?i)\bdelete\s+shadows|\bresize\s+shadowstorage')
            when 'wmic.exe' then regexp_matches(Text, '(?i)\bshadowcopy\b.*\bdelete\b')
            when 'wbadmin.exe' then regexp_matches(Text, '(?i)\bdelete\s+(?:catalog|systemstatebackup|backup)\b')
            when 'diskshadow.exe' then regexp_matches(Text, '(?i)\bdelete\s+shadows')
            when 'fsutil.exe' then regexp_matches(Text, '(?i)\busn\s+deletejournal')
            when 'journalctl' then regexp_matches(Text, '--vacuum')
            else regexp_matches(Program, '^(?:powershell|pwsh)') and regexp_matches(
                Text,
                '(?i)\b(?:clear|remove)-eventlog\b|\bwevtutil(?:\.exe)?\s+(?:cl|clear-log)\b|\bclearlog\(|win32_shadowcopy\b.*(?:delete|remove)|\bvssadmin(?:\.exe)?\s+delete\s+shadows'
            )
        end as Traces,
        case
            -- What is told to another device is no act on this one.
            when Program = 'sc.exe' then regexp_matches(Text, '(?i)\b(?:stop|delete)\b|\bstart\s*=\s*"?disabled') and not regexp_matches(Text, '^\s*(?:"[^"]*"|\S+)\s+\\\\')
            when Program in ('net.exe', 'net1.exe') then regexp_matches(Text, '(?i)\bstop\b')
            when Program = 'fltmc.exe' then regexp_matches(Text, '(?i)\bunload\b')
            when Program = 'wmic.exe' then regexp_matches(Text, '(?i)\bservice\b.*\b(?:stopservice|changestartmode|delete)\b')
            when Program = 'systemctl' then regexp_matches(Text, '\b(?:stop|disable|mask|kill)\b')
            when Program = 'service' then regexp_matches(Text, '\bstop\b')
            when Program = 'launchctl' then regexp_matches(Text, '\b(?:bootout|unload|disable|remove|stop|kill)\b')
            when Program in ('powershell.exe', 'pwsh.exe') then regexp_matches(
                Text,
                '(?i)\b(?:stop|suspend|remove)-service\b|\bset-service\b.*\b(?:disabled|stopped)\b|\bset-mppreference\b.*-disable[a-z]+[\s:]+(?:\$?true|1)|\bsc(?:\.exe)?\s+(?:stop|delete)\b|\bnet1?(?:\.exe)?\s+stop\b'
            )
            else false
        end as Stops
    from near
),

-- Whatever word of such a command is the name of a security product's service, or of
-- its unit or label, with or without a folder and an ending.
words as (
    select
        Text,
        regexp_extract(fold(trim(Word, '"''')), '(?s)([^/\\]*?)(?:\.service|\.plist)?$', 1) as Word
    from (
        select
            Text,
            unnest(regexp_extract_all(Text, '"[^"]+"|''[^'']+''|[^\s"'',;|(){}=:]+')) as Word
        from (select distinct Text from told where Stops)
    )
),

-- `net stop` takes the name that is displayed as well; Defender has a command of its own.
called as (
    select
        service as Pattern,
        service as Service,
        product as Product
    from reference_security_services

    union

    select
        'set-mppreference',
        service,
        product
    from reference_security_services
    where service = 'windefend'

    union

    select
        lower(stock.display),
        security.service,
        security.product
    from reference_stock_services as stock
    inner join reference_security_services as security on security.service = stock.service
    where stock.display <> ''
),

named as (
    select
        asked.Word,
        min({'Service': called.Service, 'Product': called.Product}) as Called
    from (select distinct Word from words where Word <> '') as asked
    inner join called on asked.Word like called.Pattern
    group by asked.Word
),

stopped as (
    select
        words.Text,
        min(named.Called) as Called
    from words
    inner join named on named.Word = words.Word
    group by words.Text
)

select
    told.Device,
    told.Timestamp,
    told.SourceTable,
    told.SourceFile,
    told.SourceRecord,
    told.Text,
    case when told.Traces then 'traces_removed' else 'security_service_stopped' end as ReasonId,
    case when told.Traces then '' else stopped.Called.Service end as Service,
    case when told.Traces then '' else stopped.Called.Product end as Product
from told
left join stopped
    on told.Stops
    and stopped.Text = told.Text
where told.Traces or stopped.Text is not null;

-- Within half an hour of the case. Time is cut into half hours to join on, and of each
-- minute one record is enough. A record that is of the case itself is not beside it.
insert into case_signals
with minutes as (
    select
        Device,
        ReasonId,
        Service,
        epoch_ns(Timestamp) // 60000000000 as Minute,
        min({
            'Time': Timestamp, 'SourceTable': SourceTable, 'SourceFile': SourceFile, 'SourceRecord': SourceRecord, 'Text': Text, 'Product': Product
        }) as Record
    from blinding
    group by Device, ReasonId, Service, epoch_ns(Timestamp) // 60000000000
),

spans as (
    select
        CaseId,
        Device,
        fold(ServiceName) as ServiceName,
        epoch_ns(First) - 1800000000000 as Since,
        epoch_ns(Last) + 1800000000000 as Until,
        unnest(range(Since // 1800000000000, Until // 1800000000000 + 1)) as HalfHour
    from cases
    where First is not null and Device in (select Device from blinding)
),

beside as (
    select
        spans.CaseId,
        minutes.ReasonId,
        minutes.Record
    from spans
    inner join minutes
        on minutes.Device = spans.Device
        and minutes.Minute // 30 = spans.HalfHour
    where
        epoch_ns(minutes.Record.Time) between spans.Since and spans.Until
        -- A product that stops its own service puts in a new version of it.
        and (minutes.Service = '' or minutes.Service <> spans.ServiceName)
),

others as (
    select beside.*
    from beside
    anti join found_events
        on found_events.CaseId = beside.CaseId
        and found_events.SourceTable = beside.Record.SourceTable
        and found_events.SourceFile = beside.Record.SourceFile
        and found_events.SourceRecord = beside.Record.SourceRecord
)

select
    CaseId,
    ReasonId,
    clock(min(Record).Time) || case when min(Record).Product = '' then ': ' else ', ' || min(Record).Product || ': ' end || min(Record).Text[:200]
from others
group by CaseId, ReasonId;

-- When which kind of telemetry told of the case.
create or replace temp table case_moments as
select
    CaseId,
    Kind,
    epoch_ns(Timestamp) as Moment,
    coalesce(nullif(PayloadPath, ''), FolderPath, '') as Path
from found_events
where Timestamp is not null

union all

select
    CaseId,
    Kind,
    epoch_ns(Timestamp),
    coalesce(Path, '')
from case_related
where Timestamp is not null;

-- How many kinds told of it within ten minutes: looking back from each record to the
-- last of each kind.
insert into case_signals
with several as (
    select CaseId
    from case_moments
    group by CaseId
    having count(distinct Kind) >= 2
),

back as (
    select
        case_moments.CaseId,
        case_moments.Moment,
        list_filter(
            [
                {'Kind': 'command', 'Moment': max(Moment) filter (where Kind = 'command') over before},
                {'Kind': 'registry', 'Moment': max(Moment) filter (where Kind = 'registry') over before},
                {'Kind': 'install', 'Moment': max(Moment) filter (where Kind = 'install') over before},
                {'Kind': 'file', 'Moment': max(Moment) filter (where Kind = 'file') over before},
                {'Kind': 'run', 'Moment': max(Moment) filter (where Kind = 'run') over before},
                {'Kind': 'load', 'Moment': max(Moment) filter (where Kind = 'load') over before}
            ],
            lambda k: case_moments.Moment - k.Moment <= 600000000000
        ) as Kinds
    from case_moments
    inner join several on several.CaseId = case_moments.CaseId
    window before as (
        partition by case_moments.CaseId
        order by case_moments.Moment
    )
),

most as (
    select
        CaseId,
        arg_min(Kinds, {'Fewer': -len(Kinds), 'Moment': Moment}) as Kinds
    from back
    group by CaseId
)

select
    CaseId,
    case when len(Kinds) = 2 then 'kinds_two' else 'kinds_three' end,
    array_to_string(list_transform(Kinds, lambda k: k.Kind || ' ' || clock(make_timestamp_ns(k.Moment))), ', ')
from most
where len(Kinds) >= 2;
