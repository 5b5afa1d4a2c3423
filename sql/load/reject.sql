-- The rejected rows of a batch, counted by file and reason.
insert into rejections
select
    SourceFileId,
    Rejection,
    count(*),
    array_agg(SourceRecord order by SourceRecord)[:5],
    arg_min(
        case Rejection
            when 'a table smew does not know' then SourceTable
            when 'Timestamp is no time' then coalesce("Timestamp", "TimeGenerated")
        end,
        SourceRecord
    )
from staged
where Rejection is not null
group by SourceFileId, Rejection;
