-- What a command line of Linux or macOS says: its words, who it makes act, and
-- which files it writes.
--
-- Recorders differ. The audit system and Endpoint Security give the arguments one
-- by one, and our sources put those with spaces in quotes, with a backslash before
-- a quote inside: bash -c "echo \"x\" > /etc/y". Defender and Sysmon join them with
-- spaces and nothing else: bash -c echo "x" > /etc/y. What follows reads both.
--
-- NULL is '', and no function returns NULL.

-- shell_words(c): the words of a command line, without the quotes around them.
create or replace macro shell_words(c) as
    list_transform(
        regexp_extract_all(coalesce(c, ''), '(?s)(?:"(?:[^"\\]|\\.)*"|''[^'']*''|\\.|[^\s"''\\])+'),
        lambda w: regexp_replace(w, '(?s)^(?:"(.*)"|''(.*)'')$', '\1\2')
    );

-- shell_program(c): the file name of a command line's first word, in lower case. A
-- login shell's dash is left out (-bash).
create or replace macro shell_program(c) as
    regexp_extract(fold(regexp_extract(coalesce(c, ''), '(?s)^\s*(?:"[^"]*"|''[^'']*''|\S+)')), '-?([^/"'']*)["'']?$', 1);

-- without_proc_root(text): a text whose paths do not begin with /proc/1/root, which is
-- the root folder of a process: how what runs in a container names a file of the host.
create or replace macro without_proc_root(text) as
    list_transform(
        [coalesce(text, '')],
        lambda t: case
            when contains(t, '/proc/')
                then regexp_replace(t, '(^|[\s"''=<>@+!-])(?:/+proc/+(?:[0-9]+|self|thread-self)(?:/+task/+[0-9]+)?/+root)+/', '\1/', 'g')
            else t
        end
    )[1];

-- true_path(path): where the file of a path lies, without . and .., through the root
-- folder of a process, and through the link that /etc/xdg/systemd/user is.
create or replace macro true_path(path) as
    list_transform(
        [without_proc_root(tidy_path(without_proc_root(path)))],
        lambda p: case when starts_with(p, '/etc/xdg/systemd/user/') then '/etc' || substr(p, 9) else p end
    )[1];

-- path_has_dots(text): whether a path in a text is spelled with /./, /../ or //.
create or replace macro path_has_dots(text) as regexp_matches(coalesce(text, ''), '(?:^|[^:])//|/\.{1,2}/');

-- without_up(text): a text with each folder/../ in its paths taken out, once.
create or replace macro without_up(text) as
    regexp_replace(text, '/(?:[^/\s"''.]|\.[^/\s"''.]|\.\.[^/\s"''])[^/\s"'']*/\.\./', '/', 'g');

-- fold_dots(text): a text with /./, /../, // and /proc/1/root taken out of the paths in
-- it, three /../ in a row at most; what stands behind :// keeps its slashes. For a text
-- that is one path there is true_path.
create or replace macro fold_dots(text) as
    list_transform(
        [without_proc_root(text)],
        lambda t: case
            when path_has_dots(t) then regexp_replace(
                without_up(without_up(without_up(regexp_replace(t, '(^|[^:/])/(?:\.?/)+', '\1/', 'g')))),
                '(^|[\s"''=<>])(?:/\.\.)+/',
                '\1/',
                'g'
            )
            else t
        end
    )[1];

