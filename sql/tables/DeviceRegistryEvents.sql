-- DeviceRegistryEvents: one row per key created or deleted and per value set or
-- deleted.
--
-- `recorded` holds Defender's columns as the files have them, typed, NULL where
-- a file lacks one, with SourceTable, SourceFile and SourceRecord. What follows
-- the star is derived, beside the recorded columns and never over them. Derived
-- text is never NULL: KQL has no null string, so `not in` keeps the row.
-- RegistryValueDword is NULL where the data is no integer, as KQL's long is.
select
    recorded.*,
    registry_key(RegistryKey) as RegistryKeyNormalized,
    control_set(RegistryKey) as ControlSet,
    service_name(RegistryKey) as ServiceName,
    service_value_path(RegistryKey, RegistryValueName) as ServiceValuePath,
    fold_column(RegistryValueName) as RegistryValueNameLower,
    reg_dword(RegistryValueData) as RegistryValueDword,
    image_path(RegistryValueData) as PayloadPath,
    image_stem(RegistryValueData) as PayloadStem,
    fold_column(InitiatingProcessFileName) as InitiatingProcessFileNameLower,
    full_path(InitiatingProcessFolderPath, InitiatingProcessFileName) as InitiatingProcessPath
from recorded_DeviceRegistryEvents as recorded
