-- What each event says, in words; where nothing better can be said, the title of the
-- branch that hit it hardest.
create or replace temp table event_titles as
select
    found_events.EventId,
    coalesce(
        finding_title(
            SourceTable, ActionType, ServiceName, Payload, RegistryValueName, RegistryValueData,
            ServiceVerb, ServiceHost,
            -- A folder may be recorded with the file's name or without.
            case
                when FolderPath is null or ends_with(FolderPath, FileName) then coalesce(FolderPath, FileName)
                else FolderPath || case when contains(FolderPath, '/') then '/' else '\' end || FileName
            end,
            InitiatingProcessFileName
        ),
        branches.Title || coalesce(': ' || nullif(ServiceName, ''), '')
    ) as Title
from found_events
inner join branches on branches.Strength = found_events.Strength;
