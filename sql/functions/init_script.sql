-- Scripts that run at boot without a unit of their own: SysV and BSD init, rc.local,
-- Upstart, OpenRC; and the tools that register them.

-- init_place(path): what a file is to them, by where it lies: `script`, `rc` (a file
-- that runs whole at boot), `link` (a name in a folder of a runlevel). '' for anything
-- else, and for what editors and packages leave beside a script.
create or replace macro init_place(path) as
    list_transform(
        [true_path(regexp_replace(fold(path), '^[^/]+', ''))],
        lambda p: case
            when regexp_matches(p, '(?:~|\.sw[a-z]|\.bak|\.dpkg-[a-z]+|\.rpm[a-z]+|\.ucf-[a-z]+)$|/(?:\.[^/]*|readme|skeleton)$') then ''
            when regexp_full_match(p, '(?:/private)?/etc/(?:rc\.d/)?rc\.(?:local|common)|/etc/rc\.local\.d/[^/]+|/etc/init\.d/(?:boot|after)\.local') then 'rc'
            when regexp_full_match(p, '/etc/(?:rc\.d/)?rc[0-9s]\.d/[sk][^/]+|/etc/runlevels/[^/]+/[^/]+') then 'link'
            when regexp_full_match(p, '/etc/(?:rc\.d/)?init\.d/[^/]+|(?:/usr/local|/usr/pkg)?/etc/rc\.d/[^/]+|/etc/init/[^/]+\.(?:conf|override)|/etc/local\.d/[^/]+\.start') then 'script'
            else ''
        end
    )[1];

-- init_name(path): the service that a script or a link stands for.
create or replace macro init_name(path) as
    list_transform(
        [fold(path)],
        lambda p: regexp_replace(
            regexp_extract(p, '([^/]+?)(?:\.(?:conf|override|start))?$', 1),
            case when contains(p, '/rc.d/rc') or regexp_matches(p, '/rc[0-9s]\.d/') then '^[sk][0-9]{2}' else '^$' end,
            ''
        )
    )[1];

-- init_written(name, command): the first such file that a command line writes, '' for
-- none; `name` is the program's file name.
create or replace macro init_written(name, command) as
    coalesce(list_filter(written_paths(name, command), lambda p: init_place(p) <> '')[1], '');

-- init_made_runnable(command): the first such file that chmod makes executable.
create or replace macro init_made_runnable(command) as
    case
        when regexp_matches(coalesce(command, ''), '\s(?:[ugoa]*\+[rwst]*x\S*|0?[0-7]{0,2}[1357][0-7]{0,2})\s')
            then coalesce(list_filter(shell_words(command)[3:], lambda p: init_place(p) <> '')[1], '')
        else ''
    end;

-- init_registered(command): the service that a tool makes start at boot: update-rc.d,
-- chkconfig, insserv, rc-update, FreeBSD's service and sysrc. The line may begin with
-- the interpreter, since most of them are scripts. '' for anything else.
create or replace macro init_registered(command) as
    list_transform(
        [regexp_extract(
            coalesce(command, ''),
            '(?i)^\s*(?:\S+\s+(?:-[^\sc]\S*\s+)*)?(?:\S*/)?(?:update-rc\.d\s+(?:-\S+\s+)*(\S+)\s+(?:defaults|enable|start)\b|chkconfig\s+(?:--level\s+\S+\s+)?(?:--add\s+(\S+)|(\S+)\s+(?:on|reset)\b)|insserv\s+(?:-[^r\s]\S*\s+)*([^-\s]\S*)|rc-update\s+(?:-\S+\s+)*(?:add\s+(\S+)|(\S+)\s+add\b)|service\s+(\S+)\s+enable\b|sysrc\s+(?:-[^x\s]\S*\s+)*(\w+)_enable=["'']?(?:yes|on|true|1)\b)',
            ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
        )],
        lambda x: x.a || x.b || x.c || x.d || x.e || x.f || x.g || x.h
    )[1];
