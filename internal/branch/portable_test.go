package branch

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/sql"
)

func TestPortable(t *testing.T) {
	e, contract := bound(t)
	for query, want := range map[string]string{
		// What both engines understand.
		"select lower(FileName), substr(a, 2), FileName || 'x', FileName like 'a%' escape '^', coalesce(a, b) from DeviceFileEvents where a in ('x', 'y') and not b": "",
		"select filter(ARRAY['a', 'b'], x -> x <> 'a'), ARRAY[1, 2][1], ROW(1, 2), CAST(a AS VARCHAR), TRY_CAST(b AS BIGINT), TIMESTAMP '2026-01-01' from t":         "",
		"select count(*) over (partition by a order by ts range between INTERVAL '10' SECOND preceding and current row), ts - INTERVAL '5' MINUTE from t":            "",
		"select has_any(a, ARRAY['x']), service_name(b), is_lolbin(c), reference_lolbins() from t":                                                                   "",
		"with a as (select 1 as x union all select 2) select x from a where exists (select 1 from a as b where b.x = a.x) order by x limit 1":                        "",
		"select array_agg(a order by b), count(distinct a) filter (where c), position('a' in b), date_diff('second', a, b), extract(hour from ts) from t":            "",
		"select a from t cross join unnest(ARRAY['a']) as u(b)":                                                                                                      "",

		// One engine's alone.
		"select a::varchar\nfrom t":                                                    "10: x::varchar is DuckDB's alone",
		"select 1\nfrom t\nwhere a ilike 'b'":                                          "12: ILIKE is DuckDB's alone",
		"select 1\nfrom t\nwhere a not ilike 'b'":                                      "12: ILIKE is DuckDB's alone",
		"select a from t where a in ['x']":                                             "10: […] is DuckDB's alone",
		"select a from t qualify row_number() over () = 1":                             "10: QUALIFY is DuckDB's alone",
		"select a, count(*) from t group by all":                                       "10: GROUP BY ALL is DuckDB's alone",
		"select * exclude (a) from t":                                                  "10: * EXCLUDE, REPLACE and RENAME are DuckDB's alone",
		"select * replace (a as b) from t":                                             "10: * EXCLUDE, REPLACE and RENAME are DuckDB's alone",
		"select columns('a') from t":                                                   "10: COLUMNS(…) is DuckDB's alone",
		"from t":                                                                       "10: FROM without SELECT is DuckDB's alone",
		"select a from t\nsemi join u using (a)":                                       "11: SEMI JOIN is DuckDB's alone",
		"select a from t anti join u using (a)":                                        "10: ANTI JOIN is DuckDB's alone",
		"select a from t asof join u on t.a >= u.a":                                    "10: ASOF JOIN is DuckDB's alone",
		"select a from t natural join u":                                               "10: NATURAL JOIN is not on both engines",
		"select a from t union all by name select a from u":                            "10: UNION … BY NAME is DuckDB's alone",
		"select filter(ARRAY[1], lambda x: x > 0) from t":                              "10: lambda x: … is DuckDB's alone",
		"select list_transform(a, x -> x) from t":                                      "10: list_transform is not on both engines | 10: -> outside filter",
		"select a -> 'b' from t":                                                       "10: -> outside filter",
		"select regexp_matches(a, 'b') from t":                                         "10: regexp_matches is DuckDB's alone",
		"select a similar to 'b' from t":                                               "10: regexp_full_match is DuckDB's alone",
		"select len(a), string_split(a, 'b'), string_agg(a, ',') from t":               "10: len is DuckDB's alone | 10: string_split is DuckDB's alone | 10: string_agg is DuckDB's alone",
		"select json_extract(a, '$') from t":                                           "10: json_extract is not on both engines",
		"select levenshtein(a, 'b') from t":                                            "10: levenshtein is not on both engines",
		"select approx_count_distinct(a) from t":                                       "10: approx_count_distinct is not on both engines",
		"select INTERVAL 10 SECOND from t":                                             "10: an interval's number must be quoted",
		"select interval '10 seconds' from t":                                          "10: an interval in one text is DuckDB's alone",
		"select CAST(a AS HUGEINT) from t":                                             "10: the type HUGEINT is DuckDB's alone",
		"select a[1:2] from t":                                                         "10: a slice [a:b] is DuckDB's alone",
		"select {'a': 1} from t":                                                       "10: struct_pack is DuckDB's alone",
		"select distinct on (a) b from t":                                              "10: DISTINCT ON is DuckDB's alone",
		"select a & 1, a ** 2, a // 2 from t":                                          "10: & is DuckDB's alone | 10: ** is DuckDB's alone | 10: // is DuckDB's alone",
		"select a from t using sample 3":                                               "10: a sample is drawn differently",
		"with c as (\n    select a\n    from t\n    qualify a > 1\n)\nselect a from c": "QUALIFY",

		"select a from t where b collate nocase = 'x'": "10: COLLATE is DuckDB's alone",
		"select date_part('hour', ts) from t":          "10: date_part is DuckDB's alone",

		// What they answer differently.
		"select a / 2 from t": "10: warning: /: 1/2 is 0.5 on DuckDB",
		"select regexp_extract(a, 'b'), greatest(a, b) from t": "10: warning: regexp_extract: without a match | 10: warning: greatest: with a NULL",
		"select regexp_replace(a, 'b', 'c'), md5(a) from t":    "10: warning: regexp_replace: DuckDB replaces the first | 10: warning: md5: it is text",
		"select CAST(a AS TIMESTAMP) from t":                   "10: warning: CAST to TIMESTAMP keeps microseconds",
		"select a from t limit 3":                              "10: warning: LIMIT without ORDER BY",
		"select array_agg(a) from t":                           "10: warning: array_agg without ORDER BY",
		"select soundslike(a) from t":                          "10: warning: soundslike is not on the list",
		// Neither a comment nor a string is code.
		"select 'a::b qualify ilike' as a -- x::y\nfrom t": "",
	} {
		problems, err := Portable(t.Context(), e, contract, Branch{Path: "b.sql", SQL: query, SQLLine: 10})
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var got []string
		for _, p := range problems {
			got = append(got, strings.TrimPrefix(p.String(), "b.sql:"))
		}
		wanted := strings.Split(want, " | ")
		if want == "" {
			wanted = nil
		}
		if len(got) != len(wanted) {
			t.Errorf("%s\n got %q\nwant %q", query, got, wanted)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], wanted[i]) {
				t.Errorf("%s\n got %q\nwant %q", query, got[i], wanted[i])
			}
		}
	}
}