-- shell_breaks_words(text): whether a shell's text has quotes or backslashes within a
-- word, which the shell takes out: sys''temctl, s'y'stemctl, sys\temctl. A text with
-- `\n` in it counts, too: this is no more than a filter.
create or replace macro shell_breaks_words(text) as
    regexp_matches(
        coalesce(text, ''),
        '[\w/.](?:''''|""|\\"\\")[\w/.]|\\?["'']\w+\\?["'']\w|\w\\?["'']\w+\\?["'']|(?:^|[\w/\s;&|(])\\[A-Za-z]'
    );

-- shell_unbroken(text): a shell's text without those quotes and backslashes. For finding
-- names and paths in it; not for the text that it echoes, whose `\n` goes as well.
create or replace macro shell_unbroken(text) as
    list_transform(
        [coalesce(text, '')],
        lambda t: case
            when not shell_breaks_words(t) then t
            else regexp_replace(
                regexp_replace(
                    regexp_replace(t, '\\"\\"|""|''''', '', 'g'),
                    '\b(?:\\?["''])(\w+)(?:\\?["''])|(?:\\?["''])(\w+)(?:\\?["''])\b',
                    '\1\2',
                    'g'
                ),
                '(^|[\w/\s;&|(])\\([A-Za-z])',
                '\1\2',
                'g'
            )
        end
    )[1];

-- is_interpreter(name): whether a program runs what a file or an argument says.
create or replace macro is_interpreter(name) as
    regexp_full_match(
        coalesce(name, ''),
        '(?:ba|da|z|k|c|tc|a|fi)?sh|busybox|(?:platform-)?python[0-9.]*|perl[0-9.]*|ruby[0-9.]*|node|nodejs|php[0-9.]*|lua[0-9.]*|osascript|tclsh[0-9.]*'
    );

-- unix_actor(path, command): who acts, as a path in lower case: the script where an
-- interpreter runs one (python3 /usr/bin/dnf install x), else the program itself. Of
-- the options before the script only those are passed over that take no word of their
-- own: in `python3 -W /usr/bin/dnf /tmp/x.py` the script is another one, and -c brings
-- the code with it. snapd runs out of its own snap, in a folder with a number that
-- changes; that is left out.
create or replace macro unix_actor(path, command) as
    list_transform(
        [{'path': coalesce(path, ''), 'line': coalesce(command, '')}],
        lambda x: regexp_replace(
            coalesce(
                case
                    when is_interpreter(regexp_extract(x.path, '[^/]*$')) then nullif(
                        fold(regexp_extract(
                            x.line,
                            case
                                when ends_with(x.path, 'sh') then '(?s)^\s*\S+(?:\s+-(?:[aehiklmnuvx]+|-posix|-norc|-noprofile))*\s+(/[^\s"'']+)'
                                when contains(x.path, 'python') then '(?s)^\s*\S+(?:\s+-[bBdEIiOPsSuvx]+)*\s+(/[^\s"'']+)'
                                else '(?s)^\s*\S+(?:\s+-(?:[wTU]+|W[0-2]|-disable[-=]gems?))*\s+(/[^\s"'']+)'
                            end,
                            1
                        )),
                        ''
                    )
                end,
                x.path
            ),
            '^/snap/(?:snapd|core)/x?[0-9]+/', '/'
        )
    )[1];

-- is_volatile_path(path): whether a file lies in a folder that everyone may write to
-- and that is emptied sooner or later. No program that is meant to stay lives there.
create or replace macro is_volatile_path(path) as
    regexp_matches(
        coalesce(true_path(path), ''),
        '(?i)^(?:/private)?/(?:tmp|var/tmp|dev/shm|run/shm|dev/mqueue|run/user/[0-9]+|var/folders|users/shared)/'
    );

-- is_hidden_file(path): a file whose name begins with a dot, but for the names under
-- which editors, rsync and Ansible write a file before they rename it.
create or replace macro is_hidden_file(path) as
    list_transform(
        [coalesce(path, '')],
        lambda p: regexp_matches(p, '/\.[^/]+$')
            and not regexp_matches(p, '/\.(?:#|~|ansible_tmp|goutputstream|nfs)[^/]*$|\.(?:sw[a-z]|tmp)$|/\.[^/]+\.[A-Za-z0-9]{6}$')
    )[1];

-- is_fetching(name): programs that bring files from elsewhere.
create or replace macro is_fetching(name) as
    coalesce(name, '') in ('curl', 'wget', 'wget2', 'aria2c', 'fetch', 'ftp', 'tftp', 'lftp', 'scp', 'sftp', 'nc', 'ncat', 'socat');

