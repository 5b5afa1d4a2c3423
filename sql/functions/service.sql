-- What a command line says about a service: enough of sc.exe and of
-- PowerShell's service cmdlets to name the service and what it would run.

-- service_command_verb(c): create, config, New-Service or Set-Service; '' when
-- the command is none of them. Both `sc create` and `sc \\host create` are read.
create or replace macro service_command_verb(c) as
    coalesce(
        nullif(lower(regexp_extract(c, '(?i)\bsc(?:\.exe)?"?\s+(?:\\\\\S+\s+)?(create|config)\s', 1)), ''),
        nullif(regexp_extract(c, '(?i)\b((?:New|Set)-Service)\b', 1), ''),
        ''
    );

-- service_command_name(c): the service a command line names, '' when it names
-- none that can be told.
create or replace macro service_command_name(c) as
    trim(
        coalesce(
            nullif(regexp_extract(c, '(?i)\bsc(?:\.exe)?"?\s+(?:\\\\\S+\s+)?(?:create|config)\s+("[^"]+"|[^\s"]+)', 1), ''),
            nullif(regexp_extract(c, '(?i)\b(?:New|Set)-Service\b[^|;]*?\s-n(?:ame)?\s+("[^"]+"|''[^'']+''|[^\s"''-][^\s"'']*)', 1), ''),
            nullif(regexp_extract(c, '(?i)\b(?:New|Set)-Service\s+("[^"]+"|''[^'']+''|[^\s"''-][^\s"'']*)', 1), ''),
            ''
        ),
        '"'''
    );

-- service_command_payload(c): what the service would run according to a command
-- line, as written: sc.exe's binPath, New-Service's -BinaryPathName. '' when the
-- command sets none.
create or replace macro service_command_payload(c) as
    replace(
        trim(
            coalesce(
                nullif(regexp_extract(c, '(?i)\bbinpath\s*=\s*("(?:[^"\\]|\\.)*"|[^\s"]+)', 1), ''),
                nullif(regexp_extract(c, '(?i)\s-b(?:inarypathname|inary|in)?\s+("(?:[^"`]|`.)*"|''[^'']*''|[^\s"'']+)', 1), ''),
                ''
            ),
            '"'''
        ),
        '\"',
        '"'
    );

-- service_command_host(c): the other machine a command acts on (`sc \\host …`,
-- `-ComputerName host`), '' for this one.
create or replace macro service_command_host(c) as
    coalesce(
        nullif(regexp_extract(c, '(?i)\bsc(?:\.exe)?"?\s+\\\\([^\s\\]+)\s', 1), ''),
        nullif(regexp_extract(c, '(?i)\s-ComputerName\s+["'']?([^\s"'']+)', 1), ''),
        ''
    );
