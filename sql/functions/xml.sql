-- Reading Windows events written as XML: what Event Viewer and wevtutil export,
-- what Sysmon for Linux writes to syslog, what Log Analytics keeps as text.
--
--     <Event xmlns="…"><System>…<EventID>1</EventID>…</System>
--     <EventData><Data Name="Image">C:\a &amp; b.exe</Data>…</EventData></Event>
--
-- Values are whatever an attacker made of them, but a value cannot contain a
-- bare `<`: Windows writes &lt;. So an element's end is found by its tag, and
-- what is inside stays text. Only CDATA may hold a `<`; it is turned into
-- references first.

-- xml_reference(piece): what follows `&#` with its number replaced by the
-- character, or as it was if that is no character of XML.
create or replace macro xml_reference(piece) as
    coalesce(
        try(chr(nullif(
            case
                when regexp_matches(piece, '^[0-9]{1,8};') then try_cast(split_part(piece, ';', 1) as integer)
                when regexp_matches(piece, '^[xX][0-9A-Fa-f]{1,6};') then try_cast('0x' || split_part(piece, ';', 1)[2:] as integer)
            end,
            0
        ))) || piece[strpos(piece, ';') + 1:],
        '&#' || piece
    );

-- xml_text(s): text with its references replaced, once: &amp;lt; is the text
-- &lt;. `s` is pasted often: give it a name, not an expression.
create or replace macro xml_text(s) as
    case
        when not contains(s, '&') then s
        else replace(
            list_aggregate(
                list_transform(
                    string_split(
                        regexp_replace(
                            replace(replace(replace(replace(s, '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&apos;', ''''),
                            '&#(?:0*38|[xX]0*26);', '&amp;', 'g'
                        ),
                        '&#'
                    ),
                    lambda piece, i: case when i = 1 then piece else xml_reference(piece) end
                ),
                'string_agg', ''
            ),
            '&amp;', '&'
        )
    end;

-- xml_quote(s): text as XML writes it.
create or replace macro xml_quote(s) as
    replace(replace(replace(s, '&', '&amp;'), '<', '&lt;'), '>', '&gt;');

-- xml_plain(x): XML without CDATA sections, whose text is quoted instead, and
-- without comments.
create or replace macro xml_plain(x) as
    list_transform(
        [x],
        lambda whole: case
            when not contains(whole, '<!') then whole
            else regexp_replace(
                list_aggregate(
                    list_transform(
                        string_split(whole, '<![CDATA['),
                        lambda piece, i: case
                            when i = 1 then piece
                            when not contains(piece, ']]>') then xml_quote(piece)
                            else xml_quote(piece[:strpos(piece, ']]>') - 1]) || piece[strpos(piece, ']]>') + 3:]
                        end
                    ),
                    'string_agg', ''
                ),
                '(?s)<!--.*?-->', '', 'g'
            )
        end
    )[1];

-- xml_inner(x, tag): what stands between the first such tags, whatever their
-- prefix; '' where there are none.
create or replace macro xml_inner(x, tag) as
    regexp_extract(x, '(?s)<(?:[\w.-]+:)?' || tag || '(?:\s[^>]*)?>(.*?)</(?:[\w.-]+:)?' || tag || '\s*>', 1);

-- xml_value(x, tag): the text of the first such tag that has text and nothing
-- else, without the blanks that exports indent by; NULL where there is none.
create or replace macro xml_value(x, tag) as
    nullif(trim(regexp_extract(x, '<(?:[\w.-]+:)?' || tag || '(?:\s[^>]*)?>([^<]*)<', 1), e' \t\r\n'), '');

-- xml_attribute(x, tag, name): the value of an attribute of the first such tag,
-- in its references; NULL where there is none.
create or replace macro xml_attribute(x, tag, name) as
    nullif(
        regexp_extract(
            x, '<(?:[\w.-]+:)?' || tag || '\s(?:[^>]*\s)?' || name || '\s*=\s*("[^">]*"|''[^''>]*'')', 1
        )[2:-2],
        ''
    );

-- xml_fields(pairs): pairs of name and value, still in their references, as a
-- JSON object. NULL for none.
create or replace macro xml_fields(pairs) as
    '{' || list_aggregate(
        list_transform(
            pairs,
            lambda p: to_json(xml_text(p.name)) || ':' || to_json(xml_text(p.value))
        ),
        'string_agg', ','
    ) || '}';

-- xml_data_pairs(x): the name and value of every Data element of x and of
-- Binary. The name is NULL where Data has none.
create or replace macro xml_data_pairs(x) as
    list_transform(
        regexp_extract_all(
            x,
            '(?s)<(?:[\w.-]+:)?(?:Data|(Binary))(?:\s+Name\s*=\s*("[^"]*"|''[^'']*''))?(?:\s[^>]*?)?(?:/>|>(.*?)</(?:[\w.-]+:)?(?:Data|Binary)\s*>)',
            ['binary', 'name', 'value']
        ),
        lambda p: {
            'name': coalesce(p.name[2:-2], p.binary),
            'value': coalesce(p.value, '')
        }
    );

-- xml_leaf_pairs(x): the same for elements that stand for themselves, as UserData
-- has them: <SubjectUserName>x</SubjectUserName>.
create or replace macro xml_leaf_pairs(x) as
    regexp_extract_all(
        x,
        '<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>([^<]*)</',
        ['name', 'value']
    );

-- xml_data(x): the data of an event as one JSON object, from the inside of its
-- EventData: named data by their names, unnamed data as a list under "Data".
create or replace macro xml_data(x) as
    list_transform(
        [xml_data_pairs(x)],
        lambda pairs: case
            when list_bool_and(list_transform(pairs, lambda p: p.name is not null)) then xml_fields(pairs)
            when pairs is not null and len(pairs) > 0 then
                '{"Data":' || to_json(list_transform(list_filter(pairs, lambda p: p.name is null), lambda p: xml_text(p.value)))
                || coalesce(',' || xml_fields(list_filter(pairs, lambda p: p.name is not null))[2:-2], '')
                || '}'
        end
    )[1];

-- xml_event(x): an event as a structure of the columns that the Windows family
-- has. What is before the end of System is Windows's own; only there are the
-- event's identity and time looked for, whatever its data says.
create or replace macro xml_event(x) as
    list_transform(
        list_transform(
            [xml_plain(x)],
            lambda whole: {
                'system': regexp_extract(whole, '(?s)^.*?</(?:[\w.-]+:)?System\s*>'),
                'data': xml_data(whole),
                'user_data': case
                    when contains(whole, 'UserData') then xml_fields(xml_leaf_pairs(xml_inner(whole, 'UserData')))
                end
            }
        ),
        lambda e: {
            'Provider': xml_attribute(e.system, 'Provider', 'Name'),
            'Channel': xml_value(e.system, 'Channel'),
            'EventId': try_cast(xml_value(e.system, 'EventID') as integer),
            'Computer': xml_value(e.system, 'Computer'),
            'RecordId': try_cast(xml_value(e.system, 'EventRecordID') as bigint),
            'SystemTime': xml_attribute(e.system, 'TimeCreated', 'SystemTime'),
            'ExecutionProcessId': try_cast(xml_attribute(e.system, 'Execution', 'ProcessID') as bigint),
            'UserSid': xml_attribute(e.system, 'Security', 'User(?:ID|Id)'),
            'Data': coalesce(e.data, e.user_data)
        }
    )[1];

-- parameters(x, id): ParameterXml, which has values without names, as event data:
-- under the names of the service manager's events, a list for any other.
create or replace macro parameters(x, id) as
    list_transform(
        [regexp_extract_all(x, '(?s)<Param>(.*?)</Param>', 1)],
        lambda list: case
            when len(list) = 0 then null
            when id = 7045 then to_json({
                'ServiceName': xml_text(list[1]),
                'ImagePath': xml_text(list[2]),
                'ServiceType': xml_text(list[3]),
                'StartType': xml_text(list[4]),
                'AccountName': xml_text(list[5])
            })::varchar
            else to_json({
                'Data': list_transform(list, lambda v: xml_text(v)),
                'param1': xml_text(list[1]),
                'param2': xml_text(list[2]),
                'param3': xml_text(list[3]),
                'param4': xml_text(list[4])
            })::varchar
        end
    )[1];

-- xml_section(x): EventData or UserData as text, whatever stands around it, as
-- one object.
create or replace macro xml_section(x) as
    list_transform(
        [xml_plain(x)],
        lambda whole: coalesce(xml_data(whole), xml_fields(xml_leaf_pairs(whole)))
    )[1];

-- json_section(j): the same of JSON, which may be what became of the XML. NULL for
-- what is no JSON.
create or replace macro json_section(j) as
    list_transform(
        [coalesce(json_extract(try_cast(j as json), '$.DataItem.EventData'), json_extract(try_cast(j as json), '$.EventData'))],
        lambda inside: case
            when inside is not null then named_data(inside::varchar)
            when starts_with(ltrim(j), '{"Data":') then named_data(j)
            else try_cast(j as json)::varchar
        end
    )[1];
