package defender

import (
	"strings"
	"testing"
)

func TestSchema(t *testing.T) {
	tables := Tables()
	if len(tables) != 38 {
		t.Fatalf("%d tables, want 38", len(tables))
	}
	for _, table := range tables {
		seen := map[string]bool{}
		for _, c := range table.Columns {
			if seen[strings.ToLower(c.Name)] {
				t.Errorf("%s has %s twice", table.Name, c.Name)
			}
			seen[strings.ToLower(c.Name)] = true
			switch c.Type {
			case "string", "long", "int", "real", "bool", "datetime", "dynamic":
			default:
				t.Errorf("%s.%s has the unknown type %q", table.Name, c.Name, c.Type)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]int{
		"DeviceProcessEvents":  66,
		"deviceregistryevents": 42,
		"DEVICEEVENTS":         64,
	} {
		table, ok := Lookup(name)
		if !ok || len(table.Columns) != want || !strings.EqualFold(table.Name, name) {
			t.Errorf("Lookup(%q) = %s with %d columns, %v; want %d columns", name, table.Name, len(table.Columns), ok, want)
		}
	}
	if table, ok := Lookup("SecurityEvent"); ok {
		t.Errorf("Lookup(SecurityEvent) = %s", table.Name)
	}
	table, _ := Lookup("DeviceProcessEvents")
	if c, ok := table.Column("reportid"); !ok || c != (Column{"ReportId", "long"}) {
		t.Errorf("Column(reportid) = %v, %v", c, ok)
	}
}

func TestSQLType(t *testing.T) {
	for kind, want := range map[string]string{
		"string": "VARCHAR", "dynamic": "VARCHAR", "long": "BIGINT", "int": "INTEGER",
		"real": "DOUBLE", "bool": "BOOLEAN", "datetime": "TIMESTAMP_NS", "guid": "VARCHAR",
	} {
		if got := SQLType(kind); got != want {
			t.Errorf("SQLType(%s) = %s, want %s", kind, got, want)
		}
	}
}

func TestParseSchemaRefusesRaggedRows(t *testing.T) {
	if _, err := parseSchema("table,column,type\nA,b\n"); err == nil {
		t.Error("a row of two fields was taken")
	}
}
