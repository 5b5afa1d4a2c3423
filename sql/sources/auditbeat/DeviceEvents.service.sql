-- A unit started or stopped by systemd, and a launch daemon or agent that Elastic
-- Defend saw being set up.
select
    SourceFile,
    SourceRecord,
    Source || case when persistence is null then ' service' else ' launch item' end as Telemetry,
    Time as Timestamp,
    case when Time is null then 'no time recorded' end as TimestampNote,
    DeviceId,
    DeviceName,
    ActionType,
    path_file(json_texts(persistence.args)[1]) as FileName,
    json_texts(persistence.args)[1] as FolderPath,
    ecs_user("user") as InitiatingProcessAccountName,
    coalesce(path_file(process.executable), process.name) as InitiatingProcessFileName,
    path_whole(process.executable) as InitiatingProcessFolderPath,
    process.pid as InitiatingProcessId,
    process.entity_id as InitiatingProcessGuid,
    case
        when persistence is null then without_nulls({'ServiceName': Unit})
        else without_nulls({
            'ServiceName': coalesce(persistence.name, launch_item_name(persistence.path)),
            'ServiceStartType': case when persistence.runatload or persistence.keepalive then 'auto' else 'demand' end,
            'ImagePath': argv_line(json_texts(persistence.args)),
            'ItemPath': persistence.path,
            'ExecutablePath': json_texts(persistence.args)[1]
        })
    end as AdditionalFields
from events
where starts_with(ActionType, 'Service') or ActionType = 'LaunchItemAdded'
