-- Reading records of the Linux audit system: all lines of one event, each as
--
--     node=HOST type=NAME msg=audit(SECONDS.MILLISECONDS:SERIAL): key=value key=value
--
-- The kernel quotes a value that somebody chose (a name, a path, an argument), and
-- writes it in hexadecimal where it has a quote, a space or anything else that
-- could be taken for the end of it. So a value ends at the next space, and no
-- value can pass for a key.

-- audit_separator(record): what auditd adds to a line in names (UID="root") comes
-- after a separator, which syslog may have written as #035. That is put right where
-- nothing but such names follows: a program may call itself #035UID=root.
create or replace macro audit_separator(record) as
    case
        when not contains(record, '#035') then record
        else regexp_replace(record, '(?m)#035((?:[A-Z]+=(?:"[^"]*"|[^ "]*) ?)+)$', e'\x1d\\1', 'g')
    end;

-- audit_split(record): its lines, by type and by what follows the time.
create or replace macro audit_split(record) as
    list_transform(
        string_split(audit_separator(record), e'\n'),
        lambda line: {
            'kind': regexp_extract(line, '^(?:node=[^ ]* )?type=([^ ]*)', 1),
            'text': line[length(regexp_extract(line, '^(?:node=[^ ]* )?type=[^ ]* (?:(?:msg=)?audit\([^)]*\): *)?')) + 1:]
        }
    );

-- audit_lines(lines, kind): what the lines of one type say.
create or replace macro audit_lines(lines, kind) as
    list_transform(list_filter(lines, lambda l: l.kind = kind), lambda l: l.text);

-- audit_field(line, key): the value of a key as it stands there, quotes and all; ''
-- where there is none. The keys of names that auditd adds are in capitals.
create or replace macro audit_field(line, key) as
    regexp_extract(line, '(?:^|[ \x1d])' || key || '=("[^"]*"|[^ \x1d'']*)', 1);

-- audit_text(v): the text that a value stands for. Bytes that are no text are shown
-- as \xFF. NULL for nothing.
create or replace macro audit_text(v) as
    list_transform(
        [v],
        lambda x: case
            when x in ('', '(null)', '?', '(none)') then null
            when starts_with(x, '"') then nullif(trim(x, '"'), '')
            when regexp_full_match(x, '(?:[0-9A-F]{2})+') then coalesce(try(decode(unhex(x))), unhex(x)::varchar)
            else x
        end
    )[1];

-- audit_title(v): a command line as PROCTITLE has it, with NUL between arguments.
create or replace macro audit_title(v) as
    list_transform(
        [v],
        lambda x: case
            when regexp_full_match(x, '(?:[0-9A-F]{2})+') then nullif(
                rtrim(coalesce(replace(try(decode(unhex(x))), chr(0), ' '), replace(unhex(x)::varchar, '\x00', ' '))),
                ''
            )
            else audit_text(x)
        end
    )[1];

-- audit_hex(v): a value in hexadecimal, whichever way it was written.
create or replace macro audit_hex(v) as
    list_transform(
        [v],
        lambda x: case when regexp_full_match(x, '(?:[0-9A-F]{2})+') then x else hex(trim(x, '"')) end
    )[1];

-- audit_argv(lines): the arguments of an execve. A long one is in pieces
-- (`a1[0]=… a1[1]=…`), many are in several lines, and ausearch prints the lines
-- from the last to the first: so all are put in order, then pieces together. A
-- record that was logged twice has each once.
create or replace macro audit_argv(lines) as
    list_transform(
        list_filter(
            string_split(
                array_to_string(
                    list_transform(
                        list_sort(
                            list_distinct(
                                list_transform(
                                    regexp_extract_all(
                                        array_to_string(audit_lines(lines, 'EXECVE'), ' '),
                                        '(?:^| )a([0-9]{1,9}(?:\[[0-9]{1,9}\])?=(?:"[^"]*"|[^ ]*))',
                                        1
                                    ),
                                    lambda a: {
                                        'argument': regexp_extract(a, '^[0-9]+')::integer,
                                        'piece': coalesce(try_cast(regexp_extract(a, '^[0-9]+\[([0-9]+)', 1) as integer), 0),
                                        'value': regexp_replace(a, '^[^=]*=', '')
                                    }
                                )
                            )
                        ),
                        lambda a: case when a.piece = 0 then ' .' else '' end || audit_hex(a.value)
                    ),
                    ''
                ),
                ' '
            ),
            lambda v: v <> ''
        ),
        lambda v: coalesce(audit_text(v[2:]), '')
    );

