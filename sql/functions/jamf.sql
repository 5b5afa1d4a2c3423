-- The forms of Jamf Protect's records that are not Endpoint Security's: telemetry of
-- its first version, which is the audit trail of macOS (OpenBSM), and alerts.

-- Structures for from_json, as far as they are read.
create or replace macro jamf_audit_fields() as
    '"header":{"event_name":"VARCHAR","time_seconds_epoch":"VARCHAR","time_milliseconds_offset":"VARCHAR"}'
    || ',"host_info":{"host_name":"VARCHAR","host_uuid":"VARCHAR"},"return":{"error":"BIGINT"},"path":["VARCHAR"]'
    || ',"arguments":{"child_PID":"BIGINT"},"exec_args":{"args":"JSON"}'
    || ',"exec_chain_child":{"parent_path":"VARCHAR","parent_pid":"BIGINT","parent_uuid":"VARCHAR"}'
    || ',"subject":{"process_id":"BIGINT","process_name":"VARCHAR","effective_user_name":"VARCHAR","responsible_process_id":"BIGINT"}';
create or replace macro jamf_alert_fields() as
    '"eventType":"VARCHAR"'
    || ',"match":{"event":{"pid":"BIGINT","type":"VARCHAR","path":"VARCHAR","prevFile":"VARCHAR","timestamp":"VARCHAR"}'
    || ',"facts":[{"name":"VARCHAR"}],"context":[{"name":"VARCHAR","value":"VARCHAR"}]}'
    || ',"related":{"processes":[{"pid":"BIGINT","ppid":"BIGINT","uid":"VARCHAR","path":"VARCHAR","args":["VARCHAR"],"uuid":"VARCHAR"}]'
    || ',"users":[{"uid":"VARCHAR","name":"VARCHAR"}]'
    || ',"binaries":[{"path":"VARCHAR","sha1hex":"VARCHAR","sha256hex":"VARCHAR"}]}';

-- jamf_arguments(args): {"1":"ls","2":"-l"} as a list, in the order of the numbers.
create or replace macro jamf_arguments(args) as
    list_transform(
        list_sort(
            list_transform(
                map_entries(try(args::map(varchar, varchar))),
                lambda e: {'place': try_cast(e.key as integer), 'value': coalesce(e.value, '')}
            )
        ),
        lambda e: e.value
    );

-- jamf_audit_event(record, arguments): a program started, given jamf_arguments. Of a
-- spawn the subject is the parent, and the program is named by its arguments and
-- somewhere among the paths. The arguments are pasted text: give columns.
create or replace macro jamf_audit_event(record, arguments) as
    case
        when record."return".error <> 0 then null
        when record.header.event_name = 'AUE_EXECVE' then macos_started(
            {'path': coalesce(record.path[-1], record.subject.process_name), 'sha1': null::varchar, 'sha256': null::varchar},
            {'pid': record.subject.process_id, 'uuid': null::varchar},
            argv_line(arguments),
            record.subject.effective_user_name,
            {
                'Image': record.exec_chain_child.parent_path,
                'Id': record.exec_chain_child.parent_pid,
                'Guid': record.exec_chain_child.parent_uuid,
                'UserName': null::varchar,
                'ParentId': null::bigint
            },
            null::varchar
        )
        when record.header.event_name = 'AUE_POSIX_SPAWN' then macos_started(
            {
                'path': coalesce(
                    list_filter(record.path, lambda p: path_file(p) = path_file(arguments[1]))[1],
                    arguments[1]
                ),
                'sha1': null::varchar,
                'sha256': null::varchar
            },
            {'pid': record.arguments.child_PID, 'uuid': null::varchar},
            argv_line(arguments),
            record.subject.effective_user_name,
            {
                'Image': record.subject.process_name,
                'Id': record.subject.process_id,
                'Guid': null::varchar,
                'UserName': record.subject.effective_user_name,
                'ParentId': null::bigint
            },
            null::varchar
        )
    end;

-- jamf_process(alert, pid): a process of an alert, by its number; and likewise the
-- name of a user, the hashes of a program, the process that acts.
create or replace macro jamf_process(alert, pid) as
    list_filter(alert.related.processes, lambda p: p.pid = pid)[1];
create or replace macro jamf_user(alert, uid) as
    coalesce(list_filter(alert.related.users, lambda u: u.uid = uid)[1].name, uid);
create or replace macro jamf_hashes(alert, path) as
    list_filter(alert.related.binaries, lambda b: b.path = path)[1];
create or replace macro jamf_actor(alert, process) as
    {
        'Image': process.path,
        'Id': process.pid,
        'Guid': process.uuid,
        'UserName': jamf_user(alert, process.uid),
        'ParentId': process.ppid
    };

-- jamf_alert_details(alert): which analytic raised it, and what it says of a launch
-- item.
create or replace macro jamf_alert_details(alert) as
    without_nulls({
        'Alert': alert."match".facts[1].name,
        'Label': list_filter(alert."match".context, lambda c: c.name = 'Label')[1].value,
        'ItemBinary': list_filter(alert."match".context, lambda c: c.name = 'ItemBinary')[1].value
    });

-- jamf_alert_event(alert, process, parent): what an alert is about: a program
-- started, a file changed (types as FSEvents numbers them). `process` is the one of
-- the event, `parent` its parent. The arguments are pasted text: give columns.
create or replace macro jamf_alert_event(alert, process, parent) as
    case
        when alert.eventType = 'GPProcessEvent' and alert."match".event.type = '1' and process.path is not null then macos_started(
            {
                'path': process.path,
                'sha1': jamf_hashes(alert, process.path).sha1hex,
                'sha256': jamf_hashes(alert, process.path).sha256hex
            },
            {'pid': process.pid, 'uuid': process.uuid},
            argv_line(process.args),
            jamf_user(alert, process.uid),
            jamf_actor(alert, parent),
            jamf_alert_details(alert)
        )
        when alert.eventType = 'GPFSEvent' and alert."match".event.path is not null and alert."match".event.type in ('0', '1', '3', '4', '7')
            then macos_changed(
                case alert."match".event.type
                    when '0' then 'FileCreated'
                    when '1' then 'FileDeleted'
                    when '3' then 'FileRenamed'
                    when '4' then 'FileModified'
                    when '7' then 'FolderCreated'
                end,
                alert."match".event.path,
                alert."match".event.prevFile,
                jamf_actor(alert, process),
                jamf_alert_details(alert)
            )
    end;
