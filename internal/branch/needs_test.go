package branch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smew/internal/engine"
	"smew/internal/view"
	"smew/sql"
)

// bound is an engine with every table of the contract, empty.
func bound(t testing.TB) (*engine.Engine, *view.Contract) {
	t.Helper()
	ctx := t.Context()
	e, err := engine.Open(ctx, engine.Options{Threads: 1, Memory: "1GiB", TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	contract, err := view.LoadContract(ctx, e, sql.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range contract.Names() {
		table, _ := contract.Lookup(name)
		if err := table.AttachEmpty(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	return e, contract
}

// inShort writes needs a line each: table | predicate or * | gate | tested.
func inShort(needs []Need) string {
	var list []string
	for _, n := range needs {
		predicate := n.Predicate
		if predicate == "" {
			predicate = "*"
		}
		list = append(list, strings.Join([]string{n.Table, predicate, n.Gate(), strings.Join(n.Tested, " ")}, " | "))
	}
	return strings.Join(list, "\n")
}

func TestNeeds(t *testing.T) {
	e, contract := bound(t)
	for query, want := range map[string]string{
		// A filter over one table is taken as it stands.
		"select DeviceId from DeviceFileEvents where FileName = 'a'":                       "DeviceFileEvents | ((FileName = 'a')) | ((FileName = 'a')) | FileName",
		"select f.DeviceId from devicefileevents as f where f.FileName = 'a'":              "devicefileevents | ((FileName = 'a')) | ((FileName = 'a')) | FileName",
		"from DeviceFileEvents select DeviceId where FileName = 'it''s'":                   "DeviceFileEvents | ((FileName = 'it''s')) | ((FileName = 'it''s')) | FileName",
		"select DeviceId from DeviceFileEvents where FileName = 'a' group by all having 1": "DeviceFileEvents | ((FileName = 'a')) | ((FileName = 'a')) | FileName",
		// A gate has the comparisons that cost little, and never says less than
		// the predicate.
		"select 1 from DeviceFileEvents where FileName = 'a' and has(FolderPath, 'b')":      "DeviceFileEvents | (((FileName = 'a') AND has(FolderPath, 'b'))) | ((FileName = 'a')) | FileName FolderPath",
		"select 1 from DeviceFileEvents where FileName = 'a' or has(FolderPath, 'b')":       "DeviceFileEvents | (((FileName = 'a') OR has(FolderPath, 'b'))) |  | FileName FolderPath",
		"select 1 from DeviceFileEvents where not (FileName = 'a')":                         "DeviceFileEvents | ((FileName != 'a')) | ((FileName != 'a')) | FileName",
		"select 1 from DeviceFileEvents where FileNameLower in ('a', 'b') and FilePath='c'": "DeviceFileEvents | (((FileNameLower IN ('a', 'b')) AND (FilePath = 'c'))) | ((FileNameLower IN ('a', 'b'))) | FileNameLower FilePath",
		// Two readings of one table: a row matters if it passes either.
		"select 1 from DeviceFileEvents where FileName = 'a' union all select 1 from DeviceFileEvents where SHA1 = 'b'": "DeviceFileEvents | ((FileName = 'a')) or ((SHA1 = 'b')) | ((FileName = 'a')) or ((SHA1 = 'b')) | FileName SHA1",
		"select 1 from DeviceFileEvents where FileName = 'a' union all select 1 from DeviceFileEvents":                  "DeviceFileEvents | * |  | FileName",
		"with c as (select * from DeviceFileEvents where FileName = 'a') select SHA1 from c where SHA1 = 'b'":           "DeviceFileEvents | ((FileName = 'a')) | ((FileName = 'a')) | FileName",
		// What is no plain filter needs every row.
		"select SHA1 from DeviceFileEvents": "DeviceFileEvents | * |  | SHA1",
		"select 1 from DeviceFileEvents as f join DeviceEvents as d on f.SHA1 = d.SHA1 where f.FileName = 'a'":                                  "DeviceFileEvents | * |  | FileName SHA1\nDeviceEvents | * |  | FileName SHA1",
		"select 1 from DeviceFileEvents where SHA1 in (select SHA1 from DeviceEvents where FileName = 'a')":                                     "DeviceFileEvents | * |  | FileName SHA1\nDeviceEvents | ((FileName = 'a')) | ((FileName = 'a')) | FileName",
		"select 1 from DeviceEvents as d where exists (select 1 from DeviceFileEvents as f where f.SHA1 = d.SHA1)":                              "DeviceEvents | * |  | SHA1\nDeviceFileEvents | * |  | SHA1",
		"select (select count(*) from DeviceFileEvents as f where f.SHA1 = d.SHA1 and f.FileName = 'a') from DeviceEvents as d where MD5 = 'b'": "DeviceEvents | ((MD5 = 'b')) | ((MD5 = 'b')) | MD5\nDeviceFileEvents | * |  | FileName MD5 SHA1",
		"select 1 from (unpivot DeviceFileEvents on SHA1, MD5) where FileName = 'a'":                                                            "DeviceFileEvents | * |  | * FileName",
		"select 1 from DeviceFileEvents tablesample 10% where FileName = 'a'":                                                                   "DeviceFileEvents | ((FileName = 'a')) | ((FileName = 'a')) | FileName",
		"select 1 from elsewhere": "",
	} {
		needs, err := Needs(t.Context(), e, query, contract)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if diff := cmp.Diff(want, inShort(needs)); diff != "" {
			t.Errorf("%s\n%s", query, diff)
		}
	}
	for query, want := range map[string]string{
		"select 1; select 2":     "2 statements",
		"selec 1":                "syntax error",
		"drop table x":           "SELECT",
		"select from where":      "syntax error",
		"select 'unterminated":   "unterminated",
		"":                       "0 statements",
		"copy (select 1) to 'x'": "SELECT",
	} {
		if needs, err := Needs(t.Context(), e, query, contract); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v; want an error with %q", query, needs, err, want)
		}
	}
}

func TestReferences(t *testing.T) {
	e, contract := bound(t)
	for query, want := range map[string]string{
		"select FileName from DeviceFileEvents":                                          "DeviceFileEvents: FileName",
		"select * from DeviceFileEvents f join deviceevents d using (DeviceId, SHA1)":    "DeviceFileEvents deviceevents: * DeviceId SHA1",
		"with c as (select a from DeviceEvents) select b from c, other where f(x.y) > 1": "DeviceEvents: a b y",
		"select count(*) from DeviceEvents where exists (select 1 from DeviceInfo)":      "DeviceEvents DeviceInfo: ",
		"select 1": ": ",
		"select columns('File.*') from DeviceEvents order by Timestamp": "DeviceEvents: * Timestamp",
	} {
		tables, columns, err := References(t.Context(), e, query, contract.IsTable)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := strings.Join(tables, " ") + ": " + strings.Join(columns, " "); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

// predicate draws a filter of any form over a few columns.
func predicate(depth int) *rapid.Generator[string] {
	text := rapid.SampledFrom([]string{"FileName", "FileNameLower", "FolderPath", "ProcessCommandLine", "InitiatingProcessFileName", "p.FileName"})
	value := rapid.SampledFrom([]string{"'sc.exe'", "'SC.EXE'", "'a b'", "''", "'it''s'", "'100%'", "null", `'C:\x'`, "'ф'", "'a|b'", "'x WHERE y'"})
	leaf := rapid.Custom(func(t *rapid.T) string {
		c, v, w := text.Draw(t, "column"), value.Draw(t, "value"), value.Draw(t, "other")
		n := rapid.IntRange(-2, 9).Draw(t, "number")
		return rapid.SampledFrom([]string{
			c + " = " + v, c + " <> " + v, c + " in (" + v + ", " + w + ")", c + " not in (" + v + ", " + w + ")",
			c + " is null", c + " is not null", c + " is distinct from " + v, c + " like '%c.e%'", c + " not ilike '%S_.e%' escape '#'",
			c + " between " + v + " and " + w, c + " || " + v + " = " + w, "has(" + c + ", " + v + ")", "has_any(" + c + ", array[" + v + ", 'exe'])",
			"not_in_i(" + c + ", [" + v + ", " + w + "])", "regexp_matches(" + c + ", '(?i)^s.*e$')", "coalesce(" + c + ", " + v + ") > " + w,
			fmt.Sprintf("ReportId %% 3 = %d", n), fmt.Sprintf("ReportId between %d and 7", n), fmt.Sprintf("-ReportId < %d", n), fmt.Sprintf("abs(ReportId - 5) >= %d.5", n),
			"Timestamp > timestamp '2026-09-20 10:00:04'", "Timestamp < timestamp_ns '2026-09-20 10:00:04' + interval 3 seconds",
			"case when " + c + " = " + v + " then ReportId else 3 end > 2", "cast(ReportId as varchar) = '3'", "ReportId::double / 2 > 1.5",
			"len(list_filter([" + c + ", " + v + "], lambda x: x = " + w + ")) = 1", c + "[1:2] = 'sc'", "(" + c + " = " + v + ") is not true",
			"AdditionalFields ->> '$.a' = 'b'", "json_text(AdditionalFields, '$.a') = 'b'", "(ReportId, " + c + ") = (3, " + v + ")", "true", "null",
		}).Draw(t, "leaf")
	})
	if depth == 0 {
		return leaf
	}
	part := predicate(depth - 1)
	return rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			return "(" + part.Draw(t, "left") + ") and (" + part.Draw(t, "right") + ")"
		case 1:
			return "(" + part.Draw(t, "left") + ") or (" + part.Draw(t, "right") + ")"
		case 2:
			return "not (" + part.Draw(t, "inner") + ")"
		}
		return leaf.Draw(t, "leaf")
	})
}

// TestCandidatesAreEnough holds the law that a hunt rests on: the rows that
// pass a need's predicate, and its gate, are at least those that the branch
// hits, and over them it hits the same.
func TestCandidatesAreEnough(t *testing.T) {
	e, contract := bound(t)
	ctx := context.Background()
	exec := func(t interface{ Fatal(...any) }, query string) {
		if err := e.Exec(ctx, query); err != nil {
			t.Fatal(query, err)
		}
	}
	exec(t, `create temp table everything as
		select
			'DeviceProcessEvents' as SourceTable, 'f' as SourceFile, 1 as SourceFileId, i as SourceRecord,
			timestamp_ns '2026-09-20 10:00:00' + to_seconds(i) as "Timestamp", i % 11 as ReportId,
			['sc.exe', 'SC.EXE', null, '', 'a b', 'it''s', 'ф', 'xsc.exe'][i % 8 + 1] as FileName,
			['C:\x', null, '100%', 'a|b'][i % 4 + 1] as FolderPath,
			['sc.exe create', 'a b', null, 'x WHERE y', ''][i % 5 + 1] as ProcessCommandLine,
			['a b', 'sc.exe', null][i % 3 + 1] as InitiatingProcessFileName,
			['{"a":"b"}', '[]', null][i % 3 + 1] as AdditionalFields,
			lower(coalesce(FileName, '')) as FileNameLower
		from range(240) r(i)`)
	rapid.Check(t, func(rt *rapid.T) {
		query := "select p.SourceRecord from DeviceProcessEvents as p where " + predicate(3).Draw(rt, "where")
		if rapid.Bool().Draw(rt, "union") {
			query += " union all select p.SourceRecord from DeviceProcessEvents as p where " + predicate(1).Draw(rt, "second")
		}
		needs, err := Needs(ctx, e, query, contract)
		if err != nil || len(needs) != 1 {
			rt.Fatalf("%s: %+v, %v", query, needs, err)
		}
		where, exact := needs[0].Predicate, rapid.Bool().Draw(rt, "exact")
		if where != "" {
			where = "(" + Names(needs[0].Parts) + ") and (" + Filter(needs[0].Parts, exact) + ")"
		}
		if where == "" || slices.Contains(needs[0].Tested, "x") { // a lambda's parameter: no predicate on the table alone
			where = "true"
		}
		hits := func(relation string) string {
			exec(rt, "create or replace temp view DeviceProcessEvents as select * from everything where "+relation)
			var list *string
			if err := e.Scan(ctx, "select string_agg(SourceRecord::varchar, ' ' order by SourceRecord) from ("+query+")", &list); err != nil {
				rt.Fatalf("%s over %s: %v", query, relation, err)
			}
			if list == nil {
				return "none"
			}
			return *list
		}
		if all, some := hits("true"), hits(where); all != some {
			rt.Fatalf("%s\nhits %s\nof the candidates of %s\nonly %s", query, all, where, some)
		}
	})
}
