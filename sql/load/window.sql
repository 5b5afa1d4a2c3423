-- in_window(t): whether an event lies in the hunt's window, [since, until).
-- A bound that is not set does not bind; a row of a table without event time is
-- always inside.
create or replace macro in_window(t) as
    t is null
    or (
        t >= coalesce(getvariable('since')::timestamp_ns, timestamp_ns '1677-09-22 00:00:00')
        and (getvariable('until')::timestamp_ns is null or t < getvariable('until')::timestamp_ns)
    );

-- source_name(id): the name of a file as it was given.
create or replace macro source_name(id) as
    list_extract(getvariable('source_names'), id);
