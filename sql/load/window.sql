-- source_name(id): the name of a file as it was given.
create or replace macro source_name(id) as
    list_extract(getvariable('source_names'), id);

-- in_window(t): whether an event lies in the hunt's window, [since, until); a
-- row of a table without event time always does. The loader defines it anew
-- with the bounds of the load as constants, so that a scan can use them; here
-- stands the window that is open on both sides.
create or replace macro in_window(t) as true;
