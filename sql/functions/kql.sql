-- KQL's string operators, with KQL's answers.
--
-- A term is a run of letters and digits (\p{L}, \p{N}); everything else,
-- underscore included, separates terms. `has` asks for its whole needle, and
-- each edge of the needle that is a letter or digit must be the edge of a term:
--
--     has('C:\evil\mycmd.exe',  'cmd.exe')  false   y touches c
--     has('C:\evil\my_cmd.exe', 'cmd.exe')  true    _ separates
--     has('%TEMP%x.exe',        '%TEMP%')   true    an edge that is punctuation asks nothing
--
-- KQL has no null string: NULL is '' here, in every argument, and no function
-- below returns NULL. So `not has(x, 'y')` keeps the rows where x is missing.
-- A NULL inside a list is no needle and is passed over.
--
-- Over a constant list the pattern is built once, when the query is bound. The
-- needles are grouped by their edges so that the class of letters and digits
-- occurs at most four times however long the list is: one copy per needle makes
-- the matcher give up its fast form at the eighth needle, and a scan then takes
-- several hundred times as long.
--
-- What is not Kusto's: `(?i)` folds as Unicode does, so U+212A (the Kelvin sign)
-- also matches k, and U+017F (long s) also matches s; Kusto documents case
-- folding for ASCII only. The has family can match more than Kusto on such
-- text, never less. `eq_i` and `in_i` fold ASCII only, exactly.

-- fold(s): lower case for A to Z alone, '' for NULL. Not lower(): that makes an
-- i of U+0130 and a k of U+212A, and a file named with one of them would pass
-- for a Windows program. Text of single bytes, which is nearly all, takes the
-- fast way; translate needs 25 times as long. The list of one is a way to name
-- the argument: a macro is pasted text, and one that repeats its argument
-- multiplies the query at every level of nesting.
create or replace macro fold(s) as
    list_transform(
        [coalesce(s, '')],
        lambda whole: case
            when strlen(whole) = length(whole) then lower(whole)
            else translate(whole, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
        end
    )[1];

-- fold_column(c): the same for a plain column. The argument is pasted four
-- times, so it must be no more than a name; in return the database sees through
-- it, and a filter on it is answered from a file's dictionary.
create or replace macro fold_column(c) as
    coalesce(
        case
            when strlen(c) = length(c) then lower(c)
            else translate(c, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
        end,
        ''
    );

-- term_char(c): whether one character belongs to a term. ASCII is told without
-- a regular expression: the class of all letters and digits takes longer to
-- compile than a small query to run, and the empty text glued to the pattern
-- below keeps it from being compiled before it is needed.
create or replace macro term_char(c) as
    case
        when unicode(c) < 128 then c not in ('', '_') and regexp_escape(c) = c
        else regexp_matches(c, '[\p{L}\p{N}]' || c[:0])
    end;

-- kql_group(needles, first, last): those whose first edge is a term character
-- or is not, likewise the last, as one alternation. NULL when there are none.
create or replace macro kql_group(needles, first, last) as
    '(?:' || list_aggregate(
        list_transform(
            list_filter(
                needles,
                lambda n: term_char(n[1]) = first and term_char(n[-1]) = last
            ),
            lambda n: regexp_escape(n)
        ),
        'string_agg',
        '|'
    ) || ')';

-- kql_pattern(needles): what has_any searches for. NULL for an empty list.
create or replace macro kql_pattern(needles) as
    list_aggregate(
        [
            '(?:^|[^\p{L}\p{N}])' || kql_group(needles, true, true) || '(?:[^\p{L}\p{N}]|$)',
            '(?:^|[^\p{L}\p{N}])' || kql_group(needles, true, false),
            kql_group(needles, false, true) || '(?:[^\p{L}\p{N}]|$)',
            kql_group(needles, false, false)
        ],
        'string_agg',
        '|'
    );

-- has_any(h, needles), has_any_cs: does h have one of them?
create or replace macro has_any(h, needles) as
    coalesce(regexp_matches(coalesce(h, ''), '(?i)' || kql_pattern(needles)), false);
create or replace macro has_any_cs(h, needles) as
    coalesce(regexp_matches(coalesce(h, ''), kql_pattern(needles)), false);

-- has(h, n), has_cs: does h have n?
create or replace macro has(h, n) as has_any(h, [coalesce(n, '')]);
create or replace macro has_cs(h, n) as has_any_cs(h, [coalesce(n, '')]);

-- has_all(h, needles): does h have every one of them? Written out for the first
-- eight, because each of those becomes a constant pattern of its own and
-- disappears where the list is shorter; a longer list pays for a pattern per row.
create or replace macro has_nth(h, needles, i) as
    needles[i] is null or has(h, needles[i]);
create or replace macro has_all(h, needles) as
    has_nth(h, needles, 1) and has_nth(h, needles, 2)
    and has_nth(h, needles, 3) and has_nth(h, needles, 4)
    and has_nth(h, needles, 5) and has_nth(h, needles, 6)
    and has_nth(h, needles, 7) and has_nth(h, needles, 8)
    and (
        coalesce(len(needles), 0) <= 8
        or coalesce(
            list_bool_and(list_transform(needles[9:], lambda n: n is null or has(h, n))),
            true
        )
    );

-- hasprefix(h, n): a term of h starts with n. hassuffix(h, n): one ends with n.
create or replace macro kql_prefix(n) as
    case when term_char(n[1]) then '(?:^|[^\p{L}\p{N}])' else '' end
    || regexp_escape(n);
create or replace macro kql_suffix(n) as
    regexp_escape(n)
    || case when term_char(n[-1]) then '(?:[^\p{L}\p{N}]|$)' else '' end;
create or replace macro hasprefix(h, n) as
    regexp_matches(coalesce(h, ''), '(?i)' || kql_prefix(coalesce(n, '')));
create or replace macro hasprefix_cs(h, n) as
    regexp_matches(coalesce(h, ''), kql_prefix(coalesce(n, '')));
create or replace macro hassuffix(h, n) as
    regexp_matches(coalesce(h, ''), '(?i)' || kql_suffix(coalesce(n, '')));
create or replace macro hassuffix_cs(h, n) as
    regexp_matches(coalesce(h, ''), kql_suffix(coalesce(n, '')));

-- contains_i(h, n): KQL's `contains`, anywhere and in any case. DuckDB's own
-- contains(h, n) is KQL's contains_cs, but for NULL.
create or replace macro contains_i(h, n) as
    regexp_matches(coalesce(h, ''), '(?i)' || regexp_escape(coalesce(n, '')));

-- eq_i: =~   neq_i: !~   in_i: in~   not_in_i: !in~
-- They fold both sides. A branch over a column that is in lower case already
-- says `FileNameLower = 'sc.exe'` instead, which a stored file can answer from
-- its statistics.
create or replace macro eq_i(a, b) as fold(a) = fold(b);
create or replace macro neq_i(a, b) as fold(a) <> fold(b);
create or replace macro in_i(a, list) as
    coalesce(
        list_contains(
            list_transform(list_filter(list, lambda x: x is not null), lambda x: fold(x)),
            fold(a)
        ),
        false
    );
create or replace macro not_in_i(a, list) as not in_i(a, list);
