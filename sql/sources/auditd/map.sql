/*
source: auditd
title: Linux audit log
records: auditd
family: audit
*/
-- The log of the Linux audit system: /var/log/audit/audit.log, what audispd sends
-- to syslog, what ausearch prints. A record is all lines of one event:
--
--   type=SYSCALL msg=audit(1551487424.869:752): arch=c000003e syscall=59 success=yes … exe="/bin/dash"
--   type=EXECVE msg=audit(1551487424.869:752): argc=2 a0="iptables" a1="--version"
--   type=PATH msg=audit(1551487424.869:752): item=0 name="/sbin/iptables" … nametype=NORMAL
--
-- An excerpt without msg=audit(…) has no time. It is evidence all the same.
with parsed as (
    select
        SourceFile,
        SourceRecord,
        Reason,
        Record,
        audit_head(Record) as head,
        audit_split(Record) as lines
    from read_records()
),

called as (
    select
        *,
        audit_call(lines) as call
    from parsed
),

told as (
    select
        *,
        audit_facts(lines, call) as facts
    from called
),

read as (
    select
        *,
        case when starts_with(lines[1].kind, 'AUOMS_') then auoms_event(Record) else audit_event(call, facts) end as event
    from told
)

select
    SourceFile,
    SourceRecord,
    Reason,
    hash(Record) as RecordHash,
    'auditd' as Telemetry,
    head.Time as Time,
    audit_no_time(head) as TimeNote,
    head.Device as Device,
    case when lines[1].kind = 'SYSTEM_BOOT' then 'SystemBoot' else event.ActionType end as ActionType,
    event.ProcessId as ProcessId,
    event.ParentId as ParentId,
    event.Image as Image,
    event.CommandLine as CommandLine,
    event.UserName as UserName,
    event.Path as Path,
    event.Name as Name,
    event.PreviousPath as PreviousPath,
    event.Unit as Unit,
    event.Details as Details
from read
