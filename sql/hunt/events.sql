-- One row per event that any branch hit, with the branches that hit it: one
-- event is one piece of evidence, however many branches say so.
--
-- The id is made of what identifies the event (table, device, time, ReportId),
-- so that it is the same in every run, whatever else was loaded.
create or replace temp table found_events as
with grouped as (
    select
        SourceTable,
        SourceFile,
        SourceRecord,
        Timestamp,
        list_sort(list(distinct BranchId)) as Branches,
        any_value(DeviceId) as DeviceId,
        any_value(DeviceName) as DeviceName,
        any_value(ReportId) as ReportId,
        any_value(ActionType) as ActionType,
        -- A domain belongs to the name beside it, never to another one.
        case when any_value(nullif(AccountName, '')) is not null then any_value(AccountDomain) end as AccountDomain,
        coalesce(any_value(nullif(AccountName, '')), any_value(nullif(InitiatingProcessAccountName, ''))) as AccountName,
        any_value(FileName) as FileName,
        any_value(FolderPath) as FolderPath,
        any_value(ProcessCommandLine) as ProcessCommandLine,
        any_value(RegistryKey) as RegistryKey,
        any_value(RegistryValueName) as RegistryValueName,
        any_value(RegistryValueData) as RegistryValueData,
        -- Of what branches say it runs, what the strongest of them says.
        arg_max(ServiceName, (branches.Score, BranchId)) filter (where ServiceName <> '') as BranchServiceName,
        arg_max(Payload, (branches.Score, BranchId)) filter (where Payload <> '') as BranchPayload,
        list_sort(list_distinct(flatten(list(string_split(Reasons, ' ')) filter (where Reasons <> '')))) as BranchReasons,
        any_value(InitiatingProcessFileName) as InitiatingProcessFileName,
        any_value(InitiatingProcessFolderPath) as InitiatingProcessFolderPath,
        any_value(InitiatingProcessCommandLine) as InitiatingProcessCommandLine,
        any_value(InitiatingProcessParentFileName) as InitiatingProcessParentFileName
    from hits
    inner join branches using (BranchId)
    group by SourceTable, SourceFile, SourceRecord, Timestamp
),

named as (
    select
        *,
        coalesce(BranchServiceName, nullif(service_command_name(ProcessCommandLine), '')) as ServiceName,
        coalesce(
            BranchPayload,
            case when RegistryValueName is not null then RegistryValueData end,
            nullif(service_command_payload(ProcessCommandLine), '')
        ) as Payload
    from grouped
),

identified as (
    select
        *,
        concat_ws(
            '|',
            SourceTable,
            lower(coalesce(nullif(DeviceName, ''), nullif(DeviceId, ''), '')),
            epoch_ns(Timestamp),
            coalesce(
                cast(ReportId as varchar),
                -- Without it, by all that the row says.
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
            )
        ) as Identity
    from named
),

-- Events that nothing tells apart are still several: one id for all would add
-- their points up.
numbered as (
    select
        *,
        row_number() over (
            partition by Identity
            order by FileName, FolderPath, InitiatingProcessFileName, InitiatingProcessCommandLine, AccountName, SourceFile, SourceRecord
        ) as Occurrence
    from identified
)

select
    md5(Identity || case when Occurrence > 1 then '|' || Occurrence else '' end)[:16] as EventId,
    * exclude (BranchServiceName, BranchPayload, Identity, Occurrence),
    -- What is told to a service, worked out once for all who ask.
    lower(service_command_verb(ProcessCommandLine)) as ServiceVerb,
    service_command_host(ProcessCommandLine) as ServiceHost,
    full_path(InitiatingProcessFolderPath, InitiatingProcessFileName) as InitiatingProcessPath,
    fold(InitiatingProcessFileName) as InitiatingProcessFileNameLower,
    -- A start type is data of a service, not something it runs.
    case when BranchPayload is null and lower(RegistryValueName) = 'start' then '' else image_path(Payload) end as PayloadPath,
    case when BranchPayload is null and lower(RegistryValueName) = 'start' then '' else image_stem(Payload) end as PayloadStem
from numbered;
