/*
source: winlogbeat
title: Windows events as JSON (Winlogbeat, Elastic Agent)
records: json
family: windows
recognise:
  - [winlog.event_id, winlog.channel]
  - [winlog.event_id, winlog.provider_name]
  - [_source.winlog.event_id, _source.winlog.channel]
  - [event_id, log_name, source_name, computer_name]
  - [_source.event_id, _source.log_name, _source.computer_name]
*/
-- Documents of Winlogbeat and of Elastic Agent's Windows integrations.
--
--   {"@timestamp":"…Z","winlog":{"event_id":1,"channel":"…","event_data":{"Image":"…", …}, …}, …}   7 and later
--   {"@timestamp":"…Z","event_id":1,"log_name":"…","event_data":{…}, …}                             6
--   {"_index":"…","_source":{ … one of these … }}                                                  a search hit
--   {"winlog.event_id":1,"winlog.event_data.Image":"…", …}                                          dotted
--
-- Elastic's own pipelines move fields from event_data to where its common schema
-- has them (process.executable, registry.path …) and remove them: they are put
-- back under Windows' names, so that one set of table files reads both.
-- @timestamp is the event's own time in UTC.
with unwrapped as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        case
            when contains(Record, '"_source"') then coalesce(try(json_extract(Record, '$._source'))::varchar, Record)
            else Record
        end as document
    from read_records()
),

parsed as (
    select
        *,
        try(from_json(
            document,
            '{"@timestamp":"VARCHAR",'
            || '"winlog":{"event_id":"INTEGER","channel":"VARCHAR","provider_name":"VARCHAR","computer_name":"VARCHAR","record_id":"BIGINT",'
            || '"process":{"pid":"BIGINT"},"user":{"identifier":"VARCHAR"},"event_data":"VARCHAR","user_data":"VARCHAR"},'
            -- version 6
            || '"event_id":"INTEGER","log_name":"VARCHAR","source_name":"VARCHAR","computer_name":"VARCHAR","record_number":"BIGINT",'
            || '"process_id":"BIGINT","user":{"identifier":"VARCHAR"},"event_data":"VARCHAR","user_data":"VARCHAR",'
            -- whether fields were moved
            || '"process":"VARCHAR","registry":"VARCHAR","file":"VARCHAR","powershell":"VARCHAR"}'
        )) as event,
        case
            when contains(document, '"winlog.event_id"') then try(from_json(
                document,
                '{"winlog.event_id":"INTEGER","winlog.channel":"VARCHAR","winlog.provider_name":"VARCHAR","winlog.computer_name":"VARCHAR",'
                || '"winlog.record_id":"BIGINT","winlog.process.pid":"BIGINT","winlog.user.identifier":"VARCHAR",'
                || '"process.executable":"VARCHAR","process.command_line":"VARCHAR","process.pid":"BIGINT","process.entity_id":"VARCHAR",'
                || '"process.parent.executable":"VARCHAR","process.parent.command_line":"VARCHAR","process.parent.pid":"BIGINT",'
                || '"process.parent.entity_id":"VARCHAR","registry.path":"VARCHAR","registry.data.strings":"VARCHAR",'
                || '"file.path":"VARCHAR","user.name":"VARCHAR","user.domain":"VARCHAR"}'
            ))
        end as dotted
    from unwrapped
),

named as (
    select
        *,
        coalesce(event.winlog.event_id, event.event_id, dotted."winlog.event_id") as EventId,
        coalesce(event.winlog.channel, event.log_name, dotted."winlog.channel") as Channel,
        coalesce(event.winlog.record_id, event.record_number, dotted."winlog.record_id") as RecordId,
        case
            when dotted is not null then regexp_replace(document, '([{,]\s*)"winlog\.event_data\.', '\1"', 'g')
            else coalesce(event.winlog.event_data, event.event_data, event.winlog.user_data, event.user_data, '{}')
        end as recorded,
        case
            when event.process is not null or event.registry is not null or event.file is not null or event.powershell is not null
                then from_json(
                    document,
                    '{"process":{"executable":"VARCHAR","command_line":"VARCHAR","pid":"BIGINT","entity_id":"VARCHAR",'
                    || '"parent":{"executable":"VARCHAR","command_line":"VARCHAR","pid":"BIGINT","entity_id":"VARCHAR"},'
                    || '"hash":{"sha1":"VARCHAR","sha256":"VARCHAR","md5":"VARCHAR"},"pe":{"original_file_name":"VARCHAR"}},'
                    || '"registry":{"path":"VARCHAR","data":{"strings":["VARCHAR"]}},'
                    || '"file":{"path":"VARCHAR","hash":{"sha1":"VARCHAR","sha256":"VARCHAR","md5":"VARCHAR"}},'
                    || '"user":{"name":"VARCHAR","domain":"VARCHAR"},'
                    || '"powershell":{"sequence":"VARCHAR","total":"VARCHAR",'
                    || '"file":{"script_block_text":"VARCHAR","script_block_id":"VARCHAR"},'
                    || '"command":{"value":"VARCHAR","invocation_details":"VARCHAR"}}}'
                )
        end as moved
    from parsed
)

