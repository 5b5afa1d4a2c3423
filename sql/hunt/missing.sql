-- What could not be seen of a case: kinds of telemetry that its device has none of in
-- the files read, or that none of the branches chosen reads. It lowers no score; it says
-- what the score does not rest on.
--
-- Reads cases, devices (which device has rows of which table) and tables_read (what
-- the branches of this hunt read).
create or replace temp table case_missing as
with kinds as (
    select *
    from (
        values
        (1, 'command', 'DeviceProcessEvents', 'all', 'what was asked on the command line cannot be seen'),
        (2, 'registry', 'DeviceRegistryEvents', 'windows', 'changes of the configuration cannot be seen'),
        (3, 'install', 'DeviceEvents', 'windows', 'records of installations (4697, 7045) cannot be seen'),
        (4, 'file', 'DeviceFileEvents', 'all', 'where the files came from cannot be seen')
    ) as t(Place, Kind, TableName, Platform, Unseen)
),

wanted as (
    select
        cases.CaseId,
        cases.DeviceName,
        cases.DeviceId,
        kinds.*
    from cases
    inner join kinds
        on (kinds.Platform = 'all' or cases.Technique in ('T1543.003', 'T1569.002', 'T1574.011'))
        and not list_contains(cases.Kinds, kinds.Kind)
),

met as (
    select distinct
        SourceTable,
        lower(Device) as Device
    from devices
)

select
    wanted.CaseId,
    wanted.Place,
    wanted.Kind,
    case
        when tables_read.TableName is null
            then 'no branch of this hunt looks at ' || wanted.TableName || ': ' || wanted.Unseen
        else 'no ' || wanted.TableName || ' of this device: ' || wanted.Unseen
    end as Text
from wanted
left join tables_read on tables_read.TableName = wanted.TableName
left join met as by_id
    on by_id.SourceTable = wanted.TableName
    and by_id.Device = lower(wanted.DeviceId)
left join met as by_name
    on by_name.SourceTable = wanted.TableName
    and by_name.Device = lower(wanted.DeviceName)
where tables_read.TableName is null or (by_id.Device is null and by_name.Device is null)

union all

select
    CaseId,
    9,
    'account',
    'no record tells who asked for it'
from cases
where Account = '';
