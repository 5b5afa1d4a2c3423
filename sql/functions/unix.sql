-- What the logs of Linux and macOS have in common: paths with slashes, arguments
-- as lists, times as seconds since 1970.

-- epoch_time(s): seconds since 1970 with a fraction, as text, to the nanosecond.
-- NULL for anything else.
create or replace macro epoch_time(s) as
    list_transform(
        [regexp_extract(s, '^\s*([0-9]{1,10})(?:\.([0-9]{1,9}))?\s*$', ['seconds', 'fraction'])],
        lambda t: case
            when t.seconds <> '' then try(make_timestamp_ns(
                t.seconds::bigint * 1000000000 + rpad(t.fraction, 9, '0')::bigint
            ))
        end
    )[1];

-- argv_line(list): a command line from its arguments. One that has white space
-- or quotes in it, or is empty, is put in quotes, so that it can be told from two;
-- a quote in it gets a backslash. NULL for an empty list.
create or replace macro argv_line(list) as
    nullif(
        array_to_string(
            list_transform(
                list,
                lambda a: case
                    when a = '' or regexp_matches(a, '[\s"]') then '"' || replace(a, '"', '\"') || '"'
                    else a
                end
            ),
            ' '
        ),
        ''
    );

-- tidy_path(p): a path without empty segments and without . and .. in it, if it
-- begins at the root and is no longer than a system allows.
create or replace macro tidy_path(p) as
    list_transform(
        [p],
        lambda path: case
            when path is null or strlen(path) > 8192 or not starts_with(path, '/') or not regexp_matches(path, '/\.{0,2}(?:/|$)') then path
            else coalesce(
                nullif(
                    list_reduce(
                        list_concat([''], string_split(path, '/')),
                        lambda done, part: case part
                            when '' then done
                            when '.' then done
                            when '..' then regexp_replace(done, '/[^/]*$', '')
                            else done || '/' || part
                        end
                    ),
                    ''
                ),
                '/'
            )
        end
    )[1];

-- unix_path(dir, name): where a name is that is relative to a folder, unless it
-- begins at the root itself. NULL where the folder is needed and not known.
create or replace macro unix_path(dir, name) as
    tidy_path(case when starts_with(name, '/') then name else nullif(dir, '') || '/' || name end);

-- without_nulls(s): a structure as JSON text, without the fields that are NULL.
-- NULL if none is left.
create or replace macro without_nulls(s) as
    nullif(json_merge_patch('{}', to_json(s))::varchar, '{}');

-- json_texts(j): the texts of a JSON array, NULL for anything else.
create or replace macro json_texts(j) as try(from_json(j, '["VARCHAR"]'));

-- unix_is_folder(mode): by the mode of a file, a number.
create or replace macro unix_is_folder(mode) as coalesce(mode & 61440 = 16384, false);
