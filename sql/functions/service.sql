-- What a command line says about a service: which, what it would run, and where.
--
-- Read are sc.exe, reg.exe, wmic, PowerShell (the text as powershell_text gives it)
-- and the programs that make a service of any other. `c` is the command line as
-- recorded. NULL is '', and no function here returns NULL.

-- first_text(list): the first text of a list that is not empty, '' if all are.
create or replace macro first_text(list) as regexp_extract(array_to_string(list, chr(3)), '(?s)^\x03*([^\x03]+)', 1);

-- argv(c): the words of a command line as the C runtime splits them: quotes hold a
-- word together wherever they stand (cre"a"te), \" is a quote.
create or replace macro argv(c) as
    list_transform(
        regexp_extract_all(
            coalesce(c, ''),
            '(?s)(?:(?:\\\\)*\\"|(?:\\\\)+|"(?:(?:\\\\)*\\"|(?:\\\\)+|[^"])*(?:"|$)|[^\s"])+'
        ),
        lambda w: replace(replace(replace(w, '\"', chr(1)), '"', ''), chr(1), '"')
    );

-- joined(words): words as one text with a mark between them, chr(2), for what follows.
create or replace macro joined(words) as chr(2) || array_to_string(words, chr(2)) || chr(2);

-- sc_options(text): the options of sc.exe with their values, `binPath= x` or
-- `binPath=x`, chr(3) after each. They are read one after the other, so that a value
-- that looks like an option (displayname= "binPath= x") is a value. `text` is joined
-- words.
create or replace macro sc_options(text) as
    array_to_string(regexp_extract_all(text, '(?s)\x02[a-zA-Z]+=\x02?[^\x02]*'), chr(3)) || chr(3);

-- option_value(options, name): the value of the first that is called so; name is a
-- regular expression. '' for none.
create or replace macro option_value(options, name) as
    regexp_extract(options, '(?is)(?:^|\x03)\x02(?:' || name || ')=\x02?([^\x03]*)\x03', 1);

-- switch_value(text, name): what follows a switch of reg.exe: /v ImagePath, or with a
-- dash, which it takes as well. `text` is joined words.
create or replace macro switch_value(text, name) as
    regexp_extract(text, '(?i)\x02[-/]' || name || '\x02([^\x02]*)', 1);

-- sc_verb_of(words): the verb where words are `[\\server] verb …`, '' where not.
create or replace macro sc_verb_of(words) as
    list_transform(
        [fold(case when starts_with(words[1], '\\') then words[2] else words[1] end)],
        lambda v: case
            when v in (
                'create', 'config', 'failure', 'failureflag', 'sdset', 'sidtype', 'privs', 'triggerinfo', 'managedaccount',
                'start', 'stop', 'delete', 'description'
            ) then v
            else ''
        end
    )[1];

-- has_sc_option(words): whether words have an option of sc.exe. Other programs have
-- verbs of the same names (docker create, git config).
create or replace macro has_sc_option(words) as
    regexp_matches(joined(words), '(?i)\x02(?:binpath|obj|type|start|command|displayname)=');

-- sc_words(c): what sc.exe is told, from the server or the verb on; [] for a line
-- that tells it nothing. First the line is read as sc.exe's own, which may be called
-- otherwise; then as one of a shell that names sc.exe further on, there without the
-- carets of cmd.
create or replace macro sc_words(c) as
    list_transform(
        [{'all': argv(c), 'line': coalesce(c, '')}],
        lambda x: case
            when sc_verb_of(x.all[2:]) <> '' and (path_stem(x.all[1]) = 'sc' or has_sc_option(x.all)) then x.all[2:]
            else list_transform(
                [
                    argv(
                        regexp_extract(
                            replace(x.line, '^', ''),
                            '(?is)(?:^|[\s&|;("''{\\/@])sc(?:\.exe)?["'']?\s+((?:\\\\[^\s"]+\s+)?"?(?:create|config|failure|sdset|start|delete)\b.*)$',
                            1
                        )
                    )
                ],
                lambda w: case when sc_verb_of(w) <> '' then w else [] end
            )[1]
        end
    )[1];

