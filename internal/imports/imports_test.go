// Package imports holds the code to the map in ARCHITECTURE.md: imports go one
// way.
package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	module = "smew/"
	driver = "github.com/duckdb/"
)

// mayImport says for each package which of ours it may import. Tests may
// import more: only the driver is out of bounds for them too.
var mayImport = map[string]string{
	"cmd/smew": "internal/cli",
	"sql":      "",

	"internal/cli":    "internal/lake internal/hunt internal/report internal/load internal/branch internal/allow internal/change internal/view internal/source internal/mapping internal/defender internal/engine internal/finding internal/term internal/reference internal/scenario internal/validate sql",
	"internal/hunt":   "internal/lake internal/reference internal/load internal/branch internal/allow internal/change internal/view internal/source internal/mapping internal/defender internal/engine internal/finding sql",
	"internal/report": "internal/finding internal/term",

	"internal/load":   "internal/fields internal/view internal/source internal/mapping internal/defender internal/engine",
	"internal/lake":   "internal/load internal/view internal/source internal/mapping internal/defender internal/engine",
	"internal/branch": "internal/view internal/source internal/defender internal/engine",
	"internal/allow":  "internal/yamltree internal/view internal/source internal/defender internal/engine",
	"internal/change": "internal/allow internal/engine",

	"internal/view":   "internal/reference internal/defender internal/engine",
	"internal/source": "internal/mapping internal/evtx internal/defender internal/engine",

	"internal/mapping": "sql",
	"internal/evtx":    "",
	"internal/fields":  "",

	"internal/reference": "",

	"internal/scenario": "internal/yamltree",
	"internal/yamltree": "",
	"internal/validate": "internal/hunt internal/scenario internal/branch internal/source internal/allow internal/engine internal/finding internal/report internal/term",

	"internal/defender": "sql",
	"internal/engine":   driver,
	"internal/finding":  "",
	"internal/term":     "",

	// What makes data and what measures: nothing that hunts knows of them.
	"internal/sample":         "internal/defender internal/engine",
	"internal/sample/gen":     "internal/sample",
	"internal/fleet":          "internal/defender internal/engine",
	"internal/fleet/gen":      "internal/fleet",
	"internal/evade":          "internal/scenario",
	"internal/benchdata":      "internal/defender internal/engine",
	"internal/benchdata/gen":  "internal/benchdata",
	"internal/benchdata/year": "internal/bench internal/benchdata",
	"internal/functions":      "internal/engine internal/view sql",
	"internal/bench":          "",
	"internal/corpus":         "",
	"internal/testkit":        "internal/finding internal/report",
	"internal/imports":        "",
	"internal/lake/prooftest": "",
	"internal/lake/equaltest": "",
	"internal/seed":           "",
	"internal/sources":        "",
}

// pkg is what `go list -json` tells of a package.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// breaches lists the imports that the table does not allow, and the packages
// that it does not know.
func breaches(packages []pkg, allowed map[string]string) []string {
	var list []string
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		may, known := allowed[name]
		if !known {
			list = append(list, name+" is not in the table of imports")
			continue
		}
		allows := strings.Fields(may)
		for _, imported := range p.Imports {
			own := strings.HasPrefix(imported, module)
			short := strings.TrimPrefix(imported, module)
			if own && !slices.Contains(allows, short) || strings.HasPrefix(imported, driver) && !slices.Contains(allows, driver) {
				list = append(list, name+" imports "+short)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if strings.HasPrefix(imported, driver) && !slices.Contains(allows, driver) {
				list = append(list, "a test of "+name+" imports "+imported)
			}
		}
	}
	return list
}

func TestImportsGoOneWay(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []pkg
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	for _, b := range breaches(packages, mayImport) {
		t.Error(b)
	}
	listed := map[string]bool{}
	for _, p := range packages {
		listed[strings.TrimPrefix(p.ImportPath, module)] = true
	}
	for name := range mayImport {
		if !listed[name] {
			t.Errorf("the table has %s, which does not exist", name)
		}
	}
}

// TestABreachIsFound: the test above can fail.
func TestABreachIsFound(t *testing.T) {
	got := breaches([]pkg{
		{ImportPath: "smew/internal/report", Imports: []string{"fmt", "smew/internal/finding", "smew/internal/hunt"}},
		{ImportPath: "smew/internal/load", Imports: []string{"github.com/duckdb/duckdb-go/v2", "smew/internal/engine", "smew/internal/branch"}},
		{ImportPath: "smew/internal/term", XTestImports: []string{"github.com/duckdb/duckdb-go/v2/mapping", "smew/internal/cli"}},
		{ImportPath: "smew/internal/engine", Imports: []string{"github.com/duckdb/duckdb-go/v2", "smew/internal/view"}},
		{ImportPath: "smew/internal/hunt", Imports: []string{"smew/internal/cli"}},
		{ImportPath: "smew/internal/novel"},
	}, mayImport)
	want := []string{
		"internal/report imports internal/hunt",
		"internal/load imports github.com/duckdb/duckdb-go/v2",
		"internal/load imports internal/branch",
		"a test of internal/term imports github.com/duckdb/duckdb-go/v2/mapping",
		"internal/engine imports internal/view",
		"internal/hunt imports internal/cli",
		"internal/novel is not in the table of imports",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
