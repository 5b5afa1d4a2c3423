// Package engine owns the embedded database. It is the only package that
// imports the driver: everything else speaks SQL through an [Engine] and
// never sees a DuckDB type.
//
// # Order of calls
//
// [Open] an engine, attach what the work needs ([Engine.Exec],
// [Engine.ServeRecords]), then [Engine.LockDown] it, then run the SQL that
// people wrote. After the lock no statement can read a file that was not named
// to LockDown, change a setting, load an extension or attach a database.
//
// # One connection
//
// TEMP tables, TEMP views and variables live on one connection, so an Engine
// pins a single one for its whole life. Statements run one after another; the
// database runs each of them on every thread it was given.
package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Options are the limits an engine keeps to.
type Options struct {
	// Memory is the most the database's buffers may hold, as DuckDB spells
	// sizes ("1GiB", "800MB"). Empty means three quarters of the memory that
	// DuckDB sees. What does not fit is spilled under TempDir.
	Memory string
	// Threads is the number of worker threads; 0 means one per core.
	Threads int
	// TempDir is where spilled data goes. Empty means a folder of our own
	// under the system's temporary folder. Open creates a fresh folder inside
	// it and Close removes that folder.
	TempDir string
}

// Engine is an open in-memory database with one pinned connection.
type Engine struct {
	db      *sql.DB
	conn    *sql.Conn
	tempDir string

	mu      sync.Mutex
	atClose []func() // ends of the streams that scans opened
}

// Open starts a database with nothing attached and the settings smew relies
// on. The error names the setting that was refused.
func Open(ctx context.Context, opts Options) (*Engine, error) {
	tempDir, err := makeTempDir(opts.TempDir)
	if err != nil {
		return nil, err
	}
	e := &Engine{tempDir: tempDir}
	if err := e.connect(ctx); err != nil {
		e.Close()
		return nil, err
	}
	if err := e.configure(ctx, opts); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func makeTempDir(parent string) (string, error) {
	dir, err := os.MkdirTemp(parent, "smew-")
	if err != nil {
		return "", fmt.Errorf("temporary folder: %w", err)
	}
	return dir, nil
}

func (e *Engine) connect(ctx context.Context) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return wrap(err)
	}
	e.db = db
	conn, err := db.Conn(ctx)
	if err != nil {
		return wrap(err)
	}
	e.conn = conn
	return nil
}

func (e *Engine) configure(ctx context.Context, opts Options) error {
	threads := opts.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	settings := []struct{ name, value, why string }{
		// Hunters work offline, and a query must never fetch code.
		{"autoinstall_known_extensions", "false", ""},
		{"autoload_known_extensions", "false", ""},
		{"allow_community_extensions", "false", ""},
		{"threads", fmt.Sprint(threads), "--threads"},
		// In-memory tables spill here once memory_limit is reached.
		{"temp_directory", QuoteText(filepath.Join(e.tempDir, "spill")), "--temp-dir"},
		// Every result is ordered explicitly, and keeping the order of the
		// input costs a staged load half of its speed.
		{"preserve_insertion_order", "false", ""},
		// Event time is UTC everywhere, whatever the laptop's zone.
		{"TimeZone", "'UTC'", ""},
	}
	if opts.Memory != "" {
		settings = append(settings, struct{ name, value, why string }{"memory_limit", QuoteText(opts.Memory), "--memory"})
	}
	for _, s := range settings {
		if err := e.Exec(ctx, "set "+s.name+" = "+s.value); err != nil {
			if s.why != "" {
				return fmt.Errorf("%s: %w", s.why, err)
			}
			return err
		}
	}
	return nil
}

// Close ends the connection and removes the engine's temporary folder.
func (e *Engine) Close() error {
	e.mu.Lock()
	for _, end := range e.atClose {
		end()
	}
	e.atClose = nil
	e.mu.Unlock()
	var errs []error
	if e.conn != nil {
		errs = append(errs, e.conn.Close())
	}
	if e.db != nil {
		errs = append(errs, e.db.Close())
	}
	errs = append(errs, os.RemoveAll(e.tempDir))
	return errors.Join(errs...)
}

// TempDir is a folder of this engine's own, removed by [Engine.Close].
func (e *Engine) TempDir() string { return e.tempDir }

