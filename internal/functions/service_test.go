package functions_test

import (
	"context"
	"strings"
	"testing"

	"smew/internal/engine"
)

// answers asks expressions over the column c of all rows at once: a query a row
// would bind the functions again for each.
func answers(t *testing.T, e *engine.Engine, rows []row, expressions ...string) {
	t.Helper()
	cells := make([]string, len(rows))
	for i, r := range rows {
		cells[i] = text(r.cells[0])
	}
	texts := make([]string, len(expressions))
	for i, x := range expressions {
		texts[i] = "coalesce(cast(" + x + " as varchar), '<NULL>')"
	}
	found, err := e.Query(context.Background(), "select i, ["+strings.Join(texts, ", ")+"] from (select unnest(["+strings.Join(cells, ", ")+
		"]) as c, unnest(range("+value(t, e, "len(["+strings.Join(cells, ", ")+"])")+")) as i)")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	seen := 0
	for found.Next() {
		var i int64
		var got []any
		if err := found.Scan(&i, &got); err != nil {
			t.Fatal(err)
		}
		seen++
		r := rows[i]
		for j, want := range r.cells[1:] {
			if shown.Replace(got[j].(string)) != want {
				t.Errorf("%s: %s of %s\n got %q\nwant %q", r.place, expressions[j], r.cells[0], got[j], want)
			}
		}
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	if seen != len(rows) {
		t.Fatalf("%d answers to %d questions", seen, len(rows))
	}
}

// What a command line says about a service.
func TestServiceCommand(t *testing.T) {
	rows := readTable(t, "service_command.tsv", "command", "verb", "name", "payload", "host", "changes")
	answers(t, open(t), rows, "service_command_verb(c)", "service_command_name(c)", "service_command_payload(c)", "service_command_host(c)", "sc_changes_service(c)")
}

// writes says which function is asked of the command lines of a program.
var writes = map[string]string{
	"reg": "reg_changes_service(c)", "wmic": "wmic_changes_service(c)", "wrapper": "wrapper_changes_service(c)",
	"remote": "is_remote_service_command(c)",
}

func TestServiceWrite(t *testing.T) {
	e := open(t)
	for program, function := range writes {
		var rows []row
		for _, r := range readTable(t, "service_write.tsv", "program", "command", "want") {
			if r.cells[0] == program {
				rows = append(rows, row{r.place, r.cells[1:]})
			}
		}
		answers(t, e, rows, function)
	}
}
