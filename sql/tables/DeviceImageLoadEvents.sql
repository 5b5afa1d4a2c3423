-- DeviceImageLoadEvents: one row per library or driver that a process loaded.
--
-- `recorded` holds Defender's columns as the files have them, typed, NULL where
-- a file lacks one, with SourceTable, SourceFile and SourceRecord. What follows
-- the star is derived, beside the recorded columns and never over them. Derived
-- text is never NULL: KQL has no null string, so `not in` keeps the row.
select
    recorded.*,
    fold_column(FileName) as FileNameLower,
    full_path(FolderPath, FileName) as FilePath,
    fold_column(InitiatingProcessFileName) as InitiatingProcessFileNameLower,
    full_path(InitiatingProcessFolderPath, InitiatingProcessFileName) as InitiatingProcessPath
from recorded_DeviceImageLoadEvents as recorded