-- audit_syscall(arch, number): the name of a system call, by the number it has on
-- that processor; those that start processes and change files alone. What is a
-- name already stays one.
create or replace macro audit_syscall(arch, number) as
    case
        when not regexp_full_match(number, '[0-9]+') then nullif(number, '')
        when arch = 'c000003e' then map { -- x86_64
            '2': 'open', '59': 'execve', '76': 'truncate', '82': 'rename', '83': 'mkdir', '84': 'rmdir', '85': 'creat',
            '86': 'link', '87': 'unlink', '88': 'symlink', '133': 'mknod', '257': 'openat', '258': 'mkdirat',
            '259': 'mknodat', '263': 'unlinkat', '264': 'renameat', '265': 'linkat', '266': 'symlinkat',
            '316': 'renameat2', '322': 'execveat', '437': 'openat2'
        }[number]
        when arch in ('c00000b7', 'c00000f3') then map { -- aarch64, riscv64
            '33': 'mknodat', '34': 'mkdirat', '35': 'unlinkat', '36': 'symlinkat', '37': 'linkat', '38': 'renameat',
            '45': 'truncate', '56': 'openat', '221': 'execve', '276': 'renameat2', '281': 'execveat', '437': 'openat2'
        }[number]
        when arch in ('40000003', '40000028') then coalesce( -- i386, arm: the old numbers are the same
            map {
                '5': 'open', '8': 'creat', '9': 'link', '10': 'unlink', '11': 'execve', '14': 'mknod', '38': 'rename',
                '39': 'mkdir', '40': 'rmdir', '83': 'symlink', '92': 'truncate', '437': 'openat2'
            }[number],
            case arch
                when '40000003' then map {
                    '295': 'openat', '296': 'mkdirat', '297': 'mknodat', '301': 'unlinkat', '302': 'renameat',
                    '303': 'linkat', '304': 'symlinkat', '353': 'renameat2', '358': 'execveat'
                }[number]
                else map {
                    '322': 'openat', '323': 'mkdirat', '324': 'mknodat', '328': 'unlinkat', '329': 'renameat',
                    '330': 'linkat', '331': 'symlinkat', '382': 'renameat2', '387': 'execveat'
                }[number]
            end
        )
    end;

-- audit_writes(call): whether an open asked to write: the last two bits of the
-- flags are 1 or 2. They are hexadecimal in an argument, octal in OPENAT2.
create or replace macro audit_writes(call) as
    regexp_matches(
        case call.syscall when 'open' then call.a1 when 'openat' then call.a2 when 'openat2' then call.flags end,
        '(?:[12569adeADE])$'
    )
    or call.syscall in ('creat', 'truncate');

-- audit_change(call, paths): what a system call did to a file, from its name and
-- arguments and its PATH lines: ActionType, and the names as the caller gave them.
-- NULL where it changed nothing: a file opened to be read, a device.
--
--     call   {syscall, a0, a1, a2, flags}
--     paths  [{name, kind (CREATE, DELETE, NORMAL, PARENT, UNKNOWN), mode}]
create or replace macro audit_change(call, paths) as
    list_transform(
        [{
            'call': call,
            'created': list_filter(paths, lambda p: p.kind = 'CREATE')[-1],
            'deleted': list_filter(paths, lambda p: p.kind = 'DELETE'),
            'normal': list_filter(paths, lambda p: p.kind = 'NORMAL')[-1],
            'other': list_filter(paths, lambda p: p.kind in ('NORMAL', 'UNKNOWN'))[1]
        }],
        lambda x: case
            when starts_with(x.call.syscall, 'rename') and x.created.name is not null and len(x.deleted) > 0 then {
                'action': 'FileRenamed',
                'name': x.created.name,
                -- A file that was in the way is deleted too.
                'previous': coalesce(list_filter(x.deleted, lambda d: d.name <> x.created.name)[1], x.deleted[1]).name,
                'target': null
            }
            when starts_with(x.call.syscall, 'unlink') or x.call.syscall = 'rmdir' then case
                when x.deleted[-1].name is not null then {
                    'action': case when audit_is_folder(x.deleted[-1].mode) then 'FolderDeleted' else 'FileDeleted' end,
                    'name': x.deleted[-1].name,
                    'previous': null,
                    'target': null
                }
            end
            when x.created.name is not null then {
                'action': case when audit_is_folder(x.created.mode) then 'FolderCreated' else 'FileCreated' end,
                'name': x.created.name,
                'previous': null,
                'target': case when contains(x.call.syscall, 'link') then x.other.name end
            }
            when x.normal.name is not null and audit_writes(x.call) and audit_is_file(x.normal.mode) then {
                'action': 'FileModified',
                'name': x.normal.name,
                'previous': null,
                'target': null
            }
        end
    )[1];

