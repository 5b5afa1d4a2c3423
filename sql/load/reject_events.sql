-- Rows made of events that cannot be kept, counted by file and reason.
insert into rejections
select
    SourceFileId,
    Rejection,
    count(*),
    array_agg(SourceRecord order by SourceRecord)[:5],
    null
from event_rows
where Rejection is not null
group by SourceFileId, Rejection;
