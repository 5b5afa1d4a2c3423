-- Events in the Elastic Common Schema, as Auditbeat and Elastic Defend ship them.

-- ecs_process(): a process, for from_json, as far as it is read. Older versions have
-- the parent's number beside the process, not below it.
create or replace macro ecs_process() as
    '{"pid":"BIGINT","ppid":"BIGINT","entity_id":"VARCHAR","executable":"VARCHAR","name":"VARCHAR","args":"JSON","command_line":"VARCHAR"'
    || ',"title":"VARCHAR","working_directory":"VARCHAR","start":"VARCHAR","hash":{"sha1":"VARCHAR","sha256":"VARCHAR","md5":"VARCHAR"}'
    || ',"parent":{"pid":"BIGINT","entity_id":"VARCHAR","executable":"VARCHAR","name":"VARCHAR","args":"JSON","command_line":"VARCHAR"}}';

-- ecs_fields(): an event. What may be one text or a list of texts is kept as JSON.
create or replace macro ecs_fields() as
    '"@timestamp":"VARCHAR","agent":{"type":"VARCHAR","hostname":"VARCHAR"},"beat":{"hostname":"VARCHAR"}'
    || ',"host":{"id":"VARCHAR","name":"VARCHAR","hostname":"VARCHAR"}'
    || ',"event":{"module":"VARCHAR","dataset":"VARCHAR","action":"JSON","type":"JSON","category":"JSON","outcome":"VARCHAR"}'
    || ',"user":{"id":"VARCHAR","name":"VARCHAR","domain":"VARCHAR","audit":{"id":"VARCHAR","name":"VARCHAR"},"effective":{"id":"VARCHAR","name":"VARCHAR"}}'
    || ',"process":' || ecs_process()
    || ',"file":{"path":"VARCHAR","type":"VARCHAR","size":"BIGINT","hash":{"sha1":"VARCHAR","sha256":"VARCHAR","md5":"VARCHAR"}'
    || ',"Ext":{"original":{"path":"VARCHAR"}}}'
    || ',"hash":{"sha1":"VARCHAR","sha256":"VARCHAR","md5":"VARCHAR"}'
    || ',"auditd":{"message_type":"VARCHAR","result":"VARCHAR","data":{"syscall":"VARCHAR","a0":"VARCHAR","a1":"VARCHAR","a2":"VARCHAR","oflag":"VARCHAR","unit":"VARCHAR","tty":"VARCHAR"},"summary":{"object":{"primary":"VARCHAR"}}'
    || ',"paths":[{"name":"VARCHAR","nametype":"VARCHAR","objtype":"VARCHAR","mode":"VARCHAR"}]}'
    || ',"Persistence":{"name":"VARCHAR","path":"VARCHAR","args":"JSON","runatload":"BOOLEAN","keepalive":"BOOLEAN"}';

-- ecs_list(j): one text or a list of them, as a list in lower case.
create or replace macro ecs_list(j) as
    case
        when starts_with(j::varchar, '[') then list_transform(json_texts(j), lambda x: lower(x))
        else [lower(json_extract_string(j, '$'))]
    end;

-- ecs_command(process): the command line: as it is given, else put together from the
-- arguments, else the title, which the kernel cuts off.
create or replace macro ecs_command(process) as
    coalesce(nullif(process.command_line, ''), argv_line(json_texts(process.args)), nullif(process.title, ''));

-- ecs_user(u): by name, else by number.
create or replace macro ecs_user(u) as coalesce(nullif(u.name, ''), u.id);

-- ecs_call(event), ecs_paths(event): the system call of an event of the audit
-- system and its files, as audit_change wants them.
create or replace macro ecs_call(event) as
    {
        'syscall': event.auditd.data.syscall,
        'a0': event.auditd.data.a0,
        'a1': event.auditd.data.a1,
        'a2': event.auditd.data.a2,
        'flags': event.auditd.data.oflag
    };
create or replace macro ecs_paths(event) as
    list_transform(
        event.auditd.paths,
        lambda p: {'name': p.name, 'kind': coalesce(p.nametype, p.objtype), 'mode': p.mode}
    );

-- ecs_file_action(actions, folder): what an event about a file did, from its action;
-- file_integrity may name several at once. NULL for what changes no content:
-- attributes, an access.
create or replace macro ecs_file_action(actions, folder) as
    case
        when len(list_intersect(actions, ['created', 'creation', 'create'])) > 0
            then case when folder then 'FolderCreated' else 'FileCreated' end
        when len(list_intersect(actions, ['rename', 'renamed', 'moved'])) > 0 then 'FileRenamed'
        when len(list_intersect(actions, ['deleted', 'deletion', 'delete'])) > 0
            then case when folder then 'FolderDeleted' else 'FileDeleted' end
        when len(list_intersect(actions, ['updated', 'modification', 'modified', 'overwrite'])) > 0 then 'FileModified'
    end;
