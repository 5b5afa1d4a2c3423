// Package defender knows Microsoft Defender's Advanced Hunting schema: its
// tables, their columns and types, and which table a flat export came from.
//
// The list itself is data, sql/tables/columns.csv. It is a floor, not a fence:
// Microsoft adds columns, and real exports carry some that the list lacks.
package defender

import (
	"encoding/csv"
	"fmt"
	"strings"
	"sync"

	"smew/sql"
)

// columnsFile lists table, column and type, one column a row.
const columnsFile = "tables/columns.csv"

// Column is one column of a table.
type Column struct {
	// Name as Microsoft spells it.
	Name string
	// Type is the Kusto type: string, long, int, real, bool, datetime, dynamic.
	Type string
}

// Table is one Advanced Hunting table.
type Table struct {
	Name    string
	Columns []Column // in the order of Microsoft's documentation
}

// Column returns the column of that name in any case.
func (t Table) Column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	return Column{}, false
}

// Tables returns every table, sorted by name. The slice is shared: do not
// change it.
func Tables() []Table { return schema().tables }

// Lookup returns the table of that name in any case.
func Lookup(name string) (Table, bool) {
	s := schema()
	i, ok := s.byName[strings.ToLower(name)]
	if !ok {
		return Table{}, false
	}
	return s.tables[i], true
}

// SQLType names the database type that holds a Kusto type. dynamic is kept as
// JSON text, as exports write it, and an unknown type as text.
func SQLType(kind string) string {
	switch kind {
	case "long":
		return "BIGINT"
	case "int":
		return "INTEGER"
	case "real":
		return "DOUBLE"
	case "bool":
		return "BOOLEAN"
	case "datetime":
		return "TIMESTAMP_NS" // Defender records 100 ns steps
	default:
		return "VARCHAR"
	}
}

// tableSet is the schema with the look-ups that detection needs.
type tableSet struct {
	tables []Table
	byName map[string]int   // lower-case table name
	owners map[string][]int // lower-case column name → tables that have it
}

// schema reads the embedded list once. A broken list is a broken build.
var schema = sync.OnceValue(func() *tableSet {
	text, err := sql.Files.ReadFile(columnsFile)
	if err != nil {
		panic(err)
	}
	s, err := parseSchema(string(text))
	if err != nil {
		panic(fmt.Sprintf("%s: %v", columnsFile, err))
	}
	return s
})

func parseSchema(text string) (*tableSet, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	s := &tableSet{byName: map[string]int{}, owners: map[string][]int{}}
	for i, row := range rows {
		if i == 0 || len(row) != 3 {
			continue // the reader has made sure that all rows have the header's width
		}
		key := strings.ToLower(row[0])
		at, ok := s.byName[key]
		if !ok {
			at = len(s.tables)
			s.byName[key] = at
			s.tables = append(s.tables, Table{Name: row[0]})
		}
		t := &s.tables[at]
		t.Columns = append(t.Columns, Column{Name: row[1], Type: row[2]})
		column := strings.ToLower(row[1])
		s.owners[column] = append(s.owners[column], at)
	}
	return s, nil
}

// IsColumn says whether some table has a column of that name, in any case.
func IsColumn(name string) bool { return len(schema().owners[strings.ToLower(name)]) > 0 }
