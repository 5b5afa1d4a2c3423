-- Rows of osquery's tables, recognised by their columns: people name their queries
-- as they like.

-- osquery_columns(): the columns that are read, for from_json. All values are texts
-- unless --log_numerics_as_numbers is set.
create or replace macro osquery_columns() as
    '{' || array_to_string(
        list_transform(
            [
                -- services, systemd_units, launchd, startup_items
                'name', 'display_name', 'service_type', 'start_type', 'status', 'path', 'module_path', 'user_account', 'description',
                'id', 'load_state', 'active_state', 'sub_state', 'unit_file_state', 'fragment_path', 'source_path', 'user',
                'label', 'program', 'program_arguments', 'run_at_load', 'keep_alive', 'disabled', 'username',
                'args', 'type', 'source',
                -- process_events, es_process_events, bpf_process_events, process_etw_events
                'pid', 'ppid', 'parent', 'cmdline', 'cwd', 'uid', 'euid', 'auid', 'syscall', 'event_type', 'time', 'exit_code',
                'signing_id', 'team_id', 'platform_binary', 'global_seq_num', 'eid', 'parent_path',
                -- file_events, es_process_file_events
                'target_path', 'action', 'md5', 'sha1', 'sha256', 'size', 'transaction_id', 'filename', 'dest_filename'
            ],
            lambda c: '"' || c || '":"VARCHAR"'
        ),
        ','
    ) || '}';

-- osquery_fields(): a line of the results log, for from_json. A line may hold one row
-- (columns), all rows of a snapshot, or all rows of a difference.
create or replace macro osquery_fields() as
    '{"name":"VARCHAR","hostIdentifier":"VARCHAR","unixTime":"VARCHAR","calendarTime":"VARCHAR","action":"VARCHAR"'
    || ',"columns":' || osquery_columns()
    || ',"snapshot":[' || osquery_columns() || ']'
    || ',"diffResults":{"added":[' || osquery_columns() || '],"removed":[' || osquery_columns() || ']}'
    || ',"decorations":{"hostname":"VARCHAR","host_uuid":"VARCHAR"}}';

-- osquery_table(c): which table a row is of, NULL for one that is not read.
create or replace macro osquery_table(c) as
    case
        when c.start_type is not null and c.service_type is not null and c.name is not null then 'services'
        when c.active_state is not null and c.sub_state is not null and c.id is not null then 'systemd_units'
        when c.label is not null and c.path is not null and coalesce(c.run_at_load, c.program, c.program_arguments) is not null then 'launchd'
        when c.type is not null and c.source is not null and c.args is not null and c.name is not null then 'startup_items'
        when c.target_path is not null and c.action is not null then 'file_events'
        when c.event_type is not null and c.filename is not null then 'es_process_file_events'
        when c.event_type is not null and c.cmdline is not null and c.pid is not null then 'es_process_events'
        when c.type = 'ProcessStart' and c.pid is not null and c.path is not null then 'process_etw_events'
        when c.cmdline is not null and c.parent is not null and c.time is not null and c.pid is not null
            and coalesce(c.auid, c.syscall, c.eid) is not null then 'process_events'
    end;

-- osquery_service(table, c): AdditionalFields of a service, a unit, a launch item or
-- a startup item. `c` is pasted text: give a column.
create or replace macro osquery_service(table_name, c) as
    case table_name
        when 'services' then without_nulls({
            'ServiceName': c.name,
            'ServiceDisplayName': nullif(c.display_name, ''),
            'ServiceAccount': nullif(c.user_account, ''),
            'ServiceStartType': start_type(replace(c.start_type, '_', ' ')),
            'ServiceType': replace(lower(c.service_type), '_', ' '),
            'ServiceTypeRaw': c.service_type,
            'ServiceState': lower(c.status),
            'ImagePath': nullif(c.path, ''),
            'ServiceDll': nullif(c.module_path, '')
        })
        when 'systemd_units' then without_nulls({
            'ServiceName': c.id,
            'ServiceDisplayName': nullif(c.description, ''),
            'ServiceAccount': nullif(c.user, ''),
            'ServiceStartType': case
                when starts_with(c.unit_file_state, 'enabled') or c.unit_file_state = 'generated' then 'auto'
                when c.unit_file_state in ('disabled', 'static', 'indirect', 'transient', 'linked', 'alias') then 'demand'
                when starts_with(c.unit_file_state, 'masked') then 'disabled'
            end,
            'ServiceType': 'systemd ' || regexp_extract(c.id, '\.(\w+)$', 1),
            'ServiceState': c.active_state,
            'UnitFileState': nullif(c.unit_file_state, ''),
            'ItemPath': coalesce(nullif(c.fragment_path, ''), nullif(c.source_path, ''))
        })
        when 'launchd' then without_nulls({
            'ServiceName': coalesce(nullif(c.label, ''), launch_item_name(c.path)),
            'ServiceAccount': nullif(c.username, ''),
            'ServiceStartType': case
                when c.disabled in ('1', 'true') then 'disabled'
                when c.run_at_load in ('1', 'true') or c.keep_alive in ('1', 'true') then 'auto'
                else 'demand'
            end,
            'ServiceType': case when contains(c.path, '/LaunchDaemons/') then 'launch daemon' else 'launch agent' end,
            'ImagePath': coalesce(nullif(c.program_arguments, ''), nullif(c.program, '')),
            'ItemPath': c.path
        })
        when 'startup_items' then without_nulls({
            'ServiceName': c.name,
            'ServiceAccount': nullif(c.username, ''),
            'ServiceStartType': case when c.status = 'disabled' then 'disabled' else 'auto' end,
            'ServiceType': nullif(c.type, ''),
            'ImagePath': trim(concat_ws(' ', c.path, c.args)),
            'ItemPath': nullif(c.source, '')
        })
    end;

-- osquery_image(table, c): the program that such an item runs, as a path; NULL where
-- the table does not say, as of a systemd unit.
create or replace macro osquery_image(table_name, c) as
    nullif(
        case table_name
            when 'services' then image_path(c.path)
            when 'launchd' then coalesce(
                nullif(c.program, ''),
                -- the first argument, which ends where the second begins
                regexp_extract(c.program_arguments, '^(/\S*)', 1)
            )
            when 'startup_items' then c.path
        end,
        ''
    );