-- audit_is_folder(mode), audit_is_file(mode): the kind of file by its mode in
-- octal. A mode that is not given is taken for a file's.
create or replace macro audit_is_folder(mode) as regexp_full_match(coalesce(mode, ''), '0*4[0-7]{4}');
create or replace macro audit_is_file(mode) as regexp_full_match(coalesce(mode, ''), '|0*10[0-7]{4}');

-- audit_folder(call, cwd, new): the folder that a relative name is relative to: the
-- working directory, unless the call names a folder by a descriptor, which the log
-- does not explain. `new` asks for that of the second name of a rename.
create or replace macro audit_folder(call, cwd, new) as
    case
        when coalesce(
            ends_with(
                case
                    when call.syscall in ('openat', 'openat2', 'mkdirat', 'mknodat', 'unlinkat', 'execveat') then call.a0
                    when call.syscall in ('renameat', 'renameat2', 'linkat') then case when new then call.a2 else call.a0 end
                    when call.syscall = 'symlinkat' then call.a1
                    else 'ffffff9c'
                end,
                'ffffff9c'
            ),
            false
        ) then cwd
    end;

-- audit_paths(lines): the PATH lines, as audit_change wants them. Older kernels
-- say objtype for nametype.
create or replace macro audit_paths(lines) as
    list_transform(
        list_distinct(audit_lines(lines, 'PATH')),
        lambda line: {
            'item': try_cast(audit_field(line, 'item') as integer),
            'name': audit_text(audit_field(line, 'name')),
            'kind': coalesce(nullif(audit_field(line, 'nametype'), ''), audit_field(line, 'objtype')),
            'mode': audit_field(line, 'mode')
        }
    ).list_sort();

-- audit_user(line, key): a user by the name that auditd added (UID="root"), else by
-- the number. NULL for the number that means nobody.
create or replace macro audit_user(line, key) as
    coalesce(
        nullif(audit_text(audit_field(line, upper(key))), 'unset'),
        nullif(nullif(audit_field(line, key), ''), '4294967295')
    );

-- audit_call(lines): the system call of an event, NULL where there is none.
create or replace macro audit_call(lines) as
    list_transform(
        audit_lines(lines, 'SYSCALL')[:1],
        lambda line: {
            'syscall': coalesce(
                nullif(trim(audit_field(line, 'SYSCALL'), '"'), ''),
                audit_syscall(audit_field(line, 'arch'), audit_field(line, 'syscall'))
            ),
            'succeeded': audit_field(line, 'success') = 'yes',
            'a0': audit_field(line, 'a0'),
            'a1': audit_field(line, 'a1'),
            'a2': audit_field(line, 'a2'),
            'flags': audit_field(audit_lines(lines, 'OPENAT2')[1], 'oflag'),
            'line': line
        }
    )[1];

-- audit_facts(lines, call): what else the lines of an event say. All of it is worked
-- out for every event, without a CASE: the database has to copy the list for the
-- rows of a branch, and that takes longer than to find nothing in it.
create or replace macro audit_facts(lines, call) as
    {
        'arguments': argv_line(audit_argv(lines)),
        'command': audit_command(lines),
        'directory': audit_directory(lines),
        'change': audit_change(call, audit_paths(lines)),
        'service': list_filter(lines, lambda l: l.kind in ('SERVICE_START', 'SERVICE_STOP'))[1]
    };

