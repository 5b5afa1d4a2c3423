-- DeviceProcessEvents: the columns an endpoint fills, one row for each number
-- in the range [getvariable('first'), getvariable('last')) of `numbers`.
with drawn as (
    select
        i,
        -- At a fixed pace, shaken by less than one step: 100 ns ticks.
        getvariable('start') + i * getvariable('step') + (draw(i, 1) % getvariable('step')::ubigint)::bigint as tick,
        draw(i, 2) as h,
        (draw(i, 3) % 2000)::integer as d,
        (draw(i, 4) % 100000)::integer as slot,
        (draw(i, 5) % 4096)::integer as w,
        draw(i, 6) % getvariable('rare')::ubigint = 0 as is_rare
    from numbers
    where i >= getvariable('first') and i < getvariable('last')
),

chosen as (
    select
        drawn.*,
        case
            when is_rare then getvariable('rare_process')
            when matters and draw(i, 7) % getvariable('thin')::ubigint <> 0 then getvariable('plain_process')
            else k
        end as k
    from drawn
    inner join kind_slots using (slot)
),

events as (
    select
        chosen.i,
        chosen.h,
        chosen.tick,
        devices.*,
        kinds.*,
        parents.path as parent_path,
        parents.company as parent_company,
        parents.product as parent_product,
        parents.version as parent_version,
        parents.description as parent_description,
        parents.size as parent_size,
        parents.command as parent_command,
        parents.sha1 as parent_sha1,
        parents.sha256 as parent_sha256,
        parents.md5 as parent_md5,
        parents.domain as parent_domain,
        parents.account_name as parent_account_name,
        parents.sid as parent_sid,
        parents.integrity as parent_integrity,
        parents.elevation as parent_elevation,
        parents.parent_file as grandparent_file,
        words.word,
        -- The last day on which the device had started before the event.
        (chosen.tick - devices.boot * 10 - 1000000000) // 864000000000 as boot_day,
        -- What stays the same for one initiator from one start to the next.
        hash(devices.d, kinds.parent_k, boot_day) as p
    from chosen
    inner join devices on devices.d = chosen.d
    inner join kinds on kinds.k = chosen.k
    inner join kinds as parents on parents.k = kinds.parent_k
    inner join words on words.w = chosen.w
)

select
    make_timestamp_ns(tick * 100) as Timestamp,
    DeviceId,
    DeviceName,
    'ProcessCreated' as ActionType,
    file as FileName,
    path as FolderPath,
    sha1 as SHA1,
    sha256 as SHA256,
    md5 as MD5,
    size as FileSize,
    company as ProcessVersionInfoCompanyName,
    product as ProcessVersionInfoProductName,
    version as ProcessVersionInfoProductVersion,
    file as ProcessVersionInfoInternalFileName,
    file as ProcessVersionInfoOriginalFileName,
    description as ProcessVersionInfoFileDescription,
    (h % 16000)::bigint * 4 + 1000 as ProcessId,
    filled(command, h, word, UserSid) as ProcessCommandLine,
    integrity as ProcessIntegrityLevel,
    elevation as ProcessTokenElevation,
    make_timestamp_ns(tick * 100) as ProcessCreationTime,
    domain as AccountDomain,
    coalesce(account_name, UserName) as AccountName,
    coalesce(sid, UserSid) as AccountSid,
    case when account_name is null then UserName || '@corp.example' end as AccountUpn,
    case when account_name is null then UserObjectId end as AccountObjectId,
    case when account_name is null then 100000 + d * 64 else 999 end as LogonId,
    parent_domain as InitiatingProcessAccountDomain,
    coalesce(parent_account_name, UserName) as InitiatingProcessAccountName,
    coalesce(parent_sid, UserSid) as InitiatingProcessAccountSid,
    case when parent_account_name is null then UserName || '@corp.example' end as InitiatingProcessAccountUpn,
    case when parent_account_name is null then UserObjectId end as InitiatingProcessAccountObjectId,
    case when parent_account_name is null then 100000 + d * 64 else 999 end as InitiatingProcessLogonId,
    parent_integrity as InitiatingProcessIntegrityLevel,
    parent_elevation as InitiatingProcessTokenElevation,
    parent_sha1 as InitiatingProcessSHA1,
    parent_sha256 as InitiatingProcessSHA256,
    parent_md5 as InitiatingProcessMD5,
    lower(parent_file) as InitiatingProcessFileName,
    parent_size as InitiatingProcessFileSize,
    parent_company as InitiatingProcessVersionInfoCompanyName,
    parent_product as InitiatingProcessVersionInfoProductName,
    parent_version as InitiatingProcessVersionInfoProductVersion,
    parent_file as InitiatingProcessVersionInfoInternalFileName,
    parent_file as InitiatingProcessVersionInfoOriginalFileName,
    parent_description as InitiatingProcessVersionInfoFileDescription,
    (p % 4000)::bigint * 4 + 400 as InitiatingProcessId,
    filled(parent_command, p, word, UserSid) as InitiatingProcessCommandLine,
    make_timestamp_ns((boot_day * 86400000000 + boot + (p % 60000000)::bigint) * 1000) as InitiatingProcessCreationTime,
    lower(parent_path) as InitiatingProcessFolderPath,
    (p % 500)::bigint * 4 + 400 as InitiatingProcessParentId,
    grandparent_file as InitiatingProcessParentFileName,
    make_timestamp_ns((boot_day * 86400000000 + boot) * 1000) as InitiatingProcessParentCreationTime,
    case when parent_company = 'Microsoft Corporation' then 'OsVendor' else 'ThirdParty' end as InitiatingProcessSignerType,
    'Valid' as InitiatingProcessSignatureStatus,
    1000 + i // 2000 as ReportId,
    '' as AppGuardContainerId,
    case when h % 16 = 0 then '[]' end as AdditionalFields,
    0 as InitiatingProcessSessionId,
    false as IsInitiatingProcessRemoteSession,
    case when account_name is null then 1 else 0 end as CreatedProcessSessionId,
    false as IsProcessRemoteSession
from events
