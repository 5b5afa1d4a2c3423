-- What a command line changes about a service beside its program: the command for
-- when it fails, its permissions, its being a driver, its existence. `c` is what
-- sc.exe or reg.exe were given, as recorded, or PowerShell's text (powershell_text).
-- NULL is ''; each answers '' where the command does nothing of the kind.

-- plain_text(c): a command line in lower case, without what a shell takes out of it
-- anyway and what serves to break up words: quotes, carets, backticks.
create or replace macro plain_text(c) as
    lower(replace(replace(replace(coalesce(c, ''), '"', ''), '^', ''), '`', ''));

-- is_registry_write(c): whether reg.exe adds to the registry, or PowerShell sets a
-- value. `c` is plain_text.
create or replace macro is_registry_write(c) as
    regexp_matches(
        coalesce(c, ''),
        '^\s*\S+\s+add\s|\breg(?:\.exe)?\s+add\s|\b(?:set|new)-itemproperty\b|[\s{;(]sp\s|\bsetvalue\('
    );

-- words_after(c, verb): the words of a command line behind one of them, whichever
-- program is told them: sc.exe may be called otherwise. [] without that word.
create or replace macro words_after(c, verb) as
    list_transform(
        [argv(c)],
        lambda w: list_transform(
            [list_position(list_transform(w, lambda word: fold(word)), verb)],
            lambda i: case when i > 0 then w[i + 1:] else [] end
        )[1]
    )[1];

-- failure_command_text(c): what is to be run when a service fails: sc.exe's
-- `failure NAME … command= "…"`. An empty command takes one away.
create or replace macro failure_command_text(c) as
    option_value(sc_options(joined(words_after(c, 'failure'))), 'command');

-- failure_service_text(c): the service of `failure NAME …`.
create or replace macro failure_service_text(c) as coalesce(words_after(c, 'failure')[1], '');

-- sdset_service_text(c): the service of `sdset NAME …`, '' for another verb.
create or replace macro sdset_service_text(c) as coalesce(words_after(c, 'sdset')[1], '');

-- permission_text(c): the security descriptor that a command line gives a service, as
-- SDDL: sc.exe's, Set-Service's; of subinacl, what it grants or denies.
create or replace macro permission_text(c) as
    first_text([
        coalesce(list_filter(words_after(c, 'sdset'), lambda word: regexp_matches(word, '(?i)^[DOGS]:'))[1], ''),
        -- A line that a recorder cut off has no closing quote.
        regexp_extract(coalesce(c, ''), '(?is)\bset-service\b.*?\s[-–—―](?:sec[a-z]*|sd)(?:\s*:\s*|\s+)["'']?([DOGS]:[^"'']*)', 1),
        case
            when regexp_matches(coalesce(c, ''), '(?i)\bset-service\b')
                then powershell_value(c, 'sec[a-z]*|sd')
        end,
        regexp_extract(coalesce(c, ''), '(?i)/service\s.*?\s(/(?:grant|deny|revoke|setowner|sddl)=\S+)', 1)
    ]);

-- registry_service_text(c): the service whose key a command line names.
create or replace macro registry_service_text(c) as
    trim(regexp_extract(replace(coalesce(c, ''), '^', ''), '(?i)\\services\\+([^\\"''/]+?)(?:["''\\]|\s+[-/]|$)', 1));

-- permission_service_text(c): the service whose permissions a command line changes.
create or replace macro permission_service_text(c) as
    first_text([
        sdset_service_text(c),
        without_quotes(regexp_extract(coalesce(c, ''), '(?i)\bset-service\b[^|;]*?\s-n(?:ame)?\s+("[^"]+"|''[^'']+''|[^\s"''-][^\s"'']*)', 1)),
        without_quotes(regexp_extract(coalesce(c, ''), '(?i)\bset-service\s+("[^"]+"|''[^'']+''|[^\s"''-][^\s"'']*)', 1)),
        without_quotes(regexp_extract(coalesce(c, ''), '(?i)/service\s+("[^"]*"|[^\s"]+)', 1)),
        registry_service_text(c)
    ]);

-- registry_data_text(c): the data that `reg add … /d DATA` or PowerShell's
-- `-Value DATA` sets.
create or replace macro registry_data_text(c) as
    first_text([
        switch_value(joined(argv(c)), 'd'),
        powershell_value(c, 'v(?:al[a-z]*)?|propertyvalue')
    ]);

-- is_driver_type(t): whether sc.exe's `type=` makes a driver.
create or replace macro is_driver_type(t) as fold(t) in ('kernel', 'filesys', 'rec', 'adapt');

-- svchost_group(c): the group that a command line of svchost names after -k, in
-- lower case.
create or replace macro svchost_group(c) as
    lower(without_quotes(regexp_extract(undouble(c), '(?i)\bsvchost(?:\.exe)?"?\s+(?:.*\s)?[-/]k\s+("[^"]+"|[^\s"]+)', 1)));
