-- Units of systemd: where their files lie, what they run, and what systemctl and its
-- kin do with them. Names are compared in lower case.

-- unit_place(path): what a file is to systemd, by where it lies:
--
--     unit        a unit file of the system, or one for every user
--     user unit   a unit file of one user
--     dropin      a .conf that adds to a unit or overrides it (x.service.d/y.conf)
--     wants       a name in x.target.wants or .requires: the link that enables a unit
--     generator   a program that systemd runs at boot to make units
--     generated   a unit that systemd or a generator made by itself; gone at a reload
--     outside     a .service or .timer, or a drop-in of one, in a folder for temporary
--                 files, where systemd finds it only through a link
--
-- '' for anything else, and for the names under which a file is written before it gets
-- its own. What stands before the first slash is no part of a path.
create or replace macro unit_place(path) as
    list_transform(
        [true_path(regexp_replace(regexp_replace(fold(path), '^(?:~|\$home|\$\{home\})/', '/home/~/'), '^[^/]+', ''))],
        lambda whole: list_transform(
            [regexp_extract(
                whole,
                '^(?:/(?:etc|run|usr/lib|lib|usr/local/lib)/systemd/|(/(?:.*/)?\.(?:config|local/share)/systemd/|/usr/(?:local/)?share/systemd/|/run/user/[0-9]+/systemd/))((?:system|user)(?:\.control|\.attached)?/|(?:system|user)-(?:environment-)?generators/|generator(?:\.early|\.late)?/|transient/)(.+)$',
                ['home', 'folder', 'rest']
            )],
            lambda x: case
                when x.rest = '' then case
                    when regexp_matches(whole, '/[^/]+\.(?:service|timer)(?:\.d/[^/]+\.conf)?$') and is_volatile_path(whole) then 'outside'
                    else ''
                end
                when contains(x.folder, 'generators') then case when regexp_matches(x.rest, '/|^\.#|\.dpkg-new$|~$') then '' else 'generator' end
                when x.folder in ('transient/', 'generator/', 'generator.early/', 'generator.late/') then 'generated'
                when regexp_matches(x.rest, '(?:^|/)\.(?:#|~|ansible_tmp|goutputstream)') then ''
                when regexp_full_match(x.rest, '[^/]+\.d/[^/]+\.conf') then 'dropin'
                when regexp_full_match(x.rest, '[^/]+\.(?:wants|requires|upholds)/[^/]+') then 'wants'
                when regexp_full_match(x.rest, '[^/]+\.(?:service|socket|timer|path)') then case when x.home = '' then 'unit' else 'user unit' end
                else ''
            end
        )[1]
    )[1];

-- unit_of_path(path): the unit that a file is about, in lower case: its own name, or
-- that of the unit it adds to. Of a generator, its name.
create or replace macro unit_of_path(path) as
    list_transform(
        [tidy_path(fold(path))],
        lambda p: coalesce(
            nullif(regexp_extract(p, '/([^/]+)\.d/[^/]+\.conf$', 1), ''),
            regexp_extract(p, '([^/]+)/*$', 1)
        )
    )[1];

-- unit_written(name, command): the first file of systemd's that a command line writes,
-- '' for none; `name` is the program's file name.
create or replace macro unit_written(name, command) as
    coalesce(
        list_filter(written_paths(name, command), lambda p: unit_place(p) not in ('', 'generated'))[1],
        ''
    );

-- unit_exec(text): what a unit would run, where a command line has the text of a unit
-- in it: the first ExecStart, ExecStartPre … that is suspicious, else the first. ''
-- where there is none. A value ends with its line: at a line break, `\n`, or the quote
-- that ends what is echoed.
create or replace macro unit_exec(text) as
    list_transform(
        [list_filter(
            list_transform(
                list_concat(
                    -- sed's s|old|new|
                    regexp_extract_all(coalesce(text, ''), '(?i)\bs\|[^|]*\|[^|]*\bexec[a-z]+\s*=([^|]*)\|', 1),
                    regexp_extract_all(coalesce(text, ''), '(?i)\bs#[^#]*#[^#]*\bexec[a-z]+\s*=([^#]*)#', 1),
                    regexp_extract_all(
                        coalesce(text, ''),
                        '(?is)exec(?:start(?:pre|post)?|reload|stop(?:post)?|condition)\s*=\s*(.*?)(?:\\?["'']\s*(?:[>|;&]|$)|\\n|\n|\s>{1,2}\s*\S|$)',
                        1
                    )
                ),
                lambda e: trim(e)
            ),
            lambda e: regexp_matches(e, '^[-@:+!]*[/"''a-zA-Z$]')
        )],
        lambda all_of: coalesce(
            list_filter(all_of, lambda e: unix_payload_reasons(e) <> '')[1],
            all_of[1],
            ''
        )
    )[1];

