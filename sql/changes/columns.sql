-- Which column of a change calendar means what.
--
-- Reads change_records, one row for each line of the calendars given by --changes:
-- File and Line (where it stands), and Fields, a map of its values by the names in the
-- first line of the file, in lower case, with underscores for spaces, dots and dashes.
-- A value that is not there is ''; of a list of columns, the first that has one counts.
--
-- Gives Ticket, Device, DeviceGroup, Account, StartText, EndText, Zone and
-- ServicePattern as text, and Void: why the line permits nothing, NULL if it does.
-- What these texts must look like is checked afterwards. A copy of this file with other
-- names is given by --changes-columns.
--
-- An export of ServiceNow's change_request has the names of its table (number, cmdb_ci,
-- assigned_to, start_date, end_date, …) in CSV, and its labels (Number, Configuration
-- item, Assigned to, Planned start date, …) from a workbook.
select
    File,
    Line,
    coalesce(
        nullif(Fields['ticket'], ''),
        nullif(Fields['ticket_number'], ''),
        nullif(Fields['change_number'], ''),
        nullif(Fields['number'], '')
    ) as Ticket,
    coalesce(
        nullif(Fields['device'], ''),
        nullif(Fields['device_name'], ''),
        nullif(Fields['devicename'], ''),
        nullif(Fields['host'], ''),
        nullif(Fields['hostname'], ''),
        nullif(Fields['computer'], ''),
        nullif(Fields['cmdb_ci_name'], ''),
        nullif(Fields['cmdb_ci'], ''),
        nullif(Fields['configuration_item'], '')
    ) as Device,
    -- Not assignment_group: that is a group of people.
    coalesce(
        nullif(Fields['device_group'], ''),
        nullif(Fields['devicegroup'], ''),
        nullif(Fields['group'], ''),
        nullif(Fields['u_device_group'], '')
    ) as DeviceGroup,
    -- assigned_to shows a person's name, as a rule, and no account: the columns that
    -- show an account come first.
    coalesce(
        nullif(Fields['account'], ''),
        nullif(Fields['account_name'], ''),
        nullif(Fields['user'], ''),
        nullif(Fields['user_name'], ''),
        nullif(Fields['username'], ''),
        nullif(Fields['u_account'], ''),
        nullif(Fields['assigned_to_user_name'], ''),
        nullif(Fields['assigned_to_email'], ''),
        nullif(Fields['assigned_to'], '')
    ) as Account,
    -- What was planned and approved. work_start and work_end are what somebody says
    -- was done, and are not read.
    coalesce(
        nullif(Fields['start'], ''),
        nullif(Fields['start_time'], ''),
        nullif(Fields['start_date'], ''),
        nullif(Fields['planned_start_date'], '')
    ) as StartText,
    coalesce(
        nullif(Fields['end'], ''),
        nullif(Fields['end_time'], ''),
        nullif(Fields['end_date'], ''),
        nullif(Fields['planned_end_date'], '')
    ) as EndText,
    coalesce(
        nullif(Fields['timezone'], ''),
        nullif(Fields['time_zone'], ''),
        nullif(Fields['zone'], '')
    ) as Zone,
    -- The label of ServiceNow's business_service is Service as well: it is no service
    -- of an operating system.
    coalesce(
        nullif(Fields['service_pattern'], ''),
        nullif(Fields['service_name'], ''),
        nullif(Fields['servicename'], ''),
        nullif(Fields['u_service_name'], ''),
        case when Fields['configuration_item'] is null then nullif(Fields['service'], '') end
    ) as ServicePattern,
    -- ServiceNow shows a state by its label or, if it is asked to, by its number.
    case
        when lower(Fields['state']) in ('canceled', 'cancelled', '4')
            or lower(Fields['approval']) in ('canceled', 'cancelled')
            then 'it was canceled'
        when lower(Fields['approval']) = 'rejected'
            then 'it was rejected'
        when lower(Fields['state']) in ('new', '-5', 'assess', '-4', 'authorize', '-3')
            or lower(Fields['approval']) in ('requested', 'not requested', 'not yet requested')
            then 'it is not approved'
    end as Void
from change_records
