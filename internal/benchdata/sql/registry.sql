-- DeviceRegistryEvents: the columns an endpoint fills, one row for each number
-- in the range [getvariable('first'), getvariable('last')) of `numbers`.
with drawn as (
    select
        i,
        -- At a fixed pace, shaken by less than one step: 100 ns ticks.
        getvariable('start') + i * getvariable('step') + (draw(i, 11) % getvariable('step')::ubigint)::bigint as tick,
        draw(i, 12) as h,
        (draw(i, 13) % 2000)::integer as d,
        (draw(i, 14) % 100000)::integer as slot,
        (draw(i, 15) % 4096)::integer as w,
        draw(i, 16) % getvariable('rare')::ubigint as lot
    from numbers
    where i >= getvariable('first') and i < getvariable('last')
),

chosen as (
    select
        drawn.*,
        case lot
            when 0 then getvariable('rare_image')
            when 1 then getvariable('rare_start')
            else case when matters and draw(i, 17) % getvariable('thin')::ubigint <> 0 then getvariable('plain_registry') else r end
        end as r
    from drawn
    inner join registry_slots using (slot)
),

events as (
    select
        chosen.i,
        chosen.h,
        chosen.tick,
        devices.*,
        kinds.*,
        registry_rows.key,
        registry_rows.value,
        registry_rows.type,
        registry_rows.data,
        words.word,
        -- The last day on which the device had started before the event.
        (chosen.tick - devices.boot * 10 - 1000000000) // 864000000000 as boot_day,
        -- What stays the same for one initiator from one start to the next.
        hash(devices.d, kinds.k, boot_day) as p
    from chosen
    inner join devices on devices.d = chosen.d
    inner join registry_rows on registry_rows.r = chosen.r
    inner join kinds on kinds.k = registry_rows.k
    inner join words on words.w = chosen.w
)

select
    make_timestamp_ns(tick * 100) as Timestamp,
    DeviceId,
    DeviceName,
    'RegistryValueSet' as ActionType,
    filled(key, h, word, UserSid) as RegistryKey,
    type as RegistryValueType,
    filled(value, h >> 20, word, UserSid) as RegistryValueName,
    filled(data, h >> 10, word, UserSid) as RegistryValueData,
    case when h % 4 = 0 then filled(key, h, word, UserSid) end as PreviousRegistryKey,
    case when h % 4 = 0 then filled(value, h >> 20, word, UserSid) end as PreviousRegistryValueName,
    domain as InitiatingProcessAccountDomain,
    coalesce(account_name, UserName) as InitiatingProcessAccountName,
    coalesce(sid, UserSid) as InitiatingProcessAccountSid,
    case when account_name is null then UserName || '@corp.example' end as InitiatingProcessAccountUpn,
    case when account_name is null then UserObjectId end as InitiatingProcessAccountObjectId,
    sha1 as InitiatingProcessSHA1,
    sha256 as InitiatingProcessSHA256,
    md5 as InitiatingProcessMD5,
    lower(file) as InitiatingProcessFileName,
    size as InitiatingProcessFileSize,
    company as InitiatingProcessVersionInfoCompanyName,
    product as InitiatingProcessVersionInfoProductName,
    version as InitiatingProcessVersionInfoProductVersion,
    file as InitiatingProcessVersionInfoInternalFileName,
    file as InitiatingProcessVersionInfoOriginalFileName,
    description as InitiatingProcessVersionInfoFileDescription,
    (p % 4000)::bigint * 4 + 400 as InitiatingProcessId,
    filled(command, p, word, UserSid) as InitiatingProcessCommandLine,
    make_timestamp_ns((boot_day * 86400000000 + boot + (p % 60000000)::bigint) * 1000) as InitiatingProcessCreationTime,
    lower(path) as InitiatingProcessFolderPath,
    (p % 500)::bigint * 4 + 400 as InitiatingProcessParentId,
    parent_file as InitiatingProcessParentFileName,
    make_timestamp_ns((boot_day * 86400000000 + boot) * 1000) as InitiatingProcessParentCreationTime,
    integrity as InitiatingProcessIntegrityLevel,
    elevation as InitiatingProcessTokenElevation,
    5000 + i // 2000 as ReportId,
    '' as AppGuardContainerId,
    0 as InitiatingProcessSessionId,
    false as IsInitiatingProcessRemoteSession
from events
