package functions_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/engine"
)

// shown writes a value of the engine as the tables do.
var shown = strings.NewReplacer("\n", "<LF>", "\t", "<TAB>")

// compare asks for one cell of a table and for the same over a column's value.
func compare(t *testing.T, e *engine.Engine, r row, want, function string, args ...string) {
	t.Helper()
	literals := make([]string, len(args))
	for i, a := range args {
		literals[i] = text(a)
	}
	call := function + "(" + strings.Join(literals, ", ") + ")"
	for _, expression := range []string{call, "select " + function + "(" + strings.Join([]string{"a", "b"}[:len(args)], ", ") + ") from (select unnest([" +
		strings.Join(literals, "]) as a, unnest([") + "]) as " + []string{"a", "b"}[len(args)-1] + ")"} {
		if got := shown.Replace(value(t, e, expression)); got != want {
			t.Errorf("%s: %s\n got %q\nwant %q", r.place, expression, got, want)
		}
	}
}

func TestRegistry(t *testing.T) {
	e := open(t)
	columns := []string{"key", "value", "registry_key", "control_set", "service_name", "service_value_path"}
	for _, r := range readTable(t, "registry.tsv", columns...) {
		for i, function := range columns[2:5] {
			compare(t, e, r, r.cells[2+i], function, r.cells[0])
		}
		compare(t, e, r, r.cells[5], "service_value_path", r.cells[0], r.cells[1])
	}
}

func TestDword(t *testing.T) {
	e := open(t)
	for _, r := range readTable(t, "dword.tsv", "data", "want") {
		compare(t, e, r, r.cells[1], "reg_dword", r.cells[0])
	}
}

var keyParts = []string{
	"HKEY_LOCAL_MACHINE", "HKLM", "HKLM:", `\REGISTRY\MACHINE`, "MACHINE", `Computer\HKEY_LOCAL_MACHINE`, "HKCU",
	"SYSTEM", "system", "SY\u017fTEM", "CurrentControlSet", "currentcontrolset", "ControlSet001", "ControlSet0x1", "Services", "services",
	"Services2", "Services-x", "Fax", "a/b", "Parameters", "", " ", "\n", "é",
	`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services`,
}

func registryKey(t *rapid.T) string {
	parts := rapid.SliceOfN(rapid.SampledFrom(keyParts), 1, 6).Draw(t, "parts")
	separators := rapid.SampledFrom([]string{`\`, `\`, `\`, `\\`, " ", "."})
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString(separators.Draw(t, "separator"))
		}
		b.WriteString(part)
	}
	return b.String()
}

// TestRegistryLaws: a key found as it was recorded is found in its one
// spelling; spelling it again changes nothing; a service has a control set.
func TestRegistryLaws(t *testing.T) {
	const services = `'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services'`
	controlSet := regexp.MustCompile(`^(CurrentControlSet|ControlSet[0-9]{3})?$`)
	e := open(t)
	literal := 0
	rapid.Check(t, func(t *rapid.T) {
		keys := make([]string, 20)
		for i := range keys {
			keys[i] = registryKey(t)
		}
		rows, err := e.Query(context.Background(), `
			select k, registry_key(k), registry_key(registry_key(k)), has(k, `+services+`), has(registry_key(k), `+services+`),
			       control_set(k), service_name(k), service_value_path(k, 'V')
			from (select unnest(`+engine.QuoteTexts(keys)+`) as k)`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var key, once, twice, set, service, value string
			var before, after bool
			if err := rows.Scan(&key, &once, &twice, &before, &after, &set, &service, &value); err != nil {
				t.Fatal(err)
			}
			if before {
				literal++
			}
			switch {
			case before && !after:
				t.Errorf("%q is found as recorded and lost as %q", key, once)
			case once != twice:
				t.Errorf("%q: %q is spelled again as %q", key, once, twice)
			case !controlSet.MatchString(set):
				t.Errorf("%q: control set %q", key, set)
			case service != "" && set == "":
				t.Errorf("%q: service %q without a control set", key, service)
			case (service == "") != (value == ""):
				t.Errorf("%q: service %q and value path %q", key, service, value)
			case strings.Contains(service, `\`):
				t.Errorf("%q: service %q has a backslash", key, service)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	})
	if literal < 50 {
		t.Fatalf("only %d keys held the seed's words: the generator is too poor", literal)
	}
}
