/*
source: jamf
title: Jamf Protect telemetry and alerts
records: json
family: macos
recognise:
  - [event, event_type, seq_num, time, metadata.vendor=Jamf, host.hostname]
  - [event, event_type, seq_num, time, host.provisioningUDID]
  - [header.event_name~^AUE_, subject.process_id, host_info.host_name]
  - [eventType~^GP, match.event, host.hostname]
  - [input.eventType~^GP, input.match.event, input.host.hostname]
*/
-- Jamf Protect's records, in its three forms:
--
--   telemetry  {"event_type":9,"event":{"exec":{…}},"process":{…},"host":{…},"metadata":{"vendor":"Jamf",…},"time":"…"}
--              messages of Endpoint Security, as eslogger prints them, with the host
--   before it  {"header":{"event_name":"AUE_EXECVE",…},"subject":{…},"exec_args":{…},"host_info":{…}}
--              the audit trail of macOS, until version 5
--   alerts     {"eventType":"GPFSEvent","host":{…},"match":{"event":{…},…},"related":{…}}
--              alone or as the input of something larger
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        try(from_json(
            Record,
            '{' || endpoint_security_fields() || ',' || jamf_audit_fields() || ',' || jamf_alert_fields()
            || ',"input":{' || jamf_alert_fields() || ',"host":{"hostname":"VARCHAR","provisioningUDID":"VARCHAR"}}}'
        )) as message
    from read_records()
),

opened as (
    select
        SourceFile,
        SourceRecord,
        coalesce(Reason, case when message is null then 'not valid JSON' end) as Reason,
        hash(Record) as RecordHash,
        coalesce(
            event_time(message.time),
            epoch_time(message.header.time_seconds_epoch || '.' || lpad(message.header.time_milliseconds_offset, 3, '0')),
            epoch_time(coalesce(message."match".event.timestamp, message.input."match".event.timestamp))
        ) as Time,
        coalesce(message.host.provisioningUDID, message.host_info.host_uuid, message.input.host.provisioningUDID) as DeviceId,
        coalesce(message.host.hostname, message.host_info.host_name, message.input.host.hostname) as DeviceName,
        message,
        message.process as process,
        message.event as event,
        jamf_arguments(message.exec_args.args) as arguments,
        {
            'eventType': coalesce(message.eventType, message.input.eventType),
            'match': coalesce(message."match", message.input."match"),
            'related': coalesce(message.related, message.input.related)
        } as alert
    from parsed
),

changed as (
    select
        *,
        endpoint_security_change(event) as change,
        jamf_process(alert, alert."match".event.pid) as accused
    from opened
),

related as (
    select
        *,
        jamf_process(alert, accused.ppid) as parent
    from changed
),

read as (
    select
        * exclude (message, process, arguments, alert, change, accused, parent) replace (
            coalesce(
                endpoint_security_event(process, event, change),
                jamf_audit_event(message, arguments),
                jamf_alert_event(alert, accused, parent)
            ) as event
        ),
        alert.eventType is not null as IsAlert
    from related
)

select
    SourceFile,
    SourceRecord,
    Reason,
    RecordHash,
    'Jamf Protect' || case when IsAlert then ' alert' else '' end || macos_kind(event.ActionType) as Telemetry,
    Time,
    case when Time is null then 'no time recorded' end as TimeNote,
    DeviceId,
    DeviceName,
    event
from read
