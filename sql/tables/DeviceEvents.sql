-- DeviceEvents: everything that has no table of its own; ServiceInstalled among
-- them, whose service is named in AdditionalFields and whose image is FolderPath.
-- ServiceObserved is a service that a snapshot of state has, LaunchItemAdded one of
-- launchd.
--
-- `recorded` holds Defender's columns as the files have them, typed, NULL where
-- a file lacks one, with SourceTable, SourceFile and SourceRecord. What follows
-- the star is derived, beside the recorded columns and never over them. Derived
-- text is never NULL: KQL has no null string, so `not in` keeps the row.
-- RegistryValueDword is NULL where the data is no integer, as KQL's long is.
select
    recorded.*,
    fold_column(FileName) as FileNameLower,
    registry_key(RegistryKey) as RegistryKeyNormalized,
    control_set(RegistryKey) as ControlSet,
    coalesce(
        json_text(AdditionalFields, '$.ServiceName'),
        service_name(RegistryKey)
    ) as ServiceName,
    service_value_path(RegistryKey, RegistryValueName) as ServiceValuePath,
    fold_column(RegistryValueName) as RegistryValueNameLower,
    reg_dword(RegistryValueData) as RegistryValueDword,
    case
        when ActionType in ('ServiceInstalled', 'ServiceObserved', 'LaunchItemAdded') then coalesce(
            nullif(full_path(FolderPath, FileName), ''),
            image_path(json_text(AdditionalFields, '$.ImagePath'))
        )
        else ''
    end as PayloadPath,
    case
        when ActionType in ('ServiceInstalled', 'ServiceObserved', 'LaunchItemAdded') then coalesce(
            nullif(path_stem(full_path(FolderPath, FileName)), ''),
            image_stem(json_text(AdditionalFields, '$.ImagePath'))
        )
        else ''
    end as PayloadStem,
    fold_column(InitiatingProcessFileName) as InitiatingProcessFileNameLower,
    full_path(InitiatingProcessFolderPath, InitiatingProcessFileName) as InitiatingProcessPath
from recorded_DeviceEvents as recorded
