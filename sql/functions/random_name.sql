-- Names that nobody thought of: how unlikely the letters of a service's name follow one
-- another, by those of services that are known (sql/reference/name_bigrams.csv).

-- name_letters(name): what of a name is looked at, ^ for the beginning and end of each
-- of its words: numbers and the suffixes of users' own copies are no letters. '' for
-- what is no name of a Windows service: units, and labels of launchd, which are the
-- domain of their maker turned round.
create or replace macro name_letters(name) as
    list_transform(
        -- Windows takes no longer name, and pairs are cut out of it one by one.
        [name_template(left(name, 256))],
        lambda t: case
            when regexp_matches(t, '\.(?:service|socket|timer|target|mount|automount|path|scope|slice|swap|device|plist)$') then ''
            when regexp_matches(t, '^(?:[a-z]{2,3}|homebrew|application)\.[^.\s]+\.[^\s]+$') then ''
            else regexp_replace('^' || t || '^', '[^a-z]+', '^', 'g')
        end
    )[1];

-- random_name_score(name): the mean surprise of its pairs of letters, in bits; the more,
-- the less it is like a name. NULL for fewer than four letters: they say nothing.
-- 4.7 bits are pure chance over 26 letters; a pair that is rare in names costs more.
create or replace macro random_name_score(name) as (
    select round(sum(cast(known.cost as integer)) / 100 / count(*), 2)
    from (
        select unnest(list_transform(range(1, length(spelt.letters)), lambda i: spelt.letters[i:i + 1])) as pair
        from (select name_letters(name) as letters) as spelt
        where length(replace(spelt.letters, '^', '')) >= 4
    ) as pairs
    inner join reference_name_bigrams as known on known.pair = pairs.pair
);

-- is_random_name(score): whether that is more than 99 in a hundred ordinary names have.
create or replace macro is_random_name(score) as
    coalesce(score > (select cast(bits as double) from reference_name_surprise where percentile = '99'), false);
