-- Names that are made to look like another's.

-- service_template(name): a service's name in lower case, without the suffix that
-- Windows gives each user's own copy: CDPUserSvc_3f2a1 is cdpusersvc. Whether the
-- rest is the name of such a service, the caller asks the stock list.
create or replace macro service_template(name) as
    regexp_replace(fold(name), '_[0-9a-f]{3,16}$', '');

-- resembles(name, stock): whether a name is another's but for a letter or two,
-- both in lower case. Two changes (a letter added, left out, replaced, or two
-- swapped) are close for seven letters, one for four to six; shorter names are all
-- close to one another. Words that every second name ends in (service, client, host)
-- do not count as letters. Both are plain columns: they are pasted several times.
create or replace macro resembles(name, stock) as
    abs(length(name) - length(stock)) <= 2
    and name <> stock
    and damerau_levenshtein(name, stock) <= case
        when length(regexp_replace(stock, '(?:service|serv|srv|svc|server|client|host|manager|mgr|agent|provider|broker|user)+$', '')) >= 7 then 2
        when length(regexp_replace(stock, '(?:service|serv|srv|svc|server|client|host|manager|mgr|agent|provider|broker|user)+$', '')) >= 4 then 1
        else 0
    end;

-- is_in_lookalike_folder(path): whether a file lies in a folder that is called like one
-- of those for programs but is none: C:\ProgramData\Program Files\…, C:\Tools\System32\….
-- Another drive may have a Program Files of its own. PROGRA~1 is the short name.
create or replace macro is_in_lookalike_folder(path) as
    list_transform(
        [coalesce(path, '')],
        lambda p: regexp_matches(p, '^[a-z]:\\.+\\(?:program files(?: \(x86\))?|progra~[0-9])\\')
            or (
                regexp_matches(p, '^[a-z]:\\(?:.*\\)?(?:system32|syswow64)\\')
                and not regexp_matches(p, '^[a-z]:\\(?:windows\.old\\)?windows\\(?:system32|syswow64|winsxs|servicing|softwaredistribution)\\')
            )
    )[1];
