-- DeviceFileEvents: one row per file created, modified, renamed or deleted.
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
from recorded_DeviceFileEvents as recorded