select
    SourceFile,
    SourceRecord,
    coalesce(Reason, case when event is null then 'not valid JSON' when EventId is null then 'has no event id' end) as Reason,
    case when Channel is null or RecordId is null then hash(Record) end as RecordHash,
    coalesce(event.winlog.provider_name, event.source_name, dotted."winlog.provider_name") as Provider,
    Channel,
    EventId,
    coalesce(event.winlog.computer_name, event.computer_name, dotted."winlog.computer_name") as Computer,
    RecordId,
    event."@timestamp" as SystemTime,
    case
        when event."@timestamp" is null then 'no time recorded'
        when event_time(event."@timestamp") is null then 'the time cannot be read'
        when not has_zone(event."@timestamp") then 'no time zone recorded: taken as UTC'
    end as TimeNote,
    coalesce(event.winlog.process.pid, event.process_id, dotted."winlog.process.pid") as ExecutionProcessId,
    coalesce(event.winlog.user.identifier, dotted."winlog.user.identifier", event.user.identifier) as UserSid,
    case
        when moved is null and dotted is null then recorded
        else json_merge_patch(
            to_json({
                'Image': coalesce(moved.process.executable, dotted."process.executable"),
                'NewProcessName': coalesce(moved.process.executable, dotted."process.executable"),
                'ProcessName': coalesce(moved.process.executable, dotted."process.executable"),
                'CommandLine': coalesce(moved.process.command_line, dotted."process.command_line"),
                'ProcessGuid': coalesce(moved.process.entity_id, dotted."process.entity_id"),
                'NewProcessId': coalesce(moved.process.pid, dotted."process.pid"),
                -- In 4688 ProcessId is the parent's.
                'ProcessId': case
                    when EventId = 4688 then coalesce(moved.process.parent.pid, dotted."process.parent.pid")
                    else coalesce(moved.process.pid, dotted."process.pid")
                end,
                'ParentImage': coalesce(moved.process.parent.executable, dotted."process.parent.executable"),
                'ParentProcessName': coalesce(moved.process.parent.executable, dotted."process.parent.executable"),
                'ParentCommandLine': coalesce(moved.process.parent.command_line, dotted."process.parent.command_line"),
                'ParentProcessId': coalesce(moved.process.parent.pid, dotted."process.parent.pid"),
                'ParentProcessGuid': coalesce(moved.process.parent.entity_id, dotted."process.parent.entity_id"),
                'OriginalFileName': moved.process.pe.original_file_name,
                'Hashes': concat_ws(
                    ',',
                    'SHA1=' || coalesce(moved.process.hash.sha1, moved.file.hash.sha1),
                    'SHA256=' || coalesce(moved.process.hash.sha256, moved.file.hash.sha256),
                    'MD5=' || coalesce(moved.process.hash.md5, moved.file.hash.md5)
                ),
                'User': concat_ws(
                    '\', coalesce(moved.user.domain, dotted."user.domain"), coalesce(moved.user.name, dotted."user.name")
                ),
                'TargetObject': coalesce(moved.registry.path, dotted."registry.path"),
                'Details': coalesce(moved.registry.data.strings[1], dotted."registry.data.strings"),
                'TargetFilename': coalesce(moved.file.path, dotted."file.path"),
                'ImageLoaded': coalesce(moved.file.path, dotted."file.path"),
                'ScriptBlockText': moved.powershell.file.script_block_text,
                'ScriptBlockId': moved.powershell.file.script_block_id,
                'MessageNumber': moved.powershell.sequence,
                'MessageTotal': moved.powershell.total,
                'Path': moved.file.path,
                'HostApplication': coalesce(moved.process.command_line, dotted."process.command_line"),
                'Command': moved.powershell.command.value,
                'Payload': moved.powershell.command.invocation_details
            }),
            coalesce(try_cast(recorded as json), '{}')
        )::varchar
    end as Data
from named
