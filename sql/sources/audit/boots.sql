-- When Linux started.
select
    SourceFile,
    Device as DeviceName,
    Time as Timestamp
from events
where ActionType = 'SystemBoot'
