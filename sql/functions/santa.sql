-- Santa's messages: protocol buffers as JSON, with the names of their fields.

-- Structures for from_json, as far as they are read: a process in full and in
-- light, a file, an event.
create or replace macro santa_process() as
    '{"id":{"pid":"BIGINT","pidversion":"BIGINT"},"parent_id":{"pid":"BIGINT","pidversion":"BIGINT"},"original_parent_pid":"BIGINT"'
    || ',"effective_user":{"uid":"VARCHAR","name":"VARCHAR"},"real_user":{"uid":"VARCHAR","name":"VARCHAR"}'
    || ',"executable":{"path":"VARCHAR","hash":{"type":"VARCHAR","hash":"VARCHAR"}}'
    || ',"code_signature":{"signing_id":"VARCHAR","team_id":"VARCHAR"},"is_platform_binary":"BOOLEAN"}';
create or replace macro santa_file() as '{"path":"VARCHAR","stat":{"mode":"INTEGER"}}';
create or replace macro santa_launch_item_fields() as
    '"instigator":' || santa_process() || ',"action":"VARCHAR","trigger_process":' || santa_process()
    || ',"trigger_id":{"pid":"BIGINT","pidversion":"BIGINT"},"registrant_process":' || santa_process()
    || ',"item_type":"VARCHAR","legacy":"BOOLEAN","managed":"BOOLEAN","item_user":{"uid":"VARCHAR","name":"VARCHAR"}'
    || ',"item_path":"VARCHAR","app_path":"VARCHAR","executable_path":"VARCHAR"';
create or replace macro santa_fields() as
    '"machine_id":"VARCHAR","event_time":"VARCHAR","boot_session_uuid":"VARCHAR"'
    || ',"execution":{"instigator":' || santa_process() || ',"target":' || santa_process()
    || ',"script":{"path":"VARCHAR"},"working_directory":{"path":"VARCHAR"},"args":["VARCHAR"],"decision":"VARCHAR"}'
    || ',"close":{"instigator":' || santa_process() || ',"target":' || santa_file() || ',"modified":"BOOLEAN"}'
    || ',"rename":{"instigator":' || santa_process() || ',"source":' || santa_file() || ',"target":"VARCHAR"}'
    || ',"unlink":{"instigator":' || santa_process() || ',"target":' || santa_file() || '}'
    || ',"link":{"instigator":' || santa_process() || ',"source":' || santa_file() || ',"target":"VARCHAR"}'
    || ',"clone":{"instigator":' || santa_process() || ',"source":' || santa_file() || ',"target":"VARCHAR"}'
    || ',"copyfile":{"instigator":' || santa_process() || ',"source":' || santa_file() || ',"target":"VARCHAR"}'
    || ',"file_access":{"instigator":' || santa_process()
    || ',"target":{"path":"VARCHAR"},"access_type":"VARCHAR","policy_decision":"VARCHAR","policy_name":"VARCHAR"}'
    || ',"launch_item":{' || santa_launch_item_fields() || '}';

-- santa_arguments(list): arguments are bytes, and so written in base64. A list in
-- which one is not stays as it is: somebody has decoded it already.
create or replace macro santa_arguments(list) as
    list_transform(
        [{'given': list, 'bytes': list_transform(list, lambda a: try(from_base64(a)))}],
        lambda x: case
            when len(list_filter(x.bytes, lambda b: b is null)) > 0 then x.given
            else list_transform(x.bytes, lambda b: coalesce(try(decode(b)), b::varchar))
        end
    )[1];

-- santa_guid(boot, id): what tells a process from all others: its number, and how
-- often it was replaced, since the start of the system.
create or replace macro santa_guid(boot, id) as lower(boot) || ':' || id.pid || ':' || id.pidversion;

-- santa_user(process): by name, else by number.
create or replace macro santa_user(process) as
    coalesce(nullif(process.effective_user.name, ''), process.effective_user.uid);

create or replace macro santa_actor(boot, process) as
    {
        'Image': process.executable.path,
        'Id': process.id.pid,
        'Guid': santa_guid(boot, process.id),
        'UserName': santa_user(process),
        'ParentId': process.parent_id.pid
    };

