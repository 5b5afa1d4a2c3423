-- A batch of event records, counted: every record by file, and those that are
-- none by reason. What becomes of the others is counted table by table.
insert into records_met
select
    SourceFile,
    count(*)
from event_records
group by SourceFile;

insert into rejections
select
    SourceFile,
    Reason,
    count(*),
    array_agg(SourceRecord order by SourceRecord)[:5],
    null
from event_records
where Reason is not null
group by SourceFile, Reason;
