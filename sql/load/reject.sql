-- The rejected rows of a batch, counted by file and reason.
insert into rejections
select
    SourceFileId,
    Rejection,
    count(*),
    array_agg(SourceRecord order by SourceRecord)[:5],
    arg_min(Sample, SourceRecord)
from staged
where Rejection is not null
group by SourceFileId, Rejection;
