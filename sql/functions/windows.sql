-- The words and numbers of Windows event logs, as Defender's columns have them.
--
-- `s` is pasted text: give a field, not an expression, where it stands twice.

-- given(s): NULL for what Windows writes where it has nothing to say.
create or replace macro given(s) as case when s in ('-', '') then null else s end;

-- windows_number(s): a number as a log writes it, 8692 or 0x21f4. NULL for
-- anything else.
create or replace macro windows_number(s) as try_cast(s as bigint);

-- windows_guid(s): a GUID in one spelling, whether the recorder put braces around
-- it or not. NULL for none and for the one that means none.
create or replace macro windows_guid(s) as
    case
        when s in ('-', '', '{00000000-0000-0000-0000-000000000000}', '00000000-0000-0000-0000-000000000000') then null
        else lower(trim(s, '{} '))
    end;

-- path_file(p): the last part of a path, of either system: on Linux, where a path
-- begins with a slash, a backslash is a character like any other. NULL for none.
create or replace macro path_file(p) as
    nullif(regexp_replace(p, '(?s)^(?:/(?:.*/)?|.*[\\/])', ''), '');

-- path_whole(p): a path; NULL for a name alone (System, Registry), which is none.
create or replace macro path_whole(p) as case when contains(p, '\') or contains(p, '/') then p end;

-- account_domain(s), account_name(s): the halves of DOMAIN\name. A name alone has
-- no domain.
create or replace macro account_domain(s) as case when contains(s, '\') then split_part(s, '\', 1) end;
create or replace macro account_name(s) as
    case when s in ('-', '') then null else s[strpos(s, '\') + 1:] end;

-- real_sid(s): a SID, NULL for the one of nobody.
create or replace macro real_sid(s) as
    case when s in ('S-1-0-0', '-', '') then null else s end;

-- Codes and words are looked up in a map: a case would paste what it compares into
-- every branch.

-- integrity_level(s): the mandatory label of 4688, a SID or the words of a
-- rendered event, as Defender has it.
create or replace macro integrity_level(s) as
    coalesce(
        map {
            'S-1-16-0': 'Untrusted',
            'S-1-16-4096': 'Low',
            'S-1-16-8192': 'Medium',
            'S-1-16-8448': 'MediumPlus',
            'S-1-16-12288': 'High',
            'S-1-16-16384': 'System',
            'S-1-16-20480': 'ProtectedProcess'
        }[s],
        nullif(regexp_extract(s, '(Untrusted|Low|Medium|High|System) Mandatory Level', 1), '')
    );

-- token_elevation(s): the code of 4688, or the words of a rendered event.
create or replace macro token_elevation(s) as
    coalesce(
        map {
            '%%1936': 'TokenElevationTypeDefault',
            '%%1937': 'TokenElevationTypeFull',
            '%%1938': 'TokenElevationTypeLimited'
        }[s],
        nullif(regexp_extract(s, 'TokenElevationType(?:Default|Full|Limited)'), '')
    );

-- start_type(s): when a service starts, in the words of sc.exe, from the code of
-- the registry, the words of the service manager or those of PowerShell. NULL
-- for what is none of them: a system in another language has its own words.
create or replace macro start_type(s) as
    map {
        '0': 'boot', '0x0': 'boot', 'boot start': 'boot', 'boot': 'boot',
        '1': 'system', '0x1': 'system', 'system start': 'system', 'system': 'system',
        '2': 'auto', '0x2': 'auto', 'auto start': 'auto', 'automatic': 'auto', 'auto': 'auto',
        '3': 'demand', '0x3': 'demand', 'demand start': 'demand', 'manual': 'demand', 'demand': 'demand',
        '4': 'disabled', '0x4': 'disabled', 'disabled': 'disabled'
    }[lower(trim(s))];

-- service_type(s): what kind of service, in the words of sc.exe, from the code
-- (0x10, 16) or the words of the service manager. NULL for what is none of them.
create or replace macro service_type(s) as
    coalesce(
        map {
            1: 'kernel driver',
            2: 'file system driver',
            4: 'adapter',
            8: 'recognizer driver',
            16: 'own process',
            32: 'shared process',
            80: 'user own process',
            96: 'user shared process',
            208: 'user own process instance',
            224: 'user shared process instance',
            272: 'own process, interactive',
            288: 'shared process, interactive'
        }[windows_number(s)],
        map {
            'user mode service': 'own process',
            'kernel mode driver': 'kernel driver',
            'file system driver': 'file system driver'
        }[lower(trim(s))]
    );

-- service_type_raw(s): the code as Windows writes it, 0x10, whether a reader made
-- 16 of it or not; words as they are.
create or replace macro service_type_raw(s) as
    case when windows_number(s) is null then given(s) else printf('0x%x', windows_number(s)) end;

-- registry_type(s): the message code of a value's type in 4657, in words.
create or replace macro registry_type(s) as
    coalesce(
        map {
            '%%1872': 'None',
            '%%1873': 'String',
            '%%1874': 'ExpandString',
            '%%1875': 'Binary',
            '%%1876': 'Dword',
            '%%1877': 'DwordBigEndian',
            '%%1878': 'Link',
            '%%1879': 'MultiString',
            '%%1880': 'ResourceList',
            '%%1881': 'FullResourceDescriptor',
            '%%1882': 'ResourceRequirementsList',
            '%%1883': 'Qword'
        }[s],
        given(s)
    );

-- logon_type(s): the number of 4624 in Defender's words.
create or replace macro logon_type(s) as
    coalesce(
        map {
            '0': 'System',
            '2': 'Interactive',
            '3': 'Network',
            '4': 'Batch',
            '5': 'Service',
            '7': 'Unlock',
            '8': 'NetworkCleartext',
            '9': 'NewCredentials',
            '10': 'RemoteInteractive',
            '11': 'CachedInteractive',
            '12': 'CachedRemoteInteractive',
            '13': 'CachedUnlock'
        }[s],
        given(s)
    );

-- details(fields): a structure as the JSON text of AdditionalFields, without what
-- is NULL.
create or replace macro details(fields) as json_merge_patch('{}', to_json(fields))::varchar;

-- message_field(message, label): a line of a rendered English message, for the
-- exports that have nothing else: `Account Name:  wardog`. NULL where it has no
-- such line.
create or replace macro message_field(message, label) as
    given(regexp_extract(message, '(?m)^\s*' || label || ':[ \t]*(.*?)\s*$', 1));

-- message_list(data, a, b, c): data without names as a list, from a list in JSON
-- or from the fields param1 and so on that some shippers make of it.
create or replace macro message_list(data, a, b, c) as
    coalesce(try(from_json(data, '["VARCHAR"]')), case when data is not null then [data] end, [a, b, c]);

-- text_between(s, first, last): what stands between the first `first` and the next
-- `last`, without the white space around it. NULL for nothing, or if one is missing.
create or replace macro text_between(s, first, last) as
    list_transform(
        [case when contains(s, first) then s[strpos(s, first) + length(first):] end],
        lambda rest: case when contains(rest, last) then given(trim(rest[:strpos(rest, last) - 1], e' \t\r\n')) end
    )[1];

-- shell_setting(context, name, next), shell_info(context, name, next): a setting
-- that PowerShell writes about its host, up to the setting after it: a command line
-- may have several lines. One is for the list of 400 and 800, NAME=value, the other
-- for ContextInfo of 4103, NAME = value.
create or replace macro shell_setting(context, name, next) as
    text_between(context, e'\t' || name || '=', e'\n\t' || next || '=');
create or replace macro shell_info(context, name, next) as
    text_between(context, '        ' || name || ' =', e'\n        ' || next || ' =');

-- host_program(line): the file name of the program that a host's command line
-- runs. Only the beginning is looked at: the rest may be a whole script.
create or replace macro host_program(line) as path_file(ltrim(command_image(line[:512]), '"'));

-- How shippers write an event down.

-- has_zone(text): whether a time says its zone.
create or replace macro has_zone(text) as regexp_matches(text, '(?:[zZ]|[+-][0-9]{2}:?[0-9]{2})\s*$');

-- hours_and_minutes(minutes): a span in words: 16 h, 3 h 30 min.
create or replace macro hours_and_minutes(minutes) as
    concat_ws(
        ' ',
        case when minutes >= 60 then (minutes // 60) || ' h' end,
        case when minutes % 60 > 0 then (minutes % 60) || ' min' end
    );

-- windows_channel(provider, id): the channel of an event whose shipper left it
-- out. NULL where that cannot be told.
create or replace macro windows_channel(provider, id) as
    case
        when lower(provider) = 'microsoft-windows-eventlog' then case id when 1102 then 'Security' when 104 then 'System' end
        else map {
            'microsoft-windows-sysmon': 'Microsoft-Windows-Sysmon/Operational',
            'linux-sysmon': 'Linux-Sysmon/Operational',
            'microsoft-windows-security-auditing': 'Security',
            'service control manager': 'System',
            'microsoft-windows-powershell': 'Microsoft-Windows-PowerShell/Operational',
            'powershellcore': 'PowerShellCore/Operational',
            'powershell': 'Windows PowerShell'
        }[lower(provider)]
    end;

-- json_inner(j): the first object inside an object: UserData holds one element,
-- and the fields are in that.
create or replace macro json_inner(j) as
    list_filter(json_extract(try_cast(j as json), '$.*'), lambda v: json_type(v) = 'OBJECT')[1]::varchar;

-- named_data(j): {"Data": …} of EventData with unnamed data as a plain list, and
-- with {"@Name": …, "#text": …} as an object of these names.
create or replace macro named_data(j) as
    list_transform(
        [try(from_json(j, '{"Data":"JSON","Binary":"VARCHAR"}'))],
        lambda d: case
            when json_type(d.Data, '$[0]."@Name"') is not null then '{' || list_aggregate(
                list_transform(
                    from_json(d.Data, '[{"@Name":"VARCHAR","#text":"VARCHAR"}]'),
                    lambda v: to_json(v."@Name") || ':' || coalesce(to_json(v."#text"), '""')
                ),
                'string_agg', ','
            ) || coalesce(',"Binary":' || to_json(d.Binary), '') || '}'
            when json_type(d.Data, '$."#text"') is not null
                then json_object('Data', json_extract(d.Data, '$."#text"'), 'Binary', d.Binary)::varchar
            else j
        end
    )[1];

-- portal_time(text): a time as the portal in English writes it, in the form of
-- all others; any other text as it is.
create or replace macro portal_time(text) as
    coalesce(
        try_strptime(
            replace(text, ',', ''),
            ['%-m/%-d/%Y %-I:%M:%S.%f %p', '%-m/%-d/%Y %-I:%M:%S %p']
        )::varchar,
        text
    );

-- is_security, is_service_manager, is_powershell(provider, channel): who wrote the
-- event. The channel alone is asked where the provider is not known.
create or replace macro is_security(provider, channel) as
    lower(channel) = 'security' or lower(provider) = 'microsoft-windows-security-auditing';
create or replace macro is_service_manager(provider, channel) as
    case
        when provider is null then lower(channel) = 'system'
        else lower(provider) in ('service control manager', 'microsoft-windows-service control manager')
            and coalesce(lower(channel), 'system') in ('system', 'forwardedevents')
    end;
create or replace macro is_powershell(provider, channel) as
    lower(coalesce(provider, channel)) in (
        'powershell', 'microsoft-windows-powershell', 'powershellcore',
        'windows powershell', 'microsoft-windows-powershell/operational', 'powershellcore/operational'
    );

-- utf16_hex(h): text that a log holds as hexadecimal UTF-16, of ASCII characters.
-- NULL for anything else.
create or replace macro utf16_hex(h) as
    case
        when regexp_full_match(h, '(?:[0-7][0-9A-Fa-f]00)+')
            then rtrim(try(decode(unhex(regexp_replace(h, '(..)00', '\1', 'g')))), chr(0))
    end;
