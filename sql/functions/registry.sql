-- Registry keys of Windows services, whoever recorded them.
--
-- One key has many spellings:
--
--     HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\Fax     Defender
--     HKLM\System\CurrentControlSet\services\Fax               Sysmon
--     \REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\Fax      Windows event 4657
--     HKLM:\…   MACHINE\…   Computer\HKEY_LOCAL_MACHINE\…      PowerShell, policies, regedit
--
-- The functions here read them all as one. Matching ignores case; what is not
-- recognised is left as it is. NULL is ''.

-- registry_key(k): the key with the local machine's root written
-- HKEY_LOCAL_MACHINE and, below its SYSTEM, any control set written
-- CurrentControlSet (and `services` below that written Services). Which control
-- set it was: control_set. Only the head of the key is rewritten, so a text
-- found in a key that has this spelling already is still found.
create or replace macro registry_key(k) as
    regexp_replace(
        regexp_replace(
            regexp_replace(
                coalesce(k, ''),
                '(?i)^(?:Computer\\)?(?:HKEY_LOCAL_MACHINE|HKLM:?|\\REGISTRY\\MACHINE|MACHINE)(\\|$)',
                'HKEY_LOCAL_MACHINE\1'
            ),
            '(?i)^HKEY_LOCAL_MACHINE\\SYSTEM\\(?:CurrentControlSet|ControlSet[0-9]{3})(\\|$)',
            'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\1'
        ),
        '(?i)^HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services(\\|$)',
        'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\1'
    );

-- control_set(k): the control set the key is in, 'CurrentControlSet' or
-- 'ControlSet001'; '' for a key that is in none.
create or replace macro control_set(k) as
    regexp_replace(
        regexp_replace(
            regexp_extract(
                coalesce(k, ''),
                '(?i)^(?:Computer\\)?(?:HKEY_LOCAL_MACHINE|HKLM:?|\\REGISTRY\\MACHINE|MACHINE)\\SYSTEM\\(CurrentControlSet|ControlSet[0-9]{3})(?:\\|$)',
                1
            ),
            '(?i)^CurrentControlSet', 'CurrentControlSet'
        ),
        '(?i)^ControlSet', 'ControlSet'
    );

-- service_name(k): the first key below Services; '' for a key that is not below
-- it. A name may hold a slash, never a backslash. Empty segments are passed over.
create or replace macro service_name(k) as
    regexp_extract(
        registry_key(k),
        '(?s)^HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\+([^\\]+)',
        1
    );

-- service_value_path(k, v): where a value lies below its service: 'ImagePath',
-- 'Parameters\ServiceDll'. Without a value name (an event about a key, or a
-- key's default value) it ends in a backslash: 'Parameters\'. '' for a key that
-- is no service's, and for the service's own key without a value name.
create or replace macro service_value_path(k, v) as
    case
        when service_name(k) = '' then ''
        else regexp_replace(
            regexp_extract(
                registry_key(k),
                '(?s)^HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\+[^\\]+\\*(.*?)\\*$',
                1
            ),
            '(?s)^(.+)$', '\1\\'
        ) || coalesce(v, '')
    end;

-- hex_bigint(h): hexadecimal digits without leading zeros, as a number.
create or replace macro hex_bigint(h) as
    case when length(h) <= 16 then try_cast('0x' || case when h = '' then '0' else h end as bigint) end;

-- reg_dword(s): the integer a recorder wrote as 2, 0x2, 0x00000002,
-- DWORD (0x00000002) or, in two halves, QWORD (0x00000000-0x00000002). NULL for
-- anything else, and for what does not fit a BIGINT.
create or replace macro reg_dword(s) as
    case
        when regexp_full_match(s, '\s*[0-9]+\s*') then try_cast(trim(s, e' \t\r\n\f') as bigint)
        when regexp_full_match(s, '(?i)\s*(?:0x[0-9a-f]+|[DQ]WORD\s*\(\s*0x[0-9a-f]+\s*\))\s*')
            then hex_bigint(regexp_extract(s, '(?i)0x0*([0-9a-f]+)', 1))
        when regexp_full_match(s, '(?i)\s*QWORD\s*\(\s*0x[0-9a-f]{8}-0x[0-9a-f]{8}\s*\)\s*')
            then hex_bigint(ltrim(
                regexp_replace(s, '(?i)^.*0x([0-9a-f]{8})-0x([0-9a-f]{8}).*$', '\1\2', 's'), '0'
            ))
    end;

-- svchost_groups_key(k): whether a key is the list of svchost's groups, whose
-- values are each a group and the services it holds.
create or replace macro svchost_groups_key(k) as
    regexp_full_match(
        registry_key(k),
        '(?i)HKEY_LOCAL_MACHINE\\SOFTWARE\\(?:WOW6432Node\\)?Microsoft\\Windows NT\\CurrentVersion\\Svchost\\*'
    );