-- systemctl_options(): the pattern of systemctl's options, each with the word that it
-- takes. Their names may be cut short (--job for --job-mode).
create or replace macro systemctl_options() as
    '(?:\s+(?:(?:-[HMtpPnosC]|--(?:bo|ca|ch|dro|ho|im|j|k|le|li|mac|me|o|pr|reb|roo|si|sta|t|wha|whe)[a-z-]*)\s+(?:"[^"]*"|''[^'']*''|\S+)|-\S+))*';

-- systemctl_verb(command): what a systemctl line does, if that starts something or
-- makes it start later; '' for anything else. daemon-reload is among them, because it
-- runs the generators. The verb is the first word that is no option.
create or replace macro systemctl_verb(command) as
    regexp_extract(
        coalesce(command, ''),
        '^\s*(?:"[^"]*"|\S+)' || systemctl_options() || '\s+(enable|reenable|link|start|restart|try-restart|reload-or-restart|edit|set-property|revert|preset|add-wants|add-requires|daemon-reload)(?:\s|$)',
        1
    );

-- systemctl_words(command): whether a line links, enables or starts a unit that lies
-- where everyone may write, whatever its program is called. Only systemctl takes such.
create or replace macro systemctl_words(command) as
    regexp_matches(
        fold_dots(command),
        '^\s*(?:"[^"]*"|\S+)' || systemctl_options() || '\s+(?:enable|reenable|link|start|restart)' || systemctl_options() || '\s+["'']?/(?:tmp|var/tmp|dev/shm|run/shm|dev/mqueue|run/user/[0-9]+)/[^\s"'']+\.(?:service|timer|socket|path)\b'
    );

-- systemctl_unit(command): the first unit that such a line names after its verb, as it
-- is written; '' for none.
create or replace macro systemctl_unit(command) as
    regexp_extract(
        coalesce(command, ''),
        '\s(?:enable|reenable|link|start|restart|try-restart|reload-or-restart|edit|set-property|revert|preset|add-wants|add-requires)' || systemctl_options() || '\s+["'']?([^-\s"''][^\s"'']*)',
        1
    );

-- systemctl_names(command, path): whether a systemctl line names the unit that a file is
-- about, by its path or its name, with or without .service; an instance stands for its
-- template.
create or replace macro systemctl_names(command, path) as
    list_transform(
        [{
            'line': ' ' || translate(fold(command), '/"''\', '    ') || ' ',
            'stem': regexp_replace(unit_of_path(path), '\.service$', '')
        }],
        lambda x: case
            when x.stem = '' then false
            when ends_with(x.stem, '@') then contains(x.line, ' ' || x.stem)
            else contains(x.line, ' ' || x.stem || ' ') or contains(x.line, ' ' || x.stem || '.service ')
        end
    )[1];

-- systemd_run_payload(command): what systemd-run would run, as it stands there.
create or replace macro systemd_run_payload(command) as
    regexp_extract(
        coalesce(command, ''),
        '(?s)^\s*\S+(?:\s+(?:-[puEMHGC]\s+|--(?:unit|property|description|slice|uid|gid|nice|working-directory|on-[a-z]+|setenv|service-type|timer-property|path-property|socket-property|machine|host)(?:=|\s+))(?:"[^"]*"|\S+)|\s+-\S+)*\s+([^-\s].*)$',
        1
    );

-- systemd_bus_call(command): the method of systemd's that a D-Bus tool calls to start a
-- unit or to make it start; '' for anything else.
create or replace macro systemd_bus_call(command) as
    case
        when contains(coalesce(command, ''), 'org.freedesktop.systemd1') then regexp_extract(
            coalesce(command, ''),
            '\b(StartUnit(?:Replace)?|RestartUnit|ReloadOrRestartUnit|StartTransientUnit|EnableUnitFiles(?:WithFlags)?|ReenableUnitFiles|LinkUnitFiles|AddDependencyUnitFiles)\b',
            1
        )
        else ''
    end;
