package allow

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkJoin is the join of a million events of 333,334 cases with a thousand
// entries, and what comes of it: 5,000 programs, 200,000 service names, every command
// line different.
func BenchmarkJoin(b *testing.B) {
	e := open(b)
	list := &List{}
	for i := range 1000 {
		entry := Entry{ID: fmt.Sprintf("e%d", i), Class: Installer, Action: DownRank, Points: 10, Enabled: true, Created: today, Expires: today}
		switch i % 4 {
		case 0:
			entry.Match = Match{InitiatingProcessPath: {fmt.Sprintf(`C:\Program Files\Vendor %d\*\agent.exe`, i)}}
		case 1:
			entry.Match = Match{PayloadPath: {fmt.Sprintf(`C:\Program Files\Vendor %d\**`, i)}, ServiceName: {fmt.Sprintf("**svc%d", i)}}
		case 2:
			entry.Match = Match{Account: {fmt.Sprintf("svc_%d*", i)}, ProcessCommand: {"** create **"}}
		default:
			entry.Match = Match{InitiatingProcessPath: {fmt.Sprintf(`C:\Windows\Tool%d\**.exe`, i)}, InitiatingProcessCommand: {"**/quiet**"}}
		}
		list.Entries = append(list.Entries, entry)
	}
	exec(b, e, `create temp table found_events as
		select
			md5(i::varchar)[:16] as EventId, md5((i // 3)::varchar)[:16] as CaseId, ['W01'] as Branches,
			'host' || i % 20000 as DeviceName, '' as DeviceId, 'CORP' as ClientAccountDomain,
			case when i % 50 = 0 then 'svc_' else 'user' end || i % 3000 as ClientAccountName,
			'svc' || i % 200000 as CaseServiceName, 'sc.exe create svc' || i || ' binPath= x' as ProcessCommandLine,
			case i % 10 when 0 then 'c:\program files\vendor ' || i % 5000 || '\bin\agent.exe'
				when 1 then 'c:\windows\tool' || i % 5000 || '\a.exe' else 'c:\windows\system32\cmd.exe' end as ClientPath,
			'setup /quiet ' || i as ClientCommandLine,
			'c:\program files\vendor ' || i % 5000 || '\a.exe' as CasePayloadPath, case when i % 5 = 0 then 'Vendor' end as Signer
		from range(1000000) as r(i)`)
	if err := list.Attach(b.Context(), e, today); err != nil {
		b.Fatal(err)
	}
	exec(b, e, `create temp table reasons as
		select md5(i::varchar)[:16] as CaseId, 'r' as ReasonId, 'why' as Text, 1 as Place, i % 7 = 0 as Pierces from range(333334) as r(i)`)
	matching, weighing := huntSQL(b, "allowlist"), huntSQL(b, "lowered")
	var spent time.Duration
	for b.Loop() {
		exec(b, e, matching)
		start := time.Now()
		exec(b, e, weighing)
		spent += time.Since(start)
	}
	var n, cases int64
	if err := e.Scan(b.Context(), "select (select count(*) from allowed), (select count(*) from case_allowed)", &n, &cases); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n), "matches")
	b.ReportMetric(float64(cases), "applied")
	b.ReportMetric(spent.Seconds()/float64(b.N), "s-lowered/op")
}
