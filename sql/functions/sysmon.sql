-- Sysmon's own ways with text, on Windows and on Linux.
--
-- `s` is pasted text: give a field, not an expression, where it stands twice.

-- is_sysmon(provider, channel): whether Sysmon wrote the event, on Windows or
-- Linux. The channel alone is asked where the provider is not known.
create or replace macro is_sysmon(provider, channel) as
    lower(coalesce(provider, channel)) in (
        'microsoft-windows-sysmon', 'linux-sysmon',
        'microsoft-windows-sysmon/operational', 'linux-sysmon/operational'
    );

-- sysmon_kind(provider, channel, id): what the evidence is called.
create or replace macro sysmon_kind(provider, channel, id) as
    case
        when starts_with(lower(coalesce(provider, channel)), 'linux') then 'Sysmon for Linux '
        else 'Sysmon '
    end || id;

-- sysmon_text(s, provider, channel): text as it was before Sysmon doubled its
-- percents; on Linux it does not.
create or replace macro sysmon_text(s, provider, channel) as
    case
        when not contains(s, '%%') or starts_with(lower(coalesce(provider, channel)), 'linux') then case when s in ('-', '') then null else s end
        else replace(s, '%%', '%')
    end;

-- sysmon_image(s, provider, channel): the path of a program; NULL where Sysmon
-- could not tell.
create or replace macro sysmon_image(s, provider, channel) as
    case
        when s = '<unknown process>' then null
        else sysmon_text(s, provider, channel)
    end;

-- sysmon_hash(hashes, algorithm): one of `SHA1=…,MD5=…`, in lower case as
-- Defender writes it.
create or replace macro sysmon_hash(hashes, algorithm) as
    lower(nullif(regexp_extract(hashes, '(?:^|,)\s*' || algorithm || '=([0-9A-Fa-f]+)', 1), ''));

-- sysmon_target(s): TargetObject as key and value. The value's name begins after
-- the last backslash, but a name may hold backslashes itself: it is then a path,
-- which begins with a backslash of its own or with a drive (rare, so that the
-- pattern is tried for these alone):
--
--     …\UserSettings\S-1-5-18 \ \Device\HarddiskVolume2\a.exe
--     …\AppCompatFlags\Layers \ C:\Program Files\a.exe
--
-- What stands right below Services is a service, whatever it is called: one may be
-- named Z: to be taken for the beginning of a value's name.
create or replace macro sysmon_target(s) as
    case
        when contains(s, '\\') or contains(s, ':\')
            then regexp_extract(
                s, '(?s)^((?:(?i:.*?\\services)\\[^\\]+)?.*?)\\(\\.*|[A-Za-z]:\\.*|[^\\]*)$', ['key', 'name']
            )
        when contains(s, '\') then {
            'key': s[:length(s) - length(split_part(s, '\', -1)) - 1],
            'name': split_part(s, '\', -1)
        }
        else {'key': '', 'name': ''}
    end;

-- sysmon_value_type(details): the type of a value, where Details tells it.
create or replace macro sysmon_value_type(details) as
    case
        when starts_with(details, 'DWORD (0x') then 'Dword'
        when starts_with(details, 'QWORD (0x') then 'Qword'
        when details = 'Binary Data' then 'Binary'
    end;
