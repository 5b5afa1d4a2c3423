package bench

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smew/internal/allow"
	"smew/internal/engine"
	"smew/internal/view"
	smewsql "smew/sql"
)

// acts is how many services are made in BenchmarkJudge; each leaves four hits and two
// records that no branch hit.
const acts = 250_000

// judgeTables is what a hunt hands to its judgement: on 20,000 devices services of
// 50,000 names are made in a month, each by a command, recorded, written to the registry
// and started, and the accounts that make them work by day.
const judgeTables = `
create or replace temp table acts as
select
    i,
    cast(timestamp '2026-10-01' + to_seconds(i * 7 %% 2500000) as timestamp_ns) as Moment,
    'pc-' || i %% 20000 as Device,
    'svc' || i %% 50000 as Service,
    'C:\ProgramData\v' || i %% 5000 || '\svc' || i %% 50000 || '.exe' as Program
from range(%[1]d) as r(i);

create or replace temp table hits as
select
    Branch as BranchId,
    cast(Moment + to_milliseconds(n * 900) as timestamp_ns) as Timestamp,
    'id-' || Device as DeviceId,
    Device || '.corp.example' as DeviceName,
    i * 4 + n as ReportId,
    SourceTable,
    SourceTable || i %% 10 || '.json' as SourceFile,
    i * 4 + n as SourceRecord,
    'Benchmark' as DetectionType,
    case n when 1 then 'ServiceInstalled' when 2 then 'RegistryValueSet' else 'ProcessCreated' end as ActionType,
    case when n = 0 then 'corp' end as AccountDomain,
    case when n = 0 then 'user' || i %% 3000 end as AccountName,
    'system' as InitiatingProcessAccountName,
    case n when 0 then 'sc.exe' when 3 then Service || '.exe' end as FileName,
    case n when 0 then 'C:\Windows\System32\sc.exe' when 3 then Program end as FolderPath,
    case n when 0 then 'sc.exe create ' || Service || ' binPath= "' || Program || '" start= auto' when 3 then '"' || Program || '"' end as ProcessCommandLine,
    case when n = 2 then 'HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\' || Service end as RegistryKey,
    case when n = 2 then 'ImagePath' end as RegistryValueName,
    case when n = 2 then Program end as RegistryValueData,
    case when n in (1, 2) then Service end as ServiceName,
    case when n > 0 then Program end as Payload,
    case when i %% 10 = 0 and n = 0 then 'actor_not_elevated' else '' end as Reasons,
    case n when 0 then 'cmd.exe' else 'services.exe' end as InitiatingProcessFileName,
    case n when 0 then 'C:\Windows\System32\cmd.exe' else 'C:\Windows\System32\services.exe' end as InitiatingProcessFolderPath,
    case n when 0 then 'cmd.exe /c deploy' || i else 'services.exe' end as InitiatingProcessCommandLine,
    'explorer.exe' as InitiatingProcessParentFileName
from acts, (
    values (0, 'W07', 'DeviceProcessEvents'), (1, 'W05', 'DeviceEvents'), (2, 'W06', 'DeviceRegistryEvents'), (3, 'W15', 'DeviceProcessEvents')
) as kinds(n, Branch, SourceTable);

create or replace temp table context as
select
    Kind,
    cast(Moment + to_seconds(n) as timestamp_ns) as Timestamp,
    'id-' || Device as DeviceId,
    Device || '.corp.example' as DeviceName,
    SourceTable,
    'context.json' as SourceFile,
    i * 2 + n as SourceRecord,
    ActionType,
    case when Kind = 'registry' then Service else '' end as ServiceName,
    lower(Program) as Path,
    Program as Text,
    Program as Payload,
    'corp' as AccountDomain,
    'user' || i %% 3000 as AccountName,
    'services.exe' as InitiatingProcessFileName,
    'c:\windows\system32\services.exe' as InitiatingProcessPath,
    'services.exe' as InitiatingProcessCommandLine,
    cast(null as varchar) as Signer
from acts, (values (0, 'registry', 'DeviceRegistryEvents', 'RegistryValueSet'), (1, 'run', 'DeviceProcessEvents', 'ProcessCreated')) as kinds(n, Kind, SourceTable, ActionType);

drop table acts;

create or replace temp table row_facts (
    SourceTable varchar, SourceFile varchar, SourceRecord bigint, Telemetry varchar, TimestampNote varchar, InitiatingProcessNote varchar,
    InitiatingProcessId bigint, ProcessId bigint, RecordShown bigint
);
create or replace temp table copies (SourceTable varchar, SourceFile varchar, SourceRecord bigint, Copies bigint);
create or replace temp table branches as
select * from (values ('W05', 10, 'a', 'T1543.003', 1), ('W07', 10, 'c', 'T1543.003', 2), ('W06', 30, 'b', 'T1543.003', 3), ('W15', 40, 'd', 'T1543.003', 4)) as t(BranchId, Score, Title, Technique, Strength);
create or replace temp table weights as
select id as ReasonId, "group" as Grp, cast(points as integer) as Points, cast(pierces as boolean) as Pierces, cast(floor as integer) as Floor, text as Text,
    cast(row_number() over () as integer) as Place
from read_csv(%[2]s, all_varchar = true);
create or replace temp table devices as select distinct SourceTable, DeviceId as Device from hits;
create or replace temp table tables_read as select distinct SourceTable as TableName from hits;
create or replace temp table accounts as
select 1 as SourceFileId, SourceTable, cast('2026-10-01' as date) as Day, count(*) as InWindow, 0 as Outside, min(Timestamp) as First, max(Timestamp) as Last, 0 as Future
from hits group by SourceTable;
create or replace temp table account_hours_read as
select 'corp\user' || i %% 3000 as Account, cast(i %% 10 + 7 as tinyint) as Hour, cast('2026-10-01' as date) + cast(i // 3000 %% 30 as integer) as Day, 31::ubigint as Minutes
from range(900000) as r(i);
`