-- audit_event(call, facts): what an event says happened. NULL for what is no
-- program started, file changed, service started or stopped: a call that failed
-- among them, for then nothing happened.
create or replace macro audit_event(call, facts) as
    case
        when call.succeeded and call.syscall in ('execve', 'execveat')
            then audit_row('ProcessCreated', call, coalesce(facts.arguments, facts.command), facts.directory, audit_no_change())
        when call.succeeded and facts.change is not null and audit_changes_files(call.syscall)
            then audit_row(facts.change.action, call, facts.command, facts.directory, facts.change)
        when facts.service is not null then audit_service(facts.service.kind, facts.service.text)
    end;

-- audit_no_change(): the change of an event that changes no file.
create or replace macro audit_no_change() as
    {'action': null::varchar, 'name': null::varchar, 'previous': null::varchar, 'target': null::varchar};

-- audit_changes_files(syscall): whether a call may create, change, rename or delete.
create or replace macro audit_changes_files(syscall) as
    syscall in (
        'open', 'openat', 'openat2', 'creat', 'truncate', 'mknod', 'mknodat', 'mkdir', 'mkdirat', 'rename', 'renameat',
        'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'unlink', 'unlinkat', 'rmdir'
    );

-- audit_command(lines), audit_directory(lines): the command line of the acting
-- process, of which the kernel keeps 128 bytes; its working directory.
create or replace macro audit_command(lines) as
    audit_title(audit_field(audit_lines(lines, 'PROCTITLE')[1], 'proctitle'));
create or replace macro audit_directory(lines) as
    audit_text(audit_field(audit_lines(lines, 'CWD')[1], 'cwd'));

-- audit_row(…): an event as the sources of the family give it. The path is NULL
-- where it begins at a folder that the log names by a descriptor only. The arguments
-- are pasted text: give columns.
create or replace macro audit_row(action, call, command, directory, change) as
    {
        'ActionType': action,
        'ProcessId': try_cast(audit_field(call.line, 'pid') as bigint),
        'ParentId': try_cast(audit_field(call.line, 'ppid') as bigint),
        'Image': audit_text(audit_field(call.line, 'exe')),
        'CommandLine': command,
        'UserName': audit_user(call.line, 'uid'),
        'Path': unix_path(audit_folder(call, directory, true), change.name),
        'Name': change.name,
        'PreviousPath': unix_path(audit_folder(call, directory, false), change.previous),
        'Unit': null::varchar,
        'Details': without_nulls({
            'LoginUser': audit_user(call.line, 'auid'),
            'EffectiveUser': case
                when audit_field(call.line, 'euid') <> audit_field(call.line, 'uid') then audit_user(call.line, 'euid')
            end,
            'WorkingDirectory': directory,
            'Comm': audit_text(audit_field(call.line, 'comm')),
            'Terminal': audit_text(audit_field(call.line, 'tty')),
            'AuditKey': audit_text(audit_field(call.line, 'key')),
            'LinkTarget': change.target
        })
    };

-- audit_service(kind, line): systemd starting or stopping a unit. What systemd says
-- stands in single quotes: msg='unit=cron comm="systemd" … res=success'.
create or replace macro audit_service(kind, line) as
    {
        'ActionType': 'Service' || case
            when kind = 'SERVICE_STOP' then 'Stopped'
            when audit_field(line, 'res') = 'failed' then 'StartFailed'
            else 'Started'
        end,
        'ProcessId': try_cast(audit_field(line, 'pid') as bigint),
        'ParentId': null::bigint,
        'Image': audit_text(audit_field(line, 'exe')),
        'CommandLine': null::varchar,
        'UserName': audit_user(line, 'uid'),
        'Path': null::varchar,
        'Name': null::varchar,
        'PreviousPath': null::varchar,
        'Unit': audit_text(audit_field(replace(line, ' msg=''', ' '), 'unit')),
        'Details': null::varchar
    };

