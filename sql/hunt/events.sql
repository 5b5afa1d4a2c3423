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
        any_value(AccountDomain) as AccountDomain,
        coalesce(any_value(AccountName), any_value(InitiatingProcessAccountName)) as AccountName,
        any_value(FileName) as FileName,
        any_value(FolderPath) as FolderPath,
        any_value(ProcessCommandLine) as ProcessCommandLine,
        any_value(RegistryKey) as RegistryKey,
        any_value(RegistryValueName) as RegistryValueName,
        any_value(RegistryValueData) as RegistryValueData,
        any_value(nullif(ServiceName, '')) as BranchServiceName,
        any_value(nullif(Payload, '')) as BranchPayload,
        any_value(InitiatingProcessFileName) as InitiatingProcessFileName,
        any_value(InitiatingProcessFolderPath) as InitiatingProcessFolderPath,
        any_value(InitiatingProcessCommandLine) as InitiatingProcessCommandLine,
        any_value(InitiatingProcessParentFileName) as InitiatingProcessParentFileName
    from hits
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
            lower(coalesce(DeviceName, DeviceId, '')),
            epoch_ns(Timestamp),
            coalesce(
                cast(ReportId as varchar),
                md5(concat_ws('|', ProcessCommandLine, RegistryKey, RegistryValueName, RegistryValueData))
            )
        ) as Identity
    from named
),

-- Events that nothing tells apart (no ReportId, say, and the same command line)
-- are still several: one id for all would add their points up.
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
    full_path(InitiatingProcessFolderPath, InitiatingProcessFileName) as InitiatingProcessPath,
    fold(InitiatingProcessFileName) as InitiatingProcessFileNameLower,
    -- A start type is data of a service, not something it runs.
    case when RegistryValueName is not null and lower(RegistryValueName) = 'start' then '' else image_path(Payload) end
        as PayloadPath,
    case when RegistryValueName is not null and lower(RegistryValueName) = 'start' then '' else image_stem(Payload) end
        as PayloadStem
from numbered;