-- sc_command(c): the same, taken apart: server, verb, name and what is to run.
create or replace macro sc_command(c) as
    list_transform(
        [sc_words(c)],
        lambda w: list_transform(
            [{'words': case when starts_with(w[1], '\\') then w[2:] else w end, 'options': sc_options(joined(w)), 'host': regexp_extract(w[1], '^\\\\([^\\]+)', 1)}],
            lambda x: {
                'host': coalesce(x.host, ''),
                'verb': fold(x.words[1]),
                'name': coalesce(x.words[2], ''),
                'payload': option_value(x.options, 'binpath|command'),
                'account': option_value(x.options, 'obj'),
                'type': option_value(x.options, 'type')
            }
        )[1]
    )[1];

-- sc_changes(s): whether sc.exe is told to make a service, or to change what one runs,
-- as whom or as what kind. A change of the start type alone is none. `s` is sc_command
-- of a line, as a column: it is pasted several times.
create or replace macro sc_changes(s) as
    (s.verb = 'create' and s.name <> '')
    or (s.verb = 'config' and (s.payload <> '' or s.account <> '' or s.type <> ''));

-- sc_changes_service(c): the same of a command line.
create or replace macro sc_changes_service(c) as
    list_transform([sc_command(c)], lambda s: sc_changes(s))[1];

-- reg_command(c): what reg.exe is told about a service's key: the machine, the key's
-- service, the value and its data. A service of '' is none.
create or replace macro reg_command(c) as
    list_transform(
        [argv(c)],
        lambda w: list_transform(
            [
                {
                    'verb': fold(w[2]),
                    -- Of a copy the key that is written is the second.
                    'key': coalesce(case when fold(w[2]) = 'copy' then w[4] else w[3] end, ''),
                    'value': fold(switch_value(joined(w), 'v')),
                    'data': switch_value(joined(w), 'd')
                }
            ],
            lambda r: {
                'verb': r.verb,
                'host': regexp_extract(r.key, '^\\\\([^\\]+)\\', 1),
                'service': service_name(regexp_replace(r.key, '^\\\\[^\\]+\\', '')),
                'value': r.value,
                'data': r.data
            }
        )[1]
    )[1];

-- reg_changes(r): whether reg.exe writes what a service runs, as whom, or that it
-- starts by itself; or puts a whole key in the place of a service's. `r` is reg_command
-- of a line, as a column.
create or replace macro reg_changes(r) as
    r.service <> '' and (
        r.verb in ('restore', 'copy')
        or (
            r.verb = 'add'
            and (
                r.value in ('imagepath', 'servicedll', 'servicemanifest', 'failurecommand', 'objectname', 'application')
                or (r.value = 'start' and coalesce(reg_dword(r.data) in (0, 1, 2), false))
            )
        )
    );

-- reg_changes_service(c): the same of a command line.
create or replace macro reg_changes_service(c) as
    list_transform([reg_command(c)], lambda r: reg_changes(r))[1];

-- wmic_changes_service(c): wmic with create, or with change of more than the start.
create or replace macro wmic_changes_service(c) as
    regexp_matches(
        replace(coalesce(c, ''), '^', ''),
        '(?is)\b(?:service|win32_service)\b.*\bcall\s+"?(?:create\b|change\b.*(?:pathname|startname|servicetype|startpassword|null|,))'
    );

-- wrapper_changes_service(c): a program that makes services of others, told to do so:
-- nssm, srvany's instsrv, WinSW, InstallUtil, PsService. Taking one away is none.
create or replace macro wrapper_changes_service(c) as
    list_transform(
        [{'w': list_transform(argv(c), lambda w: fold(w)), 'program': path_stem(argv(c)[1])}],
        lambda x: case
            when starts_with(x.program, 'instsrv') then length(x.w) > 2 and coalesce(x.w[3], '') <> 'remove'
            when starts_with(x.program, 'installutil') then length(x.w) > 1 and not list_has_any(x.w, ['/u', '-u', '/uninstall', '-uninstall', '/?'])
            when starts_with(x.program, 'psservice') then list_contains(x.w, 'setconfig') and list_has_any(x.w, ['auto', 'demand'])
            else list_contains(x.w, 'install')
                or (coalesce(x.w[2], '') = 'set' and coalesce(x.w[4], '') in ('application', 'appparameters', 'objectname'))
        end
    )[1];

-- without_quotes(s): a text without the quotes around it.
create or replace macro without_quotes(s) as trim(s, '"''');

-- service_command_verb(c): create, config, failure … of sc.exe; New-Service,
-- Set-Service of PowerShell; '' when the command has none of them.
create or replace macro service_command_verb(c) as
    first_text([
        sc_command(c).verb,
        regexp_extract(c, '(?i)\b((?:New|Set)-Service)\b', 1)
    ]);