-- audit_head(record): host and time, from the record's first line.
create or replace macro audit_head(record) as
    list_transform(
        [regexp_extract(record, '^(?:node=([^ ]*) )?type=([^ ]*) (?:(?:msg=)?audit\(([^)]*)\))?', ['node', 'kind', 'id'])],
        lambda h: {
            'Device': nullif(h.node, ''),
            'Id': h.id,
            'Time': epoch_time(split_part(h.id, ':', 1))
        }
    )[1];

-- audit_no_time(head): why an event has no time, NULL where it has one.
create or replace macro audit_no_time(head) as
    case
        when head.Time is not null then null
        when head.Id = '' then 'no time recorded: the lines lack msg=audit(…)'
        else 'the time is printed in words, without a zone (ausearch --interpret)'
    end;

-- auoms_event(message): an event of Microsoft's agent for Azure, which writes all
-- lines of it as one:
--
--     type=AUOMS_EXECVE audit(TIME:SERIAL): … node=HOST … syscall=execve … user=tomcat …
--     comm="bash" exe="/bin/bash" … path_name=["/bin/bash"] path_nametype=["NORMAL"] … cmdline="bash -c …" redactors=
--
-- Its values are not escaped: a quote in a command line stands there as it is. So
-- the long ones are told by what comes after them.
create or replace macro auoms_event(message) as
    list_transform(
        [{
            'call': {
                'syscall': audit_field(message, 'syscall'),
                'a0': audit_field(message, 'a0'),
                'a1': audit_field(message, 'a1'),
                'a2': audit_field(message, 'a2'),
                'flags': null::varchar
            },
            'succeeded': audit_field(message, 'success') = 'yes',
            'pid': try_cast(audit_field(message, 'pid') as bigint),
            'ppid': try_cast(audit_field(message, 'ppid') as bigint),
            'user': coalesce(nullif(audit_field(message, 'user'), ''), nullif(audit_field(message, 'uid'), '')),
            'login': nullif(nullif(audit_field(message, 'audit_user'), ''), 'unset'),
            'comm': regexp_extract(message, ' comm="(.{0,15})" exe="', 1),
            'exe': regexp_extract(message, ' comm="(?:.{0,15})" exe="(.*?)" (?:key|subj)=', 1),
            'cwd': nullif(regexp_extract(message, ' cwd="(.*?)" name="', 1), ''),
            'command': coalesce(
                nullif(regexp_extract(message, '(?s) cmdline="(.*)" redactors=', 1), ''),
                nullif(regexp_extract(message, '(?s) proctitle="?(.*?)"? redactors=', 1), '')
            ),
            'names': try(from_json(regexp_extract(message, ' path_name=(\[.*?\]) path_nametype=\[', 1), '["VARCHAR"]')),
            'kinds': try(from_json(regexp_extract(message, ' path_nametype=(\[[^\]]*\])', 1), '["VARCHAR"]')),
            'modes': try(from_json(regexp_extract(message, ' path_mode=(\[[^\]]*\])', 1), '["VARCHAR"]'))
        }],
        lambda x: list_transform(
            [case
                when not x.succeeded then null
                when x.call.syscall in ('execve', 'execveat')
                    then {'action': 'ProcessCreated', 'name': null::varchar, 'previous': null::varchar, 'target': null::varchar}
                else audit_change(
                    x.call,
                    list_transform(
                        list_zip(x.names, x.kinds, x.modes),
                        lambda p: {'name': p[1], 'kind': p[2], 'mode': p[3]}
                    )
                )
            end],
            lambda change: case
                when change is not null then {
                    'ActionType': change.action,
                    'ProcessId': x.pid,
                    'ParentId': x.ppid,
                    'Image': nullif(x.exe, ''),
                    'CommandLine': x.command,
                    'UserName': x.user,
                    'Path': unix_path(audit_folder(x.call, x.cwd, true), change.name),
                    'Name': change.name,
                    'PreviousPath': unix_path(audit_folder(x.call, x.cwd, false), change.previous),
                    'Unit': null::varchar,
                    'Details': without_nulls({
                        'LoginUser': x.login,
                        'EffectiveUser': null::varchar,
                        'WorkingDirectory': x.cwd,
                        'Comm': nullif(x.comm, ''),
                        'Terminal': null::varchar,
                        'AuditKey': null::varchar,
                        'LinkTarget': change.target
                    })
                }
            end
        )[1]
    )[1];
