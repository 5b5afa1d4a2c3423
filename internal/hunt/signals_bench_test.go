package hunt_test

import (
	"io/fs"
	"testing"
	"time"

	"smew/internal/view"
	smewsql "smew/sql"
)

// crowd fills the tables: 300,000 cases of 1,000,000 events on 20,000 devices, with
// 1,000,000 records around them. One case in three is of a service that many have, as
// many are of one that a few have, the rest are called at random.
const crowd = `
create or replace temp macro some_letters(n) as array_to_string(list_transform(range(8), lambda i: chr(97 + (hash(n * 8 + i) % 26)::integer)), '');
create temp table drawn as
select n, 'ws' || (hash(n) % 20000) as Device, make_timestamp_ns(1790000000000000000 + (hash(n + 7) % 2592000000000000)::bigint) as First,
	case n % 3 when 0 then 'Agent' || (n % 600) || '_3f2a1' when 1 then 'Inhouse' || (n // 30) else some_letters(n) end as ServiceName,
	case n % 3 when 0 then 'c:\program files\vendor' || (n % 600) || '\1.2.' || (n % 17) || '\agent.exe' when 1 then 'c:\tools\inhouse' || (n // 30) || '.exe' else 'c:\windows\' || some_letters(n) || '.exe' end as PayloadPath
from range(300000) as t(n);
insert into cases by name
select n::varchar as CaseId, Device, Device as DeviceName, 'T1543.003' as Technique, ServiceName, PayloadPath as Payload, PayloadPath, path_stem(PayloadPath) as PayloadStem, First, First as Last,
	'corp\user' || (hash(n) % 5000) as Account, 'corp' as AccountDomain, 'user' || (hash(n) % 5000) as AccountName, case when n % 2 = 0 then 'c:\windows\system32\msiexec.exe' else 'c:\tools\' || (n % 100) || '.exe' end as Client
from drawn;
insert into found_events by name
select CaseId, CaseId || '-' || k as EventId, 'DeviceProcessEvents' as SourceTable, 'f' as SourceFile, k as SourceRecord, First + to_seconds(k) as Timestamp, DeviceName, AccountDomain, AccountName, ServiceName,
	Payload, PayloadPath, PayloadStem, ['command', 'registry', 'run'][k % 3 + 1] as Kind, Client as ClientPath, Client as InitiatingProcessPath, 'agent.exe' as FileName, 'c:\program files\vendor' as FolderPath
from cases, range(4) as t(k) where k < 3 or CaseId::int % 3 = 0;
insert into context by name
select ['install', 'registry', 'file', 'run', 'load'][(n % 5 + 1)::int] as Kind, First as Timestamp, 'ws' || (hash(m * 3) % 20000) as DeviceName, 'DeviceEvents' as SourceTable, 'f' as SourceFile, m as SourceRecord,
	case when n % 5 < 2 then ServiceName else '' end as ServiceName, PayloadPath as Path, PayloadPath as Payload, 'c:\windows\system32\services.exe' as InitiatingProcessPath
from drawn, range(4) as k(m) where n < 250000;
insert into context by name
select 'near' as Kind, make_timestamp_ns(1790000000000000000 + (hash(n + 3) % 2592000000000000)::bigint) as Timestamp, 'ws' || (hash(n) % 20000) as DeviceName, 'DeviceProcessEvents' as SourceTable, 'f' as SourceFile, n as SourceRecord,
	['net.exe', 'wevtutil.exe', 'powershell.exe', 'sc.exe'][(n % 4 + 1)::int] as Payload,
	['net stop WinDefend', 'wevtutil cl Security', 'powershell Stop-Service x' || n, 'sc stop svc' || n][(n % 4 + 1)::int] as Text
from range(100000) as t(n);
insert into case_related by name
select CaseId, 'install' as Kind, First + to_seconds(20) as Timestamp, PayloadPath as Path from cases where CaseId::int % 2 = 0;
insert into account_hours select 'corp\user' || u, h::tinyint, case when h between 8 and 17 then 50 else h % 3 end, 20, 20 from range(5000) as u(u), range(24) as h(h);
insert into event_reasons select EventId, 'payload_user_writable' from found_events where hash(EventId) % 5 = 0;
insert into weights values ('payload_user_writable', 'payload', 20, false);
`

// The signals of 300,000 cases: what each file of SQL takes is logged.
func BenchmarkSignals(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		e := signals(b)
		fleetOf(b, e, 20000, "2026-09-01 00:00:00")
		contract, err := view.LoadContract(b.Context(), e, smewsql.Files)
		if err != nil {
			b.Fatal(err)
		}
		if err := contract.Need(b.Context(), e, "select path_stem('')"); err != nil {
			b.Fatal(err)
		}
		if err := e.Exec(b.Context(), crowd); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		for _, f := range []string{"fleet.sql", "hours.sql", "surroundings.sql"} {
			start := time.Now()
			text, err := fs.ReadFile(smewsql.Files, "hunt/"+f)
			if err != nil {
				b.Fatal(err)
			}
			if err := contract.Need(b.Context(), e, string(text)); err != nil {
				b.Fatal(err)
			}
			if err := e.Exec(b.Context(), string(text)); err != nil {
				b.Fatal(f, err)
			}
			b.ReportMetric(time.Since(start).Seconds(), f+"-s")
		}
		rows, err := e.Query(b.Context(), "select ReasonId || ' ' || count(*) from case_signals group by ReasonId order by all")
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				b.Fatal(err)
			}
			b.Log(s)
		}
		rows.Close()
	}
}
