package branch

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"smew/internal/engine"
	"smew/internal/view"
)

// HitColumn is one column of the hit contract.
type HitColumn struct {
	Name     string
	Type     string
	Required bool
}

// HitContract is what a branch returns, by name: the required columns say
// which event was hit, the others are its evidence. A branch leaves out what
// its table does not have.
var HitContract = []HitColumn{
	{"Timestamp", "TIMESTAMP_NS", true},
	{"DeviceId", "VARCHAR", true},
	{"DeviceName", "VARCHAR", true},
	{"ReportId", "BIGINT", true},
	{"SourceTable", "VARCHAR", true},
	{"SourceFile", "VARCHAR", true},
	{"SourceRecord", "BIGINT", true},
	{"DetectionType", "VARCHAR", true},
	{"ActionType", "VARCHAR", false},
	{"AccountDomain", "VARCHAR", false},
	{"AccountName", "VARCHAR", false},
	{"InitiatingProcessAccountName", "VARCHAR", false},
	{"FileName", "VARCHAR", false},
	{"FolderPath", "VARCHAR", false},
	{"ProcessCommandLine", "VARCHAR", false},
	{"RegistryKey", "VARCHAR", false},
	{"RegistryValueName", "VARCHAR", false},
	{"RegistryValueData", "VARCHAR", false},
	{"ServiceName", "VARCHAR", false},
	{"Payload", "VARCHAR", false},
	{"Reasons", "VARCHAR", false}, // ids of sql/reference/weights.csv that hold, a space between
	{"InitiatingProcessFileName", "VARCHAR", false},
	{"InitiatingProcessFolderPath", "VARCHAR", false},
	{"InitiatingProcessCommandLine", "VARCHAR", false},
	{"InitiatingProcessParentFileName", "VARCHAR", false},
}

// Problem is one fault of a branch file.
type Problem struct {
	Path    string
	Line    int // of the file, from 1; 0 if the fault has no place
	Message string
	// Warning says that the branch may be used as it is.
	Warning bool
}

func (p Problem) String() string {
	message := p.Message
	if p.Warning {
		message = "warning: " + message
	}
	if p.Line == 0 {
		return p.Path + ": " + message
	}
	return fmt.Sprintf("%s:%d: %s", p.Path, p.Line, message)
}

// Lint binds a branch against the tables of the contract, which must be
// attached (empty will do), and holds its columns against [HitContract].
// Nothing runs.
func Lint(ctx context.Context, e *engine.Engine, contract *view.Contract, b Branch) []Problem {
	fault := func(line int, format string, args ...any) []Problem {
		return []Problem{{Path: b.Path, Line: line, Message: fmt.Sprintf(format, args...)}}
	}
	statement, err := e.Prepare(ctx, b.SQL)
	if err != nil {
		var ee *engine.Error
		if !errors.As(err, &ee) {
			return fault(b.SQLLine, "%s", err)
		}
		return fault(b.SQLLine+errorLine(ee.Message)-1, "%s", ee.Message)
	}
	if !statement.IsSelect {
		return fault(b.SQLLine, "is not a select: a branch only reads")
	}
	// A hunt puts every branch into one statement.
	if _, err := e.Prepare(ctx, "select * from (\n"+b.SQL+"\n) as branch"); err != nil {
		return fault(b.SQLLine, "cannot stand inside another select: leave out a semicolon that is followed by a comment")
	}
	problems := lintColumns(b, statement)
	foreign, err := foreignNames(ctx, e, b.SQL, func(name string) bool { return contract.IsTable(name) || contract.IsReference(name) })
	if err != nil {
		return append(problems, fault(b.SQLLine, "%s", err)...)
	}
	for _, what := range foreign {
		problems = append(problems, fault(b.SQLLine, "%s", what)...)
	}
	needs, err := Needs(ctx, e, b.SQL, contract)
	if err != nil {
		return append(problems, fault(b.SQLLine, "%s", err)...)
	}
	problems = append(problems, lintTables(b, contract, needs)...)
	empty, err := emptyNeedle(ctx, e, b.SQL)
	if err != nil {
		return append(problems, fault(b.SQLLine, "%s", err)...)
	}
	for _, function := range empty {
		problems = append(problems, fault(b.SQLLine, "%s is given an empty text to look for, which is in every value", function)...)
	}
	return problems
}