// TestShippedBranchesAreOneTextForTwoEngines: not even a warning.
func TestShippedBranchesAreOneTextForTwoEngines(t *testing.T) {
	e, contract := bound(t)
	branches, err := LoadAll(sql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range branches {
		if err := contract.Need(t.Context(), e, b.SQL); err != nil {
			t.Fatal(err)
		}
		problems, err := Portable(t.Context(), e, contract, b)
		if err != nil {
			t.Errorf("%s: %v", b.Path, err)
		}
		for _, p := range problems {
			t.Error(p)
		}
	}
}

// TestAStarIsWhatIsNamedFurtherOut: only a star of the answer, or one whose rows are
// taken as wholes, needs every column.
func TestAStarIsWhatIsNamedFurtherOut(t *testing.T) {
	for query, want := range map[string]bool{
		"with a as (select * from DeviceFileEvents where FileName = 'a') select SHA1 from a":                       false,
		"with a as (select *, lower(SHA1) as x from DeviceFileEvents) select a.x from a":                           false,
		"select SHA1 from (select f.* from DeviceFileEvents as f) as g":                                            false,
		"with a as (select * from DeviceFileEvents union all select * from DeviceFileEvents) select SHA1 from a":   false,
		"select count(*) from DeviceFileEvents":                                                                    false,
		"select * from DeviceFileEvents":                                                                           true,
		"select SHA1 from DeviceFileEvents union all select * from DeviceFileEvents":                               true,
		"with a as (select * from DeviceFileEvents) select * from a":                                               true,
		"with a as (select distinct * from DeviceFileEvents) select SHA1 from a":                                   true,
		"with a as (select * from DeviceFileEvents union select * from DeviceFileEvents) select SHA1 from a":       true,
		"with a as (select * exclude (SHA1) from DeviceFileEvents) select FileName from a":                         true,
		"with a as (select * from DeviceFileEvents) select to_json(a) from a":                                      true,
		"with a as (select * from DeviceFileEvents) select SHA1 from a natural join DeviceEvents":                  true,
		"with a as (select hash(*columns(*)) as h from DeviceFileEvents) select h from a":                          true,
		"with b as (select SHA1 from (select * from DeviceFileEvents) as s group by SHA1) select max(SHA1) from b": false,
	} {
		e, contract := bound(t)
		needs, err := Needs(t.Context(), e, query, contract)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(needs[0].Columns, "*"); got != want {
			t.Errorf("%s: star needed %t, want %t", query, got, want)
		}
	}
}

func TestEssentialColumns(t *testing.T) {
	e, contract := bound(t)
	for query, want := range map[string]string{
		"select 1 from DeviceProcessEvents where FileName = 'a' and has(ProcessCommandLine, 'x')":                                                              "FileName ProcessCommandLine",
		"select 1 from DeviceProcessEvents where (FileName = 'a' or ProcessVersionInfoOriginalFileName = 'a') and ProcessCommandLine <> ''":                    "ProcessCommandLine",
		"select 1 from DeviceProcessEvents where FileName = 'a' and (SHA1 = '1' or FileName = 'b' and SHA1 = '2')":                                             "FileName SHA1",
		"select 1 from DeviceProcessEvents where FileName = 'a' or FileName = 'b'":                                                                             "FileName",
		"select 1 from DeviceProcessEvents where FileName = 'a' and SHA1 = 'b' union all select 1 from DeviceProcessEvents where FileName = 'c' and MD5 = 'd'": "FileName",
		"select 1 from DeviceProcessEvents": "*",
	} {
		needs, err := Needs(t.Context(), e, query, contract)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(needs[0].Essential, " ")
		if needs[0].Predicate == "" {
			got = "*"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}
