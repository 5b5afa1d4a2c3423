-- What is suspicious about a command that a service would run. Each function
-- takes the text as recorded; the path functions take image_path of it. What is
-- known of places and programs is data: sql/reference/suspicious_paths.csv,
-- ordinary_places.csv, lolbins.csv.

-- glob_pattern(globs): a list of globs as one regular expression over a whole text:
-- * is anything within one folder, ** anything, ? one character. Over a constant
-- list it is built once.
create or replace macro glob_pattern(globs) as
    '(?s)^(?:' || list_aggregate(
        list_transform(
            globs,
            lambda g: replace(replace(replace(regexp_escape(g), '\*\*', '.*'), '\*', '[^\\]*'), '\?', '[^\\]')
        ),
        'string_agg',
        '|'
    ) || ')$';

-- is_like_any(path, globs): whether a path is like one of the globs.
create or replace macro is_like_any(path, globs) as
    coalesce(regexp_matches(coalesce(path, ''), glob_pattern(globs)), false);

-- has_stream(path): an alternate data stream, a second colon in the path.
create or replace macro has_stream(path) as
    regexp_matches(coalesce(path, ''), '^[a-z]:[^:]*:');

-- is_user_writable(path): whether users without rights can put a file there.
-- ProgramData and a drive's root count for files directly in them: what lies
-- deeper has its own permissions.
create or replace macro is_user_writable(path) as
    is_like_any(replace(path, '/', '\'), reference_suspicious_paths());

-- is_ordinary_place(path): whether a service's program lies where installers put it
-- and users cannot write. A way up the tree is no ordinary place.
create or replace macro is_ordinary_place(path) as
    is_like_any(path, reference_ordinary_places()) and not contains(coalesce(path, ''), '\..\') and not has_stream(path);

-- is_nonstandard(path): whether a file lies in no folder of programs: neither Windows
-- nor Program Files nor ProgramData, on another drive than C:, in no folder at all (a
-- bare name, which is looked for along the search path), where the text names a
-- folder only, or goes up the tree and may end up anywhere. `path` is image_path of the text; what Windows finds in its own folder
-- (svchost.exe, cmd) is not told from other bare names.
create or replace macro is_nonstandard(path) as
    list_transform(
        [coalesce(path, '')],
        lambda p: p <> ''
            and (
                contains(p, '\..\')
                or not regexp_matches(p, '^(?:c:\\(?:windows|program files(?: \(x86\))?|programdata)\\[^\\].*[^\\]$|\\\\|\\device\\)')
            )
    )[1];

-- is_script_file(path): whether the program is a script, which the service manager
-- starts through a shell.
create or replace macro is_script_file(path) as
    regexp_matches(coalesce(path, ''), '\.(?:bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|py)$');

-- is_short_name(path): a program of a letter or two, directly in C:\, ProgramData or
-- Windows.
create or replace macro is_short_name(path) as
    regexp_matches(coalesce(path, ''), '^[a-z]:\\(?:windows\\(?:system32\\)?|programdata\\)?[^\\.]{1,2}\.[a-z0-9]{1,4}$');

-- is_unc(path): whether the file lies on another machine, or on this one by way
-- of the network (\\127.0.0.1\ADMIN$).
create or replace macro is_unc(path) as
    regexp_matches(coalesce(path, ''), '^\\\\[^\\?.][^\\]*\\|^\\device\\mup\\');

-- has_admin_share(text): a command that goes to a machine's administrative shares,
-- ADMIN$, C$ or IPC$, its own among them.
create or replace macro has_admin_share(text) as
    regexp_matches(coalesce(text, ''), '(?i)\\\\[^\\\s"]+\\(?:admin|ipc|[a-z])\$');

-- has_disguise(text): a command whose program is named in a way that no installer
-- names one: with steps up or on the spot, by its device, by the root of all devices.
create or replace macro has_disguise(text) as
    regexp_matches(command_image(undouble(text)), '(?i)[\\/]\.{1,2}[\\/]|globalroot[\\/]');

-- is_lolbin(stem): whether a program that Windows ships can run other people's
-- code.
create or replace macro is_lolbin(stem) as
    list_contains(reference_lolbins(), coalesce(stem, ''));

-- is_installer_service(text): the Windows Installer as its own service, the one
-- program of the list that is a service by itself.
create or replace macro is_installer_service(text) as
    regexp_matches(undouble(text), '(?i)^"?(?:%systemroot%|%windir%|c:\\windows)\\sys(?:tem32|wow64)\\msiexec(?:\.exe)?"?\s+/v\s*$');

-- has_hidden_code(text): encoded, hidden or downloaded code on a command line. An
-- address counts after a program that would fetch what is there: agents are given
-- their server's.
create or replace macro has_hidden_code(text) as
    regexp_matches(
        coalesce(text, ''),
        '(?i)[\s"''^][-/–—―](?:e|ec|en|enc|enco|encod|encode|encoded|encodedc\w*)["''^]*\s+["'']?[a-z0-9+/=]{16,}|\s[-/–—―]w(?:in|indow|indowst\w*)?\s+(?:h|hidden|1)\b|\bfrombase64string\b|\bdownload(?:string|file|data)\b|\binvoke-(?:expression|webrequest)\b|\biex\b|\b(?:cmd|powershell|pwsh|mshta|regsvr32|rundll32|msiexec|certutil|bitsadmin|curl|wget|hh|wmic|installutil|presentationhost)(?:\.exe)?\b.*\bhttps?://'
    );

-- has_shell_redirect(text): a shell that echoes into a pipe or a file, the way
-- remote execution tools return what they ran.
create or replace macro has_shell_redirect(text) as
    regexp_matches(
        coalesce(text, ''),
        '(?i)(?:%comspec%|\bcmd(?:\.exe)?)"?\s.*(?:\becho\b.*>|2\^?>\^?&1|&&|&\s*del\b)'
    );

-- has_named_pipe(text): a command that writes to a named pipe.
create or replace macro has_named_pipe(text) as
    regexp_matches(coalesce(text, ''), '(?i)\\\\[^\\\s]+\\pipe\\');

-- is_strange_payload(text, path, stem): whether a service's command is of a kind that
-- programs made to be services are not. What is only odd about its place:
-- is_nonstandard.
create or replace macro is_strange_payload(text, path, stem) as
    is_user_writable(path)
    or is_unc(path)
    or (is_lolbin(stem) and not is_installer_service(text))
    or has_named_pipe(text)
    or has_hidden_code(text)
    or has_shell_redirect(text)
    or has_admin_share(text)
    or has_stream(path)
    or is_script_file(path)
    or is_short_name(path)
    or has_disguise(text);

-- service_signature(service, text, path, original): what known_tools.csv is matched
-- against: a line for each, in small letters.
create or replace macro service_signature(service, text, path, original) as
    'service ' || regexp_replace(fold(service), '\s', ' ', 'g')
    || e'\ncommand ' || regexp_replace(fold(undouble(text)), '\s', ' ', 'g')
    || e'\nimage ' || regexp_replace(coalesce(path, ''), '\s', ' ', 'g')
    || e'\noriginal ' || fold(original)
    || e'\n';

-- has_signature(signature, patterns): whether one of the patterns is in a signature.
-- Over a constant list the pattern is built once.
create or replace macro has_signature(signature, patterns) as
    coalesce(regexp_matches(coalesce(signature, ''), '(?m)' || list_aggregate(list_transform(patterns, lambda p: '(?:' || p || ')'), 'string_agg', '|')), false);

-- installed_command(fields, path): the command of a service that was installed, from
-- AdditionalFields and, where that has none (Defender), the path of its program.
create or replace macro installed_command(fields, path) as
    coalesce(nullif(json_text(fields, '$.ImagePath'), ''), path, '');

-- is_service_host(path, command): whether a service runs in svchost under a group that
-- Windows has. Where only the program was recorded the group is not known, and it passes.
create or replace macro is_service_host(path, command) as
    coalesce(path, '') in ('c:\windows\system32\svchost.exe', 'c:\windows\syswow64\svchost.exe')
    and list_contains(list_append(reference_svchost_groups(), ''), svchost_group(command));

-- is_service_key_writer(path, name): whether a program writes services' keys in the
-- ordinary course: by its full path, and by its name where no path was recorded. The
-- kernel has none.
create or replace macro is_service_key_writer(path, name) as
    is_like_any(
        coalesce(nullif(path, ''), 'c:\windows\system32\' || fold(name)),
        list_concat(reference_service_key_writers(), ['system', 'c:\windows\system32\system', 'c:\windows\system32\tiworker.exe', 'c:\windows\system32\trustedinstaller.exe'])
    );

-- is_named_like_key_writer(name): whether a program is called like one of those, or
-- like one of Windows' hosts that write for others. `name` is in small letters.
create or replace macro is_named_like_key_writer(name) as
    list_contains(
        list_concat(
            list_transform(reference_service_key_writers(), lambda p: regexp_extract(p, '[^\\]+$')),
            ['svchost.exe', 'wmiprvse.exe']
        ),
        coalesce(name, '')
    );

-- is_remote_installer(path): whether a program is that of a product that installs its
-- service from another machine, or before it has a process of its own.
create or replace macro is_remote_installer(path) as is_like_any(path, reference_remote_installers());

-- matches_signature(text, pattern): whether a text has one pattern, which may differ
-- from row to row: for the few rows that has_signature let pass.
create or replace macro matches_signature(text, pattern) as
    regexp_matches(coalesce(text, ''), '(?m)' || pattern);
