-- Templates: what stays of a name or a path when all that differs between devices and
-- installations is masked. Services are counted over a fleet by them.

-- masked(s): digits, hexadecimal numbers and GUIDs as one #. `s` is in small letters.
-- A number is hexadecimal if it has a digit and stands alone with four figures or more,
-- or is a run of at least six within a word (MpKsl0a1b2c3d). Underscores become \x01 for
-- the while, since \b takes them for letters. Where the digit of a run stands is
-- written out: RE2 cannot look ahead.
create or replace macro masked(s) as
    replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            replace(s, '_', chr(1)),
                            '\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?', '#', 'g'
                        ),
                        '\b(?:0x[0-9a-f]+|[0-9][0-9a-f]{3,}|[a-f][0-9][0-9a-f]{2,}|[a-f]{2}[0-9][0-9a-f]+|[a-f]{3,}[0-9][0-9a-f]*)\b', '#', 'g'
                    ),
                    '[0-9][0-9a-f]{5,}|[a-f][0-9][0-9a-f]{4,}|[a-f]{2}[0-9][0-9a-f]{3,}|[a-f]{3}[0-9][0-9a-f]{2,}|[a-f]{4}[0-9][0-9a-f]+|[a-f]{5,}[0-9][0-9a-f]*',
                    '#', 'g'
                ),
                '[0-9]+', '#', 'g'
            ),
            '#(?:[. \x01-]?#)+', '#', 'g'
        ),
        chr(1), '_'
    );

-- name_template(name): a service's name without what differs: numbers, GUIDs, the suffix
-- of a user's own copy (CDPUserSvc_3f2a1 is cdpusersvc_#). '' for NULL.
create or replace macro name_template(name) as
    masked(regexp_replace(fold(name), '_[0-9a-f]{3,16}$', '_#'));

-- path_template(path): the same for a path in one spelling: versions, GUIDs, and whose
-- folder it is below \Users, \home. What has a number for a name stays what it is, or a
-- System64 of somebody's would pass for Windows' own folder.
create or replace macro path_template(path) as
    replace(
        replace(
            replace(
                replace(
                    masked(
                        regexp_replace(
                            replace(
                                regexp_replace(
                                    replace(
                                        replace(fold(path), '\windows\system32\', '\windows\' || chr(2) || '\'),
                                        '\windows\syswow64\', '\windows\' || chr(3) || '\'
                                    ),
                                    '([\\/])users([\\/])(public|default|shared|all users)([\\/])', '\1users' || chr(5) || '\2\3\4'
                                ),
                                '(x86)', chr(4)
                            ),
                            '([\\/](?:users|home|documents and settings)[\\/])[^\\/]+([\\/])', '\1#\2'
                        )
                    ),
                    chr(2), 'system32'
                ),
                chr(3), 'syswow64'
            ),
            chr(4), '(x86)'
        ),
        chr(5), ''
    );
