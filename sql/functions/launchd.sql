-- Launch agents and daemons of macOS: where their property lists lie, what these run,
-- and what launchctl does with them. Names are compared in lower case, as the file
-- system of macOS does.

-- launch_place(path): what a file is to launchd, by where it lies: `agent`, `daemon`,
-- `system agent` or `system daemon` (Apple's own, on the sealed volume), `emond` (a
-- rule of the event monitor, or what wakes it). '' for anything else. The volume that
-- a path may be spelled with is left out.
create or replace macro launch_place(path) as
    list_transform(
        [regexp_replace(tidy_path(regexp_replace(regexp_replace(fold(path), '^(?:~|\$home|\$\{home\})/', '/users/~/'), '^[^/]+', '')), '^/system/volumes/data', '')],
        lambda p: case
            when regexp_full_match(p, '/library/launchdaemons/[^/]+\.plist') then 'daemon'
            when regexp_full_match(p, '(?:/users/[^/]+|/(?:private/)?var/root)?/library/launchagents/[^/]+\.plist') then 'agent'
            when regexp_full_match(p, '/system/library/launchdaemons/[^/]+\.plist') then 'system daemon'
            when regexp_full_match(p, '/system/library/launchagents/[^/]+\.plist') then 'system agent'
            when regexp_full_match(p, '(?:/private)?/etc/emond\.d/rules/[^/]+\.plist|(?:/private)?/var/db/emondclients/[^/]+') then 'emond'
            else ''
        end
    )[1];

-- launch_label(path): the label that a property list's name stands for, in lower case.
create or replace macro launch_label(path) as
    regexp_replace(regexp_extract(fold(path), '([^/]+)/*$', 1), '\.plist$', '');

-- launch_written(name, command): the first such file that a command line writes, ''
-- for none; `name` is the program's file name. The tools for property lists read as
-- well as write, and defaults leaves the extension out. A touch wakes emond.
create or replace macro launch_written(name, command) as
    list_transform(
        [{'program': fold(name), 'line': coalesce(command, '')}],
        lambda x: coalesce(
            list_filter(
                list_transform(
                    case
                        when x.program = 'touch' then list_filter(shell_words(x.line), lambda w: contains(fold(w), '/emondclients/'))
                        when x.program in ('plutil', 'defaults', 'plistbuddy')
                            and not regexp_matches(x.line, '(?i)\s(?:write|import)\s|\s-(?:insert|replace|remove|convert|create)\s|\s-c\s+["'']*(?:add|set|merge|import|copy)\b')
                            then []::varchar[]
                        else written_paths(x.program, x.line)
                    end,
                    lambda p: case when x.program = 'defaults' and not ends_with(fold(p), '.plist') then p || '.plist' else p end
                ),
                lambda p: launch_place(p) <> ''
            )[1],
            ''
        )
    )[1];

-- launch_payload(text): what an item would run, where a command line has the text of a
-- property list in it, or sets Program or ProgramArguments. '' where it does not.
create or replace macro launch_payload(text) as
    list_transform(
        [coalesce(text, '')],
        lambda t: case
            when not contains(t, 'Program') then ''
            else coalesce(
                nullif(
                    array_to_string(
                        regexp_extract_all(
                            regexp_extract(t, '(?s)<key>\s*ProgramArguments\s*</key>\s*(?:\\n)?\s*<array>(.*?)</array>', 1),
                            '(?s)<string>(.*?)</string>',
                            1
                        ),
                        ' '
                    ),
                    ''
                ),
                nullif(regexp_extract(t, '(?s)<key>\s*Program\s*</key>\s*(?:\\n)?\s*<string>(.*?)</string>', 1), ''),
                nullif(array_to_string(regexp_extract_all(t, '(?i):Program(?:Arguments:[0-9]*)?\s+(?:string\s+)?([^\s"'':\\]+)', 1), ' '), ''),
                nullif(regexp_extract(t, '(?s)\bProgramArguments\s+-array(?:-add)?\s+(.*)$', 1), ''),
                nullif(regexp_extract(t, '(?s)\bProgram\s+(?:-string\s+)?(/\S+)', 1), ''),
                ''
            )
        end
    )[1];

-- launch_starts_itself(text): whether a command line sets what makes launchd start an
-- item by itself.
create or replace macro launch_starts_itself(text) as
    regexp_matches(coalesce(text, ''), '(?i)\b(?:RunAtLoad|KeepAlive|StartInterval|StartCalendarInterval|WatchPaths)\b');

-- launch_item_kind(fields): what a launch item is, by the AdditionalFields of
-- LaunchItemAdded: the recorder's word for it, else by where its property list lies.
create or replace macro launch_item_kind(fields) as
    coalesce(
        nullif(lower(json_text(fields, '$.ItemType')), ''),
        nullif(regexp_replace(launch_place(json_text(fields, '$.ItemPath')), '^system ', ''), ''),
        ''
    );

-- launchctl_verb(command): what a launchctl line does, if that starts an item or makes
-- it start; '' for anything else.
create or replace macro launchctl_verb(command) as
    regexp_extract(coalesce(command, ''), '^\s*(?:"[^"]*"|\S+)\s+(load|bootstrap|enable|kickstart|submit|asuser|start|bsexec)(?:\s|$)', 1);

-- launchctl_words(command): whether a line says what only launchctl is told, whatever
-- its program is called: a property list to bootstrap into a domain, or to load for
-- good; a program to submit under a label.
create or replace macro launchctl_words(command) as
    regexp_matches(
        coalesce(command, ''),
        '(?is)^\s*(?:"[^"]*"|\S+)\s+(?:bootstrap\s+(?:system|(?:gui|user|login|pid)/[0-9]+)\s.*\.plist\b|load\s+(?:-[wFSD]\S*\s.*|\S*/Launch(?:Agents|Daemons)/\S*)\.plist\b|submit\s+(?:-[po]\s+\S+\s+)*-l\s+\S+\s.*--\s)'
    );

-- launchctl_path(command): the file or folder that a launchctl line loads, as it is
-- written; '' for none. A target (gui/501/label) is none.
create or replace macro launchctl_path(command) as
    trim(
        regexp_extract(
            coalesce(command, ''),
            '^\s*(?:"[^"]*"|\S+)\s+(?:load|bootstrap)\s(?:.*?\s)?("(?:/|~)[^"]+"|(?:/|~|\$HOME|\.\.?/)[^\s"'']+)',
            1
        ),
        '"'
    );

-- launchctl_label(command): the item that a launchctl line is about: the label of
-- submit, the last part of a target, else that of the file it loads.
create or replace macro launchctl_label(command) as
    regexp_replace(
        fold(
            regexp_extract(
                coalesce(command, ''),
                '\s(?:-l\s+|(?:start|enable|kickstart)\s+(?:-\S+\s+)*|(?:load|bootstrap)\s(?:.*?\s)?["'']?(?:/|~|\$HOME))["'']?(?:[^\s"'']*/)?([^\s"''/]+)',
                1
            )
        ),
        '\.plist$',
        ''
    );

-- launchctl_payload(command): what a launchctl line runs by itself: what follows the
-- two dashes of submit, or the user of asuser.
create or replace macro launchctl_payload(command) as
    regexp_extract(coalesce(command, ''), '(?s)\ssubmit\s.*?\s--\s+(.+)$', 1)
    || regexp_extract(coalesce(command, ''), '(?s)\s(?:asuser|bsexec)\s+[0-9]+\s+(.+)$', 1);
