package allow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smew/internal/engine"
)

// repo is the repository's root.
const repo = "../.."

// today is the day on which the tests look at entries.
var today = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func open(tb testing.TB) *engine.Engine {
	tb.Helper()
	e, err := engine.Open(tb.Context(), engine.Options{TempDir: tb.TempDir(), Threads: 2})
	if err != nil {
		tb.Fatal(err)
	}
	functions(tb, e)
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	return e
}

// functions makes the macros that the join uses.
func functions(tb testing.TB, e *engine.Engine) {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(repo, "sql", "functions", "kql.sql"))
	if err != nil {
		tb.Fatal(err)
	}
	exec(tb, e, string(text))
}

// joinSQL is the text of sql/hunt/allowlist.sql.
func joinSQL(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(repo, "sql", "hunt", "allowlist.sql"))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func builtin(tb testing.TB) *List {
	tb.Helper()
	list, err := Load(os.DirFS(filepath.Join(repo, "sql")), "allowlist", nil)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func exec(tb testing.TB, e *engine.Engine, query string, args ...any) {
	tb.Helper()
	if err := e.Exec(tb.Context(), query, args...); err != nil {
		tb.Fatal(err)
	}
}

// event is a row of found_events. A nil Hard is NULL.
type event struct {
	ID          string
	Branches    []string
	Device      string
	Domain      string
	Account     string
	Service     string
	Command     string
	Path        string
	InitCommand string
	Payload     string
	Hard        any
}

// found makes found_events as sql/hunt/events.sql would.
func found(tb testing.TB, e *engine.Engine, events ...event) {
	tb.Helper()
	exec(tb, e, `create or replace temp table found_events(
		EventId varchar, SourceTable varchar, Branches varchar[], DeviceName varchar, DeviceId varchar,
		AccountDomain varchar, AccountName varchar, ServiceName varchar, ProcessCommandLine varchar,
		InitiatingProcessPath varchar, InitiatingProcessCommandLine varchar, PayloadPath varchar, HardReason boolean)`)
	for _, v := range events {
		branches := v.Branches
		if branches == nil {
			branches = []string{"W01"}
		}
		exec(tb, e, `insert into found_events values (?, 'DeviceProcessEvents', ?, ?, 'd1', ?, ?, ?, ?, ?, ?, ?, ?)`,
			v.ID, branches, v.Device, v.Domain, v.Account, v.Service, v.Command, v.Path, v.InitCommand, v.Payload, v.Hard)
	}
}

// verdict is a row of allowed.
type verdict struct {
	Event, Entry, Action string
	Points               int
}

// join runs sql/hunt/allowlist.sql and returns its rows in order.
func join(tb testing.TB, e *engine.Engine) []verdict {
	tb.Helper()
	exec(tb, e, joinSQL(tb))
	rows, err := e.Query(tb.Context(), "select EventId, EntryId, Action, Points from allowed order by all")
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	var list []verdict
	for rows.Next() {
		var v verdict
		if err := rows.Scan(&v.Event, &v.Entry, &v.Action, &v.Points); err != nil {
			tb.Fatal(err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return list
}

// entriesOf wraps the keys of entries, each a few lines of YAML without id and
// the keys that every entry has, into a file: "id | match lines | action lines".
func entriesOf(tb testing.TB, specs ...string) *List {
	tb.Helper()
	var b strings.Builder
	b.WriteString("entries:\n")
	for _, spec := range specs {
		part := strings.Split(spec, " | ")
		class, id, ok := strings.Cut(part[0], ":")
		if !ok {
			class, id = "installer", part[0]
		}
		b.WriteString("  - id: " + id + "\n    class: " + class + "\n    match:\n")
		for _, m := range strings.Split(part[1], "; ") {
			b.WriteString("      " + m + "\n")
		}
		for _, a := range strings.Split(part[2], "; ") {
			b.WriteString("    " + a + "\n")
		}
		b.WriteString("    reason: test\n    owner: test\n    created: 2026-11-24\n    expires: 2027-05-20\n")
	}
	entries, err := Parse("test.yaml", []byte(b.String()))
	if err != nil {
		tb.Fatalf("%v\n%s", err, b.String())
	}
	return &List{Entries: entries}
}
