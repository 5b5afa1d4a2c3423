-- Messages of Endpoint Security, the interface of macOS that eslogger prints and
-- Jamf Protect passes on. Both have Apple's names.

-- Parts of messages, as structures for from_json: a file, a place that a file is
-- created at or renamed to, a process and the token that numbers it, a launch item.
create or replace macro endpoint_security_file() as
    '{"path":"VARCHAR","stat":{"st_mode":"INTEGER","st_size":"BIGINT"}}';
create or replace macro endpoint_security_destination() as
    '{"existing_file":' || endpoint_security_file() || ',"new_path":{"dir":{"path":"VARCHAR"},"filename":"VARCHAR","mode":"INTEGER"}}';
create or replace macro endpoint_security_token() as
    '{"pid":"BIGINT","ruid":"VARCHAR","euid":"VARCHAR","auid":"VARCHAR","uuid":"VARCHAR","e_username":"VARCHAR","exec_path":"VARCHAR"}';
create or replace macro endpoint_security_process() as
    '{"audit_token":' || endpoint_security_token() || ',"parent_audit_token":' || endpoint_security_token()
    || ',"ppid":"BIGINT","executable":{"path":"VARCHAR","sha1":"VARCHAR","sha256":"VARCHAR"},"start_time":"VARCHAR"'
    || ',"signing_id":"VARCHAR","team_id":"VARCHAR","is_platform_binary":"BOOLEAN"}';
create or replace macro endpoint_security_launch_item() as
    '{"item":{"item_type":"VARCHAR","legacy":"BOOLEAN","managed":"BOOLEAN","uid":"VARCHAR","item_url":"VARCHAR","app_url":"VARCHAR"}'
    || ',"executable_path":"VARCHAR","instigator":' || endpoint_security_process() || ',"app":' || endpoint_security_process() || '}';

-- endpoint_security_fields(): the fields of a message for from_json's structure, as
-- far as they are read. A file or process that is not there is null.
create or replace macro endpoint_security_fields() as
    '"time":"VARCHAR","process":' || endpoint_security_process()
    || ',"event":{"exec":{"target":' || endpoint_security_process()
    || ',"args":"JSON","cwd":{"path":"VARCHAR"},"script":{"path":"VARCHAR"}}'
    || ',"create":{"destination":' || endpoint_security_destination() || '}'
    || ',"rename":{"source":' || endpoint_security_file() || ',"destination":' || endpoint_security_destination() || '}'
    || ',"unlink":{"target":' || endpoint_security_file() || '}'
    || ',"write":{"target":' || endpoint_security_file() || '}'
    || ',"truncate":{"target":' || endpoint_security_file() || '}'
    || ',"close":{"modified":"BOOLEAN","target":' || endpoint_security_file() || '}'
    || ',"link":{"source":' || endpoint_security_file() || ',"target_dir":{"path":"VARCHAR"},"target_filename":"VARCHAR"}'
    || ',"clone":{"source":' || endpoint_security_file() || ',"target_dir":{"path":"VARCHAR"},"target_name":"VARCHAR"}'
    || ',"copyfile":{"source":' || endpoint_security_file() || ',"target_dir":{"path":"VARCHAR"},"target_name":"VARCHAR"}'
    || ',"btm_launch_item_add":' || endpoint_security_launch_item()
    || ',"btm_launch_item_remove":' || endpoint_security_launch_item() || '}'
    || ',"host":{"hostname":"VARCHAR","provisioningUDID":"VARCHAR"}';

-- endpoint_security_path(destination): of a file that is there now, or of the name
-- it is about to get.
create or replace macro endpoint_security_path(destination) as
    coalesce(destination.existing_file.path, unix_path(destination.new_path.dir.path, destination.new_path.filename));
create or replace macro endpoint_security_is_folder(destination) as
    unix_is_folder(coalesce(destination.existing_file.stat.st_mode, destination.new_path.mode));