-- service_told(c, s, r): the service a command line names, '' when it names none that
-- can be told. Here and in the next two, `s` is sc_command and `r` reg_command of the
-- line, worked out once, as columns.
create or replace macro service_told(c, s, r) as
    first_text([
        s.name,
        r.service,
        without_quotes(regexp_extract(c, '(?i)(?:-Service|-ServiceBin(?:ary)?Path|-ServiceAbuse|-ServiceBinary)\b[^|;\n]*?\s-n(?:ame)?\s+("[^"]+"|''[^'']+''|[^\s"''-][^\s"'']*)', 1)),
        without_quotes(regexp_extract(c, '(?i)\b(?:New|Set)-Service\s+("[^"]+"|''[^'']+''|[^\s"''-][^\s"'']*)', 1)),
        regexp_extract(c, '(?i)\\Services\\([^\\"''\s;,)]+)', 1),
        -- PowerShell 4103 lists what was bound.
        regexp_extract(c, '(?i)\bname="(?:Name|DisplayName)";\s*value="([^"]*)"', 1),
        without_quotes(regexp_extract(c, '(?i)(?:\.create\s*\(|\bcall\s+create)\s*("[^"]+"|''[^'']+'')', 1)),
        without_quotes(regexp_extract(c, '(?i)(?:\bnssm(?:64)?(?:\.exe)?"?\s+(?:install|set)|\binstsrv(?:\.exe)?"?|\bsetconfig)\s+("[^"]+"|[^\s"]+)', 1)),
        without_quotes(regexp_extract(c, '(?i)[\s,@{;("''](?:name)\s*=\s*("[^"]+"|''[^'']+''|[^\s"'';,}]+)', 1))
    ]);

-- service_command_name(c): the same of a command line alone.
create or replace macro service_command_name(c) as
    list_transform([{'s': sc_command(c), 'r': reg_command(c)}], lambda x: service_told(c, x.s, x.r))[1];

-- without_registry_path(text): '' where a text is a path into the registry as PowerShell
-- writes it (HKLM:\…, Registry::HKEY_…), else the text.
create or replace macro without_registry_path(text) as
    regexp_replace(text, '(?is)^\s*(?:(?:microsoft\.powershell\.core\\)?registry::|hk(?:lm|cu|cr|u|cc):|hkey_[a-z_]+\\).*$', '');

-- payload_told(c, s, r): what the service would run according to a command
-- line, as written; '' when the command sets none. sc.exe's binPath and command,
-- reg.exe's /d, New-Service's -BinaryPathName and its second word, PowerUp's -Path and
-- -Command, PathName of Win32_Service.
create or replace macro payload_told(c, s, r) as
    first_text([
        s.payload,
        case when r.service <> '' and r.value not in ('', 'start', 'objectname', 'security') then r.data end,
        -- The path of a key is where something is written, not what runs.
        without_registry_path(powershell_value(c, 'b(?:i[a-z]*)?|pat[a-z]*')),
        regexp_extract(c, '(?i)\bname="BinaryPathName";\s*value="+([^"]*)"', 1),
        without_quotes(regexp_extract(c, '(?i)\bpathname["'']?\s*=\s*("[^"]*"|''[^'']*''|[^\s"'';,}]+)', 1)),
        without_quotes(regexp_extract(c, '(?i)(?:\.create\s*\(|\bcall\s+create)\s*(?:"[^"]*"|''[^'']*'')\s*,\s*(?:"[^"]*"|''[^'']*'')\s*,\s*("[^"]*"|''[^'']*'')', 1)),
        without_quotes(
            regexp_extract(
                c,
                '(?i)(?:\bnssm(?:64)?(?:\.exe)?"?\s+install\s+(?:"[^"]+"|[^\s"]+)|\binstsrv(?:\.exe)?"?\s+(?:"[^"]+"|[^\s"]+)|\binstallutil(?:\.exe)?"?(?:\s+/\S+)*)\s+("[^"]+"|[^\s"]+)',
                1
            )
        ),
        without_quotes(regexp_extract(c, '(?i)\.change\s*\(\s*\$null\s*,\s*("[^"]*"|''[^'']*'')', 1)),
        without_quotes(regexp_extract(c, '(?i)\bNew-Service\s+(?:"[^"]+"|''[^'']+''|[^\s"''-][^\s"'']*)\s+("[^"]+"|''[^'']+''|[^\s"''-][^\s"'']*)', 1)),
        case when regexp_matches(c, '(?i)\b(?:Invoke-ServiceAbuse|(?:Write|Install)-ServiceBinary)\b') then powershell_value(c, 'com[a-z]*') end,
        case
            when regexp_matches(c, '(?i)\\services\\') and regexp_matches(c, '(?i)\b(?:ImagePath|ServiceDll|FailureCommand)\b')
                then first_text([
                    powershell_value(c, 'v(?:al[a-z]*)?'),
                    without_quotes(regexp_extract(c, '(?i)["''](?:ImagePath|ServiceDll|FailureCommand)["'']\s*,\s*("[^"]*"|''[^'']*'')', 1))
                ])
        end
    ]);

