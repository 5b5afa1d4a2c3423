-- Paths of executables, as services name them and as Defender records them.
--
-- A service's ImagePath is a command line in any of these forms:
--
--     C:\Windows\system32\svchost.exe -k netsvcs
--     "C:\Program Files\Vendor\agent.exe" --service
--     \SystemRoot\System32\drivers\x.sys      system32\drivers\x.sys
--     \??\C:\Temp\x.sys                       %%COMSPEC%% /C echo …
--
-- Everything below is in lower case (A to Z; see fold) and NULL is ''.
-- Nothing is resolved that would hide a trick: `..` segments, trailing dots and
-- spaces, short names and streams (`file.txt:cmd.exe`) stay visible.

-- service_env(): what variables mean to a service, which runs as SYSTEM.
create or replace macro service_env(name) as
    map {
        'systemroot': 'c:\windows',
        'windir': 'c:\windows',
        'comspec': 'c:\windows\system32\cmd.exe',
        'temp': 'c:\windows\temp',
        'tmp': 'c:\windows\temp',
        'programfiles': 'c:\program files',
        'programw6432': 'c:\program files',
        'programfiles(x86)': 'c:\program files (x86)',
        'commonprogramfiles': 'c:\program files\common files',
        'programdata': 'c:\programdata',
        'allusersprofile': 'c:\programdata',
        'public': 'c:\users\public',
        'systemdrive': 'c:',
        'homedrive': 'c:',
        'userprofile': 'c:\windows\system32\config\systemprofile',
        'appdata': 'c:\windows\system32\config\systemprofile\appdata\roaming',
        'localappdata': 'c:\windows\system32\config\systemprofile\appdata\local'
    }[name];

-- expand_env(p): a leading %variable% replaced; an unknown one stays.
-- The list of one is a way to name a value: pasted four times, the argument
-- would be worked out four times, and so would whatever it is made of.
create or replace macro expand_env(p) as
    list_transform(
        [p],
        lambda path: case
            when starts_with(path, '%') then coalesce(
                service_env(regexp_extract(path, '^%([^%]+)%', 1)) || regexp_replace(path, '^%[^%]+%', ''),
                path
            )
            else path
        end
    )[1];

-- canonical_path(p): a path in lower case in its ordinary form: without the
-- object manager's prefixes, variables expanded, what is relative to the
-- Windows folder made absolute.
create or replace macro canonical_path(p) as
    regexp_replace(
        expand_env(
            regexp_replace(
                regexp_replace(
                    fold(p),
                    '^\\(?:\?\?|\\\?)\\unc\\', '\\\\'
                ),
                '^\\(?:\?\?|\\\?|dosdevices)\\', ''
            )
        ),
        '^(?:\\systemroot\\|(system32\\|syswow64\\))', 'c:\\windows\\\1'
    );

-- command_image(s): the program of a command line as it is written, an opening
-- quote included. In this order: what is quoted; a bare word (cmd, sc.exe); the
-- shortest beginning that ends in the extension of a program; everything up to
-- the first switch. A beginning with a switch in it (` /c`, ` -k`) is no path.
create or replace macro command_image(s) as
    regexp_extract(
        s,
        '(?is)^\s*("[^"]*|[^\s\\":/]+|(?:\S|\s+[^\s/-]|\s+-\s)*?\.(?:exe|sys|dll|bat|cmd|ps1|com|scr)|(?:\S|\s+[^\s/-]|\s+-\s)+)(?:["\s/]|$)',
        1
    );

-- undouble(s): Sysmon writes %%SystemRoot%% for %SystemRoot%.
create or replace macro undouble(s) as replace(coalesce(s, ''), '%%', '%');

-- image_path(s): the program that a service's command line runs, as a full path
-- where the line gives one; `cmd` for a bare cmd; '' for nothing.
create or replace macro image_path(s) as
    canonical_path(ltrim(command_image(undouble(s)), '"'));

-- image_args(s): what follows the program, as recorded but for doubled percents.
create or replace macro image_args(s) as
    trim(
        regexp_replace(
            regexp_extract(
                undouble(s),
                '(?is)^\s*(?:"[^"]*|[^\s\\":/]+|(?:\S|\s+[^\s/-]|\s+-\s)*?\.(?:exe|sys|dll|bat|cmd|ps1|com|scr)|(?:\S|\s+[^\s/-]|\s+-\s)+)((?:["\s/].*)?)$',
                1
            ),
            '^"', ''
        ),
        e' \t\r\n\f'
    );

-- path_stem(p): the file name of a path without its extension.
create or replace macro path_stem(p) as
    regexp_extract(fold(p), '(?s)([^\\/]+?)(?:\.[^.\\/]*)?$', 1);

-- image_stem(s): the file name, without its extension, of the program that a
-- service's command line runs: svchost, cmd.
create or replace macro image_stem(s) as path_stem(image_path(s));

-- full_path(folder, file): Defender's FolderPath and FileName as one path.
-- FolderPath ends in the file name in some exports and not in others. '' where
-- the folder is unknown: a name alone is no path.
create or replace macro full_path(folder, file) as
    list_transform(
        [{'dir': canonical_path(folder), 'name': fold(file)}],
        lambda x: case
            when x.dir = '' then ''
            when x.name = '' or ends_with(x.dir, '\' || x.name) or ends_with(x.dir, '/' || x.name) then x.dir
            when starts_with(x.dir, '/') then rtrim(x.dir, '/') || '/' || x.name
            else rtrim(x.dir, '\') || '\' || x.name
        end
    )[1];
