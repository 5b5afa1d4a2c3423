package change

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smew/internal/engine"
)

// repo is the repository's root.
const repo = "../.."

// file writes a file and gives its name.
func file(tb testing.TB, name, text string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func request(files ...string) Request {
	return Request{Files: files, SQL: os.DirFS(filepath.Join(repo, "sql"))}
}

// load reads one calendar that must be right.
func load(tb testing.TB, text string) *Calendar {
	tb.Helper()
	cal, err := Load(tb.Context(), request(file(tb, "cal.csv", text)))
	if err != nil {
		tb.Fatal(err)
	}
	return cal
}

// refused is what is wrong with a request, without the folders of files.
func refused(tb testing.TB, req Request) string {
	tb.Helper()
	cal, err := Load(tb.Context(), req)
	if err == nil {
		tb.Fatalf("taken: %+v", cal)
	}
	var bad *Error
	if !errors.As(err, &bad) {
		tb.Fatalf("%T: %v", err, err)
	}
	text := err.Error()
	for _, f := range append(req.Files, req.Groups, req.Columns) {
		if f != "" {
			text = strings.ReplaceAll(text, filepath.Dir(f)+string(filepath.Separator), "")
		}
	}
	return text
}

func open(tb testing.TB) *engine.Engine {
	tb.Helper()
	e, err := engine.Open(tb.Context(), engine.Options{TempDir: tb.TempDir(), Threads: 2})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	exec(tb, e, sqlFile(tb, "functions", "kql.sql"))
	exec(tb, e, sqlFile(tb, "hunt", "change_names.sql"))
	return e
}

func sqlFile(tb testing.TB, part ...string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{repo, "sql"}, part...)...))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func exec(tb testing.TB, e *engine.Engine, query string, args ...any) {
	tb.Helper()
	if err := e.Exec(tb.Context(), query, args...); err != nil {
		tb.Fatal(err)
	}
}

// event is a row of found_events. A nil is NULL.
type event struct {
	ID                                string
	At                                any // a time.Time, or nil
	Device, DeviceID, Domain, Account any
	Service                           string
}

func found(tb testing.TB, e *engine.Engine, events ...event) {
	tb.Helper()
	exec(tb, e, `create or replace temp table found_events(
		EventId varchar, Timestamp timestamp_ns, DeviceName varchar, DeviceId varchar,
		ClientAccountDomain varchar, ClientAccountName varchar, CaseServiceName varchar)`)
	for _, v := range events {
		at := v.At
		if t, ok := at.(time.Time); ok {
			at = t.UTC().Format(sqlTime)
		}
		exec(tb, e, "insert into found_events values (?, ?::timestamp_ns, ?, ?, ?, ?, ?)",
			v.ID, at, v.Device, v.DeviceID, v.Domain, v.Account, v.Service)
	}
}

const allowedTable = `create or replace temp table allowed(EventId varchar, EntryId varchar, Class varchar, Action varchar,
	Points integer, Note varchar, Reason varchar, Owner varchar, Ticket varchar, Expires date)`

// verdict is a row of allowed.
type verdict struct {
	Event, Entry, Class, Action  string
	Points                       int
	Note, Reason, Owner, Expires string
}

// join attaches a calendar, runs sql/hunt/changes.sql and gives its rows in order.
func join(tb testing.TB, e *engine.Engine, cal *Calendar) []verdict {
	tb.Helper()
	if err := cal.Attach(tb.Context(), e); err != nil {
		tb.Fatal(err)
	}
	exec(tb, e, allowedTable)
	exec(tb, e, sqlFile(tb, "hunt", "changes.sql"))
	rows, err := e.Query(tb.Context(), `select EventId, EntryId, Class, Action, Points, Note, Reason, Owner, Expires::varchar
		from allowed where Ticket = EntryId order by all`)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	list := []verdict{}
	for rows.Next() {
		var v verdict
		if err := rows.Scan(&v.Event, &v.Entry, &v.Class, &v.Action, &v.Points, &v.Note, &v.Reason, &v.Owner, &v.Expires); err != nil {
			tb.Fatal(err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return list
}

func at(tb testing.TB, text string) time.Time {
	tb.Helper()
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}
