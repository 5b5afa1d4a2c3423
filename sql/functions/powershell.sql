-- PowerShell as people write it to hide what it does: encoded commands are read,
-- simple disguises taken off. What is only flagged elsewhere (format strings,
-- variables, characters by number) stays as it is.

-- utf16_text(b): the text of bytes in UTF-16LE. A half of a pair, a zero and an odd
-- last byte are left out or shown as U+FFFD; text of ASCII alone takes the fast way.
create or replace macro utf16_text(b) as
    list_transform(
        [hex(b)],
        lambda h: case
            when h is null then ''
            when regexp_full_match(h, '(?:[2-7][0-9A-F]00|0[9AD]00)*') then decode(unhex(regexp_replace(h, '(..)00', '\1', 'g')))
            else array_to_string(
                list_transform(
                    regexp_extract_all(h, '[0-9A-F]{4}'),
                    lambda c: case
                        when c = '0000' then ''
                        when c[3:4] between 'D8' and 'DF' then chr(65533)
                        else chr(cast('0x' || c[3:4] || c[1:2] as integer))
                    end
                ),
                ''
            )
        end
    )[1];

-- encoded_argument(c): the base64 of -EncodedCommand, of which any beginning will do
-- (-e, -en, -enc …) and -ec too, after any of the dashes that PowerShell takes for one,
-- or a slash. Quotes in and around the switch and the carets of cmd are passed over.
-- '' for a command line without one.
create or replace macro encoded_argument(c) as
    regexp_extract(
        replace(replace(replace(coalesce(c, ''), '"', ''), '''', ''), '^', ''),
        '(?i)\s[-/–—―](?:ec|e|en|enc|enco|encod|encode|encoded|encodedc|encodedco|encodedcom|encodedcomm|encodedcomma|encodedcomman|encodedcommand)(?:\s+|:)([a-z0-9+/]{8,}={0,2})',
        1
    );

-- decoded_command(c): what an encoded command says, '' for none. A line that a
-- recorder cut off is read as far as it goes.
create or replace macro decoded_command(c) as
    list_transform(
        [encoded_argument(c)],
        lambda e: case
            when e = '' then ''
            else coalesce(utf16_text(try(from_base64(e[:(length(e) // 4) * 4]))), '')
        end
    )[1];

-- powershell_text(c): a command line or a script as PowerShell reads it: what is
-- encoded follows in plain text; escaped quotes are quotes, backticks and the joints
-- of strings ('New-Se' + 'rvice') are gone.
create or replace macro powershell_text(c) as
    list_transform(
        [coalesce(c, '')],
        lambda line: regexp_replace(
            replace(
                regexp_replace(
                    line || case when regexp_matches(line, '(?i)[-/–—―]["''^]*e') then coalesce(' ' || nullif(decoded_command(line), ''), '') else '' end,
                    '\\"(?:"")?', '"', 'g'
                ),
                '`', ''
            ),
            '''\s*\+\s*''|"\s*\+\s*"', '', 'g'
        )
    )[1];

-- powershell_value(t, names): what a text gives a parameter, quotes taken off; names is
-- a regular expression over the parameter's name. '' for none.
create or replace macro powershell_value(t, names) as
    trim(
        regexp_extract(
            coalesce(t, ''),
            '(?is)\s[-–—―](?:' || names || ')(?:\s*:\s*|\s+)("[^"]*"|''[^'']*''|[^\s"'';|)}]+)',
            1
        ),
        '"'''
    );

-- powershell_verb(t): the cmdlet or method by which a text changes what a service
-- runs, '' for none: New-Service; Set-Service where it sets who a service runs as or
-- who may control it; PowerUp's cmdlets; Create and Change of Win32_Service; a value
-- of a service's key that decides what runs (of Start only 0, 1 and 2); CreateService
-- of the Windows API. `t` is powershell_text of what was recorded.
create or replace macro powershell_verb(t) as
    list_transform(
        [coalesce(t, '')],
        lambda s: case
            when not regexp_matches(s, '(?i)service') then ''
            else coalesce(
                nullif(regexp_extract(s, '(?i)\b(?:Set-ServiceBin(?:ary)?Path|Invoke-ServiceAbuse|(?:Write|Install)-ServiceBinary)\b'), ''),
                case
                    -- A call, or all there is; not a name among others, as in a module's list.
                    when regexp_matches(s, '(?i)(?:^|[^"''\w-])New-Service\s+[^\s,)|;{}]|["'']New-Service["'']\)?\s+[^\s,)|;{}"'']|&\s*\(?["'']New-Service["'']|^\s*New-Service\s*$')
                        then 'New-Service'
                    when regexp_matches(s, '(?i)\bSet-Service\b[^;|\n]*\s[-–—―](?:cr[a-z]*|se[a-z]*|sd)\b') then 'Set-Service'
                    when regexp_matches(s, '(?i)\bWin32_(?:Base|System)?Service\b')
                        and regexp_matches(s, '(?i)[-–—―](?:n|na|name|me[a-z]*)(?:\s*:\s*|\s+)["'']?(?:create|change)\b|\.(?:create|change)\s*\(|\.InvokeMethod\s*\(\s*["''](?:create|change)\b')
                        then 'Win32_Service'
                    when regexp_matches(s, '(?i)\\services\\')
                        and regexp_matches(s, '(?i)\b(?:(?:new|set)-itemproperty|n?sp)\b|\bSetValue\s*\(')
                        and (
                            regexp_matches(s, '(?i)\b(?:ImagePath|ServiceDll|ServiceManifest|FailureCommand|ObjectName)\b')
                            or regexp_matches(s, '(?i)["''\s]Start\b["'']?(?:\s*,\s*|\s+(?:[-–—―]v[a-z]*\s+)?)["'']?(?:0x0*)?[0-2]\b')
                        )
                        then 'Set-ItemProperty'
                    when regexp_matches(s, '(?i)\badvapi32\b') and regexp_matches(s, '\b(?:CreateService|ChangeServiceConfig)[AW]?\b')
                        then 'CreateService'
                end,
                ''
            )
        end
    )[1];

-- is_service_script(t): whether a script changes what a service runs, by PowerShell's
-- means or by sc.exe. `t` is powershell_text of what was recorded.
create or replace macro is_service_script(t) as
    list_transform(
        [t],
        lambda s: powershell_verb(s) <> '' or regexp_matches(s, '(?i)\bsc(?:\.exe)?["'']?\s+(?:\\\\\S+\s+)?["'']?(?:create|config)\b.*\bbinpath["'']?=')
    )[1];

-- may_speak_of_services(text): whether a command line or script is worth a closer
-- look: it has the word, or is written so that the word would not be seen (encoded,
-- with a backtick in a word, joined of pieces). One pattern: it is asked of every start
-- of PowerShell.
create or replace macro may_speak_of_services(text) as
    regexp_matches(coalesce(text, ''), '(?i)service|sdset|svchost|[-/–—―]["''^]*e["''^a-z]*\s+["'']?[a-z0-9+/]{16}|[a-z]`[a-z]|["'']\s*\+\s*["'']');
