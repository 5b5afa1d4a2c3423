/*
source: santa
title: Santa telemetry as JSON
records: json
family: macos
recognise:
  - [event_time, boot_session_uuid]
  - [event_time, processed_time]
  - [event_time, execution.target.executable]
  - [event_time, launch_item.item_path]
  - [action~^ACTION_, item_path, item_type~^ITEM_TYPE_]
*/
-- Santa's telemetry in the JSON of its protocol buffers, one message a record:
--
--   {"machine_id":"…","event_time":"…","boot_session_uuid":"…","execution":{"target":{…},"args":["L2Jpbi9scw=="],…}}
--
-- A launch item may stand alone, without the message around it, and has no time then.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(Record, '{' || santa_fields() || ',' || santa_launch_item_fields() || '}')) as message
    from read_records()
),

changed as (
    select
        SourceFile,
        SourceRecord,
        coalesce(Reason, case when message is null then 'not valid JSON' end) as Reason,
        hash(Record) as RecordHash,
        message,
        santa_change(message) as change,
        coalesce(
            message.launch_item,
            {
                'instigator': message.instigator, 'action': message.action, 'trigger_process': message.trigger_process,
                'trigger_id': message.trigger_id, 'registrant_process': message.registrant_process,
                'item_type': message.item_type, 'legacy': message.legacy, 'managed': message.managed,
                'item_user': message.item_user, 'item_path': message.item_path, 'app_path': message.app_path,
                'executable_path': message.executable_path
            }
        ) as item
    from parsed
),

read as (
    select
        * exclude (message, change, item),
        message.event_time as Time,
        message.machine_id as Machine,
        santa_event(message, change, item) as event
    from changed
)

select
    SourceFile,
    SourceRecord,
    Reason,
    RecordHash,
    'Santa' || macos_kind(event.ActionType) as Telemetry,
    event_time(Time) as Time,
    case when event_time(Time) is null then 'no time recorded: Santa''s is in the message around the event' end as TimeNote,
    Machine as DeviceId,
    Machine as DeviceName,
    event
from read
