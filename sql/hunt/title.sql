-- A finding's title: the event in words, as far as service and doer are known;
-- NULL where the event is not about a service, and the branch's title serves.
create or replace macro finding_title(
    source_table, service, payload, value_name, command_line, initiator
) as
    case
        when source_table = 'DeviceRegistryEvents' and lower(value_name) = 'imagepath'
            then 'Service ' || coalesce(service, '(unnamed)') || ' set to run ' || coalesce(payload, '(nothing)')
        when source_table = 'DeviceRegistryEvents' and lower(value_name) = 'start'
            then 'Service ' || coalesce(service, '(unnamed)') || ' set to start at boot, written by '
                || coalesce(nullif(initiator, ''), 'an unknown process')
        when lower(service_command_verb(command_line)) in ('create', 'new-service')
            then 'Service ' || coalesce(service, '(unnamed)') || ' created by ' || coalesce(nullif(initiator, ''), 'an unknown process')
                || coalesce(' to run ' || nullif(payload, ''), '')
                || coalesce(' on ' || nullif(service_command_host(command_line), ''), '')
        when service_command_verb(command_line) <> ''
            then 'Service ' || coalesce(service, '(unnamed)') || ' reconfigured by '
                || coalesce(nullif(initiator, ''), 'an unknown process')
                || coalesce(' to run ' || nullif(payload, ''), '')
                || coalesce(' on ' || nullif(service_command_host(command_line), ''), '')
    end;