-- written_by_copy(arguments): the target of cp and its kin: the last word, or what -t
-- names; and each file under its own name in it.
create or replace macro written_by_copy(arguments) as
    list_transform(
        [{
            'names': list_filter(arguments, lambda w: not starts_with(w, '-')),
            'folder': regexp_extract(array_to_string(arguments, ' '), '(?:^| )(?:-[a-zA-Z]*t |--target-directory[= ])(\S+)', 1)
        }],
        lambda x: list_transform(
            [{
                'target': case when x.folder <> '' then x.folder else coalesce(x.names[-1], '') end,
                'sources': case when x.folder <> '' then x.names else x.names[:-2] end
            }],
            lambda y: list_concat(
                [y.target],
                list_transform(y.sources, lambda s: rtrim(y.target, '/') || '/' || regexp_extract(s, '[^/]*$'))
            )
        )[1]
    )[1];

-- written_paths(name, command): the files that a command line writes, as it names
-- them; `name` is the program's file name. A copy into a folder names the folder and
-- the file alike, because the line does not say which the last word is. What a script
-- file writes, and where the line only names a folder it has changed into, stays
-- unknown.
create or replace macro written_paths(name, command) as
    list_transform(
        [{
            'line': coalesce(command, ''),
            'program': case when coalesce(name, '') in ('busybox', 'toybox') then shell_program(command) else fold(name) end,
            'words': shell_words(command)
        }],
        lambda x: case
            when x.program in ('sh', 'bash', 'dash', 'zsh', 'ksh', 'ash')
                then regexp_extract_all(shell_unbroken(x.line), '>{1,2}\|?\s*\\?["'']?((?:/|~/|\$HOME/|\$\{HOME\}/)[^\s"''<>|;&()\\]+)', 1)
            when x.program in ('cp', 'mv', 'install', 'ginstall', 'ln', 'ditto', 'rsync', 'scp')
                then written_by_copy(x.words[2:])
            when x.program in ('tee', 'plutil', 'defaults', 'plistbuddy')
                then x.words[2:]
            when x.program in ('sed', 'gsed', 'perl', 'ruby') and regexp_matches(x.line, '\s-(?:[a-zA-Z]*i|-in-place)')
                then x.words[3:]
            when x.program in ('curl', 'wget', 'wget2')
                then regexp_extract_all(x.line, '\s(?:-[a-zA-Z]*[oO]\s*|--output(?:-document)?[=\s]\s*)\\?["'']?([^\s"'']+)', 1)
            when x.program = 'dd'
                then regexp_extract_all(x.line, '\sof=\\?["'']?([^\s"'']+)', 1)
            when x.program like 'python%'
                then regexp_extract_all(x.line, 'open\(\s*r?\\?["'']([^"''\\]+)\\?["'']\s*,\s*\\?["''][wax]', 1)
            else []::varchar[]
        end
    )[1];

-- echoed_text(command): the text that a shell's line writes somewhere: what echo and
-- printf are given, and what follows <<EOF up to a line of capitals alone. Pieces are
-- joined with "; ". '' for none.
create or replace macro echoed_text(command) as
    array_to_string(
        list_transform(
            list_concat(
                regexp_extract_all(coalesce(command, ''), '(?s)\b(?:echo|printf)\s+(?:-[neE]+\s+)*(.+?)\s*(?:\||>{1,2})\s*\\?["'']?(?:/|~|\$|sudo|tee)', 1),
                regexp_extract_all(coalesce(command, ''), '(?s)<<-?\s*[\\"'']*\w+[^\n]*\n(.*?)(?:\n\s*[A-Z_]+[\s"''\\]*(?:\n|$)|$)', 1)
            ),
            lambda t: regexp_replace(t, '^[\s"''\\]+|[\s"''\\]+$', '', 'g')
        ),
        '; '
    );
