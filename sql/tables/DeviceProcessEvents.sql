-- DeviceProcessEvents: one row per process started.
--
-- `recorded` holds Defender's columns as the files have them, typed, NULL where
-- a file lacks one, with SourceTable, SourceFile and SourceRecord. What follows
-- the star is derived, beside the recorded columns and never over them. Derived
-- text is never NULL: KQL has no null string, so `not in` keeps the row.
select
    recorded.*,
    fold_column(FileName) as FileNameLower,
    fold_column(ProcessVersionInfoOriginalFileName) as ProcessVersionInfoOriginalFileNameLower,
    fold_column(InitiatingProcessFileName) as InitiatingProcessFileNameLower,
    fold_column(InitiatingProcessParentFileName) as InitiatingProcessParentFileNameLower,
    full_path(InitiatingProcessFolderPath, InitiatingProcessFileName) as InitiatingProcessPath
from recorded_DeviceProcessEvents as recorded
