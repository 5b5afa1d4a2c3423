package functions_test

import (
	"bufio"
	"context"
	"os"
	"strings"
	"testing"

	"smew/internal/engine"
)

// operators says how a row of testdata/kql.tsv is asked: the function, whether
// it takes a list, whether its answer is negated.
var operators = map[string]struct {
	function string
	list     bool
	not      bool
}{
	"has": {function: "has"}, "!has": {function: "has", not: true}, "has_cs": {function: "has_cs"},
	"has_any": {function: "has_any", list: true}, "has_any_cs": {function: "has_any_cs", list: true},
	"has_all":   {function: "has_all", list: true},
	"hasprefix": {function: "hasprefix"}, "hasprefix_cs": {function: "hasprefix_cs"},
	"hassuffix": {function: "hassuffix"}, "hassuffix_cs": {function: "hassuffix_cs"},
	"contains": {function: "contains_i"}, "!contains": {function: "contains_i", not: true},
	"=~": {function: "eq_i"}, "!~": {function: "neq_i"},
	"in~": {function: "in_i", list: true}, "!in~": {function: "not_in_i", list: true},
}

func TestOperators(t *testing.T) {
	e := open(t)
	for _, r := range readTable(t, "kql.tsv", "haystack", "operator", "needles", "want") {
		op, ok := operators[r.cells[1]]
		if !ok {
			t.Fatalf("%s: unknown operator %s", r.place, r.cells[1])
		}
		needles := text(r.cells[2])
		if op.list {
			needles = texts(r.cells[2])
		}
		ask := func(haystack string) string {
			call := op.function + "(" + haystack + ", " + needles + ")"
			if op.not {
				call = "not " + call
			}
			return call
		}
		for _, expression := range literalAndColumn(ask, r.cells[0]) {
			if got := value(t, e, expression); got != r.cells[3] {
				t.Errorf("%s: %s = %s, want %s", r.place, expression, got, r.cells[3])
			}
		}
	}
}

// TestLiveCorpus asks what a live Kusto was asked, where its answers lie
// beside the repository.
func TestLiveCorpus(t *testing.T) {
	f, err := os.Open(sharedFile(t, "formats/kql_has_corpus.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := open(t)
	scanner := bufio.NewScanner(f)
	rows, wrong := 0, 0
	for scanner.Scan() {
		cells := strings.Split(scanner.Text(), "\t")
		if cells[0] == "set" || len(cells) < 5 {
			continue
		}
		rows++
		got := value(t, e, "has_any("+text(cells[2])+", "+texts(cells[3])+")")
		if got != cells[4] {
			wrong++
			t.Errorf("%s %s: %q has %q = %s, want %s", cells[0], cells[1], cells[2], cells[3], got, cells[4])
		}
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	if rows < 50 {
		t.Fatalf("read %d rows, want at least 50", rows)
	}
	t.Logf("%d of %d rows wrong", wrong, rows)
}

// plan gives the physical plan of a filter over a table that is not empty.
func plan(t *testing.T, e *engine.Engine, predicate string) string {
	t.Helper()
	rows, err := e.Query(context.Background(), "explain (format json) select h from hay where "+predicate)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all strings.Builder
	for rows.Next() {
		var key, text string
		if err := rows.Scan(&key, &text); err != nil {
			t.Fatal(err)
		}
		all.WriteString(text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// A constant list must become a constant pattern when the query is bound: built
// per row it would cost a hundred times as much.
func TestConstantListsFold(t *testing.T) {
	e := open(t)
	if err := e.Exec(context.Background(), `create table hay as select 'C:\Temp\' || i || '.exe create' as h from range(1000) r(i)`); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		predicate string
		patterns  int
	}{
		{`has(h, 'cmd.exe')`, 1},
		{`has_cs(h, 'cmd.exe')`, 1},
		{`has_any(h, ['create', 'config'])`, 1},
		{`has_any(h, ARRAY['\Temp\', '%TEMP%', 'cmd.exe', 'x\', '\y'])`, 1},
		{`has_any_cs(h, ['create', 'config'])`, 1},
		{`has_all(h, ['a', 'b', 'c'])`, 3},
		{`has_all(h, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])`, 8},
		{`hasprefix(h, 'ame')`, 1},
		{`hassuffix(h, 'ica')`, 1},
		{`contains_i(h, 'x')`, 1},
		{`not has_any(h, ['create', 'config'])`, 1},
	} {
		got := plan(t, e, test.predicate)
		for _, function := range []string{"list_transform", "list_filter", "array_to_string", "list_aggr", "concat_ws", "regexp_escape", "list_bool_and"} {
			if strings.Contains(got, function) {
				t.Errorf("%s: the plan calls %s for every row:\n%s", test.predicate, function, got)
			}
		}
		if n := strings.Count(got, "regexp_matches("); n != test.patterns {
			t.Errorf("%s: %d patterns in the plan, want %d:\n%s", test.predicate, n, test.patterns, got)
		}
	}
}

// The list of in_i is folded when the query is bound; only the value is folded
// per row.
func TestConstantMembersFold(t *testing.T) {
	e := open(t)
	if err := e.Exec(context.Background(), "create table hay as select 'A' || i as h from range(1000) r(i)"); err != nil {
		t.Fatal(err)
	}
	if got := plan(t, e, "in_i(h, ['Services.EXE', 'SVCHOST.exe'])"); !strings.Contains(got, "list_contains(['services.exe', 'svchost.exe']") {
		t.Errorf("the list is not a constant of the plan:\n%s", got)
	}
}

// A pattern keeps the matcher's fast form only while the class of letters and
// digits occurs a few times in it, however long the list.
func TestPatternStaysSmall(t *testing.T) {
	e := open(t)
	needles := make([]string, 300)
	for i := range needles {
		name := "tool" + strings.Repeat("x", i%7) + string(rune('a'+i%26))
		needles[i] = engine.QuoteText([]string{name + ".exe", name + `\`, `\` + name, `\` + name + `\`}[i%4])
	}
	pattern := value(t, e, "kql_pattern(["+strings.Join(needles, ", ")+"])")
	if n := strings.Count(pattern, `[^\p{L}\p{N}]`); n != 4 {
		t.Errorf("the class occurs %d times, want 4", n)
	}
	if n := strings.Count(pattern, "tool"); n != len(needles) {
		t.Errorf("%d needles in the pattern, want %d", n, len(needles))
	}
}

// No function returns NULL, whichever of its arguments is NULL.
func TestNoNulls(t *testing.T) {
	e := open(t)
	for name, op := range operators {
		second := []string{"null::varchar", "''", "'a'"}
		if op.list {
			second = []string{"null::varchar[]", "[]::varchar[]", "[null]::varchar[]", "['a', null]"}
		}
		for _, h := range []string{"null::varchar", "''", "'a'"} {
			for _, n := range second {
				call := op.function + "(" + h + ", " + n + ")"
				if got := value(t, e, call); got != "true" && got != "false" {
					t.Errorf("%s: %s is %s", name, call, got)
				}
				asEmpty := op.function + "(" + strings.Replace(h, "null::varchar", "''", 1) + ", " + n + ")"
				if value(t, e, call) != value(t, e, asEmpty) {
					t.Errorf("%s: %s differs from %s", name, call, asEmpty)
				}
			}
		}
	}
}
