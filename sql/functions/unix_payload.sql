-- What is suspicious about a command that a unit, an init script, a launch item or a
-- container would run on Linux or macOS. Each function takes the command as recorded.

-- unix_payload_volatile(command): whether a program or a script that would run lies
-- where everyone may write: as the first word, after an interpreter, or where a shell
-- begins a command. A file there that is only an argument does not count
-- (/bin/touch /tmp/x).
create or replace macro unix_payload_volatile(command) as
    regexp_matches(
        coalesce(command, ''),
        '(?i)(?:^|[;&|(`]\s*|-c\s+|\b(?:sh|bash|dash|zsh|ksh|python[0-9.]*|perl|ruby|node|php|lua|osascript|env|nohup|setsid|exec|source|sudo)\s+(?:-\S+\s+)*)[\s"''\\@+!:-]*(?:/private)?/(?:tmp|var/tmp|dev/shm|run/shm|dev/mqueue|run/user/[0-9]+|var/folders|users/shared)/'
    );

-- unix_payload_code(command): code that is fetched, decoded or given on the command
-- line, and shells over the network.
create or replace macro unix_payload_code(command) as
    regexp_matches(
        coalesce(command, ''),
        '(?is)\b(?:curl|wget|fetch)\b[^;&]*\|\s*(?:sudo\s+)?(?:\S*/)?(?:ba|da|z|k)?sh\b|\b(?:curl|wget|fetch)\b[^;&]*\|\s*(?:\S*/)?(?:python|perl|ruby)'
        || '|[$`<]\(?\s*(?:curl|wget)\s|\bbase64\s+(?:-\S+\s+)*(?:-d|-di|-D|--decode)\b|\bbase64\.b64decode|\bb64decode\s*\(|\bopenssl\s+(?:enc|base64)\b.*\s-d\b|\bxxd\s+-r'
        || '|/dev/(?:tcp|udp)/|\bmkfifo\b|\b(?:nc|ncat|netcat)\s.*-(?:e|c)\s|\bsocat\b.*\bexec:|\bbash\s+-i\b'
        || '|\bpython[0-9.]*\s+-c\s.*\b(?:exec|eval|socket|urlopen|subprocess|os\.system)\b|\b(?:perl|ruby|php)\s+-[er]\s.*\b(?:socket|exec|eval|system)\b'
        || '|\bosascript\b.*\bdo shell script\b|\beval\s+["''$\\(`]'
    );

-- unix_payload_hidden(command): whether the program is a file, or lies in a folder,
-- whose name begins with a dot. Such folders are ordinary in people's homes, so there
-- the file alone counts.
create or replace macro unix_payload_hidden(command) as
    list_transform(
        [regexp_extract(coalesce(command, ''), '^[\s"''\\@+!:-]*(/[^\s"''\\]+)', 1)],
        lambda program: is_hidden_file(program)
            or (regexp_matches(program, '/\.[^/.][^/]*/') and not regexp_matches(program, '(?i)^/(?:home|users|root|var/lib)/'))
    )[1];

-- unix_payload_reasons(command): the ids of sql/reference/weights.csv that hold for a
-- command, a space between; '' for none.
create or replace macro unix_payload_reasons(command) as
    list_transform(
        [fold_dots(command)],
        lambda c: case
            when c = '' then ''
            else concat_ws(
                ' ',
                case when unix_payload_volatile(c) then 'unix_payload_volatile' end,
                case when unix_payload_code(c) then 'unix_payload_code' end,
                case when unix_payload_hidden(c) then 'unix_payload_hidden' end
            )
        end
    )[1];
