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

// huntSQL is the text of a file of sql/hunt.
func huntSQL(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(repo, "sql", "hunt", name+".sql"))
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

// event is a row of found_events with the case that it belongs to: one of its own, if
// Case is empty. Hard is what the case's reason says; a nil is NULL.
type event struct {
	ID          string
	Case        string
	Branches    []string
	Device      string
	DeviceID    string
	Domain      string
	Account     string
	Service     string
	Command     string
	Path        string
	InitCommand string
	Payload     string
	Signer      any // nil is NULL
	Hard        any
	Unjudged    bool // no reason of the case is known
}

func (v event) caseID() string {
	if v.Case == "" {
		return "case of " + v.ID
	}
	return v.Case
}

// found makes found_events as sql/hunt/cases.sql would, and reasons as score.sql.
func found(tb testing.TB, e *engine.Engine, events ...event) {
	tb.Helper()
	exec(tb, e, `create or replace temp table found_events(
		EventId varchar, CaseId varchar, Branches varchar[], DeviceName varchar, DeviceId varchar,
		ClientAccountDomain varchar, ClientAccountName varchar, CaseServiceName varchar, ProcessCommandLine varchar,
		ClientPath varchar, ClientCommandLine varchar, CasePayloadPath varchar, Signer varchar)`)
	exec(tb, e, "create or replace temp table reasons(CaseId varchar, ReasonId varchar, Text varchar, Place integer, Pierces boolean)")
	for _, v := range events {
		branches := v.Branches
		if branches == nil {
			branches = []string{"W01"}
		}
		exec(tb, e, `insert into found_events values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			v.ID, v.caseID(), branches, v.Device, v.DeviceID, v.Domain, v.Account, v.Service, v.Command, v.Path, v.InitCommand, v.Payload, v.Signer)
		if !v.Unjudged {
			exec(tb, e, "insert into reasons values (?, 'r', 'the reason', 1, ?)", v.caseID(), v.Hard)
		}
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
	exec(tb, e, huntSQL(tb, "allowlist"))
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

// applied is a row of case_allowed.
type applied struct {
	Case, Entry, Class, Action string
	Points, Covers             int
	Note                       string
}

// weigh runs sql/hunt/lowered.sql over what join made, and returns its rows in order
// and the cases that are hidden.
func weigh(tb testing.TB, e *engine.Engine) (list []applied, hidden []string) {
	tb.Helper()
	exec(tb, e, huntSQL(tb, "lowered"))
	rows, err := e.Query(tb.Context(), "select CaseId, EntryId, Class, Action, Points, Covers, Note from case_allowed order by all")
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var a applied
		if err := rows.Scan(&a.Case, &a.Entry, &a.Class, &a.Action, &a.Points, &a.Covers, &a.Note); err != nil {
			tb.Fatal(err)
		}
		list = append(list, a)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	var joined string
	if err := e.Scan(tb.Context(), "select coalesce(string_agg(CaseId, chr(10) order by CaseId), '') from case_suppressed", &joined); err != nil {
		tb.Fatal(err)
	}
	if joined != "" {
		hidden = strings.Split(joined, "\n")
	}
	return list, hidden
}

// entriesOf wraps the keys of entries, each a few lines of YAML without id and
// the keys that every entry has, into a file: "class:id | match lines | action and
// further lines", lines parted by ;.
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
