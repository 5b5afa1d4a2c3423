-- When Windows started: EventLog 6005 and 6009 (the log service and the version of
-- the system), Kernel-General 12, and Security 4608.
select
    SourceFile,
    Computer as DeviceName,
    event_time(SystemTime) as Timestamp
from events
where
    TimeNote is null
    and (
        (EventId in (6005, 6009) and lower(Provider) = 'eventlog')
        or (EventId = 12 and lower(Provider) = 'microsoft-windows-kernel-general')
        or (EventId = 4608 and is_security(Provider, Channel))
    )
