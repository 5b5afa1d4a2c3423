package load

import (
	"context"
	"encoding/json"
	"slices"
)

// narrow is a table file's statement with only the columns that are wanted. The
// database binds what it is given, and most of what a table file can say is asked
// for by nobody: a hunt over one small log would spend a third of its time on it.
// A statement that is more than a list over a FROM and WHERE stays as it is.
func (l *Loader) narrow(ctx context.Context, shape *kindShape, sql string, wanted []string) string {
	wanted = append(slices.Clone(wanted), "SourceFile", "SourceRecord", "Timestamp", "TimestampNote", "Telemetry")
	node, _ := shape.statement["node"].(map[string]any)
	list, _ := node["select_list"].([]any)
	if !isPlainList(node) || len(list) != len(shape.columns) {
		return sql
	}
	var kept []any
	var columns []string
	for i, item := range list {
		if slices.Contains(wanted, shape.columns[i]) {
			kept, columns = append(kept, item), append(columns, shape.columns[i])
		}
	}
	if len(kept) == len(list) {
		return sql
	}
	node["select_list"] = kept
	tree, err := json.Marshal(map[string]any{"error": false, "statements": []any{shape.statement}})
	if err != nil {
		return sql
	}
	text, err := l.e.Unparse(ctx, string(tree))
	if err != nil {
		return sql // the tree of something newer than this can write
	}
	var fields []string
	dataFields(node, &fields)
	slices.Sort(fields)
	shape.columns, shape.fields = columns, slices.Compact(fields)
	return text
}

// isPlainList tells whether leaving out columns of a SELECT changes nothing else.
func isPlainList(node map[string]any) bool {
	empty := func(key string) bool {
		list, _ := node[key].([]any)
		return len(list) == 0
	}
	return node["type"] == "SELECT_NODE" && empty("modifiers") && empty("group_expressions") && node["qualify"] == nil && node["having"] == nil &&
		node["aggregate_handling"] == "STANDARD_HANDLING"
}
