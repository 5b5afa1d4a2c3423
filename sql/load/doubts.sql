-- The rows of a batch whose time cannot be relied on, counted by file and reason.
insert into doubts
select
    SourceFileId,
    TimestampNote,
    count(*)
from event_rows
where Rejection is null and TimestampNote is not null and in_window(EventTime)
group by SourceFileId, TimestampNote;
