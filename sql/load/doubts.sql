-- The rows of a batch whose time cannot be relied on, counted by file and reason.
insert into doubts
select
    SourceFileId,
    TimestampNote,
    count(*) filter (where in_window(EventTime)),
    count(*) filter (where not in_window(EventTime))
from event_rows
where Rejection is null and TimestampNote is not null
group by SourceFileId, TimestampNote;
