package lake

import (
	"context"
	"fmt"
	"strings"
)

// mostTwice is how many rows of a table that are there twice are named.
const mostTwice = 5

// ofTable lists the files of a table that can be read.
func (v *verifier) ofTable(table string) []Data {
	var files []Data
	for _, d := range v.good {
		if d.Table == table {
			files = append(files, d)
		}
	}
	return files
}

// twice looks for rows that are stored more than once.
func (v *verifier) twice(ctx context.Context) error {
	for _, table := range tablesIn(v.snap) {
		files := v.ofTable(table)
		if len(files) == 0 {
			continue
		}
		if err := v.twiceIn(ctx, table, files); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) twiceIn(ctx context.Context, table string, files []Data) error {
	rows, err := v.e.Query(ctx, "select SourceFileId, SourceRecord, count(*) as n from "+v.l.readFiles(files)+
		" group by all having n > 1 order by all limit "+fmt.Sprint(mostTwice))
	if err != nil {
		return v.wrong(ctx, tablesDir+"/"+table, "the files cannot be read together", err)
	}
	defer rows.Close()
	for rows.Next() {
		var file int32
		var record, n int64
		if err := rows.Scan(&file, &record, &n); err != nil {
			return err
		}
		v.fault(tablesDir+"/"+table, fmt.Sprintf("record %d of source file %d is stored more than once", record, file), "1", fmt.Sprint(n))
	}
	return rows.Err()
}

// accounts holds the rows that are stored against what was read of each source file:
// rows = stored + duplicates of each table, and read = rows + rejected + forgotten + of
// other kinds in all.
func (v *verifier) accounts(ctx context.Context) error {
	if len(v.good) != len(v.snap.Data) {
		v.result.Unchecked = append(v.result.Unchecked, "rows against their sources: not all files can be read")
		return nil
	}
	for _, m := range v.snap.Meta {
		if v.faulty(m.Path) {
			v.result.Unchecked = append(v.result.Unchecked, "rows against their sources: not all of the manifest can be read")
			return nil
		}
	}
	if err := (&Reader{l: v.l, Snapshot: v.snap}).attachManifest(ctx, v.e); err != nil {
		return v.wrong(ctx, manifestDir, "the manifest's files do not go together", err)
	}
	if err := v.e.Exec(ctx, v.storedRows()); err != nil {
		return v.wrong(ctx, tablesDir, "the rows cannot be counted by source", err)
	}
	if err := v.e.Scan(ctx, "select count(*) from manifest_sources", &v.result.Sources); err != nil {
		return v.wrong(ctx, manifestDir, "the sources cannot be counted", err)
	}
	for _, query := range []string{storedAgainstAccounts, readAgainstAccounts, numbersOnce} {
		if err := v.eachFault(ctx, query); err != nil {
			return v.wrong(ctx, manifestDir, "the account cannot be checked", err)
		}
	}
	return nil
}

func (v *verifier) faulty(name string) bool {
	for _, f := range v.result.Faults {
		if f.File == name {
			return true
		}
	}
	return false
}

// storedRows makes stored_rows: how many rows of each source file each table has.
func (v *verifier) storedRows() string {
	parts := []string{"select null::varchar as SourceTable, null::integer as Number, 0::bigint as Rows where false"}
	for _, table := range tablesIn(v.snap) {
		parts = append(parts, "select '"+strings.ReplaceAll(table, "'", "''")+"', SourceFileId, count(*) from "+v.l.readFiles(v.ofTable(table))+" group by all")
	}
	return "create or replace temp table stored_rows as " + strings.Join(parts, " union all ")
}

// eachFault runs a query that gives file, what, expected and found of each fault.
func (v *verifier) eachFault(ctx context.Context, query string) error {
	rows, err := v.e.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var f Fault
		if err := rows.Scan(&f.File, &f.What, &f.Expected, &f.Found); err != nil {
			return err
		}
		v.result.Faults = append(v.result.Faults, f)
	}
	return rows.Err()
}

const storedAgainstAccounts = `
with told as (
    select SourceTable, Number, sum(Rows) as Rows from manifest_accounts group by all
),
copies as (
    select SourceTable, SourceFileId as Number, count(*) as Rows from manifest_duplicates group by all
),
joined as (
    select SourceTable, Number, coalesce(told.Rows, 0) as Told, coalesce(stored_rows.Rows, 0) as Stored, coalesce(copies.Rows, 0) as Copies
    from told
    full join stored_rows using (SourceTable, Number)
    full join copies using (SourceTable, Number)
)
select
    coalesce(manifest_sources.Name, 'source file ' || joined.Number),
    joined.SourceTable || ' rows, stored and copies',
    cast(Told as varchar),
    format('{} + {}', Stored, Copies)
from joined
left join manifest_sources on manifest_sources.Number = joined.Number
where Told <> Stored + Copies
order by all`

const readAgainstAccounts = `
with parts as (
    select Number, sum(Rows) as Rows, 0 as Rejected, 0 as Forgotten from manifest_accounts group by Number
    union all
    select Number, 0, sum(Rows), 0 from manifest_rejections group by Number
    union all
    select Number, 0, 0, sum(Rows) from manifest_forgotten group by Number
),
summed as (
    select Number, sum(Rows) as Rows, sum(Rejected) as Rejected, sum(Forgotten) as Forgotten from parts group by Number
),
joined as (
    select
        Name,
        Read,
        coalesce(Detail ->> '$.mapping', '') <> '' as Mapped,
        coalesce(Rows, 0) as Rows, coalesce(Rejected, 0) as Rejected, coalesce(Forgotten, 0) as Forgotten
    from manifest_sources
    left join summed using (Number)
)
select
    Name,
    'rows read, of tables, rejected and forgotten',
    cast(Read as varchar),
    format('{} + {} + {}', Rows, Rejected, Forgotten)
from joined
where Read < Rows + Rejected + Forgotten or (not Mapped and Read <> Rows + Rejected + Forgotten)
order by all`

const numbersOnce = `
select min(Name), 'times in the manifest', '1', cast(count(*) as varchar)
from manifest_sources
group by Number
having count(*) > 1
order by all`
