package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"smew/internal/defender"
)

// field is a name and value of a JSON object that keeps its order.
type field struct {
	name  string
	value any
}

// appendObject writes fields as one JSON object, without the HTML escapes that
// Go would put in command lines.
func appendObject(out *bytes.Buffer, fields []field) {
	out.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			out.WriteByte(',')
		}
		appendValue(out, f.name)
		out.WriteByte(':')
		appendValue(out, f.value)
	}
	out.WriteByte('}')
}

func appendValue(out *bytes.Buffer, v any) {
	switch v := v.(type) {
	case []field:
		appendObject(out, v)
	case []json.RawMessage:
		out.WriteString("[\n")
		for i, text := range v {
			if i > 0 {
				out.WriteString(",\n")
			}
			out.Write(text)
		}
		out.WriteString("\n]")
	case time.Time:
		appendValue(out, isoTime(v))
	case object:
		out.WriteString(string(v))
	default:
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			panic(err) // only for values that this package does not make
		}
		out.Truncate(out.Len() - 1) // the newline
	}
}

// isoTime is how the streaming API writes a time: 100 ns, trailing zeros trimmed.
func isoTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.9999999Z") }

// schemaColumns are the columns of an event's table, in the order of the schema.
func schemaColumns(e *Event) []defender.Column {
	table, ok := defender.Lookup(e.Table)
	if !ok {
		panic("no such table: " + e.Table) // a typing error in this package
	}
	return table.Columns
}

// properties is the row as the streaming API has it: every column by the
// alphabet, null where absent, decorated with the machine's group. The columns
// about sessions are in the portal but not in the stream.
func properties(e *Event) []field {
	fields := []field{{"MachineGroup", e.Device.Group}}
	for _, c := range schemaColumns(e) {
		if !strings.Contains(c.Name, "Session") {
			fields = append(fields, field{c.Name, e.Values[c.Name]})
		}
	}
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return fields
}

// received is when the stream passed the event on, some minutes later.
func received(e *Event) time.Time {
	return e.At.Add(2*time.Minute + time.Duration(number(e.At.String()+e.Device.Name)%6_000_000_000)*100)
}

// streamLines is a blob of a storage account: one record a line.
func streamLines(_ context.Context, x export) ([]byte, error) { return stream(x.parts[0].events), nil }

func stream(events []*Event) []byte {
	var out bytes.Buffer
	for _, e := range events {
		appendObject(&out, []field{
			{"time", received(e)}, {"tenantId", tenantID}, {"category", "AdvancedHunting-" + e.Table}, {"properties", properties(e)},
		})
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// cutStreamLines is a blob that is still being written: it ends within a line.
func cutStreamLines(ctx context.Context, x export) ([]byte, error) {
	data, err := streamLines(ctx, x)
	if err != nil {
		return nil, err
	}
	last := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1
	return data[:last+(len(data)-last)/2], nil
}

// eventHub is a captured message: an array of records of several tables.
func eventHub(_ context.Context, x export) ([]byte, error) {
	var records []json.RawMessage
	for _, e := range x.parts[0].events {
		var record bytes.Buffer
		appendObject(&record, []field{
			{"Tenant", "DefaultTenant"},
			{"category", "AdvancedHunting-" + e.Table},
			{"operationName", "Publish"},
			{"properties", properties(e)},
			{"tenantId", tenantID},
			{"time", received(e)},
		})
		records = append(records, record.Bytes())
	}
	return document([]field{{"records", records}}), nil
}

// xdrResult is the answer of the XDR API to a query.
func xdrResult(_ context.Context, x export) ([]byte, error) {
	schema, results := answer(x, "Name", "Type")
	return document([]field{
		{"Stats", []field{
			{"ExecutionTime", 0.734},
			{"resource_usage", []field{{"cpu", []field{{"kernel", "00:00:00.0156250"}, {"user", "00:00:00.4687500"}}}}},
			{"dataset_statistics", []json.RawMessage{rowCount(len(results))}},
		}},
		{"Schema", schema},
		{"Results", results},
	}), nil
}

// graphResult is the answer of Microsoft Graph to a query.
func graphResult(_ context.Context, x export) ([]byte, error) {
	schema, results := answer(x, "name", "type")
	return document([]field{
		{"@odata.context", "https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.security.huntingQueryResults"},
		{"schema", schema},
		{"results", results},
	}), nil
}

func rowCount(n int) json.RawMessage {
	var out bytes.Buffer
	appendObject(&out, []field{{"table_row_count", n}})
	return out.Bytes()
}

// answer is the schema and the rows of a query that projected x.columns.
func answer(x export, nameKey, typeKey string) (schema, results []json.RawMessage) {
	events := x.parts[0].events
	table, _ := defender.Lookup(events[0].Table)
	kinds := map[string]string{"string": "String", "long": "Int64", "int": "Int32", "bool": "SByte", "datetime": "DateTime"}
	for _, name := range x.columns {
		column, ok := table.Column(name)
		if !ok {
			panic("no such column: " + name) // a typing error in this package
		}
		var out bytes.Buffer
		appendObject(&out, []field{{nameKey, name}, {typeKey, kinds[column.Type]}})
		schema = append(schema, out.Bytes())
	}
	for _, e := range events {
		var out bytes.Buffer
		var row []field
		for _, name := range x.columns {
			row = append(row, field{name, e.Values[name]})
		}
		appendObject(&out, row)
		results = append(results, out.Bytes())
	}
	return schema, results
}

// workspaceLines is what Log Analytics exports: columns at the top, the table
// under Type. It has no null text, and leaves out other absent values.
func workspaceLines(_ context.Context, x export) ([]byte, error) {
	var out bytes.Buffer
	for _, e := range x.parts[0].events {
		fields := []field{{"TenantId", workspaceID}, {"TimeGenerated", e.At}, {"Type", e.Table}, {"SourceSystem", ""}, {"MachineGroup", e.Device.Group}}
		for _, c := range schemaColumns(e) {
			v := e.Values[c.Name]
			if v == nil && c.Type == "string" {
				v = ""
			}
			if v != nil {
				fields = append(fields, field{c.Name, v})
			}
		}
		appendObject(&out, fields)
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

func document(fields []field) []byte {
	var out bytes.Buffer
	appendObject(&out, fields)
	out.WriteByte('\n')
	return out.Bytes()
}
