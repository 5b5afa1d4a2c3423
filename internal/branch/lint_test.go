package branch

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/sql"
)

// hitColumns are what a hit must have, as a branch over one table selects them.
const hitColumns = "Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord, 'X' as DetectionType"

func TestLint(t *testing.T) {
	e, contract := bound(t)
	for _, c := range []struct {
		name, tables, sql string
		want              string // a line each; the database's words as far as the first line
	}{
		{"well", "DeviceFileEvents", "select " + hitColumns + " from DeviceFileEvents where FileNameLower = 'a'", ""},
		{"well, in other case", "devicefileevents", "select " + strings.ToUpper(strings.TrimSuffix(hitColumns, "'X' as DetectionType")) + "'X' as detectiontype from DEVICEFILEEVENTS", ""},
		{"well, two tables", "DeviceFileEvents DeviceEvents", "select " + hitColumns + " from DeviceFileEvents where SHA1 in (select SHA1 from DeviceEvents)", ""},

		{"syntax", "DeviceFileEvents", "select\n    " + hitColumns + "\nfrom DeviceFileEvents\nwere FileName = 'a'", "b.sql:13: Parser Error: syntax error at or near \"FileName\""},
		{"no such column", "DeviceFileEvents", "select\n    FileNam\nfrom DeviceFileEvents", "b.sql:11: Binder Error: Referenced column \"FileNam\" not found in FROM clause!"},
		{"no such table", "DeviceFileEvent", "select 1\nfrom DeviceFileEvent", "b.sql:11: Catalog Error: Table with name DeviceFileEvent does not exist!"},
		{"no such function", "DeviceFileEvents", "select hass(FileName, 'a') from DeviceFileEvents", "b.sql:10: Catalog Error: Scalar Function with name hass does not exist!"},
		{"empty", "DeviceFileEvents", "", "b.sql:10: "},
		{"two statements", "DeviceFileEvents", "create table made(i int); select " + hitColumns + " from DeviceFileEvents", "b.sql:10: has several statements, want one"},
		{"a semicolon at the end", "DeviceFileEvents", "select " + hitColumns + " from DeviceFileEvents;\n-- that is all", "b.sql:10: cannot stand inside another select: leave out a semicolon that is followed by a comment"},

		{"write", "DeviceFileEvents", "create table x as select 1", "b.sql:10: is not a select: a branch only reads"},
		{"copy", "DeviceFileEvents", "copy (select 1) to '/tmp/x'", "b.sql:10: is not a select: a branch only reads"},
		{"attach", "DeviceFileEvents", "attach ':memory:' as x", "b.sql:10: is not a select: a branch only reads"},
		{"setting", "DeviceFileEvents", "set threads = 1", "b.sql:10: is not a select: a branch only reads"},

		{
			"columns of a hit", "DeviceFileEvents",
			"select " + strings.Replace(hitColumns, "ReportId", "cast(ReportId as varchar) as ReportId", 1) + ", SHA1, FileName as Payload, MD5 as payload from DeviceFileEvents",
			"b.sql:10: returns ReportId as VARCHAR, want BIGINT\nb.sql:10: returns SHA1, which is not a column of a hit\nb.sql:10: returns payload twice",
		},
		{
			"columns missing", "DeviceFileEvents", "select " + strings.Replace(hitColumns, "DeviceId, ", "", 1) + " from DeviceFileEvents",
			"b.sql:10: does not return DeviceId, which every hit must have",
		},
		{
			"tables of the card", "DeviceEvents DeviceInfo", "select " + hitColumns + " from DeviceEvents where SHA1 in (select SHA1 from DeviceFileEvents)",
			"b.sql:10: reads DeviceFileEvents, which its card's tables do not name\nb.sql:1: its card's tables name DeviceInfo, which the query does not read",
		},
		{
			"a table without events", "DeviceFileEvents EmailEvents", "select " + hitColumns + " from DeviceFileEvents where SHA1 in (select Subject from EmailEvents)",
			"b.sql:10: reads EmailEvents, which has no DeviceId, DeviceName to name an event by",
		},
		{
			"empty needles", "DeviceFileEvents", "select " + hitColumns + " from DeviceFileEvents where has(FileName, '') or has_any(FolderPath, ARRAY['a', '']) or contains_i(SHA1, '') or has(FileName, 'a')",
			"b.sql:10: has is given an empty text to look for, which is in every value\n" +
				"b.sql:10: has_any is given an empty text to look for, which is in every value\n" +
				"b.sql:10: contains_i is given an empty text to look for, which is in every value",
		},
	} {
		b := Branch{Card: Card{ID: "U01", Tables: strings.Fields(c.tables)}, Path: "b.sql", SQL: c.sql, SQLLine: 10}
		var got []string
		for _, p := range Lint(t.Context(), e, contract, b) {
			line, _, _ := strings.Cut(p.String(), "\n")
			got = append(got, line)
		}
		if strings.HasSuffix(c.want, ": ") { // the database's words are its own
			if len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
				t.Errorf("%s: got %q, want one that begins with %q", c.name, got, c.want)
			}
			continue
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestShippedBranchesAreWell binds every branch that comes with smew, and holds
// that none is taken for one that needs the whole of its table.
func TestShippedBranchesAreWell(t *testing.T) {
	e, contract := bound(t)
	branches, err := Load(sql.Files, "branches")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range branches {
		if err := contract.Need(t.Context(), e, b.SQL); err != nil {
			t.Fatal(err)
		}
		for _, p := range Lint(t.Context(), e, contract, b) {
			t.Error(p)
		}
		needs, err := Needs(t.Context(), e, b.SQL, contract)
		if err != nil {
			t.Error(err)
		}
		for _, n := range needs {
			if n.Predicate == "" || !hasKeys(n.Parts) && !strings.Contains(costly, b.ID+" "+n.Table) {
				t.Errorf("%s asks something of every row of %s: %q", b.ID, n.Table, n.Predicate)
			}
		}
	}
}

// costly are the tables of which a shipped branch asks something of every row, beyond
// whether a name is one of a list.
const costly = "L19 DeviceProcessEvents, M22 DeviceProcessEvents, W07 DeviceProcessEvents, W08 DeviceProcessEvents, W11 DeviceImageLoadEvents, W12 DeviceProcessEvents, W17 DeviceProcessEvents, W13 DeviceProcessEvents, W14 DeviceProcessEvents, W09 DeviceProcessEvents, W15 DeviceProcessEvents, W16 DeviceProcessEvents, W11 DeviceRegistryEvents, W11 DeviceFileEvents, W14 DeviceFileEvents, W14 DeviceImageLoadEvents"

func hasKeys(parts []Part) bool {
	return !slices.ContainsFunc(parts, func(p Part) bool { return p.Keys == nil })
}

// TestPatternsAreConstant: what the seed's branches search for is made into
// one pattern when the query is bound. What is left in the plan is a regular
// expression over a column, with nothing of the functions that made it.
func TestPatternsAreConstant(t *testing.T) {
	e, contract := bound(t)
	branches, err := Load(sql.Files, "branches")
	if err != nil {
		t.Fatal(err)
	}
	if branches, err = Select(branches, nil, "seed"); err != nil {
		t.Fatal(err)
	}
	plan := func(query string) string {
		t.Helper()
		rows, err := e.Query(t.Context(), "explain (format json) "+query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var text strings.Builder
		for rows.Next() {
			var key, value string
			if err := rows.Scan(&key, &value); err != nil {
				t.Fatal(err)
			}
			text.WriteString(value)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	making := []string{"regexp_escape", "string_agg", "list_aggregate", "list_filter", "term_char"}
	made := func(plan string) (left []string) {
		for _, word := range making {
			if strings.Contains(plan, word) {
				left = append(left, word)
			}
		}
		return left
	}
	// Nothing but a table with different values keeps the filter in the plan.
	for table, values := range map[string]string{
		"DeviceProcessEvents":  "FileName, ProcessCommandLine, InitiatingProcessFileName) select t, t, t",
		"DeviceRegistryEvents": "RegistryKey, RegistryValueName, RegistryValueData, InitiatingProcessFileName) select t, t, t, t",
	} {
		if err := e.Exec(t.Context(), "create temp table some_"+table+" as select * from recorded_"+table+"; insert into some_"+table+
			" (ReportId, "+values[:strings.Index(values, ")")]+") select 1, "+strings.SplitN(values, "select ", 2)[1]+" from (values (''), ('~'), (null)) as v(t)"); err != nil {
			t.Fatal(err)
		}
		def, _ := contract.Lookup(table)
		if err := def.Attach(t.Context(), e, "select * from some_"+table); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range branches {
		p := plan(b.SQL)
		if left := made(p); len(left) > 0 {
			t.Errorf("%s: the plan still has %v\n%s", b.ID, left, p)
		}
		if !strings.Contains(p, "regexp_matches") {
			t.Errorf("%s: the plan has no pattern: this test looks at nothing\n%s", b.ID, p)
		}
	}
	// The test can fail: a needle from the row is a pattern a row.
	if p := plan("select has(ProcessCommandLine, FileName) from DeviceProcessEvents"); len(made(p)) == 0 {
		t.Errorf("a needle that is a column leaves nothing in the plan:\n%s", p)
	}
}
