-- start_in_words(n): a service's start type.
create or replace macro start_in_words(n) as
    case n
        when 0 then 'at boot'
        when 1 then 'with the system'
        when 2 then 'by itself'
        when 3 then 'on demand'
        when 4 then 'never'
        else 'in a way that is unknown'
    end;

-- A finding's title: the event in words, as far as service and doer are known;
-- NULL where nothing better can be said than the branch's own title.
create or replace macro finding_title(
    source_table, action, service, payload, value_name, value_data, verb, host, path, initiator
) as
    case
        when source_table = 'DeviceRegistryEvents' and lower(value_name) = 'imagepath'
            then 'Service ' || coalesce(service, '(unnamed)') || ' set to run ' || coalesce(payload, '(nothing)')
        when source_table = 'DeviceRegistryEvents' and lower(value_name) = 'start'
            then 'Service ' || coalesce(service, '(unnamed)') || ' set to start ' || start_in_words(reg_dword(value_data))
                || ', written by ' || coalesce(nullif(initiator, ''), 'an unknown process')
        when source_table = 'DeviceRegistryEvents' and lower(value_name) = 'security' and service <> ''
            then 'Permissions of service ' || service || ' changed by ' || coalesce(nullif(initiator, ''), 'an unknown process')
        when source_table = 'DeviceRegistryEvents' and lower(value_name) = 'failurecommand' and service <> ''
            then 'Service ' || service || ' set to run ' || coalesce(nullif(value_data, ''), '(nothing)') || ' when it fails, by '
                || coalesce(nullif(initiator, ''), 'an unknown process')
        when source_table = 'DeviceRegistryEvents' and action = 'RegistryValueSet' and service <> ''
            then 'Service ' || service || ': ' || coalesce(nullif(value_name, ''), 'a value') || ' set'
                || coalesce(' to ' || nullif(value_data, ''), '') || ' by ' || coalesce(nullif(initiator, ''), 'an unknown process')
        when action = 'ServiceInstalled'
            then 'Service ' || coalesce(service, '(unnamed)') || ' installed' || coalesce(' to run ' || nullif(payload, ''), '')
        when action = 'ServiceObserved'
            then 'Service ' || coalesce(service, '(unnamed)') || ' is there' || coalesce(' and runs ' || nullif(payload, ''), '')
        when action = 'LaunchItemAdded'
            then 'Launch item ' || coalesce(service, '(unnamed)') || ' added' || coalesce(' to run ' || nullif(payload, ''), '')
        when source_table = 'DeviceFileEvents'
            then case action
                    when 'FileCreated' then 'File '
                    when 'FileRenamed' then 'File renamed: '
                    else 'File changed: '
                end || coalesce(path, '(unnamed)')
                || case when action = 'FileCreated' then ' written' else '' end
                || ' by ' || coalesce(nullif(initiator, ''), 'an unknown process')
        when verb in ('create', 'new-service')
            then 'Service ' || coalesce(service, '(unnamed)') || ' created by ' || coalesce(nullif(initiator, ''), 'an unknown process')
                || coalesce(' to run ' || nullif(payload, ''), '')
                || coalesce(' on ' || nullif(host, ''), '')
        when verb in ('config', 'set-service')
            then 'Service ' || coalesce(service, '(unnamed)') || ' reconfigured by '
                || coalesce(nullif(initiator, ''), 'an unknown process')
                || coalesce(' to run ' || nullif(payload, ''), '')
                || coalesce(' on ' || nullif(host, ''), '')
    end;

-- thing_in_words(technique): what a case is about, by its strongest branch's technique.
create or replace macro thing_in_words(technique) as
    case technique
        when 'T1543.001' then 'Launch agent '
        when 'T1543.002' then 'Unit '
        when 'T1543.004' then 'Launch daemon '
        when 'T1543.005' then 'Container '
        when 'T1569.001' then 'Launch item '
        else 'Service '
    end;

-- how_it_runs(payload, path, reasons): what a service runs and how. A program that runs
-- other people's code is named by itself, with what it is made to do; others by their
-- path.
create or replace macro how_it_runs(payload, path, reasons) as
    case
        when list_has_any(reasons, ['payload_lolbin', 'payload_pipe', 'payload_hidden', 'payload_redirect']) and path <> ''
            then regexp_extract(path, '[^\\/]*$')
                || case
                    when list_contains(reasons, 'payload_pipe') then ' through a named pipe'
                    when list_contains(reasons, 'payload_hidden') then ' with code that is encoded, hidden or downloaded'
                    when list_contains(reasons, 'payload_redirect') then ' with its output sent to a pipe or file'
                    when list_contains(reasons, 'payload_unc') then ' off the network'
                    else ' with a command of its own'
                end
        when list_contains(reasons, 'payload_unc') then payload || ' off the network'
        else coalesce(nullif(payload, ''), path)
    end;

-- how_it_came(kinds, reasons, verb): what was done, from the telemetry that tells of it.
create or replace macro how_it_came(kinds, reasons, verb) as
    case
        when list_has_any(reasons, ['remote_install', 'remote_pair', 'writer_remote_registry']) then 'installed remotely'
        when verb in ('config', 'set-service') then 'reconfigured'
        when list_has_any(kinds, ['install']) or verb in ('create', 'new-service') then 'installed'
        when list_contains(kinds, 'file') and not list_contains(kinds, 'registry') then 'written'
        when list_contains(kinds, 'registry') then 'configured'
        else ''
    end;

-- case_title(…): one line that says what a case is about: the service, what it runs and
-- how, who put it there. Where no service or nothing that runs is known, the title of
-- its strongest event.
create or replace macro case_title(service, payload, path, technique, kinds, account, client, reasons, verb, on_failure, event_title) as
    case
        when coalesce(service, '') <> '' and coalesce(payload, '') <> ''
            then thing_in_words(technique) || service || ' runs ' || how_it_runs(payload, path, reasons)
                || case when on_failure then ' when it fails' else '' end
                || case
                    when how_it_came(kinds, reasons, verb) = '' then ''
                    else ', ' || how_it_came(kinds, reasons, verb)
                        || case
                            when account <> '' then ' by ' || account
                            when client <> '' then ' by ' || regexp_extract(client, '[^\\/]*$')
                            else ''
                        end
                end
        else event_title
    end;
