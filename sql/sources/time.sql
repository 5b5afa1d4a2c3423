-- When an event happened, from the text an export has for it.

-- event_time(text): ISO 8601 with up to nine digits of a second, with or
-- without a zone (none means UTC, as every Defender export does), or one of the
-- two forms a portal in English writes. NULL for anything else: a day-first
-- date cannot be told from a month-first one, so it is refused, never guessed.
create or replace macro event_time(text) as
    coalesce(
        try_cast(text as timestamp_ns),
        try_cast(
            try_strptime(text, ['%b %-d, %Y %-I:%M:%S %p', '%-m/%-d/%Y %-I:%M:%S %p'])
            as timestamp_ns
        )
    );