func lintColumns(b Branch, statement engine.Statement) []Problem {
	var problems []Problem
	add := func(format string, args ...any) {
		problems = append(problems, Problem{Path: b.Path, Line: b.SQLLine, Message: fmt.Sprintf(format, args...)})
	}
	seen := map[string]bool{}
	for _, c := range statement.Columns {
		i := slices.IndexFunc(HitContract, func(h HitColumn) bool { return strings.EqualFold(h.Name, c.Name) })
		switch {
		case i < 0:
			add("returns %s, which is not a column of a hit", c.Name)
			continue
		case seen[HitContract[i].Name]:
			add("returns %s twice", c.Name)
		case c.Type != HitContract[i].Type:
			add("returns %s as %s, want %s", c.Name, c.Type, HitContract[i].Type)
		}
		seen[HitContract[i].Name] = true
	}
	for _, h := range HitContract {
		if h.Required && !seen[h.Name] {
			add("does not return %s, which every hit must have", h.Name)
		}
	}
	return problems
}

// lintTables holds the tables a card names against those the query reads.
func lintTables(b Branch, contract *view.Contract, needs []Need) []Problem {
	var problems []Problem
	read := map[string]bool{}
	for _, n := range needs {
		read[strings.ToLower(n.Table)] = true
		if t, ok := contract.Lookup(n.Table); ok && len(t.Nameless()) > 0 {
			problems = append(problems, Problem{Path: b.Path, Line: b.SQLLine, Message: "reads " + n.Table + ", which has no " + strings.Join(t.Nameless(), ", ") + " to name an event by"})
		}
		if !slices.ContainsFunc(b.Tables, func(t string) bool { return strings.EqualFold(t, n.Table) }) {
			problems = append(problems, Problem{Path: b.Path, Line: b.SQLLine, Message: "reads " + n.Table + ", which its card's tables do not name"})
		}
	}
	for _, t := range b.Tables {
		if !read[strings.ToLower(t)] {
			problems = append(problems, Problem{Path: b.Path, Line: 1, Message: "its card's tables name " + t + ", which the query does not read"})
		}
	}
	return problems
}

var linePattern = regexp.MustCompile(`(?m)^LINE (\d+):`)

// errorLine is the line of the query that DuckDB points at, 1 if none.
func errorLine(message string) int {
	if m := linePattern.FindStringSubmatch(message); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n
		}
	}
	return 1
}

// emptyNeedle lists the text functions that are called with an empty constant.
func emptyNeedle(ctx context.Context, e *engine.Engine, query string) ([]string, error) {
	root, err := parse(ctx, e, query)
	if err != nil {
		return nil, err
	}
	var found []string
	visit(root, func(n map[string]any) {
		name, _ := n["function_name"].(string)
		if n["class"] != "FUNCTION" || !(strings.HasPrefix(name, "has") || strings.HasPrefix(name, "contains_")) {
			return
		}
		children, _ := n["children"].([]any)
		if len(children) != 2 {
			return
		}
		visit(children[1], func(c map[string]any) {
			value, ok := c["value"].(map[string]any)
			if ok && c["class"] == "CONSTANT" && value["value"] == "" {
				found = append(found, name)
			}
		})
	})
	return found, nil
}

// plainFunctions are the table functions that make rows of their arguments.
var plainFunctions = []string{"unnest", "range", "generate_series"}

// foreignNames says what a query takes from elsewhere than the tables: other
// relations (a layer below a table holds one batch only), table functions that
// read files, and parameters that nobody gives.
func foreignNames(ctx context.Context, e *engine.Engine, query string, isTable func(string) bool) ([]string, error) {
	root, err := parse(ctx, e, query)
	if err != nil {
		return nil, err
	}
	ctes := map[string]bool{}
	visit(root, func(n map[string]any) {
		if m, ok := n["cte_map"].(map[string]any); ok {
			entries, _ := m["map"].([]any)
			for _, entry := range entries {
				if name, ok := entry.(map[string]any)["key"].(string); ok {
					ctes[strings.ToLower(name)] = true
				}
			}
		}
	})
	var found []string
	visit(root, func(n map[string]any) {
		name, _ := n["table_name"].(string)
		switch {
		case n["type"] == "BASE_TABLE" && !isTable(name) && !ctes[strings.ToLower(name)]:
			found = append(found, "reads "+name+", which is neither a table of Advanced Hunting nor reference data")
		case n["type"] == "TABLE_FUNCTION":
			call, _ := n["function"].(map[string]any)
			if f, _ := call["function_name"].(string); !slices.Contains(plainFunctions, strings.ToLower(f)) {
				found = append(found, "calls "+f+", and a branch reads tables only")
			}
		case n["class"] == "PARAMETER":
			found = append(found, "has a parameter, which nobody gives a value")
		}
	})
	return found, nil
}
