-- What the events are drawn from: a fleet of 2,000 devices, 4,096 words, and
-- the kinds of processes.tsv and registry.tsv. Everything follows from the
-- variable `seed`; nothing is random, so the same seed gives the same rows.

-- draw(i, salt): a number that looks random, the same for the same i and seed.
create or replace temp macro draw(i, salt) as hash(i, salt, getvariable('seed'));

-- hex(i, salt, digits): as many lower-case hexadecimal digits, at most 64.
create or replace temp macro hex_of(i, salt, digits) as
    left(sha256(concat_ws(':', i, salt, getvariable('seed'))), digits);

create or replace temp table words as
select
    i::integer as w,
    list_extract([
        'Archive', 'Asset', 'Audit', 'Badge', 'Billing', 'Branch', 'Budget', 'Cache', 'Calendar', 'Camera', 'Catalog',
        'Channel', 'Claims', 'Cluster', 'Contract', 'Courier', 'Credit', 'Customer', 'Data', 'Depot', 'Device', 'Digest',
        'Dispatch', 'Document', 'Export', 'Factory', 'Feed', 'Fleet', 'Forecast', 'Freight', 'Gateway', 'Harbor',
        'Health', 'Import', 'Index', 'Inventory', 'Invoice', 'Journal', 'Label', 'Ledger', 'License', 'Locker', 'Mail',
        'Meter', 'Order', 'Parcel', 'Payroll', 'Permit', 'Price', 'Printer', 'Profile', 'Project', 'Quality', 'Queue',
        'Quote', 'Report', 'Route', 'Sensor', 'Shift', 'Signal', 'Stock', 'Tariff', 'Ticket', 'Vendor'
    ], 1 + i // 64) || list_extract([
        'Adapter', 'Agent', 'Backup', 'Bridge', 'Broker', 'Builder', 'Checker', 'Cleaner', 'Client', 'Collector',
        'Connector', 'Crawler', 'Daemon', 'Driver', 'Engine', 'Exporter', 'Fetcher', 'Filter', 'Finder', 'Gauge',
        'Guard', 'Helper', 'Host', 'Hub', 'Importer', 'Indexer', 'Keeper', 'Launcher', 'Linker', 'Listener', 'Loader',
        'Locator', 'Logger', 'Mapper', 'Merger', 'Monitor', 'Notifier', 'Parser', 'Planner', 'Poller', 'Proxy',
        'Reader', 'Receiver', 'Recorder', 'Relay', 'Reporter', 'Resolver', 'Router', 'Runner', 'Scanner', 'Scheduler',
        'Sender', 'Server', 'Service', 'Sorter', 'Spooler', 'Store', 'Sync', 'Tracker', 'Uploader', 'Validator',
        'Viewer', 'Watcher', 'Writer'
    ], 1 + i % 64) as word
from range(4096) as t(i);

create or replace temp table devices as
select
    i::integer as d,
    hex_of(i, 'device', 40) as DeviceId,
    case when i % 20 = 0 then format('srv-{:04d}.corp.example', i) else format('ws-{:04d}.corp.example', i) end as DeviceName,
    format('user{:04d}', i) as UserName,
    'S-1-5-21-1004336348-1177238915-682003330-' || (10000 + i) as UserSid,
    hex_of(i, 'user', 8) || '-7c1d-4a52-9b0e-' || hex_of(i, 'user', 12) as UserObjectId,
    -- Microseconds after midnight at which the device starts its day.
    (draw(i, 'boot') % 14400000000)::bigint as boot
from range(2000) as t(i);

create or replace temp table accounts as
select
    account,
    domain,
    name,
    sid,
    integrity,
    elevation
from (
    values
        ('system', 'nt authority', 'system', 'S-1-5-18', 'System', 'TokenElevationTypeDefault'),
        ('service', 'nt authority', 'network service', 'S-1-5-20', 'System', 'TokenElevationTypeDefault'),
        ('user', 'corp', null, null, 'Medium', 'TokenElevationTypeLimited')
) as t(account, domain, name, sid, integrity, elevation);

-- One row per kind of process, with its parent's and grandparent's identity.
create or replace temp table kinds as
with listed as (
    select
        (row_number() over () - 1)::integer as k,
        name,
        weight::integer as weight,
        path,
        string_split(path, '\')[-1] as file,
        company,
        product,
        version,
        description,
        size::bigint as size,
        parent,
        account,
        coalesce(command, '') as command
    from process_kinds
)

select
    own.*,
    -- The same image has the same hashes, whatever it is started for.
    hex_of(own.path, 'sha1', 40) as sha1,
    hex_of(own.path, 'sha256', 64) as sha256,
    hex_of(own.path, 'md5', 32) as md5,
    accounts.domain,
    accounts.name as account_name,
    accounts.sid,
    accounts.integrity,
    accounts.elevation,
    listed.k as parent_k,
    listed.file as parent_file
from listed as own
inner join listed on listed.name = own.parent
inner join accounts on accounts.account = own.account;

-- 100,000 slots, each kind in as many of them as it weighs. Hunts look for those that
-- matter: what services.exe starts, and what makes services.
create or replace temp table kind_slots as
select
    (row_number() over (order by k, copy) - 1)::integer as slot,
    k,
    file in ('sc.exe', 'net.exe', 'powershell.exe', 'pwsh.exe') or (parent = 'services' and file <> 'svchost.exe') as matters
from kinds, lateral (select unnest(range(weight)) as copy)
where weight > 0;

create or replace temp table registry_rows as
select
    (row_number() over () - 1)::integer as r,
    registry_kinds.name,
    registry_kinds.weight::integer as weight,
    key,
    value,
    type,
    nullif(data, '') as data,
    kinds.k as k
from registry_kinds
inner join kinds on kinds.name = registry_kinds.writer;

create or replace temp table registry_slots as
select
    (row_number() over (order by r, copy) - 1)::integer as slot,
    r,
    starts_with(name, 'svc_') as matters
from registry_rows, lateral (select unnest(range(weight)) as copy)
where weight > 0;

-- filled(text, ...): a template with its places taken: {n} a number of up to
-- six digits, {t} a large one, {x} sixteen hexadecimal digits, {w} a word,
-- {sid} the user's SID.
create or replace temp macro filled(template, draw, word, sid) as
    replace(replace(replace(replace(replace(template,
        '{n}', (draw % 999983)::varchar),
        '{t}', (draw % 89999999999)::varchar),
        '{x}', lower(to_hex(draw))),
        '{w}', word),
        '{sid}', sid);