-- service_command_payload(c): the same of a command line alone.
create or replace macro service_command_payload(c) as
    list_transform([{'s': sc_command(c), 'r': reg_command(c)}], lambda x: payload_told(c, x.s, x.r))[1];

-- host_told(c, s, r): the other machine a command acts on (`sc \\host …`,
-- `-ComputerName host`, `/node:host`, `reg add \\host\HKLM\…`), '' for this one.
create or replace macro host_told(c, s, r) as
    trim(
        first_text([
            s.host,
            r.host,
            powershell_value(c, 'computername|cn'),
            regexp_extract(c, '(?i)\s/node:["'']?([^\s"'']+)', 1)
        ]),
        '\'
    );

-- service_command_host(c): the same of a command line alone.
create or replace macro service_command_host(c) as
    list_transform([{'s': sc_command(c), 'r': reg_command(c)}], lambda x: host_told(c, x.s, x.r))[1];

-- is_told_elsewhere(c, s, r): whether a command makes, changes, starts or deletes a
-- service on another machine, be it this one by another name (localhost). What only
-- looks is none. Of PowerShell: is_script_elsewhere.
create or replace macro is_told_elsewhere(c, s, r) as
    (s.host <> '' and s.verb in ('create', 'config', 'failure', 'sdset', 'start', 'delete'))
    or (r.host <> '' and reg_changes(r))
    or regexp_matches(c, '(?i)\bwmic\b.*/node:.*\bservice\b.*\bcall\b|\bpsservice(?:64)?(?:\.exe)?"?\s+\\\\\S+.*\s(?:start|setconfig)\b');

-- is_script_elsewhere(t): the same of PowerShell; `t` is powershell_text.
create or replace macro is_script_elsewhere(t) as
    list_transform(
        [t],
        lambda script: powershell_verb(script) <> '' and regexp_matches(script, '(?i)\s[-–—―](?:computername|cn|cimsession)\b')
    )[1];

-- is_remote_service_command(c): the same of a command line alone; encoded PowerShell is
-- read.
create or replace macro is_remote_service_command(c) as
    list_transform(
        [coalesce(c, '')],
        lambda line: case
            when not regexp_matches(line, '(?i)\\\\|/node:|[-–—―/]["''^]*(?:computername|cn|cimsession|e[a-z"''^]*)\b') then false
            when regexp_matches(line, '(?i)\b(?:powershell|pwsh)(?:\.exe)?\b') then is_script_elsewhere(powershell_text(line))
            else list_transform([{'s': sc_command(line), 'r': reg_command(line)}], lambda x: is_told_elsewhere(line, x.s, x.r))[1]
        end
    )[1];

-- is_address(host): whether a machine is named by a number.
create or replace macro is_address(host) as
    regexp_matches(coalesce(host, ''), '^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?)$');

-- may_go_elsewhere(c): whether a command line is worth a closer look for another
-- machine in it: a network name, a switch for one, or encoded. One pattern, for filters.
create or replace macro may_go_elsewhere(c) as
    regexp_matches(coalesce(c, ''), '(?i)\\\\|/node:|[-–—―]["''^]*c(?:omputername|n|imsession)\b|[-/–—―]["''^]*e["''^a-z]*\s+["'']?[a-z0-9+/]{16}');

-- may_change_service(c): whether a command line of sc.exe has a verb that may change
-- one, quotes within words and all. One pattern, for filters.
create or replace macro may_change_service(c) as
    regexp_matches(coalesce(c, ''), '(?i)c["^]*(?:r["^]*e["^]*a["^]*t["^]*e|o["^]*n["^]*f["^]*i["^]*g)');

-- may_name_services(c): whether a command line of reg.exe may name the services' key.
create or replace macro may_name_services(c) as
    regexp_matches(coalesce(c, ''), '(?i)s["^]*e["^]*r["^]*v["^]*i["^]*c["^]*e["^]*s');
