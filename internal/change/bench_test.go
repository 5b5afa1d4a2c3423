package change

import (
	"fmt"
	"testing"
	"time"

	"smew/internal/engine"
)

// BenchmarkChanges is the join of a million events on 20,000 devices, by 3,000
// accounts, over 60 days, with five thousand windows: of single devices, of groups of
// 2,000, and a thousand for the one account that works on one device all day.
func BenchmarkChanges(b *testing.B) {
	e := open(b)
	benchData(b, e, "1000000")
	text := sqlFile(b, "hunt", "changes.sql")
	for b.Loop() {
		exec(b, e, allowedTable)
		exec(b, e, text)
	}
	var n int64
	if err := e.Scan(b.Context(), "select count(*) from allowed", &n); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n), "matches")
}

func benchData(b testing.TB, e *engine.Engine, events string) {
	b.Helper()
	cal := &Calendar{Groups: map[string][]string{}}
	begin := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for i := range 5000 {
		w := Window{
			Ticket: fmt.Sprintf("CHG%07d", i), Start: begin.Add(time.Duration(i%1440) * time.Hour),
			Account: Account{Text: fmt.Sprintf(`CORP\user%d`, i%3000), Domain: "corp", Name: fmt.Sprintf("user%d", i%3000)},
		}
		w.End = w.Start.Add(8 * time.Hour)
		switch i % 5 {
		case 0:
			w.Group = fmt.Sprintf("group%d", i%10)
			w.End = w.Start.Add(maxWindow)
		case 1:
			w.Device, w.Account = "host0", Account{Text: "busy", Name: "busy"}
			w.Start = begin.Add(time.Duration(i) * 17 * time.Minute)
			w.End = w.Start.Add(30 * time.Minute)
		default:
			w.Device = fmt.Sprintf("host%d", i*7%20000)
		}
		if i%3 == 0 {
			w.Service = fmt.Sprintf("svc%d*", i%100)
		}
		cal.Windows = append(cal.Windows, w)
	}
	for g := range 10 {
		for i := range 2000 {
			name := fmt.Sprintf("group%d", g)
			cal.Groups[name] = append(cal.Groups[name], fmt.Sprintf("host%d.corp.example", i*10+g))
		}
	}
	exec(b, e, `create temp table found_events as
		select
			md5(i::varchar)[:16] as EventId,
			('2026-09-01'::timestamp + to_seconds(i * 7919 % 5184000))::timestamp_ns as Timestamp,
			case when i % 10 = 0 then 'host0' else 'host' || i % 20000 || '.corp.example' end as DeviceName,
			case when i % 10 = 0 then 'd0' else 'd' || i % 20000 end as DeviceId,
			'CORP' as ClientAccountDomain,
			case when i % 10 = 0 then 'busy' else 'User' || i % 3000 end as ClientAccountName,
			'svc' || i % 200000 as CaseServiceName
		from range(`+events+`) as r(i)`)
	if err := cal.Attach(b.Context(), e); err != nil {
		b.Fatal(err)
	}
}