-- endpoint_security_change(event): what an event did to a file: ActionType, the
-- path, the path it had. NULL for one that changed none. `event` is pasted text:
-- give a column.
create or replace macro endpoint_security_change(event) as
    case
        when event."create" is not null then {
            'action': case when endpoint_security_is_folder(event."create".destination) then 'FolderCreated' else 'FileCreated' end,
            'path': endpoint_security_path(event."create".destination),
            'previous': null
        }
        when event."rename" is not null then {
            'action': 'FileRenamed',
            'path': endpoint_security_path(event."rename".destination),
            'previous': event."rename".source.path
        }
        when event."unlink" is not null then {
            'action': case when unix_is_folder(event."unlink".target.stat.st_mode) then 'FolderDeleted' else 'FileDeleted' end,
            'path': event."unlink".target.path,
            'previous': null
        }
        when event."write" is not null then {'action': 'FileModified', 'path': event."write".target.path, 'previous': null}
        when event."truncate" is not null then {'action': 'FileModified', 'path': event."truncate".target.path, 'previous': null}
        when event."close".modified then {'action': 'FileModified', 'path': event."close".target.path, 'previous': null}
        when event."link" is not null then {
            'action': 'FileCreated',
            'path': unix_path(event."link".target_dir.path, event."link".target_filename),
            'previous': null
        }
        when event."clone" is not null then {
            'action': 'FileCreated',
            'path': unix_path(event."clone".target_dir.path, event."clone".target_name),
            'previous': null
        }
        when event.copyfile is not null then {
            'action': 'FileCreated',
            'path': unix_path(event.copyfile.target_dir.path, event.copyfile.target_name),
            'previous': null
        }
    end;

-- endpoint_security_user(process): by name where the recorder knows it, else by number.
create or replace macro endpoint_security_user(process) as
    coalesce(process.audit_token.e_username, process.audit_token.euid);

-- endpoint_security_signer(process): what the signature says of who made a program.
create or replace macro endpoint_security_signer(process) as
    {
        'SigningId': nullif(process.signing_id, ''),
        'TeamId': nullif(process.team_id, ''),
        'PlatformBinary': process.is_platform_binary
    };

-- endpoint_security_program(change): the program of a launch item, whose path an
-- application gives from its own folder on.
create or replace macro endpoint_security_program(change) as
    coalesce(unix_path(file_url_path(change.item.app_url), change.executable_path), change.executable_path);

-- endpoint_security_launch(change): the launch item of an event. The instigator is
-- often smd, which registers for others: the program is what counts.
create or replace macro endpoint_security_launch(change) as
    launch_item_fields(
        file_url_path(change.item.item_url),
        change.executable_path,
        file_url_path(change.item.app_url),
        launch_item_type(change.item.item_type),
        change.item.managed,
        change.item.legacy,
        change.item.uid,
        change.app.executable.path
    );

-- endpoint_security_actor(process): the process that acts.
create or replace macro endpoint_security_actor(process) as
    {
        'Image': process.executable.path,
        'Id': process.audit_token.pid,
        'Guid': process.audit_token.uuid,
        'UserName': endpoint_security_user(process),
        'ParentId': coalesce(process.parent_audit_token.pid, process.ppid)
    };

-- endpoint_security_event(process, event, change): a message as the sources of the
-- family give it, NULL for what is no program started, file changed, launch item
-- added or removed; change is endpoint_security_change(event). `process` is who acts.
-- In exec it is the process as it was before it became the program: a copy of its
-- parent, so the parent has its name and the number ppid. The arguments are pasted
-- text: give columns.
create or replace macro endpoint_security_event(process, event, change) as
    case
        when event.exec.target.executable.path is not null then macos_started(
            event.exec.target.executable,
            event.exec.target.audit_token,
            argv_line(json_texts(event.exec.args)),
            endpoint_security_user(event.exec.target),
            {
                'Image': coalesce(event.exec.target.parent_audit_token.exec_path, process.executable.path),
                'Id': coalesce(event.exec.target.parent_audit_token.pid, event.exec.target.ppid),
                'Guid': event.exec.target.parent_audit_token.uuid,
                'UserName': endpoint_security_user(process),
                'ParentId': null::bigint
            },
            without_nulls({
                'WorkingDirectory': event.exec.cwd.path,
                'Script': event.exec.script.path,
                'Signer': without_nulls(endpoint_security_signer(event.exec.target))::json
            })
        )
        when change.path is not null then macos_changed(
            change.action,
            change.path,
            change.previous,
            endpoint_security_actor(process),
            without_nulls({'InitiatingProcessSigner': without_nulls(endpoint_security_signer(process))::json})
        )
        when event.btm_launch_item_add is not null then macos_launch_item(
            'LaunchItemAdded',
            endpoint_security_program(event.btm_launch_item_add),
            endpoint_security_actor(event.btm_launch_item_add.instigator),
            endpoint_security_launch(event.btm_launch_item_add)
        )
        when event.btm_launch_item_remove is not null then macos_launch_item(
            'LaunchItemRemoved',
            endpoint_security_program(event.btm_launch_item_remove),
            endpoint_security_actor(event.btm_launch_item_remove.instigator),
            endpoint_security_launch(event.btm_launch_item_remove)
        )
    end;