// Exec runs one or more statements and throws their rows away.
func (e *Engine) Exec(ctx context.Context, query string, args ...any) error {
	_, err := e.conn.ExecContext(ctx, query, args...)
	return wrap(err)
}

// Rows is the result of a query, read row by row.
type Rows = sql.Rows

// Query runs one statement and returns its rows; the caller closes them.
func (e *Engine) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	rows, err := e.conn.QueryContext(ctx, query, args...)
	return rows, wrap(err)
}

// Scan runs a query that gives one row and stores it in dest.
func (e *Engine) Scan(ctx context.Context, query string, dest ...any) error {
	return wrap(e.conn.QueryRowContext(ctx, query).Scan(dest...))
}

// LockDown closes the database to everything but its own tables and the files
// named, for reading or for writing. Order matters to DuckDB: the list first,
// then external access, then the lock itself.
// What lies below the folders may be read and written.
func (e *Engine) LockDown(ctx context.Context, paths []string, folders ...string) error {
	// A name is checked as it stands in the query, and again when it is opened:
	// one with a * in it is first the pattern that QuotePaths writes.
	var named []string
	for _, p := range paths {
		named = append(named, p)
		if pattern := globEscaper.Replace(p); pattern != p {
			named = append(named, pattern)
		}
	}
	statements := []string{"set allowed_paths = " + QuoteTexts(named)}
	for _, f := range folders {
		if pattern := globEscaper.Replace(f); pattern != f {
			folders = append(folders, pattern)
		}
	}
	if len(folders) > 0 {
		statements = append(statements, "set allowed_directories = "+QuoteTexts(folders))
	}
	for _, s := range append(statements, "set enable_external_access = false", "set lock_configuration = true") {
		if err := e.Exec(ctx, s); err != nil {
			return fmt.Errorf("locking the engine: %w", err)
		}
	}
	return nil
}

// QuoteIdent writes a name as an SQL identifier, whatever it contains.
func QuoteIdent(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuoteText writes s as an SQL string literal, whatever it contains.
func QuoteText(s string) string {
	return `'` + strings.ReplaceAll(s, `'`, `''`) + `'`
}

// QuoteTexts writes a list of string literals: ['a', 'b'].
func QuoteTexts(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = QuoteText(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// QuotePaths writes a list of file names for a read_… function. DuckDB reads
// *, ? and [ in a name as a pattern and has no escape but a one-letter class.
func QuotePaths(paths []string) string {
	escaped := make([]string, len(paths))
	for i, p := range paths {
		escaped[i] = globEscaper.Replace(p)
	}
	return QuoteTexts(escaped)
}

var globEscaper = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")

// Error is a failure of the database, with its own words: they carry the line,
// a caret and candidate names, and are shown as they are.
type Error struct {
	Message string
	cause   error
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.cause }

// OfValue tells a query that met a value it cannot work with, a cast of text that is no
// number, from one that failed otherwise: a file that cannot be read. The tables cast with
// try_cast, so that such an error is a branch's own, never theirs.
func OfValue(err error) bool {
	var e *Error
	return errors.As(err, &e) && (strings.HasPrefix(e.Message, "Conversion Error") || strings.HasPrefix(e.Message, "Out of Range Error"))
}

// wrap turns the driver's errors into ours. A cancelled query is reported as
// the context's error, so that Ctrl-C is never mistaken for bad SQL.
func wrap(err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	var de *duckdb.Error
	if errors.As(err, &de) {
		return &Error{Message: strings.TrimSpace(de.Msg), cause: err}
	}
	return err
}

// TimeText is how the database prints a TIMESTAMP_NS; it reads it too.
const TimeText = "2006-01-02 15:04:05.999999999"

// ParseTime reads a TIMESTAMP_NS that was selected as text, which keeps all its
// digits. NULL gives nil.
func ParseTime(text *string) *time.Time {
	if text == nil {
		return nil
	}
	t, err := time.Parse(TimeText, *text)
	if err != nil {
		return nil
	}
	return &t
}

// TimeLiteral writes a time as an SQL literal of type TIMESTAMP_NS, in UTC.
func TimeLiteral(t time.Time) string {
	return "timestamp_ns " + QuoteText(t.UTC().Format(TimeText))
}
