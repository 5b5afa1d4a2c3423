-- How the names of a change calendar are compared; all are in lower case.

-- The part of a name before its first dot; an IPv4 address has no parts.
create or replace temp macro change_host(name) as
    case when regexp_full_match(name, '[0-9.]*') then name else split_part(name, '.', 1) end;

-- Whether two names, whose hosts are equal, are one: CORP is corp.example.
create or replace temp macro change_same(one, other) as
    one = other or not contains(one, '.') or not contains(other, '.');
