-- Security descriptors as text (SDDL), as `sc sdset` and Set-Service take them:
--
--     D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(D;;DCLCWPDTSD;;;IU)
--
-- An entry is (kind;flags;rights;object;object;trustee). Rights are words of two
-- letters without a space between, or a number. NULL is ''.

-- sddl_aces(s): the entries, each {kind, rights, trustee} in upper case.
create or replace macro sddl_aces(s) as
    list_transform(
        regexp_extract_all(upper(coalesce(s, '')), '\(\s*([A-Z]*)\s*;[^;()]*;\s*([^;()]*?)\s*;[^;()]*;[^;()]*;\s*([^;()]*?)\s*[;)]', 0),
        lambda ace: {
            'kind': trim(split_part(ltrim(ace, '('), ';', 1)),
            'rights': trim(split_part(ace, ';', 3)),
            'trustee': trim(rtrim(split_part(ace, ';', 6), ')'))
        }
    );

-- sddl_everyday(trustee): whether the entry is about the accounts that look at
-- services every day: everyone, authenticated and built-in users, interactive and
-- service logons, administrators and the system itself.
create or replace macro sddl_everyday(trustee) as
    regexp_full_match(trustee, 'WD|AU|BU|IU|SU|BA|SY|S-1-1-0|S-1-5-(?:4|6|11|18)|S-1-5-32-54[45]');

-- sddl_anyone(trustee): whether the entry is about people without rights.
create or replace macro sddl_anyone(trustee) as
    regexp_full_match(trustee, 'WD|AU|BU|IU|AN|BG|NU|S-1-1-0|S-1-5-(?:2|4|7|11)|S-1-5-32-54[56]');

-- sddl_right_number(rights): rights given as a number, NULL if they are words.
create or replace macro sddl_right_number(rights) as
    case when regexp_full_match(rights, '0X[0-9A-F]{1,8}') then try_cast(rights as bigint) end;

-- sddl_gives_control(rights): whether rights let their holder change the service
-- or its permissions: full or generic control, change of the configuration (DC),
-- of the permissions (WD) or of the owner (WO). Words stand at even places only:
-- SW DT is not WD.
create or replace macro sddl_gives_control(rights) as
    regexp_matches(rights, '^(?:[A-Z]{2})*?(?:KA|GA|GW|FA|DC|WD|WO)(?:[A-Z]{2})*$')
    or coalesce(sddl_right_number(rights) & 1342963714, 0) <> 0; -- 0x500c0002

-- sddl_denies(s): whether somebody who looks at services every day is refused
-- something: how a service is hidden from lists.
create or replace macro sddl_denies(s) as
    len(list_filter(sddl_aces(s), lambda ace: ace.kind in ('D', 'OD', 'XD') and sddl_everyday(ace.trustee))) > 0;

-- sddl_opens(s): whether people without rights may change the service.
create or replace macro sddl_opens(s) as
    len(list_filter(
        sddl_aces(s),
        lambda ace: ace.kind in ('A', 'OA', 'XA') and sddl_anyone(ace.trustee) and sddl_gives_control(ace.rights)
    )) > 0;
