-- Events of macOS as the sources of the family give them, whoever recorded them: one
-- structure for programs started, files changed and launch items.
--
-- An actor is {Image, Id, Guid, UserName, ParentId}.

-- macos_started(…): a program started by the actor.
create or replace macro macos_started(executable, token, command, user_name, actor, details) as
    {
        'ActionType': 'ProcessCreated',
        'Image': executable.path,
        'SHA1': executable.sha1,
        'SHA256': executable.sha256,
        'ProcessId': token.pid,
        'ProcessGuid': token.uuid,
        'CommandLine': command,
        'UserName': user_name,
        'Path': null::varchar,
        'PreviousPath': null::varchar,
        'Actor': actor,
        'Details': details
    };

-- macos_changed(…): a file created, written, renamed or deleted by the actor.
create or replace macro macos_changed(action, path, previous, actor, details) as
    {
        'ActionType': action,
        'Image': null::varchar,
        'SHA1': null::varchar,
        'SHA256': null::varchar,
        'ProcessId': null::bigint,
        'ProcessGuid': null::varchar,
        'CommandLine': null::varchar,
        'UserName': null::varchar,
        'Path': path,
        'PreviousPath': previous,
        'Actor': actor,
        'Details': details
    };

-- macos_launch_item(…): a launch agent, launch daemon or login item that macOS has
-- learnt of, or that is gone.
create or replace macro macos_launch_item(action, executable, actor, fields) as
    {
        'ActionType': action,
        'Image': executable,
        'SHA1': null::varchar,
        'SHA256': null::varchar,
        'ProcessId': null::bigint,
        'ProcessGuid': null::varchar,
        'CommandLine': null::varchar,
        'UserName': null::varchar,
        'Path': null::varchar,
        'PreviousPath': null::varchar,
        'Actor': actor,
        'Details': fields
    };

-- macos_kind(action): the kind of event in a word, for the column Telemetry.
create or replace macro macos_kind(action) as
    case
        when action = 'ProcessCreated' then ' exec'
        when starts_with(action, 'LaunchItem') then ' launch item'
        else ' file'
    end;

-- launch_item_name(path): what launchd knows an item by: the name of its property
-- list, which is its label unless somebody named them apart, or of its program or
-- application.
create or replace macro launch_item_name(path) as
    nullif(regexp_replace(coalesce(path_file(rtrim(path, '/')), ''), '\.(?:plist|app)$', ''), '');

-- file_url_path(url): the path in a file URL, as macOS names launch items; a path
-- stays as it is.
create or replace macro file_url_path(url) as
    case when starts_with(url, 'file://') then url_decode(regexp_replace(url, '^file://[^/]*', '')) else url end;

-- launch_item_type(code): the kinds of Endpoint Security, in words.
create or replace macro launch_item_type(code) as
    case code
        when '0' then 'user item'
        when '1' then 'app'
        when '2' then 'login item'
        when '3' then 'agent'
        when '4' then 'daemon'
        else code
    end;

-- launch_item_fields(…): AdditionalFields of a launch item. Its service is named
-- after the item, or the application where the item is one inside of it.
create or replace macro launch_item_fields(item, executable, app, type, managed, legacy, owner, registrant) as
    without_nulls({
        'ServiceName': coalesce(launch_item_name(item), launch_item_name(app), launch_item_name(executable)),
        'ServiceType': 'launch ' || type,
        'ServiceAccount': owner,
        'ImagePath': executable,
        'ItemPath': item,
        'ExecutablePath': executable,
        'AppPath': app,
        'ItemType': type,
        'Managed': managed,
        'Legacy': legacy,
        'RegisteredBy': registrant
    });
