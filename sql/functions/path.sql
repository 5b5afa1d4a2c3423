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

-- one_separator(p): a path on a drive with single backslashes: `C:/Temp\\x.exe` is
-- opened as c:\temp\x.exe is. Other paths stay: a network path begins with two.
create or replace macro one_separator(p) as
    list_transform(
        [p],
        lambda path: case
            when path[2] = ':' then regexp_replace(replace(path, '/', '\'), '\\{2,}', '\\', 'g')
            else path
        end
    )[1];

-- canonical_path(p): a path in lower case in its ordinary form: without the
-- object manager's prefixes, variables expanded, what is relative to the
-- Windows folder made absolute, a volume by its device taken for C:.
create or replace macro canonical_path(p) as
    one_separator(
        regexp_replace(
            regexp_replace(
                expand_env(
                    regexp_replace(
                        regexp_replace(
                            fold(p),
                            '^\\(?:\?\?|\\\?)\\unc\\', '\\\\'
                        ),
                        '^(?:\\(?:\?\?|\\\?|dosdevices)\\|\\\\\.\\([a-z]:|globalroot\\))', '\1'
                    )
                ),
                '^\\?(?:globalroot\\)?device\\harddiskvolume[0-9]+\\', 'c:\\'
            ),
            '^(?:\\systemroot\\|(system32\\|syswow64\\))', 'c:\\windows\\\1'
        )
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

-- image_is_like(path, pattern): whether a path is the one of reference data, in
-- which * stands for one folder, a version's: …\platform\*\msmpeng.exe. Both are
-- plain columns or constants: they are pasted twice.
create or replace macro image_is_like(path, pattern) as
    path = pattern
    or (
        strpos(pattern, '*') > 0
        and regexp_full_match(path, replace(regexp_escape(pattern), '\*', '[^\\]+'))
    );

-- by_service_manager(path, name): whether a process is the service manager, by
-- its full path, and only where no path was recorded by its name: a services.exe
-- in Temp is not.
create or replace macro by_service_manager(path, name) as
    coalesce(nullif(path, ''), 'c:\windows\system32\' || fold(name)) = 'c:\windows\system32\services.exe';

-- by_servicing(path, name): whether a process is what installs Windows' own parts
-- and drivers: the servicing stack, device installation, Windows Installer, the
-- kernel itself. By full path; the kernel has none.
create or replace macro by_servicing(path, name) as
    regexp_full_match(
        coalesce(nullif(path, ''), fold(name)),
        'system|system\\system|c:\\windows\\(?:winsxs\\[^\\]+\\(?:tiworker|poqexec)|servicing\\(?:trustedinstaller|tiworker)|system32\\(?:poqexec|drvinst|msiexec|ntoskrnl|dism\\dismhost)|syswow64\\msiexec)\.exe'
    );

-- in_system_folder(path): whether a file lies in System32 or SysWOW64, but not in
-- the folders below them that users can write to.
create or replace macro in_system_folder(path) as
    regexp_matches(coalesce(path, ''), '^[a-z]:\\windows\\(?:system32|syswow64)\\')
    and not regexp_matches(
        coalesce(path, ''),
        '^[a-z]:\\windows\\(?:system32|syswow64)\\(?:tasks|fxstmp|config\\systemprofile|spool\\drivers\\color|com\\dmp|microsoft\\crypto\\rsa\\machinekeys)\\'
    );

-- in_program_files(path): whether a file lies in a folder for programs, which only
-- administrators write to.
create or replace macro in_program_files(path) as
    regexp_matches(coalesce(path, ''), '^[a-z]:\\program files(?: \(x86\))?\\');

-- in_driver_place(path): whether a file lies where drivers ordinarily do: the
-- drivers' folders of Windows, the store that device installation keeps, Program
-- Files, and where Defender unpacks its definitions. A way up the tree is none.
create or replace macro in_driver_place(path) as
    regexp_matches(
        replace(coalesce(path, ''), '/', '\'),
        '^(?:[a-z]:|\\device\\harddiskvolume[0-9]+)\\(?:windows\\(?:system32|syswow64|sysnative)\\(?:drivers|driverstore)\\|program files(?: \(x86\))?\\|programdata\\microsoft\\(?:windows defender|microsoft antimalware)\\(?:definition updates|platform)\\)'
    )
    and not contains(replace(coalesce(path, ''), '/', '\'), '\..\');

-- in_windows_or_programs(folder): whether a folder, as recorded and with or without a
-- file's name at its end, is one of Windows' own or of Program Files. One match, to
-- tell over many rows what need not be looked at; what is not sure is false, as is
-- what users can write to.
create or replace macro in_windows_or_programs(folder) as
    regexp_full_match(
        coalesce(folder, ''),
        '(?i)[a-z]:\\(?:program files(?: \(x86\))?\\.*|windows\\(?:system32|syswow64)(?:\\[^\\]+|\\(?:wbem|openssh|driverstore|drivers)\\.*)?|windows\\(?:servicing|microsoft\.net)\\.*|programdata\\microsoft\\windows defender\\platform\\.*)'
    )
    and not regexp_matches(coalesce(folder, ''), '(?i)\\\.\.|:\\windows\\sys(?:tem32|wow64)\\(?:tasks|fxstmp)(?:\\|$)');

-- without_dots(path): a path with its steps up and its steps on the spot walked:
-- c:\windows\x\..\system32 is c:\windows\system32. To compare what a disguised path
-- means; what it looks like stays in canonical_path. Up to three steps up in a row.
create or replace macro without_dots(path) as
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(coalesce(path, ''), '(?:\\\.)+\\', '\\', 'g'),
                '\\[^\\]+\\\.\.\\', '\\', 'g'
            ),
            '\\[^\\]+\\\.\.\\', '\\', 'g'
        ),
        '\\[^\\]+\\\.\.\\', '\\', 'g'
    );
