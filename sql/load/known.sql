-- What the loader knows of tables. It defines these anew, from the schema and the
-- files of the load; written as constants they cost less than a join, for which
-- every column of a batch would be gathered anew.

-- known_table(name): the table of Advanced Hunting that has this name, in any case,
-- as the schema spells it; NULL if none has.
create or replace macro known_table(name) as null::varchar;

-- has_time(name): whether the rows of a table, so spelled, say when they happened.
create or replace macro has_time(name) as true;

-- file_table(id): the table that a file is of as a whole; NULL where its records
-- say so themselves.
create or replace macro file_table(id) as null::varchar;
