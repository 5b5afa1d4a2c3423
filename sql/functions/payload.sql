-- What is suspicious about a command that a service would run. Each function
-- takes the text as recorded; the path functions take image_path of it.

-- is_user_writable(path): whether users without rights can put a file there.
-- ProgramData and a drive's root count for files directly in them: what lies
-- deeper has its own permissions.
create or replace macro is_user_writable(path) as
    regexp_matches(
        coalesce(path, ''),
        '^[a-z]:\\(?:users\\|.*\\(?:temp|tmp|appdata|downloads|desktop|public)\\|perflogs\\|\$recycle\.bin\\|windows\\(?:temp|tasks|debug|fonts|ime|addins|tracing)\\|programdata\\[^\\]+$|[^\\]+$)|\\config\\systemprofile\\'
    );

-- is_unc(path): whether the file lies on another machine, or on this one by way
-- of the network (\\127.0.0.1\ADMIN$).
create or replace macro is_unc(path) as
    regexp_matches(coalesce(path, ''), '^\\\\[^\\?.][^\\]*\\|^\\device\\mup\\');

-- is_lolbin(stem): whether a program that Windows ships can run other people's
-- code. The list is the union of the seed's and the catalogue's (N8).
create or replace macro is_lolbin(stem) as
    coalesce(stem, '') in (
        'cmd', 'powershell', 'powershell_ise', 'pwsh', 'wscript', 'cscript', 'mshta', 'regsvr32',
        'rundll32', 'certutil', 'bitsadmin', 'wmic', 'msbuild', 'installutil', 'regasm', 'regsvcs',
        'odbcconf', 'msiexec', 'hh', 'forfiles', 'pcalua', 'cmstp', 'msxsl', 'scriptrunner',
        'presentationhost', 'conhost', 'reg', 'schtasks', 'tscon', 'vssadmin'
    );

-- has_hidden_code(text): encoded, hidden or downloaded code on a command line.
create or replace macro has_hidden_code(text) as
    regexp_matches(
        coalesce(text, ''),
        '(?i)\s[-/–—](?:e|ec|en|enc|enco|encod|encode|encoded|encodedc\w*)\s+["'']?[a-z0-9+/=]{16,}|\s[-/–—]w(?:in|indowstyle|indow)?\s+(?:h|hidden|1)\b|\bfrombase64string\b|\bdownload(?:string|file|data)\b|\binvoke-(?:expression|webrequest)\b|\biex\b|\bhttps?://'
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

-- has_stream(path): an alternate data stream, a second colon in the path.
create or replace macro has_stream(path) as
    regexp_matches(coalesce(path, ''), '^[a-z]:[^:]*:');
