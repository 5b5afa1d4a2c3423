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
