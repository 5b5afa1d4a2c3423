-- When an event happened, from the text an export has for it.

-- event_time(text): year-month-day with a time of up to nine digits of a
-- second, with or without a zone (none means UTC, as every Defender export
-- does), or one of the two forms a portal in English writes. NULL for anything
-- else: a day-first date cannot be told from a month-first one, so it is
-- refused, never guessed; and what the database would also take for a time
-- ("infinity", "epoch") is none.
create or replace macro event_time(text) as
    coalesce(
        -- What nearly all exports write, found without a regular expression: no
        -- year that a timestamp can have is of fewer digits than four.
        case
            when text between '0' and ':' and text[5] = '-' then try_cast(text as timestamp_ns)
        end,
        case
            when regexp_matches(text, '^\s*[0-9]{4}-[0-9]') then try_cast(text as timestamp_ns)
        end,
        case
            when regexp_matches(text, '^[A-Z][a-z]{2} [0-9]|^[0-9]{1,2}/[0-9]') then try(
                -- try_cast fails where a time is too early or late for nanoseconds.
                cast(try_strptime(text, ['%b %-d, %Y %-I:%M:%S %p', '%-m/%-d/%Y %-I:%M:%S %p']) as timestamp_ns)
            )
        end
    );
