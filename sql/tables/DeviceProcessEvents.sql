-- DeviceProcessEvents: one row per process started.
--
-- `recorded` holds Defender's columns as the files have them, typed, NULL where
-- a file lacks one, with SourceTable, SourceFile and SourceRecord. What follows
-- the star is derived, beside the recorded columns and never over them. Derived
-- text is never NULL: KQL has no null string, so `not in` keeps the row.
select
    recorded.*,
    coalesce(lower(FileName), '') as FileNameLower,
    coalesce(lower(ProcessVersionInfoOriginalFileName), '') as ProcessVersionInfoOriginalFileNameLower,
    coalesce(lower(InitiatingProcessFileName), '') as InitiatingProcessFileNameLower,
    coalesce(lower(InitiatingProcessParentFileName), '') as InitiatingProcessParentFileNameLower,
    full_path(InitiatingProcessFolderPath, InitiatingProcessFileName) as InitiatingProcessPath
from recorded_DeviceProcessEvents as recorded