// judging is the SQL of a judgement, as internal/hunt runs it.
var judging = []string{
	"events", "launches", "cases", "event_titles", "reasons", "signals", "fleet", "hours", "surroundings", "score", "missing",
	"allowlist", "lowered", "rank",
}

// BenchmarkJudge makes ranked cases of a million hits under a thousand allowlist entries,
// and compares that with what DuckDB takes to write the hits to a Parquet file: twice
// as long is what it may take. It runs within 1 GiB.
func BenchmarkJudge(b *testing.B) {
	ctx := context.Background()
	for b.Loop() {
		e, err := engine.Open(ctx, engine.Options{Threads: 2, Memory: "1GiB", TempDir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		exec := func(query string) time.Duration {
			b.Helper()
			start := time.Now()
			if err := e.Exec(ctx, query); err != nil {
				b.Fatal(err)
			}
			return time.Since(start)
		}
		contract, err := view.LoadContract(ctx, e, smewsql.Files)
		if err != nil {
			b.Fatal(err)
		}
		read := func(name string) string {
			b.Helper()
			text, err := fs.ReadFile(smewsql.Files, name)
			if err != nil {
				b.Fatal(err)
			}
			if err := contract.Need(ctx, e, string(text)); err != nil {
				b.Fatal(err)
			}
			return string(text)
		}
		weights, err := filepath.Abs(filepath.Join("..", "..", "sql", "reference", "weights.csv"))
		if err != nil {
			b.Fatal(err)
		}
		exec(fmt.Sprintf(judgeTables, acts, engine.QuoteText(weights)))
		exec(read("hunt/title.sql"))
		write := exec("copy hits to " + engine.QuoteText(filepath.Join(b.TempDir(), "hits.parquet")) + " (format parquet)")
		if err := thousandEntries(b).Attach(ctx, e, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)); err != nil {
			b.Fatal(err)
		}
		var all time.Duration
		for _, name := range judging {
			took := exec(read("hunt/" + name + ".sql"))
			all += took
			b.Logf("%-14s %6.2f s", name, took.Seconds())
			b.ReportMetric(took.Seconds(), name+"-s")
		}
		var hits, cases, lowered int64
		if err := e.Scan(ctx, "select (select count(*) from hits), (select count(*) from ranked), (select count(*) from case_allowed where Points < 0)", &hits, &cases, &lowered); err != nil {
			b.Fatal(err)
		}
		if hits != 4*acts || cases == 0 || lowered == 0 {
			b.Fatalf("%d hits, %d cases, %d lowered", hits, cases, lowered)
		}
		b.Logf("%d hits, %d cases, %d lowered by an entry: %.1f s, writing them %.1f s: %.1f times", hits, cases, lowered, all.Seconds(), write.Seconds(), all.Seconds()/write.Seconds())
		b.ReportMetric(all.Seconds(), "judge-s")
		b.ReportMetric(write.Seconds(), "write-s")
		b.ReportMetric(all.Seconds()/write.Seconds(), "times-write")
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// thousandEntries are as many, each of a product's folder and services; one in ten meets
// something.
func thousandEntries(b *testing.B) *allow.List {
	b.Helper()
	var text strings.Builder
	text.WriteString("entries:\n")
	for i := range 1000 {
		folder, service := fmt.Sprintf(`C:\Program Files\Vendor%d\**`, i), fmt.Sprintf("Vendor%d*", i)
		if i%10 == 0 {
			folder, service = fmt.Sprintf(`C:\ProgramData\v%d\**`, i), fmt.Sprintf("svc%d*", i)
		}
		fmt.Fprintf(&text, "  - id: entry-%d\n    class: it_management\n    match:\n      payload_path: '%s'\n      service_name: '%s'\n"+
			"    action: down-rank 20\n    reason: a benchmark\n    owner: tests\n    created: 2026-11-01\n    expires: 2027-02-01\n", i, folder, service)
	}
	path := filepath.Join(b.TempDir(), "own.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	list, err := allow.Load(nil, "", []string{path})
	if err != nil {
		b.Fatal(err)
	}
	return list
}
