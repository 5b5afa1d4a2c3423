package engine

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Column is one column of a statement's result.
type Column struct {
	Name string
	Type string // as SQL spells it: VARCHAR, BIGINT, TIMESTAMP_NS …
}

// Statement is what binding a query tells without running it.
type Statement struct {
	Columns []Column
	// IsSelect is true for a statement that only reads.
	IsSelect bool
}

// errSeveral refuses a text of several statements.
var errSeveral = &Error{Message: "has several statements, want one"}

// Prepare binds one statement against the tables as they are now. The error
// is DuckDB's own, with line and caret. Nothing runs: a text of several
// statements is refused, for the driver's PrepareContext would run all but the
// last.
func (e *Engine) Prepare(ctx context.Context, query string) (Statement, error) {
	var s Statement
	err := e.conn.Raw(func(raw any) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		stmt, err := raw.(driver.Conn).Prepare(query)
		if err != nil {
			// The driver has no exported error for it.
			if strings.Contains(err.Error(), "multi-statement") {
				return errSeveral
			}
			return err
		}
		defer stmt.Close()
		ds, ok := stmt.(*duckdb.Stmt)
		if !ok {
			return fmt.Errorf("unexpected statement %T", stmt)
		}
		kind, err := ds.StatementType()
		if err != nil {
			return err
		}
		s.IsSelect = kind == duckdb.STATEMENT_TYPE_SELECT
		n, err := ds.ColumnCount()
		if err != nil {
			return err
		}
		for i := range n {
			name, err := ds.ColumnName(i)
			if err != nil {
				return err
			}
			info, err := ds.ColumnTypeInfo(i)
			if err != nil {
				return err
			}
			s.Columns = append(s.Columns, Column{Name: name, Type: typeName(info)})
		}
		return nil
	})
	return s, wrap(err)
}

// ParseTree returns DuckDB's own parse tree of a SELECT as JSON, in the form
// of json_serialize_sql. A syntax error comes back inside the tree, as
// {"error":true,"error_message":…,"position":…}.
func (e *Engine) ParseTree(ctx context.Context, query string) (string, error) {
	var tree string
	err := wrap(e.conn.QueryRowContext(ctx, "select json_serialize_sql(?::varchar)::varchar", query).Scan(&tree))
	return tree, err
}

// Unparse turns a parse tree back into SQL text.
func (e *Engine) Unparse(ctx context.Context, tree string) (string, error) {
	var query string
	err := wrap(e.conn.QueryRowContext(ctx, "select json_deserialize_sql(?::json)", tree).Scan(&query))
	return query, err
}

// typeNames has the types that a branch or a source can meaningfully return.
var typeNames = map[duckdb.Type]string{
	duckdb.TYPE_BOOLEAN: "BOOLEAN", duckdb.TYPE_TINYINT: "TINYINT", duckdb.TYPE_SMALLINT: "SMALLINT",
	duckdb.TYPE_INTEGER: "INTEGER", duckdb.TYPE_BIGINT: "BIGINT", duckdb.TYPE_HUGEINT: "HUGEINT",
	duckdb.TYPE_UTINYINT: "UTINYINT", duckdb.TYPE_USMALLINT: "USMALLINT", duckdb.TYPE_UINTEGER: "UINTEGER",
	duckdb.TYPE_UBIGINT: "UBIGINT", duckdb.TYPE_FLOAT: "FLOAT", duckdb.TYPE_DOUBLE: "DOUBLE",
	duckdb.TYPE_DECIMAL: "DECIMAL", duckdb.TYPE_VARCHAR: "VARCHAR", duckdb.TYPE_BLOB: "BLOB",
	duckdb.TYPE_TIMESTAMP: "TIMESTAMP", duckdb.TYPE_TIMESTAMP_NS: "TIMESTAMP_NS",
	duckdb.TYPE_TIMESTAMP_MS: "TIMESTAMP_MS", duckdb.TYPE_TIMESTAMP_S: "TIMESTAMP_S",
	duckdb.TYPE_TIMESTAMP_TZ: "TIMESTAMP WITH TIME ZONE", duckdb.TYPE_DATE: "DATE", duckdb.TYPE_TIME: "TIME",
	duckdb.TYPE_INTERVAL: "INTERVAL", duckdb.TYPE_UUID: "UUID", duckdb.TYPE_LIST: "LIST",
	duckdb.TYPE_STRUCT: "STRUCT", duckdb.TYPE_MAP: "MAP", duckdb.TYPE_SQLNULL: "NULL",
}

func typeName(info duckdb.TypeInfo) string {
	if alias := info.Alias(); alias != "" {
		return alias
	}
	if name, ok := typeNames[info.InternalType()]; ok {
		return name
	}
	return "a type smew does not use"
}