-- santa_change(message): what a message says of a file: ActionType, the path, the
-- path it had, who did it. NULL where none was changed: access that was denied
-- among them. `message` is pasted text: give a column.
create or replace macro santa_change(message) as
    case
        when message."close".modified
            then {'action': 'FileModified', 'path': message."close".target.path, 'previous': null, 'by': message."close".instigator, 'policy': null}
        when message."rename" is not null then {
            'action': 'FileRenamed', 'path': message."rename".target, 'previous': message."rename".source.path,
            'by': message."rename".instigator, 'policy': null
        }
        when message."unlink" is not null then {
            'action': case when unix_is_folder(message."unlink".target.stat.mode) then 'FolderDeleted' else 'FileDeleted' end,
            'path': message."unlink".target.path, 'previous': null, 'by': message."unlink".instigator, 'policy': null
        }
        when coalesce(message."link", message."clone", message.copyfile) is not null then {
            'action': 'FileCreated', 'path': coalesce(message."link", message."clone", message.copyfile).target, 'previous': null,
            'by': coalesce(message."link", message."clone", message.copyfile).instigator, 'policy': null
        }
        when message.file_access.policy_decision = 'POLICY_DECISION_ALLOWED_AUDIT_ONLY' then {
            'action': case message.file_access.access_type
                when 'ACCESS_TYPE_CREATE' then 'FileCreated'
                when 'ACCESS_TYPE_CLONE' then 'FileCreated'
                when 'ACCESS_TYPE_COPYFILE' then 'FileCreated'
                when 'ACCESS_TYPE_LINK' then 'FileCreated'
                when 'ACCESS_TYPE_RENAME' then 'FileRenamed'
                when 'ACCESS_TYPE_UNLINK' then 'FileDeleted'
                when 'ACCESS_TYPE_TRUNCATE' then 'FileModified'
            end,
            'path': message.file_access.target.path, 'previous': null,
            'by': message.file_access.instigator, 'policy': message.file_access.policy_name
        }
    end;

-- santa_launch(item): the launch item of a message.
create or replace macro santa_launch(item) as
    launch_item_fields(
        item.item_path,
        item.executable_path,
        item.app_path,
        case
            when item.item_type <> 'ITEM_TYPE_UNKNOWN' then lower(replace(replace(item.item_type, 'ITEM_TYPE_', ''), '_', ' '))
        end,
        item.managed,
        item.legacy,
        coalesce(nullif(item.item_user.name, ''), item.item_user.uid),
        item.registrant_process.executable.path
    );

-- santa_event(message, change, item): a message as the sources of the family give it,
-- NULL for what is no program started (one that Santa stopped did not start), file
-- changed, launch item added or removed. The arguments are pasted text: give columns.
create or replace macro santa_event(message, change, item) as
    case
        when message.execution.target.executable.path is not null and coalesce(message.execution.decision, '') <> 'DECISION_DENY' then macos_started(
            {
                'path': message.execution.target.executable.path,
                'sha1': null::varchar,
                'sha256': case
                    when message.execution.target.executable.hash.type = 'HASH_ALGO_SHA256'
                        then message.execution.target.executable.hash.hash
                end
            },
            {
                'pid': message.execution.target.id.pid,
                'uuid': santa_guid(message.boot_session_uuid, message.execution.target.id)
            },
            argv_line(santa_arguments(message.execution.args)),
            santa_user(message.execution.target),
            {
                'Image': message.execution.instigator.executable.path,
                'Id': coalesce(message.execution.target.parent_id.pid, message.execution.instigator.id.pid),
                'Guid': santa_guid(
                    message.boot_session_uuid,
                    coalesce(message.execution.target.parent_id, message.execution.instigator.id)
                ),
                'UserName': santa_user(message.execution.instigator),
                'ParentId': null::bigint
            },
            without_nulls({
                'WorkingDirectory': message.execution.working_directory.path,
                'Script': message.execution.script.path,
                'Decision': message.execution.decision,
                'Signer': without_nulls({
                    'SigningId': nullif(message.execution.target.code_signature.signing_id, ''),
                    'TeamId': nullif(message.execution.target.code_signature.team_id, ''),
                    'PlatformBinary': message.execution.target.is_platform_binary
                })::json
            })
        )
        when change.action is not null and change.path is not null then macos_changed(
            change.action,
            change.path,
            change.previous,
            santa_actor(message.boot_session_uuid, change."by"),
            without_nulls({'Policy': change.policy})
        )
        when item.action in ('ACTION_ADD', 'ACTION_REMOVE') then macos_launch_item(
            case item.action when 'ACTION_ADD' then 'LaunchItemAdded' else 'LaunchItemRemoved' end,
            coalesce(unix_path(item.app_path, item.executable_path), item.executable_path),
            santa_actor(message.boot_session_uuid, coalesce(item.trigger_process, item.instigator)),
            santa_launch(item)
        )
    end;
