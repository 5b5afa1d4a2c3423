package allow

import (
	"fmt"
	"testing"
)

// BenchmarkJoin is the join of a million events with a thousand entries: 5,000
// programs, 200,000 service names, every command line different.
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
			md5(i::varchar)[:12] as EventId, 'DeviceProcessEvents' as SourceTable, ['W01'] as Branches,
			'host' || i % 20000 as DeviceName, '' as DeviceId, 'CORP' as AccountDomain,
			case when i % 50 = 0 then 'svc_' else 'user' end || i % 3000 as AccountName,
			'svc' || i % 200000 as ServiceName, 'sc.exe create svc' || i || ' binPath= x' as ProcessCommandLine,
			case i % 10 when 0 then 'c:\program files\vendor ' || i % 5000 || '\bin\agent.exe'
				when 1 then 'c:\windows\tool' || i % 5000 || '\a.exe' else 'c:\windows\system32\cmd.exe' end as InitiatingProcessPath,
			'setup /quiet ' || i as InitiatingProcessCommandLine,
			'c:\program files\vendor ' || i % 5000 || '\a.exe' as PayloadPath, i % 7 = 0 as HardReason
		from range(1000000) as r(i)`)
	if err := list.Attach(b.Context(), e, today); err != nil {
		b.Fatal(err)
	}
	text := joinSQL(b)
	for b.Loop() {
		exec(b, e, text)
	}
	var n int64
	if err := e.Scan(b.Context(), "select count(*) from allowed", &n); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n), "matches")
}
