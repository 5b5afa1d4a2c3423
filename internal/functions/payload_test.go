package functions_test

import (
	"strings"
	"testing"
)

// What a service's command says of itself.
func TestPayload(t *testing.T) {
	answers(t, open(t), readTable(t, "payload.tsv", "command", "writable", "ordinary", "nonstandard", "strange"),
		"is_user_writable(image_path(c))", "is_ordinary_place(image_path(c))", "is_nonstandard(image_path(c))",
		"is_strange_payload(c, image_path(c), image_stem(c))")
}

// What is known of places and tools becomes one constant pattern when the query is
// bound: built per row it would cost a hundred times as much.
func TestKnowledgeFolds(t *testing.T) {
	e := open(t)
	if err := e.Exec(t.Context(), `create table hay as select 'c:\temp\' || i as h from range(1000) r(i)`); err != nil {
		t.Fatal(err)
	}
	for _, predicate := range []string{
		"is_user_writable(h)", "is_ordinary_place(h)", "is_service_key_writer(h, h)", "is_remote_installer(h)", "is_lolbin(h)",
		"has_signature(h, ['^image x$', '^service y$'])",
	} {
		got := plan(t, e, predicate)
		for _, function := range []string{"list_filter", "list_aggr", "regexp_escape", "list_concat"} {
			if strings.Contains(got, function) {
				t.Errorf("%s: the plan calls %s for every row:\n%s", predicate, function, got)
			}
		}
	}
}
